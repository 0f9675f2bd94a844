"""The record of consent: who agreed to a subscription or ended it, when, where, by which words.

The ends are written by :func:`bot.storage.subscriptions.end`.
"""

from datetime import datetime

from sqlalchemy import delete, exists, func, select

from bot.messages import Address
from bot.storage.engine import Session
from bot.storage.models import ChatRow, Consent, Subscription


async def add(
    session: Session,
    *,
    address: Address,
    topic_id: int,
    member_id: int | None,
    words: str,
    now: datetime,
) -> None:
    """Record that somebody asked for a subscription."""
    session.add(
        Consent(
            channel=address.channel,
            chat=address.chat,
            topic_id=topic_id,
            member_id=member_id,
            given=True,
            words=words,
            at=now,
        )
    )
    await session.flush()


async def forget(session: Session, *, before: datetime) -> int:
    """Delete the record of what ended before an instant, and of its beginning."""
    later = (
        select(Consent.channel, Consent.chat, Consent.topic_id, func.max(Consent.at).label("at"))
        .group_by(Consent.channel, Consent.chat, Consent.topic_id)
        .subquery()
    )
    over = exists().where(
        later.c.channel == Consent.channel,
        later.c.chat == Consent.chat,
        later.c.topic_id == Consent.topic_id,
        later.c.at < before,
    )
    running = (
        select(Subscription.id)
        .join(ChatRow, ChatRow.id == Subscription.chat_id)
        .where(
            ChatRow.channel == Consent.channel,
            ChatRow.chat == Consent.chat,
            Subscription.topic_id == Consent.topic_id,
        )
        .correlate(Consent)
        .exists()
    )
    found = (await session.scalars(select(Consent.id).where(over, ~running))).all()
    await session.execute(delete(Consent).where(Consent.id.in_(found)))
    return len(found)
