"""The items of sources, and the batches in which they wait for an editor."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, String, cast, delete, func, literal, select

from bot.storage.engine import Session
from bot.storage.source_models import BatchState, ItemState, SourceBatch, SourceItem

BATCH = "source-batch:"
"""How the sources of the editors' messages begin; the number follows."""
AT_ONCE = 50
"""Items that are read or written before everything else gets its turn; a source has thousands."""
_LARGEST_ID = 2**63 - 1


async def add(
    session: Session,
    *,
    source_id: int,
    uid: str,
    item: Any,
    fingerprint: str,
    state: str,
    now: datetime,
) -> SourceItem:
    """Keep an item that was never seen; the caller flushes."""
    row = SourceItem(
        source_id=source_id,
        uid=uid,
        item=item,
        fingerprint=fingerprint,
        state=state,
        seen_at=now,
    )
    session.add(row)
    return row


async def of_source(session: Session, *, source_id: int) -> Sequence[SourceItem]:
    """Return all items of a source, also those that are gone, in the order they were seen."""
    query = select(SourceItem).where(SourceItem.source_id == source_id).order_by(SourceItem.id)
    found = await session.stream_scalars(query.execution_options(yield_per=AT_ONCE))
    return [row async for row in found]


async def find(session: Session, *, number: int) -> SourceItem | None:
    """Return an item."""
    return await session.get(SourceItem, number) if 0 < number <= _LARGEST_ID else None


async def waiting(session: Session, *, batch_id: int) -> Sequence[SourceItem]:
    """Return the items that wait in a batch."""
    query = (
        select(SourceItem)
        .where(SourceItem.batch_id == batch_id, SourceItem.state == ItemState.HELD)
        .order_by(SourceItem.id)
    )
    return (await session.scalars(query)).all()


async def parts(session: Session, *, source_id: int) -> Sequence[SourceItem]:
    """Return the single dates of series that a source has, or had."""
    query = (
        select(SourceItem)
        .where(SourceItem.source_id == source_id, SourceItem.state == ItemState.PART)
        .order_by(SourceItem.id)
    )
    return (await session.scalars(query)).all()


async def count(session: Session, *, source_id: int) -> dict[str, int]:
    """Count the items that stand in a source now, by state."""
    query = (
        select(SourceItem.state, func.count())
        .where(SourceItem.source_id == source_id, SourceItem.gone_at.is_(None))
        .group_by(SourceItem.state)
    )
    return {str(one[0]): int(one[1]) for one in await session.execute(query)}


async def forget(session: Session, *, before: datetime) -> int:
    """Delete items that were gone before an instant and do not wait for anybody."""
    result = await session.execute(
        delete(SourceItem)
        .where(SourceItem.gone_at < before, SourceItem.state != ItemState.HELD)
        .execution_options(synchronize_session=False)
    )
    return result.rowcount  # type: ignore[attr-defined, no-any-return] # a DELETE gives a CursorResult


# Batches


async def open_batch(session: Session, *, source_id: int, why: str, now: datetime) -> SourceBatch:
    """Begin a batch; its id is the number that people read."""
    row = SourceBatch(source_id=source_id, why=why, opened_at=now)
    session.add(row)
    await session.flush()
    return row


async def find_batch(session: Session, *, number: int, lock: bool = False) -> SourceBatch | None:
    """Return a batch; with *lock* nobody else decides about it before the transaction ends."""
    if not 0 < number <= _LARGEST_ID:
        return None
    return await session.get(SourceBatch, number, with_for_update=lock, populate_existing=lock)


async def open_batches(
    session: Session, *, source_id: int | None = None, why: Collection[str] | None = None
) -> Sequence[SourceBatch]:
    """Return the batches about which nobody has decided, the oldest first."""
    query = select(SourceBatch).where(SourceBatch.state == BatchState.OPEN)
    if source_id is not None:
        query = query.where(SourceBatch.source_id == source_id)
    if why is not None:
        query = query.where(SourceBatch.why.in_(why))
    return (await session.scalars(query.order_by(SourceBatch.id))).all()


async def unshown(session: Session, *, limit: int) -> Sequence[int]:
    """Return the numbers of batches that editors see otherwise than they are."""
    query = (
        select(SourceBatch.id)
        .where(SourceBatch.version > SourceBatch.shown)
        .order_by(SourceBatch.id)
        .limit(limit)
    )
    return (await session.scalars(query)).all()


def still_needed() -> Select[str]:
    """Return what selects the sources of messages that editors may still press buttons of."""
    source = literal(BATCH) + cast(SourceBatch.id, String)
    return select(source).where(SourceBatch.state == BatchState.OPEN)
