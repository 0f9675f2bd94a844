"""Keeping the knowledge base as its files are, and its entries as their sources."""

from datetime import timedelta

from bot.scheduling import JobContext, job
from bot.services import review_words, reviews


@job(lambda settings: settings.knowledge.reload_every, everywhere=True)
async def reload_changed_files(context: JobContext) -> None:
    """Take into use what has changed in files or was taught; the old entries answer until then."""
    await context.knowledge.refresh(context.database, now=context.clock.now())


@job(timedelta(minutes=10))
async def ask_for_reviews(context: JobContext) -> None:
    """Ask the owners of entries whose review is due, or which do not hold any more.

    Safe to miss and safe to repeat: of what was told is noted in the same transaction.
    """
    async with context.database.begin() as session:
        await reviews.remind(
            session,
            context.knowledge,
            word=review_words.request,
            settings=context.settings,
            now=context.clock.now(),
        )
