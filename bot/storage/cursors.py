"""How far each channel has been read, and which events were handled already."""

from datetime import datetime

from sqlalchemy import delete, select

from bot.storage.engine import Session
from bot.storage.models import Cursor, SeenEvent
from bot.storage.upserts import insert_into

_RESTORED = "restored"
"""The row that tells no position but when the database was restored."""


async def load(session: Session, *, channel: str) -> str | None:
    """Return the cursor of *channel*, or ``None`` before the first one."""
    return await session.scalar(select(Cursor.value).where(Cursor.channel == channel))


async def save(session: Session, *, channel: str, value: str, now: datetime) -> None:
    """Move the cursor of *channel*."""
    moved = {"value": value, "updated_at": now}
    statement = insert_into(session, Cursor).values(channel=channel, **moved)
    await session.execute(
        statement.on_conflict_do_update(index_elements=[Cursor.channel], set_=moved)
    )


async def mark_restored(session: Session, *, now: datetime) -> None:
    """Note that this database was restored from a backup at an instant."""
    await save(session, channel=_RESTORED, value=now.isoformat(), now=now)


async def restored_at(session: Session) -> datetime | None:
    """Return when this database was restored last; ``None`` if it never was.

    What people said before may have been answered by the hub that was lost.
    """
    kept = await load(session, channel=_RESTORED)
    return None if kept is None else datetime.fromisoformat(kept)


async def mark_seen(session: Session, *, channel: str, event: str, now: datetime) -> bool:
    """Remember that *event* is handled in this transaction; ``False`` if it was before."""
    statement = (
        insert_into(session, SeenEvent)
        .values(channel=channel, event=event, seen_at=now)
        .on_conflict_do_nothing()
        .returning(SeenEvent.event)
    )
    return await session.scalar(statement) is not None


async def forget_seen(session: Session, *, before: datetime) -> int:
    """Forget events handled before an instant after which no network repeats them."""
    result = await session.execute(delete(SeenEvent).where(SeenEvent.seen_at < before))
    return result.rowcount  # type: ignore[attr-defined, no-any-return] # a DELETE gives a CursorResult
