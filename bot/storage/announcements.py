"""Announcements: what is told to whom, and how far each one is."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, update

from bot.messages import Address
from bot.storage.engine import Session
from bot.storage.models import Announcement, AnnouncementState

_LARGEST_ID = 2**63 - 1


async def add(
    session: Session,
    *,
    author_id: int | None,
    address: Address,
    language: str,
    texts: dict[str, str],
    attachment: Any,
    audience: Any,
    now: datetime,
) -> Announcement:
    """Keep a draft; its id is the number that people read."""
    row = Announcement(
        author_id=author_id,
        channel=address.channel,
        chat=address.chat,
        thread=address.thread,
        language=language,
        texts=texts,
        attachment=attachment,
        audience=audience,
        created_at=now,
    )
    session.add(row)
    await session.flush()
    return row


async def find(session: Session, *, number: int, lock: bool = False) -> Announcement | None:
    """Return an announcement; with *lock* nobody else changes it before the transaction ends."""
    if not 0 < number <= _LARGEST_ID:
        return None
    return await session.get(Announcement, number, with_for_update=lock)


async def due(session: Session, *, now: datetime) -> Announcement | None:
    """Return the next announcement that is to be sent, locked; who asks beside gets another."""
    query = (
        select(Announcement)
        .where(
            Announcement.state == AnnouncementState.SCHEDULED,
            or_(Announcement.send_at.is_(None), Announcement.send_at <= now),
        )
        .order_by(Announcement.send_at, Announcement.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return await session.scalar(query)


async def undecided(session: Session, *, now: datetime) -> Sequence[Announcement]:
    """Return those whose time for approval is over, locked."""
    query = (
        select(Announcement)
        .where(Announcement.state == AnnouncementState.AWAITING, Announcement.decide_by <= now)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(query)).all()


async def watched(session: Session, *, states: Collection[str], since: datetime) -> Sequence[int]:
    """Return the numbers of those in *states*, and of those whose end may not be reported yet."""
    query = select(Announcement.id).where(
        Announcement.published_at.is_not(None),
        or_(
            Announcement.state.in_(states),
            Announcement.ended_at > since,
            Announcement.reported_at < Announcement.ended_at,
        ),
    )
    return (await session.scalars(query.order_by(Announcement.id))).all()


async def newest(session: Session, *, limit: int) -> Sequence[Announcement]:
    """Return the newest announcements that were not thrown away."""
    query = (
        select(Announcement)
        .where(Announcement.state != AnnouncementState.DISCARDED)
        .order_by(Announcement.id.desc())
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def move(session: Session, *, old: int, new: int) -> None:
    """Let what is for a chat, and is not sent yet, be for another row of it."""
    states = (AnnouncementState.DRAFT, AnnouncementState.AWAITING, AnnouncementState.SCHEDULED)
    query = select(Announcement).where(Announcement.state.in_(states)).with_for_update()
    for row in await session.scalars(query):
        if old in row.audience["chats"]:
            moved = [new if one == old else one for one in row.audience["chats"]]
            row.audience = {**row.audience, "chats": list(dict.fromkeys(moved))}


async def forget_drafts(session: Session, *, before: datetime) -> None:
    """Delete what nobody has released, written before an instant."""
    given_up = [AnnouncementState.DRAFT.value, AnnouncementState.DISCARDED.value]
    await session.execute(
        delete(Announcement)
        .where(Announcement.state.in_(given_up), Announcement.created_at < before)
        .execution_options(synchronize_session=False)
    )


async def forget_authors(session: Session, *, before: datetime) -> None:
    """Forget who wrote and who approved what ended before an instant, and where they did."""
    await session.execute(
        update(Announcement)
        .where(Announcement.ended_at < before)
        .values(author_id=None, approved_by=None, channel="", chat="", thread=None)
        .execution_options(synchronize_session=False)
    )
