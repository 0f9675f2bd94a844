"""Connecting chats: codes, who belongs to what, and what is told of it."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.delivery import outbox
from bot.delivery.outbox import MIRRORED, Outgoing
from bot.errors import UserError
from bot.messages import Address, Chat, ChatKind, network
from bot.services import audit
from bot.services.bridge_mirroring import address_of
from bot.storage import bridges, chats
from bot.storage.bridge_models import BridgeCode, BridgeMember, Direction
from bot.storage.engine import Session
from bot.text import catalogue

__all__ = [
    "DIRECTIONS", "Direction", "State", "Wish", "connect", "is_patient", "make_code", "part",
    "states", "tell", "tell_rules", "watch",
]  # fmt: skip

VALID = timedelta(minutes=10)
"""How long a code can be entered."""
MOST_CODES, MOST_TRIES = 5, 5
"""How many codes somebody gets, and may enter in vain, within :data:`VALID`."""

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without those that look like each other."""
_LENGTH = 8

DIRECTIONS = {
    Direction.BOTH: "bridge-both",
    Direction.IN: "bridge-in",
    Direction.OUT: "bridge-out",
}
"""The catalogue's names of what the directions are called."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How somebody wants to connect a chat.

    Attributes:
        chat: Which.
        direction: Which way messages go.
        confirmed: Whether they agreed that what is said there leaves its encryption.
        member_id: Who.
    """

    chat: Chat
    direction: Direction
    confirmed: bool
    member_id: int

    @property
    def address(self) -> Address:
        """Where it is."""
        return self.chat.address


@dataclass(frozen=True, slots=True)
class State:
    """How a chat of a bridge stands.

    Attributes:
        name: What the chat is called.
        network: On which network it is.
        direction: Which way messages go.
        waiting: How many copies wait for it.
        lag: How long the oldest of them does.
        error: What its network said last, if anything went wrong.
        paused: Whether the bot can't write there.
        opened: Whether it is encrypted and its messages leave the encryption.
        here: Whether it is the chat that asks.
    """

    name: str
    network: str
    direction: Direction
    waiting: int
    lag: timedelta
    error: str | None
    paused: bool
    opened: bool
    here: bool


def _hash(code: str) -> str:
    plain = "".join(code.upper().split()).replace("-", "")
    return hashlib.sha256(plain.encode()).hexdigest()


async def _require_fit(session: Session, wish: Wish, *, now: datetime) -> datetime | None:
    """Return when leaving the encryption was agreed to, where there is any.

    Raises:
        UserError: It is no room, or an encrypted one without that consent.
    """
    if wish.chat.kind is not ChatKind.ROOM:
        raise UserError("bridge-rooms-only")
    known = await chats.find(session, channel=wish.address.channel, chat=wish.address.chat)
    encrypted = wish.chat.encrypted or (known is not None and known.encrypted)
    if encrypted and not wish.confirmed:
        raise UserError("bridge-encrypted")
    return now if encrypted else None


async def make_code(session: Session, wish: Wish, *, now: datetime) -> str:
    """Return a code by which another chat can be connected with this one.

    It holds for :data:`VALID` and once; an earlier one of this chat holds no more.

    Raises:
        UserError: The chat can't be connected, or somebody asked too often.
    """
    confirmed_at = await _require_fit(session, wish, now=now)
    asked = await bridges.codes_since(session, member_id=wish.member_id, since=now - VALID)
    if asked >= MOST_CODES:
        raise UserError("bridge-too-often")
    code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    where = wish.address
    row = BridgeCode(
        code_hash=_hash(code),
        channel=where.channel,
        chat=where.chat,
        thread=where.thread or "",
        title=wish.chat.title,
        direction=wish.direction.value,
        member_id=wish.member_id,
        confirmed_at=confirmed_at,
        made_at=now,
        expires_at=now + VALID,
    )
    await bridges.issue(session, row)
    return f"{code[:4]}-{code[4:]}"


async def is_patient(session: Session, *, member_id: int, now: datetime) -> bool:
    """Tell whether somebody may still enter a code after those that were none."""
    since = now - VALID
    return await bridges.tries_since(session, member_id=member_id, since=since) < MOST_TRIES


async def connect(
    session: Session, wish: Wish, *, code: str, now: datetime
) -> BridgeMember | None:
    """Connect a chat with the one in which *code* was made; ``None`` if it is no valid code.

    Raises:
        UserError: The two can't be connected; the code still holds.
    """
    confirmed_at = await _require_fit(session, wish, now=now)
    found = await bridges.redeem(session, code_hash=_hash(code), now=now)
    if found is None:
        await bridges.note_try(session, member_id=wish.member_id, now=now)
        return None
    there = Address(found.channel, found.chat, found.thread or None)
    await _require_apart(session, wish.address, there)
    first = await bridges.find(session, address=there)
    own = await bridges.find(session, address=wish.address)
    if own is not None and (own.thread or None) == wish.address.thread:
        raise UserError("bridge-taken")
    if first is None or (first.thread or None) != there.thread:
        bridge = await bridges.create(session, now=now)
        first = await bridges.add(session, _first(found, bridge.id, now=now))
    await _require_no_circle(session, first.bridge_id, wish.address)
    member = BridgeMember(
        bridge_id=first.bridge_id,
        channel=wish.address.channel,
        chat=wish.address.chat,
        thread=wish.address.thread or "",
        title=wish.chat.title,
        direction=wish.direction.value,
        joined_by=wish.member_id,
        joined_at=now,
        confirmed_at=confirmed_at,
    )
    await bridges.add(session, member)
    await _note(session, "bridge-connected", member, member_id=wish.member_id, now=now)
    return member


def _first(code: BridgeCode, bridge_id: int, *, now: datetime) -> BridgeMember:
    return BridgeMember(
        bridge_id=bridge_id,
        channel=code.channel,
        chat=code.chat,
        thread=code.thread,
        title=code.title,
        direction=code.direction,
        joined_by=code.member_id,
        joined_at=now,
        confirmed_at=code.confirmed_at,
    )


async def _require_apart(session: Session, one: Address, other: Address) -> None:
    if _overlap(one, other):
        raise UserError("bridge-itself")
    if one.network == other.network:
        return
    for address in (one, other):
        if await bridges.is_locked(session, address=address):
            raise UserError("bridge-locked")


def _overlap(one: Address, other: Address) -> bool:
    """Tell whether what is said at one address may be read at the other one already."""
    if (one.network, one.chat) != (other.network, other.chat):
        return False
    return one.thread == other.thread or None in {one.thread, other.thread}


async def _require_no_circle(session: Session, bridge_id: int, address: Address) -> None:
    """Make sure that nothing comes back to a chat by another way.

    Raises:
        UserError: The chat, or a part of it, belongs to this bridge already, maybe by another
            account of the hub; or its whole chat to another one.
    """
    known = await bridges.overlapping(session, network=address.network, chat=address.chat)
    for member in known:
        if not _overlap(address, address_of(member)):
            continue
        if member.bridge_id == bridge_id or member.channel != address.channel:
            raise UserError("bridge-circle")


async def _note(
    session: Session, action: str, member: BridgeMember, *, member_id: int, now: datetime
) -> None:
    await audit.note(
        session,
        action=action,
        subject=f"bridge:{member.bridge_id}",
        member_id=member_id,
        now=now,
        number=member.bridge_id,
        room=member.title or member.chat,
    )


async def part(
    session: Session, *, address: Address, member_id: int, now: datetime
) -> Sequence[BridgeMember]:
    """Disconnect a chat, and return those that were connected with it.

    Raises:
        UserError: It is not connected.
    """
    member = await _own(session, address)
    others = await _others(session, member)
    await _note(session, "bridge-parted", member, member_id=member_id, now=now)
    await bridges.part(session, member)
    return others


async def _own(session: Session, address: Address) -> BridgeMember:
    member = await bridges.find(session, address=address)
    if member is None:
        raise UserError("bridge-none")
    return member


async def _others(session: Session, member: BridgeMember) -> list[BridgeMember]:
    known = await bridges.members(session, bridge_id=member.bridge_id)
    return [one for one in known if one.id != member.id]


async def states(session: Session, *, address: Address, now: datetime) -> list[State]:
    """Return how the chats of a bridge stand.

    Raises:
        UserError: The chat is not connected.
    """
    own = await _own(session, address)
    known = await bridges.members(session, bridge_id=own.bridge_id)
    return [await _state(session, member, own, now=now) for member in known]


async def _state(
    session: Session, member: BridgeMember, own: BridgeMember, *, now: datetime
) -> State:
    waiting, oldest = await bridges.backlog(session, member)
    return State(
        name=member.title or member.chat,
        network=network(member.channel),
        direction=Direction(member.direction),
        waiting=waiting,
        lag=now - oldest if oldest else timedelta(0),
        error=await bridges.last_error(session, member),
        paused=member.paused_at is not None,
        opened=member.confirmed_at is not None,
        here=member.id == own.id,
    )


# What the chats are told


async def tell(
    session: Session,
    members: Sequence[BridgeMember],
    message: str,
    *,
    key: str,
    now: datetime,
    language: str,
    **values: str | int,
) -> None:
    """Tell chats of a bridge a *message* of the catalogue; it is mirrored nowhere.

    Args:
        session: The transaction.
        members: Which.
        message: The message's name.
        key: What is told, so that it is told once.
        now: The present.
        language: Of chats that have chosen none.
        values: What fills the placeholders.
    """
    for member in members:
        row = await chats.find(session, channel=member.channel, chat=member.chat)
        spoken = (row.language if row else None) or language
        body = catalogue.document(spoken, message, **values)
        outgoing = Outgoing(f"{MIRRORED}told:{key}:{member.id}", address_of(member), body)
        await outbox.enqueue(session, outgoing, now=now)


async def tell_rules(
    session: Session, member: BridgeMember, *, language: str, now: datetime
) -> None:
    """Tell every chat of a bridge who is connected now, and what holds from then on."""
    known = await bridges.members(session, bridge_id=member.bridge_id)
    for one in known:
        others = ", ".join(_named(other) for other in known if other.id != one.id)
        message = "bridge-rules" if one.confirmed_at is None else "bridge-rules-opened"
        key = f"rules:{member.id}:{int(now.timestamp())}"
        await tell(session, [one], message, key=key, now=now, language=language, rooms=others)


def _named(member: BridgeMember) -> str:
    return f"{member.title or member.chat} ({network(member.channel).title()})"


LAG, CAUGHT_UP = timedelta(minutes=1), timedelta(seconds=20)
"""From when on a chat is told that its messages arrive late, and when that is over."""


async def watch(session: Session, *, language: str, now: datetime) -> None:
    """Tell the chats of each bridge, once, what holds messages up, and when that is over."""
    for member in await bridges.everyone(session):
        message = await _news_of(session, member, now=now)
        if message is not None:
            others = await _others(session, member)
            key = f"{message}:{member.id}:{int(now.timestamp())}"
            room = _named(member)
            await tell(session, others, message, key=key, now=now, language=language, room=room)


async def _news_of(session: Session, member: BridgeMember, *, now: datetime) -> str | None:
    """Return what is new about a chat: gone, back, late, or on time again."""
    row = await chats.find(session, channel=member.channel, chat=member.chat)
    gone = row is not None and row.left_at is not None
    if gone != (member.paused_at is not None):
        member.paused_at = now if gone else None
        return "bridge-paused" if gone else "bridge-resumed"
    _, oldest = await bridges.backlog(session, member)
    lag = now - oldest if oldest else timedelta(0)
    if member.lag_told_at is None and lag > LAG and not gone:
        member.lag_told_at = now
        return "bridge-lags"
    if member.lag_told_at is not None and lag <= CAUGHT_UP:
        member.lag_told_at = None
        return "bridge-caught-up"
    return None
