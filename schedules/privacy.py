"""Cleaning up behind erasures."""

from datetime import timedelta

import structlog

from bot.scheduling import JobContext, job
from bot.services import erasure

_log = structlog.get_logger(__name__)


@job(timedelta(minutes=1))
async def clean_after_erasures(context: JobContext) -> None:
    """Clean the database's file of who was erased; what fails is tried again by the next tick."""
    if await erasure.clean(context.database, now=context.clock.now()):
        _log.info("database.cleaned")
