"""Keeping the knowledge base as its files are."""

from bot.scheduling import JobContext, job


@job(lambda settings: settings.knowledge.reload_every)
async def reload_changed_files(context: JobContext) -> None:
    """Take changed knowledge files into use; the old entries answer until then."""
    await context.knowledge.refresh(context.database, now=context.clock.now())
