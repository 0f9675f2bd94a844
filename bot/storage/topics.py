"""What one can subscribe to."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select

from bot.storage.engine import Session
from bot.storage.models import Topic
from bot.storage.upserts import insert_into


async def offered(session: Session) -> Sequence[Topic]:
    """Return the topics that can be subscribed to, the oldest first."""
    query = select(Topic).where(Topic.retired_at.is_(None)).order_by(Topic.id)
    return (await session.scalars(query)).all()


async def find(session: Session, *, id: int) -> Topic | None:  # noqa: A002 # the column's name
    """Return a topic that can be subscribed to."""
    topic = await session.get(Topic, id)
    return topic if topic is not None and topic.retired_at is None else None


async def by_ids(session: Session, *, ids: Collection[int]) -> Sequence[Topic]:
    """Return topics by their numbers, also those that are no longer offered, the oldest first."""
    query = select(Topic).where(Topic.id.in_(ids)).order_by(Topic.id)
    return (await session.scalars(query)).all()


async def add(session: Session, *, name_de: str, name_en: str, now: datetime) -> Topic:
    """Offer a new topic."""
    topic = Topic(name_de=name_de, name_en=name_en, created_at=now)
    session.add(topic)
    await session.flush()
    return topic


async def ship(
    session: Session, *, shipped: Sequence[tuple[str, str, str]], now: datetime
) -> None:
    """Offer the (key, German name, English name) of *shipped* where there never was a topic.

    Two processes may do so at once.
    """
    if await session.scalar(select(Topic.id).limit(1)) is not None:
        return
    rows = [
        {"key": key, "name_de": german, "name_en": english, "created_at": now}
        for key, german, english in shipped
    ]
    await session.execute(
        insert_into(session, Topic).values(rows).on_conflict_do_nothing(index_elements=[Topic.key])
    )
