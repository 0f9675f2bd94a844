"""Events, and drafts of them that wait for their editor's word."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update

from bot.storage.engine import Session
from bot.storage.models import EventChange, EventDraft, EventRow, EventWish

_LARGEST_ID = 2**63 - 1
"""Members write numbers as they like; the databases refuse to compare larger ones."""


async def add(
    session: Session,
    *,
    uid: str,
    kind: str,
    content: Any,
    begins_at: datetime,
    over_at: datetime | None,
    imported: str | None,
    now: datetime,
) -> EventRow:
    """Keep a new event; its id is the number that members read."""
    row = EventRow(
        uid=uid,
        kind=kind,
        content=content,
        begins_at=begins_at,
        over_at=over_at,
        version=1,
        imported=imported,
        created_at=now,
        changed_at=now,
    )
    session.add(row)
    await session.flush()
    return row


async def change(
    session: Session,
    row: EventRow,
    *,
    kind: str,
    content: Any,
    begins_at: datetime,
    over_at: datetime | None,
    now: datetime,
) -> None:
    """Replace what an event is, and count the change."""
    row.kind, row.content = kind, content
    row.begins_at, row.over_at = begins_at, over_at
    row.version += 1
    row.changed_at = now
    await session.flush()


async def find(session: Session, *, number: int) -> EventRow | None:
    """Return the event with this *number*, if there is one."""
    return await session.get(EventRow, number) if 0 < number <= _LARGEST_ID else None


async def by_uids(session: Session, *, uids: Collection[str]) -> dict[str, EventRow]:
    """Return the events that are known among *uids*, for an import to change."""
    rows = await session.scalars(select(EventRow).where(EventRow.uid.in_(uids)).with_for_update())
    return {row.uid: row for row in rows}


async def listed(session: Session, *, since: datetime) -> Sequence[EventRow]:
    """Return the events that are not over at *since*, by their first date."""
    query = (
        select(EventRow)
        .where(or_(EventRow.over_at > since, EventRow.over_at.is_(None)))
        .order_by(EventRow.begins_at, EventRow.id)
    )
    return (await session.scalars(query)).all()


async def state(session: Session) -> tuple[int, int, datetime | None]:
    """Return how many events there are, how often they changed, and when one did so last."""
    query = select(
        func.count(EventRow.id),
        func.coalesce(func.sum(EventRow.version), 0),
        func.max(EventRow.changed_at),
    )
    count, changes, changed_at = (await session.execute(query)).one()
    return int(count), int(changes), changed_at


async def add_draft(
    session: Session,
    *,
    member_id: int,
    event_id: int | None,
    version: int,
    content: Any,
    now: datetime,
) -> EventDraft:
    """Keep a draft until its editor saves or drops it."""
    draft = EventDraft(
        member_id=member_id, event_id=event_id, version=version, content=content, made_at=now
    )
    session.add(draft)
    await session.flush()
    return draft


async def take_draft(session: Session, *, number: int, since: datetime) -> EventDraft | None:
    """Remove a draft that was made after *since* and return it; ``None`` if there is none.

    Only one of two that ask at once gets it.
    """
    if not 0 < number <= _LARGEST_ID:
        return None
    query = (
        select(EventDraft)
        .where(EventDraft.id == number, EventDraft.made_at > since)
        .with_for_update()
    )
    draft = await session.scalar(query)
    if draft is not None:
        await session.delete(draft)
        await session.flush()
    return draft


async def forget_drafts(session: Session, *, before: datetime) -> int:
    """Delete drafts made before an instant."""
    result = await session.execute(delete(EventDraft).where(EventDraft.made_at <= before))
    return result.rowcount  # type: ignore[attr-defined, no-any-return] # a DELETE gives a CursorResult


async def note_change(
    session: Session, *, row: EventRow, before: Any, now: datetime, quiet: bool = False
) -> None:
    """Keep that its audience has to be told of the event as it is now; of *quiet* ones nobody."""
    session.add(
        EventChange(event_id=row.id, version=row.version, before=before, quiet=quiet, at=now)
    )
    await session.flush()


async def take_changes(session: Session, *, limit: int) -> Sequence[tuple[EventChange, EventRow]]:
    """Remove the changes that nobody was told of yet, the oldest first, and return them.

    Of several processes that ask at once each gets others.
    """
    query = (
        select(EventChange, EventRow)
        .join(EventRow, EventRow.id == EventChange.event_id)
        .order_by(EventChange.id)
        .limit(limit)
        .with_for_update(of=EventChange, skip_locked=True)
    )
    found = [(change, row) for change, row in await session.execute(query)]
    for change, _ in found:
        await session.delete(change)
    await session.flush()
    return found


async def wish(
    session: Session,
    *,
    event_id: int,
    chat_id: int,
    thread: str | None,
    wanted: bool | None,
    now: datetime,
) -> None:
    """Keep whether a chat wants to be reminded of one event; ``None``: as it has subscribed."""
    await session.execute(
        delete(EventWish).where(EventWish.event_id == event_id, EventWish.chat_id == chat_id)
    )
    if wanted is not None:
        session.add(
            EventWish(event_id=event_id, chat_id=chat_id, thread=thread, wanted=wanted, since=now)
        )
        await session.flush()


async def wished(session: Session, *, event_id: int, chat_id: int) -> bool | None:
    """Return whether a chat said that it wants to be reminded of an event, or does not."""
    row = await session.get(EventWish, (event_id, chat_id))
    return row.wanted if row else None


async def move(session: Session, *, old: int, new: int) -> None:
    """Carry wishes over to another row of a chat, but for events of which that has its own."""
    own = select(EventWish.event_id).where(EventWish.chat_id == new)
    await session.execute(
        update(EventWish)
        .where(EventWish.chat_id == old, EventWish.event_id.not_in(own))
        .values(chat_id=new, thread=None)
        .execution_options(synchronize_session=False)
    )
