"""Announcements on their way: sent when they are due, watched, and reported to their authors."""

from datetime import timedelta

import structlog

from bot.scheduling import JobContext, job
from bot.services import announcement_words, announcements, publishing, reporting
from bot.services.announcements import State
from bot.text import catalogue

_log = structlog.get_logger(__name__)


@job(timedelta(seconds=1))
async def publish_announcements(context: JobContext) -> None:
    """Put the announcements that are due into the outbox; the relay sends them from there.

    Safe to miss and safe to repeat: what is due is a question to the database, and each is
    published in one transaction.
    """
    while True:
        async with context.database.begin(snapshot=True) as session:
            row = await publishing.publish_next(
                session, settings=context.settings, now=context.clock.now()
            )
            if row is None:
                return
            _log.info("announcement.published", number=row.id, recipients=row.recipients)
            if row.state == State.MISSED:
                missed = catalogue.document(row.language, "announcement-missed", number=row.id)
                await announcements.tell_author(
                    session, row, missed, key="missed", now=context.clock.now()
                )


@job(timedelta(seconds=2))
async def watch_announcements(context: JobContext) -> None:
    """Do what is to be done about announcements on their way, and keep their reports right.

    Safe to miss and safe to repeat: everything is asked of the deliveries as they are.
    """
    async with context.database.begin() as session:
        numbers = await publishing.watched(session, now=context.clock.now())
    for number in numbers:
        async with context.database.begin() as session:
            now = context.clock.now()
            found = await publishing.watch(session, number, settings=context.settings, now=now)
            if found is not None:
                await reporting.show(
                    session,
                    found,
                    word=announcement_words.report,
                    settings=context.settings,
                    now=now,
                )


@job(timedelta(seconds=30))
async def expire_approvals(context: JobContext) -> None:
    """Give back to their authors what nobody has approved in time."""
    async with context.database.begin() as session:
        now = context.clock.now()
        for row in await announcements.expire_approvals(session, now=now):
            expired = catalogue.document(row.language, "approval-expired", number=row.id)
            await announcements.tell_author(
                session, row, expired, key=f"expired:{row.version}", now=now
            )
