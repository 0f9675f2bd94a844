"""Reminding people of what lies ahead, and telling them what has changed."""

from datetime import timedelta

import structlog

from bot.scheduling import JobContext, job
from bot.services import event_changes, event_words, reminders

_log = structlog.get_logger(__name__)


@job(timedelta(seconds=20))
async def remind_of_events(context: JobContext) -> None:
    """Put the reminders that fell due since the last tick into the outbox.

    Safe to miss and safe to repeat: how far it has come is kept with the reminders.
    """
    now = context.clock.now()
    async with context.database.begin(snapshot=True) as session:
        done = await reminders.remind(
            session, word=event_words.reminder, settings=context.settings, now=now
        )
        if done.dropped:
            await reminders.tell_editors(session, done.dropped, settings=context.settings, now=now)
    if done.dropped:
        _log.warning("reminders.dropped", count=len(done.dropped))


@job(timedelta(seconds=5))
async def tell_changes(context: JobContext) -> None:
    """Tell of events that are new or have changed, some at a time.

    Safe to miss and safe to repeat: a change is forgotten in the transaction that tells it.
    """
    told = 1
    while told:
        async with context.database.begin() as session:
            told = await event_changes.tell_next(
                session,
                word=event_words.change,
                remind=event_words.reminder,
                settings=context.settings,
                now=context.clock.now(),
            )
