"""Which accounts were erased, as far as whoever has the key can tell."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, func, inspect, select, update

from bot.storage.engine import Session
from bot.storage.models import Tombstone
from bot.storage.upserts import insert_into


async def put(session: Session, *, mark: str, at: datetime) -> None:
    """Note that an account was erased; of two times the later one counts."""
    statement = insert_into(session, Tombstone).values(mark=mark, erased_at=at)
    later = statement.excluded.erased_at
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[Tombstone.mark],
            set_={"erased_at": later, "cleaned_at": None},
            where=Tombstone.erased_at < later,
        )
    )


async def erased_at(session: Session, *, mark: str) -> datetime | None:
    """Return when an account was erased last, if it ever was."""
    return await session.scalar(select(Tombstone.erased_at).where(Tombstone.mark == mark))


async def every(session: Session) -> Sequence[tuple[str, datetime]]:
    """Return all marks, and since when each holds."""
    rows = await session.execute(select(Tombstone.mark, Tombstone.erased_at))
    return [(mark, at) for mark, at in rows]


async def exist(session: Session) -> bool:
    """Tell whether the database is new enough to have any."""
    connection = await session.connection()
    return await connection.run_sync(lambda sync: inspect(sync).has_table(Tombstone.__tablename__))


async def forget(session: Session, *, before: datetime) -> None:
    """Delete the marks of accounts that were erased before an instant."""
    await session.execute(delete(Tombstone).where(Tombstone.erased_at < before))


async def uncleaned(session: Session) -> Sequence[str]:
    """Return the marks after which the file was not cleaned."""
    query = select(Tombstone.mark).where(Tombstone.cleaned_at.is_(None))
    return (await session.scalars(query)).all()


async def note_cleaned(session: Session, *, marks: Collection[str], now: datetime) -> None:
    """Note that the file was cleaned since these were put."""
    await session.execute(
        update(Tombstone).where(Tombstone.mark.in_(marks)).values(cleaned_at=now)
    )


async def count(session: Session) -> int:
    """Count the marks."""
    return await session.scalar(select(func.count()).select_from(Tombstone)) or 0
