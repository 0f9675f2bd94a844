"""Connecting chats: codes, who has the right on which side, and asking the first side.

Somebody with the right in each of two chats takes part; see docs/adr/0025-right-on-both-sides.md.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.config import Settings
from bot.errors import UserError
from bot.messages import Address, Chat, ChatKind, Identity
from bot.services import bridge_rights
from bot.services import bridges as told
from bot.services.bridge_mirroring import address_of
from bot.services.bridge_rights import Point, Rights
from bot.storage import bridge_codes, bridges, chats, members
from bot.storage.bridge_models import (
    BridgeCode,
    BridgeMember,
    BridgeRequest,
    Direction,
)
from bot.storage.engine import Session

VALID = timedelta(minutes=10)
"""How long a code can be entered, and how long its chat can agree once it was."""
MOST_CODES, MOST_TRIES = 5, 5
"""How many codes somebody gets, and may enter in vain, within :data:`VALID`."""

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without those that look like each other."""
_LENGTH = 8


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
class Entered:
    """What became of a code that holds; one of the two.

    Attributes:
        member: As what the chat belongs to the bridge now.
        asked: What the code's chat is asked first.
        first: What the code's chat is called.
    """

    member: BridgeMember | None
    asked: BridgeRequest | None
    first: str


def _hash(code: str) -> str:
    plain = "".join(code.upper().split()).replace("-", "")
    return hashlib.sha256(plain.encode()).hexdigest()


# Making a code


async def is_encrypted(session: Session, address: Address) -> bool:
    """Tell whether a chat is known to be encrypted."""
    known = await chats.find(session, channel=address.channel, chat=address.chat)
    return known is not None and bool(known.encrypted)


async def _require_fit(session: Session, wish: Wish, *, now: datetime) -> datetime | None:
    """Return when leaving the encryption was agreed to, where there is any.

    Raises:
        UserError: It is no room, or an encrypted one without that consent.
    """
    if wish.chat.kind is not ChatKind.ROOM:
        raise UserError("bridge-rooms-only")
    encrypted = wish.chat.encrypted or await is_encrypted(session, wish.address)
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
    asked = await bridge_codes.codes_since(session, member_id=wish.member_id, since=now - VALID)
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
    await bridge_codes.issue(session, row)
    return f"{code[:4]}-{code[4:]}"


# Who has the right


async def concerned(session: Session, *, code: str, who: Identity, now: datetime) -> list[Point]:
    """Return of whom it matters whether they lead the chat of *code*, when *who* enters it."""
    found = await bridge_codes.find(session, code_hash=_hash(code), now=now)
    if found is None:
        return []
    there = Address(found.channel, found.chat)
    entering = await members.find(session, identity=who)
    people = [one for one in (found.member_id, entering) if one is not None]
    points = await bridge_rights.points(session, there, people)
    return points if who.channel != there.channel else [*points, (there, who)]


# Entering it


async def is_patient(session: Session, *, member_id: int, now: datetime) -> bool:
    """Tell whether somebody may still enter a code after those that were none."""
    since = now - VALID
    tries = await bridge_codes.tries_since(session, member_id=member_id, since=since)
    return tries < MOST_TRIES


async def enter(
    session: Session, wish: Wish, *, code: str, rights: Rights, settings: Settings, now: datetime
) -> Entered | None:
    """Connect a chat with that of *code*, or ask there; ``None`` if it is no valid code.

    At once only if who made the code still leads its chat, and who enters it is the same person
    or leads that chat as well. Where a network does not say, its chat is asked.

    Raises:
        UserError: The two can't be connected; the code still holds.
    """
    confirmed_at = await _require_fit(session, wish, now=now)
    found = await bridge_codes.redeem(session, code_hash=_hash(code), now=now)
    if found is None:
        await bridge_codes.note_try(session, member_id=wish.member_id, now=now)
        return None
    there = Address(found.channel, found.chat)
    makes = await bridge_rights.leads(session, found.member_id, there, rights, settings)
    if makes is False:
        raise UserError("bridge-code-lapsed")
    await require_connectable(session, found, wish.address)
    request = BridgeRequest(
        code_id=found.id,
        channel=wish.address.channel,
        chat=wish.address.chat,
        thread=wish.address.thread or "",
        title=wish.chat.title,
        direction=wish.direction.value,
        member_id=wish.member_id,
        confirmed_at=confirmed_at,
        made_at=now,
        expires_at=now + VALID,
    )
    first = told.named(found)
    if makes and (
        wish.member_id == found.member_id
        or await bridge_rights.leads(session, wish.member_id, there, rights, settings)
    ):
        return Entered(await join(session, found, request, now=now), None, first)
    return Entered(None, await bridge_codes.ask(session, request), first)


async def require_connectable(session: Session, code: BridgeCode, here: Address) -> None:
    """Make sure that nothing stands against connecting the chat of a code with another one.

    Raises:
        UserError: They are one, one of them is locked, encrypted meanwhile or taken, or messages
            would go in a circle.
    """
    there = Address(code.channel, code.chat, code.thread or None)
    if code.confirmed_at is None and await is_encrypted(session, there):
        raise UserError("bridge-encrypted-there")
    await _require_apart(session, here, there)
    own = await bridges.find(session, address=here)
    if own is not None and (own.thread or None) == here.thread:
        raise UserError("bridge-taken")
    first = await _first_of(session, code)
    await _require_no_circle(session, first.bridge_id if first else None, here)


async def _first_of(session: Session, code: BridgeCode) -> BridgeMember | None:
    """Return as what the chat of a code belongs to a bridge by itself already."""
    there = Address(code.channel, code.chat, code.thread or None)
    first = await bridges.find(session, address=there)
    return first if first and first.thread == code.thread else None


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


async def _require_no_circle(session: Session, bridge_id: int | None, address: Address) -> None:
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


async def join(
    session: Session, code: BridgeCode, wanted: BridgeRequest, *, now: datetime
) -> BridgeMember:
    """Connect the chat of a code with the one that wants to join, and return that one."""
    first = await _first_of(session, code)
    if first is None:
        bridge = await bridges.create(session, now=now)
        first = await bridges.add(session, _member(code, bridge.id, now=now))
    member = await bridges.add(session, _member(wanted, first.bridge_id, now=now))
    await told.note(session, "bridge-connected", member, member_id=wanted.member_id, now=now)
    return member


def _member(side: BridgeCode | BridgeRequest, bridge_id: int, *, now: datetime) -> BridgeMember:
    return BridgeMember(
        bridge_id=bridge_id,
        channel=side.channel,
        chat=side.chat,
        thread=side.thread,
        title=side.title,
        direction=side.direction,
        joined_by=side.member_id,
        joined_at=now,
        confirmed_at=side.confirmed_at,
    )
