"""Connected chats: who belongs to what, how it stands, and what is told of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from bot.delivery import outbox
from bot.delivery.outbox import MIRRORED, Outgoing
from bot.errors import UserError
from bot.messages import Address, network
from bot.services import audit
from bot.services.bridge_mirroring import address_of
from bot.services.bridge_signing import visible
from bot.storage import bridges, chats
from bot.storage.bridge_models import BridgeCode, BridgeMember, BridgeRequest, Direction
from bot.storage.engine import Session
from bot.text import catalogue
from bot.text.document import Button

__all__ = [
    "DIRECTIONS", "Direction", "State", "named", "note", "part", "states", "tell", "tell_chat",
    "watch",
]  # fmt: skip

DIRECTIONS = {
    Direction.BOTH: "bridge-both",
    Direction.IN: "bridge-in",
    Direction.OUT: "bridge-out",
}
"""The catalogue's names of what the directions are called."""


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


async def note(
    session: Session, action: str, member: BridgeMember, *, member_id: int, now: datetime
) -> None:
    """Write down what somebody did with a chat of a bridge."""
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
    await note(session, "bridge-parted", member, member_id=member_id, now=now)
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
        await tell_chat(
            session, address_of(member), message, key=f"{key}:{member.id}", now=now,
            language=language, values=values,
        )  # fmt: skip


async def tell_chat(
    session: Session,
    address: Address,
    message: str,
    *,
    key: str,
    now: datetime,
    language: str,
    values: Mapping[str, str | int],
    buttons: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Tell a chat, whether it is connected or not; as in :func:`tell`.

    *buttons* are the values of buttons, by the names of their labels.
    """
    row = await chats.find(session, channel=address.channel, chat=address.chat)
    spoken = (row.language if row else None) or language
    body = catalogue.document(spoken, message, **values)
    if buttons:
        body = body.with_buttons(
            [Button(label=catalogue.text(spoken, name), value=buttons[name]) for name in buttons]
        )
    await outbox.enqueue(session, Outgoing(f"{MIRRORED}told:{key}", address, body), now=now)


def named(member: BridgeMember | BridgeRequest | BridgeCode) -> str:
    """Return what a chat is called, and its network."""
    return f"{visible(member.title) or member.chat} ({network(member.channel).title()})"


LAG, CAUGHT_UP = timedelta(minutes=1), timedelta(seconds=20)
"""From when on a chat is told that its messages arrive late, and when that is over."""


async def watch(session: Session, *, language: str, now: datetime) -> None:
    """Tell the chats of each bridge, once, what holds messages up, and when that is over."""
    for member in await bridges.everyone(session):
        message = await _news_of(session, member, now=now)
        if message is not None:
            others = await _others(session, member)
            key = f"{message}:{member.id}:{int(now.timestamp())}"
            room = named(member)
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
