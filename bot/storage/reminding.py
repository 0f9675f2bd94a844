"""Reminders that wait to be sent and whose event has changed meanwhile."""

from datetime import datetime

from sqlalchemy import select, update

from bot.storage.audiences import Audience, either
from bot.storage.engine import Session
from bot.storage.models import ChatRow, Delivery, DeliveryState, DigestItem

_WAITING = (DeliveryState.WAITING.value, DeliveryState.PAUSED.value)


async def withdraw(
    session: Session, *, source: str, beginning: str, mark: str, now: datetime
) -> int:
    """Take back what waits of *source*; return how many messages and items of digests.

    Args:
        session: The transaction.
        source: What they tell of.
        beginning: Only those whose keys begin like this.
        mark: Their keys get it at the end, so that the same can be told again in other words.
        now: The present.
    """
    taken = await session.execute(
        update(Delivery)
        .where(
            Delivery.source == source,
            Delivery.state.in_(_WAITING),
            Delivery.key.startswith(beginning, autoescape=True),
        )
        .values(
            state=DeliveryState.WITHDRAWN,
            key=Delivery.key + mark,
            error="what it tells of has changed",
            done_at=now,
        )
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    uncollected = await session.execute(
        update(DigestItem)
        .where(
            DigestItem.source == source,
            DigestItem.digest.is_(None),
            DigestItem.withdrawn.is_(False),
            DigestItem.key.startswith(beginning, autoescape=True),
        )
        .values(withdrawn=True, key=DigestItem.key + mark)
        .returning(DigestItem.id)
        .execution_options(synchronize_session=False)
    )
    return len(taken.all()) + len(uncollected.all())


def withdrawn(*, source: str, beginning: str, mark: str) -> Audience:
    """Select the chats from which a message was taken back whose key had this *beginning*."""
    waiting = select(ChatRow.id, Delivery.thread).join(
        Delivery, (Delivery.channel == ChatRow.channel) & (Delivery.chat == ChatRow.chat)
    ).where(
        Delivery.source == source,
        Delivery.state == DeliveryState.WITHDRAWN,
        Delivery.part == 0,
        Delivery.key.startswith(beginning, autoescape=True),
        Delivery.key.endswith(mark, autoescape=True),
        ChatRow.left_at.is_(None),
    )  # fmt: skip
    collected = select(ChatRow.id, DigestItem.thread).join(
        DigestItem, DigestItem.chat_id == ChatRow.id
    ).where(
        DigestItem.source == source,
        DigestItem.withdrawn,
        DigestItem.key.startswith(beginning, autoescape=True),
        DigestItem.key.endswith(mark, autoescape=True),
        ChatRow.left_at.is_(None),
    )  # fmt: skip
    return either(waiting, collected)
