"""Steering an announcement that is on its way or out: halted, tried again, changed, taken back."""

from bot.delivery.outbox import Priority
from bot.errors import UserError
from bot.services import announcements
from bot.services.announcements import OUT, Actor, Announcement, State, source
from bot.storage import broadcasting, revising
from bot.storage.engine import Session

_HALTED = frozenset({State.SENDING, State.PAUSED})


async def pause(session: Session, actor: Actor, number: int) -> None:
    """Send nothing more until it is resumed.

    Raises:
        UserError: It is not being sent.
    """
    row = await announcements.locked(session, number, State.SENDING)
    row.state, row.reason = State.PAUSED, None
    await broadcasting.halt(session, source=source(number))
    await announcements.note(session, "announcement-paused", number, actor)


async def resume(session: Session, actor: Actor, number: int) -> None:
    """Send on.

    Raises:
        UserError: It is not paused.
    """
    row = await announcements.locked(session, number, State.PAUSED)
    row.state, row.reason = State.SENDING, "resumed"
    await broadcasting.resume(session, source=source(number))
    await announcements.note(session, "announcement-resumed", number, actor)


async def cancel(session: Session, actor: Actor, number: int) -> None:
    """Send nothing more for good; what has been sent stays.

    Raises:
        UserError: It is not being sent.
    """
    await announcements.locked(session, number, *_HALTED)
    await broadcasting.withdraw(session, source=source(number), edits=False, now=actor.now)
    # What has been sent is changed to its end.
    await broadcasting.resume(session, source=source(number))
    await broadcasting.withdraw_waiting_items(session, source=source(number))
    await announcements.note(session, "announcement-cancelled", number, actor)


async def retry(session: Session, actor: Actor, number: int) -> int:
    """Try again what failed, and nothing else; return how many messages.

    Raises:
        UserError: It is not out.
    """
    row = await announcements.locked(session, number, *OUT)
    count = await broadcasting.retry(
        session, source=source(number), version=row.version, now=actor.now
    )
    if not count:
        raise UserError("announcement-nothing-failed")
    row.state, row.ended_at, row.reason = State.SENDING, None, "resumed"
    await broadcasting.resume(session, source=source(number))
    await announcements.note(session, "announcement-retried", number, actor)
    return count


async def recall(session: Session, actor: Actor, number: int) -> None:
    """Take back what was sent, as far as the networks allow it, and send nothing more.

    Raises:
        UserError: It is not out.
    """
    row = await announcements.locked(session, number, *OUT)
    row.state, row.ended_at = State.RECALLING, None
    await broadcasting.withdraw(session, source=source(number), edits=True, now=actor.now)
    await broadcasting.resume(session, source=source(number))  # what is about to be deleted
    await revising.delete_sent(
        session, source=source(number), priority=Priority.URGENT, now=actor.now
    )
    await announcements.note(session, "announcement-recalled", number, actor)


async def edit(
    session: Session, actor: Actor, number: int, texts: dict[str, str], *, version: int
) -> None:
    """Change what an announcement says, also where it was sent.

    Args:
        session: The transaction.
        actor: Who changes it.
        number: The announcement's.
        texts: What it is to say.
        version: Which one was shown before: nobody overwrites what they have not seen.

    Raises:
        UserError: It is not out, was changed meanwhile, or says that already.
    """
    row = await announcements.locked(session, number, *OUT)
    if row.version != version:
        raise UserError("announcement-elsewhere", number=number)
    if row.texts == texts:
        raise UserError("announcement-unchanged")
    rewrite(row, texts)
    await announcements.note(session, "announcement-edited", number, actor)


def rewrite(row: Announcement, texts: dict[str, str]) -> None:
    """Let an announcement that is out, and locked, say something else where it was sent."""
    row.texts, row.version = texts, row.version + 1
    row.bodies = None
    if row.state == State.SENT:
        row.state, row.ended_at = State.SENDING, None
