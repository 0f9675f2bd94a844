"""What editors taught in chat: entries, phrasings, and the care of entries."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Text, cast, delete, func, select

from bot.storage.engine import Session
from bot.storage.models import EntryCare, IdentityRow, TaughtEntry, TaughtPhrasing
from bot.storage.upserts import insert_into


async def fingerprint(session: Session) -> str:
    """Return a text that changes with what was taught or seen to; empty if nothing ever was.

    Versions and numbers are counted beside instants, since two changes may share an instant.
    """
    counts = (
        select(func.count(), func.sum(TaughtEntry.version), func.max(TaughtEntry.changed_at)),
        select(func.count(), func.sum(TaughtPhrasing.id), func.max(TaughtPhrasing.added_at)),
    )
    seen = [
        tuple((await session.execute(query.select_from(table))).one())
        for query, table in zip(counts, (TaughtEntry, TaughtPhrasing), strict=True)
    ]
    columns = (EntryCare.entry, EntryCare.owner_id, EntryCare.reviewed_on, EntryCare.review_days)
    seen += map(tuple, await session.execute(select(*columns).order_by(EntryCare.entry)))
    if len(seen) == len(counts) and not any(row[0] for row in seen):
        return ""
    return sha256(repr(seen).encode()).hexdigest()


async def entries(session: Session) -> Sequence[tuple[str, str]]:
    """Return (id, JSON text) of the taught entries in use, in the order they were taught.

    The text is not read here, so that a row that somebody spoiled costs only itself.
    """
    query = (
        select(TaughtEntry.id, cast(TaughtEntry.content, Text))
        .where(TaughtEntry.retired_at.is_(None))
        .order_by(TaughtEntry.created_at, TaughtEntry.id)
    )
    return [(name, content) for name, content in await session.execute(query)]


async def phrasings(session: Session, *, entry: str | None = None) -> Sequence[TaughtPhrasing]:
    """Return the taught phrasings of one entry or of all, in the order they were added."""
    query = select(TaughtPhrasing).order_by(TaughtPhrasing.id)
    if entry is not None:
        query = query.where(TaughtPhrasing.entry == entry)
    return (await session.scalars(query)).all()


async def add(
    session: Session, *, name: str, content: Any, member_id: int | None, now: datetime
) -> bool:
    """Keep a taught entry; ``False`` if its id is taken, also by a retired one."""
    added = await session.execute(
        insert_into(session, TaughtEntry)
        .values(
            id=name,
            content=content,
            version=1,
            taught_by=member_id,
            created_at=now,
            changed_at=now,
        )
        .on_conflict_do_nothing()
        .returning(TaughtEntry.id)
    )
    return added.scalar() is not None


async def find(session: Session, *, name: str) -> TaughtEntry | None:
    """Return a taught entry in use, locked until the end of the transaction."""
    query = select(TaughtEntry).where(TaughtEntry.id == name, TaughtEntry.retired_at.is_(None))
    return await session.scalar(query.with_for_update())


async def add_phrasing(
    session: Session,
    *,
    entry: str,
    text: str,
    member_id: int | None,
    question_id: int | None,
    now: datetime,
) -> int | None:
    """Keep a phrasing and return its number; ``None`` if the entry has it already."""
    added = await session.execute(
        insert_into(session, TaughtPhrasing)
        .values(
            entry=entry,
            text=text,
            taught_by=member_id,
            question_id=question_id,
            added_at=now,
        )
        .on_conflict_do_nothing()
        .returning(TaughtPhrasing.id)
    )
    return added.scalar()


async def phrasing(session: Session, *, number: int) -> TaughtPhrasing | None:
    """Return the taught phrasing of this number."""
    return await session.get(TaughtPhrasing, number)


async def remove_phrasing(session: Session, *, number: int) -> None:
    """Forget a taught phrasing."""
    await session.execute(delete(TaughtPhrasing).where(TaughtPhrasing.id == number))


async def care(session: Session, *, entry: str) -> EntryCare:
    """Return what is known of an entry's care, locked; it is made if there is nothing."""
    await session.execute(
        insert_into(session, EntryCare).values(entry=entry).on_conflict_do_nothing()
    )
    query = select(EntryCare).where(EntryCare.entry == entry).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one()


async def cares(
    session: Session, *, entry: str | None = None
) -> Sequence[tuple[EntryCare, IdentityRow | None]]:
    """Return what is known of the care of one entry or of all, with the owner's first account."""
    first = select(func.min(IdentityRow.id)).where(IdentityRow.member_id == EntryCare.owner_id)
    query = select(EntryCare, IdentityRow).outerjoin(
        IdentityRow, IdentityRow.id == first.correlate(EntryCare).scalar_subquery()
    )
    if entry is not None:
        query = query.where(EntryCare.entry == entry)
    return [(care, account) for care, account in await session.execute(query)]
