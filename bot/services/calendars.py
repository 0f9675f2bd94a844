"""The private address of a chat's calendar: made, shown once, revoked.

Only a hash of it is kept, so that nobody who reads the database can read anybody's calendar; see
docs/adr/0016-addresses-of-calendars.md.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime

from bot.config import Settings
from bot.messages import Chat
from bot.storage import calendars, chats
from bot.storage.engine import Session

_BYTES = 32
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
"""What the end of an address looks like: 32 random bytes in Base64."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a calendar is read.

    Attributes:
        url: For programs that are told an address.
        opening: Leads to the program that the device has for calendars.
    """

    url: str
    opening: str


@dataclass(frozen=True, slots=True)
class Held:
    """What is known of an address that was given out.

    Attributes:
        since: When it was made.
        read_on: On which day it was read last, in UTC; ``None`` if never.
    """

    since: datetime
    read_on: date | None


async def make(
    session: Session, *, chat: Chat, member_id: int, settings: Settings, now: datetime
) -> Address:
    """Give a chat a new address; one that it had holds no more.

    Raises:
        ValueError: The hub is not served to people; see :func:`is_served`.
    """
    if not is_served(settings):
        raise ValueError("web.public_url is not set")
    row = await chats.note_home(session, chat=chat, now=now)
    token = secrets.token_urlsafe(_BYTES)
    await calendars.add(
        session, chat_id=row.id, token_hash=hash_of(token), member_id=member_id, now=now
    )
    base = settings.web.public(f"/calendar/{token}") or ""
    return Address(f"{base}.ics", f"{base}/open")


def is_served(settings: Settings) -> bool:
    """Tell whether the operator has said under which address people reach the hub."""
    return settings.web.public_url is not None


async def held(session: Session, *, chat: Chat) -> Held | None:
    """Return what is known of a chat's address; ``None`` if it has none."""
    known = await chats.find_home(session, channel=chat.address.channel, chat=chat.address.chat)
    row = await calendars.of_chat(session, chat_id=known.id) if known else None
    if row is None:
        return None
    used = row.last_used_at
    return Held(row.created_at, used.astimezone(UTC).date() if used else None)


async def revoke(session: Session, *, chat: Chat, now: datetime) -> bool:
    """Let a chat's address hold no more, at once; ``False`` if it had none."""
    known = await chats.find_home(session, channel=chat.address.channel, chat=chat.address.chat)
    return known is not None and await calendars.revoke(session, chat_id=known.id, now=now)


def hash_of(token: str) -> str:
    """Return under what an address is found.

    Without salt: 32 random bytes can't be guessed from it, however fast somebody tries.
    """
    return hashlib.sha256(token.encode()).hexdigest()
