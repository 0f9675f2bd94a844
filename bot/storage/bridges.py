"""Bridges and the chats that belong to them."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, tuple_, update

from bot.messages import Address, Identity, MessageId
from bot.storage import bridge_codes, bridge_places
from bot.storage.addressed import in_chat, is_open
from bot.storage.bridge_models import Bridge, BridgeLock, BridgeMember
from bot.storage.engine import Session
from bot.storage.models import Delivery, DeliveryState, Grant, IdentityRow


async def create(session: Session, *, now: datetime) -> Bridge:
    """Make a bridge to which no chat belongs yet."""
    bridge = Bridge(created_at=now)
    session.add(bridge)
    await session.flush()
    return bridge


async def add(session: Session, member: BridgeMember) -> BridgeMember:
    """Let a chat belong to a bridge."""
    session.add(member)
    await session.flush()
    return member


async def find(session: Session, *, address: Address) -> BridgeMember | None:
    """Return as what a chat or thread belongs to a bridge.

    A thread that is connected by itself belongs there and not to the bridge of its whole chat.
    """
    query = (
        select(BridgeMember)
        .where(
            BridgeMember.channel == address.channel,
            BridgeMember.chat == address.chat,
            BridgeMember.thread.in_({address.thread or "", ""}),
        )
        .order_by(BridgeMember.thread.desc())
        .limit(1)
    )
    return await session.scalar(query)


async def members(session: Session, *, bridge_id: int) -> Sequence[BridgeMember]:
    """Return the chats of a bridge, in the order they joined."""
    query = select(BridgeMember).where(BridgeMember.bridge_id == bridge_id)
    return (await session.scalars(query.order_by(BridgeMember.id))).all()


async def everyone(session: Session) -> Sequence[BridgeMember]:
    """Return the chats of all bridges."""
    return (await session.scalars(select(BridgeMember).order_by(BridgeMember.id))).all()


async def trusted(
    session: Session, *, bridge_id: int, admins: Collection[Identity]
) -> Sequence[IdentityRow]:
    """Return the accounts of admins, of who has a role, and of who connected these chats."""
    named = tuple_(IdentityRow.channel, IdentityRow.user).in_(
        [(one.channel, one.user) for one in admins]
    )
    connected = select(BridgeMember.joined_by).where(BridgeMember.bridge_id == bridge_id)
    mattering = or_(
        IdentityRow.member_id.in_(select(Grant.member_id)),
        IdentityRow.member_id.in_(connected),
        named,
    )
    return (await session.scalars(select(IdentityRow).where(mattering))).all()


async def of_chat(session: Session, *, channel: str, chat: str) -> Sequence[BridgeMember]:
    """Return as what a chat and its threads belong to bridges."""
    query = select(BridgeMember).where(BridgeMember.channel == channel, BridgeMember.chat == chat)
    return (await session.scalars(query.order_by(BridgeMember.id))).all()


async def part(session: Session, member: BridgeMember) -> None:
    """Let a chat belong to its bridge no more; a bridge with one chat left ends."""
    number = member.bridge_id
    await session.delete(member)
    await session.flush()
    if len(await members(session, bridge_id=number)) < 2:  # noqa: PLR2004 # it has two ends
        await bridge_places.forget_bridge(session, bridge_id=number)
        await session.execute(delete(BridgeMember).where(BridgeMember.bridge_id == number))
        await session.execute(delete(Bridge).where(Bridge.id == number))


async def move(session: Session, *, channel: str, chat: str, to: str) -> None:
    """Rewrite the address of a chat; threads stay behind, and so does the map of its messages."""
    for member in await of_chat(session, channel=channel, chat=chat):
        taken = await of_chat(session, channel=channel, chat=to)
        if any(one.thread in {"", member.thread} for one in taken):
            await session.delete(member)
        else:
            member.chat = to
            member.notice = member.notice_message = None  # it stayed behind
        await session.flush()
    await bridge_codes.move(session, channel=channel, chat=chat, to=to)
    for lock in await _chat_locks(session, channel=channel, chat=chat):
        if await is_locked(session, address=Address(channel, to, lock.thread or None)):
            await session.delete(lock)
        else:
            lock.chat = to
        await session.flush()


async def note_arrived(session: Session, *, notice: str, message: MessageId) -> None:
    """Keep as which message the rules of a bridge arrived in the chat where they are pinned."""
    await session.execute(
        update(BridgeMember)
        .where(BridgeMember.notice == notice)
        .values(notice_message=message)
        .execution_options(synchronize_session=False)
    )


# Backlog


def _waiting(member: BridgeMember) -> ColumnElement[bool]:
    return and_(
        Delivery.channel == member.channel,
        Delivery.chat == member.chat,
        Delivery.source == source(member.bridge_id),
        is_open(),
    )


def source(bridge_id: int) -> str:
    """Return the source of the deliveries of a bridge."""
    return f"bridge:{bridge_id}"


async def backlog(session: Session, member: BridgeMember) -> tuple[int, datetime | None]:
    """Return how many copies wait for a chat, and since when the oldest one does."""
    query = select(func.count(), func.min(Delivery.created_at)).where(_waiting(member))
    count, oldest = (await session.execute(query)).one()
    return count, oldest


async def last_error(session: Session, member: BridgeMember) -> str | None:
    """Return what the network said last when a copy could not be sent."""
    query = (
        select(Delivery.error)
        .where(
            in_chat(member.channel, member.chat),
            Delivery.source == source(member.bridge_id),
            Delivery.error.is_not(None),
            Delivery.state.in_([
                DeliveryState.DEAD.value, DeliveryState.REJECTED.value, DeliveryState.GONE.value,
                DeliveryState.WAITING.value,
            ]),
        )
        .order_by(Delivery.id.desc())
        .limit(1)
    )  # fmt: skip
    return await session.scalar(query)


# Locks


async def _chat_locks(session: Session, *, channel: str, chat: str) -> Sequence[BridgeLock]:
    query = select(BridgeLock).where(BridgeLock.channel == channel, BridgeLock.chat == chat)
    return (await session.scalars(query)).all()


async def is_locked(session: Session, *, address: Address) -> bool:
    """Tell whether what is said there stays on its network: the thread or its whole chat."""
    locks = await _chat_locks(session, channel=address.channel, chat=address.chat)
    return any(lock.thread in {"", address.thread or ""} for lock in locks)


async def holds_lock(session: Session, *, channel: str, chat: str) -> bool:
    """Tell whether a chat or any thread of it is locked."""
    return bool(await _chat_locks(session, channel=channel, chat=chat))


async def lock(session: Session, *, address: Address, member_id: int, now: datetime) -> bool:
    """Lock a chat or thread; ``False`` if that was done before."""
    locks = await _chat_locks(session, channel=address.channel, chat=address.chat)
    thread = address.thread or ""
    if any(one.thread == thread for one in locks):
        return False
    session.add(
        BridgeLock(
            channel=address.channel,
            chat=address.chat,
            thread=thread,
            locked_by=member_id,
            locked_at=now,
        )
    )
    await session.flush()
    return True


async def unlock(session: Session, *, address: Address) -> bool:
    """Open a chat or thread again; ``False`` if it was not locked by itself."""
    result = await session.execute(
        delete(BridgeLock)
        .where(
            BridgeLock.channel == address.channel,
            BridgeLock.chat == address.chat,
            BridgeLock.thread == (address.thread or ""),
        )
        .returning(BridgeLock.id)
    )
    return bool(result.all())


async def lock_topic(session: Session, *, topic_id: int, member_id: int, now: datetime) -> bool:
    """Lock a topic; ``False`` if that was done before."""
    query = select(exists().where(BridgeLock.topic_id == topic_id))
    if await session.scalar(query):
        return False
    session.add(BridgeLock(topic_id=topic_id, locked_by=member_id, locked_at=now))
    await session.flush()
    return True


async def unlock_topic(session: Session, *, topic_id: int) -> bool:
    """Open a topic again; ``False`` if it was not locked."""
    statement = delete(BridgeLock).where(BridgeLock.topic_id == topic_id)
    return bool((await session.execute(statement.returning(BridgeLock.id))).all())


async def overlapping(session: Session, *, network: str, chat: str) -> Sequence[BridgeMember]:
    """Return as what a chat belongs to bridges, by whichever account of the hub it is met."""
    own = or_(
        BridgeMember.channel == network,
        BridgeMember.channel.startswith(f"{network}.", autoescape=True),
    )
    query = select(BridgeMember).where(own, BridgeMember.chat == chat)
    return (await session.scalars(query)).all()
