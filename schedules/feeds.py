"""Reading sources, and showing editors what waits for them."""

from datetime import timedelta

import structlog

from bot.scheduling import JobContext, job
from bot.services import source_posts, source_reading

_log = structlog.get_logger(__name__)


@job(timedelta(seconds=10))
async def read_sources(context: JobContext) -> None:
    """Read the sources that are due, until none is.

    Safe to miss and safe to repeat: who reads a source has claimed it, and takes it over in one
    transaction with when it is to be read next.
    """
    if context.sources is None:
        return
    count = await source_reading.read_due(
        context.database, context.sources, settings=context.settings, clock=context.clock
    )
    if count:
        _log.info("sources.read", count=count)


@job(timedelta(seconds=3))
async def show_batches(context: JobContext) -> None:
    """Send editors the messages of new batches, and bring those up to date that are there.

    Safe to miss and safe to repeat: what is shown is compared with what is so.
    """
    async with context.database.begin() as session:
        numbers = await source_posts.waiting(session)
    for number in numbers:
        async with context.database.begin() as session:
            await source_posts.show(
                session, number, settings=context.settings, now=context.clock.now()
            )
