"""The durable map: which messages say the same in the chats of a bridge."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update

from bot.messages import Address, MessageId
from bot.storage.addressed import in_chat, is_open
from bot.storage.bridge_models import BridgePlace, BridgePost, BridgeReaction
from bot.storage.engine import Session
from bot.storage.models import Action, Body, Delivery, DeliveryState


async def add_post(
    session: Session,
    post: BridgePost,
    *,
    address: Address,
    message: MessageId | None,
    key: str | None,
) -> BridgePost:
    """Keep where something was said: a message, or the delivery that becomes one."""
    session.add(post)
    await session.flush()
    await add(session, post, address=address, message=message, key=key, original=True)
    return post


async def add(
    session: Session,
    post: BridgePost,
    *,
    address: Address,
    key: str | None,
    message: MessageId | None = None,
    part: int = 0,
    blocks: int = 0,
    original: bool = False,
) -> None:
    """Keep where a post can be read as well."""
    session.add(
        BridgePlace(
            post_id=post.id,
            channel=address.channel,
            chat=address.chat,
            thread=address.thread or "",
            message=message,
            key=key,
            part=part,
            blocks=blocks,
            original=original,
        )
    )
    await session.flush()


async def post_of(session: Session, *, address: Address, message: MessageId) -> BridgePost | None:
    """Return what a message says, if it was mirrored; of joined ones the last."""
    query = (
        select(BridgePost)
        .join(BridgePlace, BridgePlace.post_id == BridgePost.id)
        .where(
            BridgePlace.channel == address.channel,
            BridgePlace.chat == address.chat,
            BridgePlace.message == message,
        )
        .order_by(BridgePost.id.desc())
        .limit(1)
    )
    return await session.scalar(query)


async def thread_of(session: Session, *, address: Address, message: MessageId) -> str | None:
    """Return the thread that a message of the map is in, empty for none; ``None`` if unknown."""
    query = select(BridgePlace.thread).where(
        BridgePlace.channel == address.channel,
        BridgePlace.chat == address.chat,
        BridgePlace.message == message,
    )
    return await session.scalar(query.limit(1))


async def posts_of(
    session: Session, *, address: Address, message: MessageId
) -> Sequence[BridgePost]:
    """Return everything that a message says: several posts when they were joined."""
    query = (
        select(BridgePost)
        .join(BridgePlace, BridgePlace.post_id == BridgePost.id)
        .where(
            BridgePlace.channel == address.channel,
            BridgePlace.chat == address.chat,
            BridgePlace.message == message,
        )
        .order_by(BridgePost.id)
    )
    return (await session.scalars(query)).unique().all()


async def places(session: Session, *, post_id: int) -> Sequence[BridgePlace]:
    """Return where a post can be read: its parts in order."""
    query = select(BridgePlace).where(BridgePlace.post_id == post_id)
    return (await session.scalars(query.order_by(BridgePlace.part, BridgePlace.id))).all()


async def place_in(
    session: Session, *, post_id: int, channel: str, chat: str
) -> BridgePlace | None:
    """Return the message that says a post in a chat, or the first part of it."""
    query = (
        select(BridgePlace)
        .where(
            BridgePlace.post_id == post_id,
            BridgePlace.channel == channel,
            BridgePlace.chat == chat,
        )
        .order_by(BridgePlace.part, BridgePlace.id)
        .limit(1)
    )
    return await session.scalar(query)


async def thread_root(
    session: Session, *, bridge_id: int, said: Address, there: Address
) -> MessageId | None:
    """Return the first message in one chat of what was said in a thread of another one.

    That message may be gone, and forgotten; those after it still tell in whose thread they are.
    """
    origin = select(BridgePlace.post_id).where(
        BridgePlace.original,
        BridgePlace.channel == said.channel,
        BridgePlace.chat == said.chat,
        BridgePlace.thread == (said.thread or ""),
    )
    query = (
        select(BridgePlace.thread, BridgePlace.message)
        .join(BridgePost, BridgePost.id == BridgePlace.post_id)
        .where(
            BridgePost.bridge_id == bridge_id,
            BridgePlace.post_id.in_(origin),
            BridgePlace.channel == there.channel,
            BridgePlace.chat == there.chat,
        )
        .order_by(BridgePlace.id)
        .limit(1)
    )
    first = (await session.execute(query)).first()
    root = (first.thread or first.message) if first else None
    return MessageId(root) if root else None


async def sharing(session: Session, *, key: str) -> Sequence[BridgePlace]:
    """Return the places of all posts that one delivery brings, in the order of its words."""
    query = select(BridgePlace).where(BridgePlace.key == key, ~BridgePlace.original)
    return (await session.scalars(query.order_by(BridgePlace.id))).all()


async def drop(session: Session, place: BridgePlace) -> None:
    """Forget that a post can be read there."""
    await session.delete(place)
    await session.flush()


async def note_sent(session: Session, sent: Iterable[tuple[str, MessageId]]) -> None:
    """Keep as which messages deliveries arrived; of those that bring no copy, nothing."""
    for key, message in sent:
        await session.execute(
            update(BridgePlace)
            .where(BridgePlace.key == key)
            .values(message=message)
            .execution_options(synchronize_session=False)
        )


async def move(session: Session, *, channel: str, chat: str, to: str) -> None:
    """Let what is still to be sent be read under the new address; the rest stays behind."""
    await session.execute(
        update(BridgePlace)
        .where(
            BridgePlace.channel == channel,
            BridgePlace.chat == chat,
            BridgePlace.message.is_(None),
        )
        .values(chat=to)
        .execution_options(synchronize_session=False)
    )


async def is_echo(session: Session, *, bridge_id: int, digest: str, since: datetime) -> bool:
    """Tell whether the same words were mirrored since an instant."""
    query = select(BridgePost.id).where(
        BridgePost.bridge_id == bridge_id, BridgePost.digest == digest, BridgePost.said_at > since
    )
    return await session.scalar(query.limit(1)) is not None


async def is_shared_name(session: Session, *, bridge_id: int, name: str, author: str) -> bool:
    """Tell whether somebody else in a bridge has a name of the same look."""
    query = select(BridgePost.id).where(
        BridgePost.bridge_id == bridge_id,
        BridgePost.author_name == name,
        BridgePost.author != author,
    )
    return await session.scalar(query.limit(1)) is not None


# Deliveries of copies


async def last_open(
    session: Session, *, channel: str, chat: str, priority: int
) -> Delivery | None:
    """Return the end of a chat's line, locked, as long as nobody is sending it."""
    newest = (
        select(func.max(Delivery.id))
        .where(
            Delivery.channel == channel,
            Delivery.chat == chat,
            Delivery.priority == priority,
            is_open(),
        )
        .scalar_subquery()
    )
    query = (
        select(Delivery)
        .where(Delivery.id == newest, Delivery.state == DeliveryState.WAITING.value)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return await session.scalar(query)


async def is_held_up(
    session: Session,
    *,
    channel: str,
    chat: str,
    priority: int,
    since: datetime,
    now: datetime | None,
) -> bool:
    """Tell whether a chat's line is older than *since*, or put off by its network.

    Without *now* only the age counts.
    """
    held = Delivery.created_at < since
    query = select(Delivery.id).where(
        Delivery.channel == channel,
        Delivery.chat == chat,
        Delivery.priority == priority,
        is_open(),
        Delivery.state == DeliveryState.WAITING.value,
        held if now is None else held | (Delivery.due_at > now),
    )
    return await session.scalar(query.limit(1)) is not None


async def waiting(session: Session, *, key: str) -> Delivery | None:
    """Return a delivery that nobody has begun to send, locked."""
    query = (
        select(Delivery)
        .where(Delivery.key == key, Delivery.state == DeliveryState.WAITING.value)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return await session.scalar(query)


async def shown_by(session: Session, *, key: str) -> object:
    """Return the JSON tree that the message of a delivery shows, after its latest edit."""
    said = select(Delivery).where(Delivery.key == key).limit(1)
    delivery = await session.scalar(said)
    if delivery is None:
        return None
    changes = (Delivery.key == key) | in_chat(
        delivery.channel,
        delivery.chat,
        Delivery.action == Action.EDIT.value,
        (Delivery.target_of == key) | (Delivery.target == (delivery.message or "")),
    )
    query = (
        select(Body.content)
        .join(Delivery, Delivery.body_id == Body.id)
        .where(changes)
        .order_by(Delivery.id.desc())
        .limit(1)
    )
    return await session.scalar(query)


def withdraw(delivery: Delivery, *, now: datetime) -> None:
    """Let a delivery never be sent."""
    delivery.state, delivery.done_at = DeliveryState.WITHDRAWN.value, now


# Reactions


async def react(session: Session, reaction: BridgeReaction) -> None:
    """Keep how somebody reacted."""
    session.add(reaction)
    await session.flush()


async def reaction_by_id(
    session: Session, *, address: Address, own: MessageId
) -> BridgeReaction | None:
    """Return the reaction of this id, if a message of a bridge has it."""
    query = select(BridgeReaction).where(
        BridgeReaction.channel == address.channel,
        BridgeReaction.chat == address.chat,
        BridgeReaction.own == own,
    )
    return await session.scalar(query.limit(1))


async def reactions(session: Session, *, post_id: int) -> Sequence[BridgeReaction]:
    """Return the reactions to a post, the oldest first."""
    query = select(BridgeReaction).where(BridgeReaction.post_id == post_id)
    return (await session.scalars(query.order_by(BridgeReaction.id))).all()


async def unreact(session: Session, reaction: BridgeReaction) -> None:
    """Forget a reaction that was taken back."""
    await session.delete(reaction)
    await session.flush()


# Forgetting


async def forget_post(session: Session, *, post_id: int) -> None:
    """Forget a post with its places and reactions."""
    await _forget(session, select(BridgePost.id).where(BridgePost.id == post_id))


async def forget_bridge(session: Session, *, bridge_id: int) -> None:
    """Forget the map of a bridge."""
    await _forget(session, select(BridgePost.id).where(BridgePost.bridge_id == bridge_id))


async def forget(session: Session, *, before: datetime) -> None:
    """Forget what was said before an instant; edits of it are mirrored no more."""
    await _forget(session, select(BridgePost.id).where(BridgePost.said_at < before))


async def _forget(session: Session, posts: object) -> None:
    for table in (BridgeReaction, BridgePlace):
        await session.execute(
            delete(table)
            .where(table.post_id.in_(posts))  # type: ignore[arg-type]
            .execution_options(synchronize_session=False)
        )
    await session.execute(
        delete(BridgePost)
        .where(BridgePost.id.in_(posts))  # type: ignore[arg-type]
        .execution_options(synchronize_session=False)
    )
