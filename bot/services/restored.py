"""A hub that was restored from a backup: what it must not send or answer again.

The hub that was lost went on after the backup, so everything that was under way then, or has
fallen due since, may have been sent. It is not sent again, unless the operator says that
nothing was.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.services import announcements, publishing
from bot.services.announcements import State, source
from bot.storage import broadcasting, cursors, restoring
from bot.storage.engine import Session
from bot.text import catalogue

_REMINDERS = "reminders"


@dataclass(frozen=True, slots=True)
class Settled:
    """What was found to be under way.

    Attributes:
        expired: Messages that are not sent, because they may have been.
        kept: Messages that are still to be sent.
        paused: Announcements that wait for their authors' decision.
        missed: Announcements that were due since, and may have been sent.
    """

    expired: int
    kept: int
    paused: tuple[int, ...]
    missed: tuple[int, ...]


async def settle(session: Session, *, resend: bool, now: datetime) -> Settled:
    """See to it that nothing is done twice; in the transaction that restores the rows.

    Args:
        session: The transaction.
        resend: Whether the lost hub did nothing after the backup, so that what waited still has
            to be sent, and what fell due since to be told.
        now: When it is restored.
    """
    await cursors.mark_restored(session, now=now)
    await restoring.release(session)
    if resend:
        return Settled(0, await restoring.count_open(session), (), ())
    paused, missed = await _halt_announcements(session, now=now)
    expired = await restoring.expire(session, now=now)
    await restoring.forget_told(session, now=now)
    if await cursors.load(session, channel=_REMINDERS) is not None:
        await cursors.save(session, channel=_REMINDERS, value=now.isoformat(), now=now)
    kept = await restoring.count_open(session)
    for row in missed:
        document = catalogue.document(row.language, "announcement-missed", number=row.id)
        await announcements.tell_author(session, row, document, key="missed", now=now)
    return Settled(expired, kept, tuple(row.id for row in paused), tuple(row.id for row in missed))


async def _halt_announcements(
    session: Session, *, now: datetime
) -> tuple[list[announcements.Announcement], list[announcements.Announcement]]:
    """Pause what was being sent, and mark as missed what has fallen due since."""
    paused, missed = list[announcements.Announcement](), list[announcements.Announcement]()
    for row in await restoring.announcements_under_way(session, now=now):
        if row.state == State.SENDING:
            row.state, row.reason = State.PAUSED, restoring.REASON
            await broadcasting.halt(session, source=source(row.id))
            paused.append(row)
        else:
            await publishing.miss(session, row, now=now)
            missed.append(row)
    await session.flush()
    return paused, missed
