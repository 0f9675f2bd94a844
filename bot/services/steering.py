"""Steering an announcement that is on its way or out: halted, tried again, changed, taken back."""

from bot.delivery.outbox import Priority
from bot.errors import UserError
from bot.services import announcements
from bot.services.announcements import Actor, State, source
from bot.storage import broadcasting
from bot.storage.engine import Session

_HALTED = frozenset({State.SENDING, State.PAUSED})
_OUT = frozenset({State.SENDING, State.PAUSED, State.SENT})


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
    await broadcasting.withdraw(session, source=source(number), now=actor.now)
    await broadcasting.withdraw_waiting_items(session, source=source(number))
    await announcements.note(session, "announcement-cancelled", number, actor)


async def retry(session: Session, actor: Actor, number: int) -> int:
    """Try again what failed, and nothing else; return how many messages.

    Raises:
        UserError: It is not out.
    """
    row = await announcements.locked(session, number, *_OUT)
    count = await broadcasting.retry(session, source=source(number), now=actor.now)
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
    row = await announcements.locked(session, number, *_OUT)
    row.state, row.ended_at = State.RECALLING, None
    await broadcasting.withdraw(session, source=source(number), now=actor.now)
    await broadcasting.delete_sent(
        session, source=source(number), priority=Priority.URGENT, now=actor.now
    )
    await announcements.note(session, "announcement-recalled", number, actor)


async def edit(session: Session, actor: Actor, number: int, texts: dict[str, str]) -> None:
    """Change what an announcement says, also where it was sent.

    Raises:
        UserError: It is not out, or says that already.
    """
    row = await announcements.locked(session, number, *_OUT)
    if row.texts == texts:
        raise UserError("announcement-unchanged")
    row.texts, row.version = texts, row.version + 1
    row.bodies = None
    if row.state == State.SENT:
        row.state, row.ended_at = State.SENDING, None
    await announcements.note(session, "announcement-edited", number, actor)
