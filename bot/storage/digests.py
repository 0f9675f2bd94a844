"""What waits for the digests of chats, and what was told in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, delete, literal, or_, select, update

from bot.messages import Address
from bot.storage.engine import Session
from bot.storage.models import Action, Body, ChatRow, Delivery, DeliveryState, DigestItem


@dataclass(frozen=True, slots=True)
class Collected:
    """One item of a chat's digest."""

    id: int
    chat: ChatRow
    thread: str | None
    content: Any
    slot_at: datetime

    @property
    def address(self) -> Address:
        """Where it is to be told."""
        return Address(self.chat.channel, self.chat.chat, self.thread)


async def due(session: Session, *, now: datetime, chats: int) -> Sequence[Collected]:
    """Return what is due for a digest, of at most so many *chats*, in the order collected."""
    waiting = (
        DigestItem.digest.is_(None),
        DigestItem.withdrawn.is_(False),
        DigestItem.slot_at <= now,
        or_(DigestItem.expires_at.is_(None), DigestItem.expires_at > now),
    )
    first = (
        select(DigestItem.chat_id)
        .join(ChatRow, ChatRow.id == DigestItem.chat_id)
        .where(*waiting, ChatRow.left_at.is_(None))
        .distinct()
        .limit(chats)
    )
    query = (
        select(DigestItem, ChatRow, Body.content)
        .join(ChatRow, ChatRow.id == DigestItem.chat_id)
        .join(Body, Body.id == DigestItem.body_id)
        .where(*waiting, DigestItem.chat_id.in_(first))
        .order_by(DigestItem.chat_id, DigestItem.id)
        # Who changes or takes back an item meanwhile waits, and finds the digest that tells it.
        .with_for_update(of=DigestItem)
    )
    return [
        Collected(item.id, chat, item.thread, content, item.slot_at)
        for item, chat, content in await session.execute(query)
    ]


async def note_told(session: Session, *, ids: Sequence[int], digest: str) -> None:
    """Note by which delivery items were told."""
    await session.execute(update(DigestItem).where(DigestItem.id.in_(ids)).values(digest=digest))


async def postpone(session: Session, *, ids: Sequence[int], until: datetime) -> None:
    """Let items wait for a later digest."""
    await session.execute(update(DigestItem).where(DigestItem.id.in_(ids)).values(slot_at=until))


async def reschedule(session: Session, *, chat_id: int, slot_at: datetime) -> None:
    """Let what is collected for a chat be told at another time."""
    await session.execute(
        update(DigestItem)
        .where(DigestItem.chat_id == chat_id, DigestItem.digest.is_(None))
        .values(slot_at=slot_at)
        .execution_options(synchronize_session=False)
    )


async def withdraw(session: Session, *, source: str) -> int:
    """Take back what has not been told yet; return how many items."""
    result = await session.execute(
        update(DigestItem)
        .where(
            DigestItem.source == source,
            DigestItem.digest.is_(None),
            DigestItem.withdrawn.is_(False),
        )
        .values(withdrawn=True)
        .returning(DigestItem.id)
    )
    return len(result.all())


async def told_of(session: Session, *, source: str) -> Sequence[str]:
    """Return the keys of the digests that told of *source*."""
    query = (
        select(DigestItem.digest)
        .where(DigestItem.source == source, DigestItem.digest.is_not(None))
        .distinct()
    )
    return [key for key in await session.scalars(query) if key is not None]


async def contents(session: Session, *, digest: str) -> Sequence[tuple[DigestItem, Any]]:
    """Return the items of a digest and what each says, in their order."""
    query = (
        select(DigestItem, Body.content)
        .join(Body, Body.id == DigestItem.body_id)
        .where(DigestItem.digest == digest)
        .order_by(DigestItem.id)
    )
    return [(item, content) for item, content in await session.execute(query)]


async def leave(session: Session, *, channel: str, chat: str) -> None:
    """Forget what waits for a chat that wants nothing more."""
    ids = select(ChatRow.id).where(ChatRow.channel == channel, ChatRow.chat == chat)
    await session.execute(
        delete(DigestItem)
        .where(DigestItem.chat_id.in_(ids), DigestItem.digest.is_(None))
        .execution_options(synchronize_session=False)
    )


async def move(session: Session, *, old: int, new: int) -> None:
    """Carry what is collected, or was told, over to another row of a chat."""
    await session.execute(
        update(DigestItem)
        .where(DigestItem.chat_id == old)
        .values(chat_id=new, thread=None)
        .execution_options(synchronize_session=False)
    )


async def forget(session: Session, *, before: datetime) -> None:
    """Delete items of digests that went out, or were due, before an instant."""
    await session.execute(
        delete(DigestItem)
        .where(DigestItem.slot_at < before)
        .execution_options(synchronize_session=False)
    )


async def parts(session: Session, *, key: str) -> Sequence[Delivery]:
    """Return the deliveries of a digest that were sent or wait, in the order of their parts.

    Those that wait are locked, so that nobody sends them meanwhile.
    """
    query = (
        select(Delivery)
        .where(
            or_(Delivery.key == key, Delivery.key.startswith(f"{key}#", autoescape=True)),
            Delivery.action == Action.SEND.value,
            Delivery.state.in_([DeliveryState.SENT.value, DeliveryState.WAITING.value]),
        )
        .order_by(Delivery.part)
        .with_for_update()
    )
    return (await session.scalars(query)).all()


async def files(session: Session, *, key: str) -> Sequence[Delivery]:
    """Return the deliveries of a digest's files that were sent or wait, locked likewise.

    Only those whose item was taken back.
    """
    of_item = literal(f"{key}:f") + cast(DigestItem.id, String)
    query = (
        select(Delivery)
        .join(DigestItem, Delivery.key == of_item)
        .where(
            DigestItem.digest == key,
            DigestItem.withdrawn,
            Delivery.state.in_([DeliveryState.SENT.value, DeliveryState.WAITING.value]),
        )
        .with_for_update(of=Delivery)
    )
    return (await session.scalars(query)).all()


async def in_flight(session: Session, *, source: str) -> Sequence[int]:
    """Return the deliveries of digests that tell of *source* and are just being sent."""
    query = (
        select(Delivery.id)
        .join(DigestItem, DigestItem.digest == Delivery.key)
        .where(DigestItem.source == source, Delivery.state == DeliveryState.SENDING)
    )
    return (await session.scalars(query)).all()
