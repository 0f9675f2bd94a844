"""Sources: what is read, when, and by whom at the moment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, func, or_, select, update

from bot.storage.engine import Session
from bot.storage.source_models import Source, SourceKind

_LARGEST_ID = 2**63 - 1
_READ = (SourceKind.FEED.value, SourceKind.FOLDER.value)
"""The kinds that are read; the others send."""


async def add(session: Session, **values: Any) -> Source:
    """Keep a source; its id is the number that people read."""
    row = Source(**values)
    session.add(row)
    await session.flush()
    return row


async def find(session: Session, *, number: int, lock: bool = False) -> Source | None:
    """Return a source that is not removed; with *lock* nobody else changes it until the end."""
    if not 0 < number <= _LARGEST_ID:
        return None
    row = await session.get(Source, number, with_for_update=lock, populate_existing=lock)
    return row if row is not None and row.removed_at is None else None


async def by_address(session: Session, *, address: str) -> Source | None:
    """Return the source with this address that is not removed."""
    query = select(Source).where(Source.address == address, Source.removed_at.is_(None))
    return await session.scalar(query)


async def listed(
    session: Session, *, offset: int = 0, limit: int | None = None
) -> Sequence[Source]:
    """Return the sources that are not removed, by number."""
    query = (
        select(Source)
        .where(Source.removed_at.is_(None))
        .order_by(Source.id)
        .offset(offset)
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def count(session: Session) -> int:
    """Count the sources that are not removed."""
    query = select(func.count()).select_from(Source).where(Source.removed_at.is_(None))
    return await session.scalar(query) or 0


# Reading


async def claim_due(
    session: Session, *, owner: str, now: datetime, until: datetime, limit: int
) -> Sequence[Source]:
    """Take sources that are due, so that nobody else reads them.

    A claim lasts until *until*. Who dies while reading lets it run out, and the source is due
    again; nothing was taken over until then, so nothing is lost or doubled.
    """
    picked = (
        select(Source.id)
        .where(
            Source.next_at <= now,
            Source.kind.in_(_READ),
            Source.removed_at.is_(None),
            Source.paused_at.is_(None),
            or_(Source.claimed_until.is_(None), Source.claimed_until < now),
        )
        .order_by(Source.next_at, Source.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("picked")
    )
    claim = (
        update(Source)
        .where(Source.id.in_(select(picked.c.id)))
        .values(claimed_by=owner, claimed_until=until)
        .returning(Source.id)
        .execution_options(synchronize_session=False)
    )
    ids = (await session.scalars(claim)).all()
    query = select(Source).where(Source.id.in_(ids)).order_by(Source.next_at, Source.id)
    return (await session.scalars(query.execution_options(populate_existing=True))).all()


async def claimed(session: Session, *, number: int, owner: str) -> Source | None:
    """Return a source, locked, if *owner* still has it: not removed, not claimed by others."""
    row = await find(session, number=number, lock=True)
    return row if row is not None and row.claimed_by == owner else None


async def release_claims(session: Session, *, owner: str) -> int:
    """Make due again what *owner* claimed and will not read any more."""
    statement = (
        update(Source)
        .where(Source.claimed_by == owner)
        .values(claimed_by=None, claimed_until=None)
        .execution_options(synchronize_session=False)
    )
    result = await session.execute(statement)
    return result.rowcount if isinstance(result, CursorResult) else 0
