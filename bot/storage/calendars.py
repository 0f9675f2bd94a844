"""The private addresses of calendars, and what tells whether a calendar has changed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, or_, select, update

from bot.storage.engine import Session
from bot.storage.models import CalendarFeed, EventRow, EventWish


async def add(
    session: Session, *, chat_id: int, token_hash: str, member_id: int | None, now: datetime
) -> CalendarFeed:
    """Give a chat an address; one that it had holds no more."""
    await revoke(session, chat_id=chat_id, now=now)
    row = CalendarFeed(
        chat_id=chat_id, token_hash=token_hash, created_by=member_id, created_at=now
    )
    session.add(row)
    await session.flush()
    return row


async def revoke(session: Session, *, chat_id: int, now: datetime) -> bool:
    """Let the address of a chat hold no more; ``False`` if there was none."""
    result = await session.execute(
        update(CalendarFeed)
        .where(CalendarFeed.chat_id == chat_id, CalendarFeed.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(CalendarFeed.id)
        .execution_options(synchronize_session=False)
    )
    return bool(result.all())


async def of_chat(session: Session, *, chat_id: int) -> CalendarFeed | None:
    """Return the address of a chat that holds, if there is one."""
    query = select(CalendarFeed).where(
        CalendarFeed.chat_id == chat_id, CalendarFeed.revoked_at.is_(None)
    )
    return await session.scalar(query)


async def find(session: Session, *, token_hash: str) -> CalendarFeed | None:
    """Return the address with this hash, also one that holds no more."""
    query = select(CalendarFeed).where(CalendarFeed.token_hash == token_hash)
    return await session.scalar(query)


async def use(session: Session, *, feed_id: int, today: datetime) -> None:
    """Keep that an address was read *today*; once, however often it is."""
    await session.execute(
        update(CalendarFeed)
        .where(
            CalendarFeed.id == feed_id,
            or_(CalendarFeed.last_used_at.is_(None), CalendarFeed.last_used_at < today),
        )
        .values(last_used_at=today)
        .execution_options(synchronize_session=False)
    )


async def move(session: Session, *, old: int, new: int) -> None:
    """Carry addresses over to another row of a chat; of two that hold, its own one stays."""
    own = await of_chat(session, chat_id=new)
    if own is not None:
        await revoke(session, chat_id=old, now=own.created_at)
    await session.execute(
        update(CalendarFeed)
        .where(CalendarFeed.chat_id == old)
        .values(chat_id=new)
        .execution_options(synchronize_session=False)
    )


async def forget(session: Session, *, before: datetime) -> int:
    """Delete addresses that were revoked before an instant; then nobody knows they ever were."""
    result = await session.execute(delete(CalendarFeed).where(CalendarFeed.revoked_at < before))
    return result.rowcount  # type: ignore[attr-defined, no-any-return] # a DELETE gives a CursorResult


async def state_of_events(session: Session) -> Sequence[object]:
    """Return what changes whenever any event is added or changed."""
    query = select(
        func.count(),
        func.max(EventRow.id),
        func.sum(EventRow.version),
        func.max(EventRow.changed_at),
    )
    return tuple((await session.execute(query)).one())


async def wishes(session: Session, *, chat_id: int) -> dict[int, bool]:
    """Return of which events a chat said that it wants to hear of them, or does not."""
    query = (
        select(EventWish.event_id, EventWish.wanted)
        .where(EventWish.chat_id == chat_id)
        .order_by(EventWish.event_id)
    )
    return {row.event_id: row.wanted for row in await session.execute(query)}
