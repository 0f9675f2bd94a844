"""Showing editors what waits for them."""

from datetime import timedelta

from bot.scheduling import JobContext, job
from bot.services import inbox_posts


@job(timedelta(seconds=2))
async def show_inbox(context: JobContext) -> None:
    """Send editors the messages of new items, and bring those up to date that are there.

    Safe to miss and safe to repeat: what is shown is compared with what is so.
    """
    async with context.database.begin() as session:
        numbers = await inbox_posts.waiting(session, now=context.clock.now())
    for number in numbers:
        async with context.database.begin() as session:
            await inbox_posts.show_waiting(
                session,
                number,
                knowledge=context.knowledge,
                settings=context.settings,
                now=context.clock.now(),
            )
