"""Deleting what is past its retention period, and counting the rest."""

from datetime import timedelta

import structlog

from bot.scheduling import JobContext, job
from bot.services import housekeeping

_log = structlog.get_logger(__name__)


@job(timedelta(hours=1))
async def forget_old_rows(context: JobContext) -> None:
    """Delete old rows; what one tick misses the next one takes."""
    async with context.database.begin() as session:
        forgotten = await housekeeping.forget_old(
            session, settings=context.settings, now=context.clock.now()
        )
    _log.info(
        "old-rows.forgotten",
        events=forgotten.events,
        deliveries=forgotten.deliveries,
        questions=forgotten.questions,
        drafts=forgotten.drafts,
        consents=forgotten.consents,
        audit=forgotten.audit,
        files=forgotten.files,
        members=forgotten.members,
    )


@job(timedelta(seconds=15), everywhere=True)
async def measure_outbox(context: JobContext) -> None:
    """Count what is in the outbox, for the metrics."""
    async with context.database.begin() as session:
        await housekeeping.measure(session)
