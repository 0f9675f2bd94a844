"""Linked people: an account on each of two networks that together are one member.

A code is made on the one network and entered on the other, where the person sees who asks and
confirms it. Each step is one transaction; see docs/adr/0023-linked-people.md.
"""

import enum
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.delivery import readdressing
from bot.errors import UserError
from bot.messages import Chat, Identity, network
from bot.services import announcement_words, audit
from bot.services.members import GRANTED, Role
from bot.storage import chats, grants, linking, members, merging, subscriptions
from bot.storage.engine import Session
from bot.storage.link_models import Link, LinkCode
from bot.storage.models import ChatRow, IdentityRow

LASTS = timedelta(minutes=10)
"""How long a code holds, and after it was entered the question whether to link."""
_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ0123456789"
"""32 letters and digits: 5 bits each. None of them looks like another of them when O, I and L are
read as 0 and 1."""
_ALIKE = str.maketrans("OILU", "011V")
_LENGTH = 16
"""80 bits: whoever tries a million codes a second for ten minutes is right once in 10^15."""
_GROUP = 4
_MOST_TRIES = 5
TRIES = timedelta(hours=1)
"""So many wrong codes a member may enter in this time."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account as people are shown it.

    Attributes:
        channel: Its network.
        shown: Its name, which its owner chooses, and its id, which they do not.
    """

    channel: str
    shown: str


@dataclass(frozen=True, slots=True)
class Linked:
    """How a member's accounts are linked.

    Attributes:
        mine: The account on the network where the member writes.
        other: The other one.
        preferred: On which network the member is told things.
        urgent_both: Whether what is urgent comes on both.
        since: Since when.
    """

    mine: Account
    other: Account
    preferred: str
    urgent_both: bool
    since: datetime


class Entered(enum.Enum):
    """What became of a code that somebody entered."""

    ASKED = "asked"
    UNKNOWN = "unknown"
    """There is none like this: never was, was used, is too old."""
    TOO_OFTEN = "too-often"
    OWN = "own"
    SAME_NETWORK = "same-network"
    LINKED = "linked"
    """One of the two is linked already."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The question that follows a code: may this account join?

    Attributes:
        result: What became of the code; only :attr:`Entered.ASKED` is a question.
        number: By which the answer names it.
        asker: Who made the code.
    """

    result: Entered
    number: int = 0
    asker: Account | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """What became one.

    Attributes:
        first: The account that made the code, whose settings hold.
        second: The account that joined.
        first_chat: Where the first one is told.
        topics: How many subscriptions came from the second.
        roles: What the second account may do now that it could not before.
        brought: What the first one may do now that it could not before.
        calendar_gone: Whether the second one's private calendar holds no more.
    """

    first: Account
    second: Account
    first_chat: ChatRow | None
    topics: int
    roles: tuple[Role, ...]
    brought: tuple[Role, ...]
    calendar_gone: bool
    audit: int


@dataclass(frozen=True, slots=True)
class Parted:
    """What was one.

    Attributes:
        here: The account of who ended it.
        other: The other account.
        other_chat: Where that is told.
        roles: What each may still do, by network.
        audit: The number of the audit log's entry.
    """

    here: Account
    other: Account
    other_chat: ChatRow | None
    roles: dict[str, tuple[Role, ...]]
    audit: int


# Codes


async def offer(session: Session, *, member_id: int, chat: Chat, now: datetime) -> str:
    """Return a new code by which another account may join a member.

    Raises:
        UserError: The member is linked already.
    """
    if await linking.of(session, member_id=member_id) is not None:
        raise UserError("link-gone")
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    await linking.put_code(
        session,
        member_id=member_id,
        channel=chat.address.channel,
        chat=chat.address.chat,
        code_hash=_hash(code),
        now=now,
        until=now + LASTS,
    )
    return code


def grouped(code: str) -> str:
    """Return a code as it is easy to read and to type."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def _read(typed: str) -> str:
    """Return the code that was typed, however it was written."""
    return "".join(filter(str.isalnum, typed.upper())).translate(_ALIKE)


def _hash(code: str) -> str:
    # Without salt: 80 random bits can't be guessed from it in ten minutes.
    return hashlib.sha256(_read(code).encode()).hexdigest()


async def enter(
    session: Session, *, member_id: int, chat: Chat, typed: str, now: datetime
) -> Asked:
    """Take a code that was entered, and ask whether it is meant.

    From then on nobody else can use it. Nothing is refused by an exception: what was tried has to
    be remembered.
    """
    since = now - TRIES
    if await linking.tries(session, member_id=member_id, since=since) >= _MOST_TRIES:
        return Asked(Entered.TOO_OFTEN)
    found = await linking.code(session, code_hash=_hash(typed), now=now)
    if found is None:
        await linking.note_try(session, member_id=member_id, since=since, now=now)
        return Asked(Entered.UNKNOWN)
    refused = await _refusal(session, found, member_id, chat)
    if refused is not None:
        return Asked(refused)
    found.entered_by, found.expires_at = member_id, now + LASTS
    await session.flush()
    asker = await _account(session, found.member_id, found.channel)
    return Asked(Entered.ASKED, found.id, asker)


async def _refusal(session: Session, code: LinkCode, member_id: int, chat: Chat) -> Entered | None:
    if code.member_id == member_id:
        return Entered.OWN
    if network(code.channel) == chat.address.network:
        return Entered.SAME_NETWORK
    for one in (code.member_id, member_id):
        if await linking.of(session, member_id=one) is not None:
            return Entered.LINKED
    return None


async def expose(session: Session, *, typed: str, now: datetime) -> ChatRow | None:
    """Let a code hold no more that others have read; return where its maker is told, if it did."""
    found = await linking.code(session, code_hash=_hash(typed), now=now)
    if found is None:
        return None
    await linking.drop_codes(session, member_ids=[found.member_id])
    return await chats.find(session, channel=found.channel, chat=found.chat)


async def decline(
    session: Session, *, number: int, member_id: int, now: datetime
) -> ChatRow | None:
    """Refuse to be linked; return where the code's maker is told.

    Raises:
        UserError: There is no such question any more.
    """
    code = await _entered(session, number, member_id, now)
    await linking.drop_codes(session, member_ids=[code.member_id])
    return await chats.find(session, channel=code.channel, chat=code.chat)


async def _entered(session: Session, number: int, member_id: int, now: datetime) -> LinkCode:
    code = await linking.entered(session, number=number, member_id=member_id, now=now)
    if code is None:
        raise UserError("link-question-gone")
    return code


# Linking


async def join(
    session: Session, *, number: int, member_id: int, chat: Chat, now: datetime
) -> Joined:
    """Make one member of who made a code and who entered it.

    What the maker's chat wants holds; of the other one all comes along that it has not.

    Raises:
        UserError: There is no such question any more, or one of the two is linked meanwhile.
    """
    code = await _entered(session, number, member_id, now)
    await members.lock(session, member_ids=[code.member_id, member_id])
    if await _refusal(session, code, member_id, chat) is not None:
        raise UserError("link-question-gone")
    first = await _account(session, code.member_id, code.channel)
    second = await _account(session, member_id, chat.address.channel)
    own = await _roles(session, code.member_id)
    brought = await _roles(session, member_id)
    first_chat = await chats.find(session, channel=code.channel, chat=code.chat)
    second_chat = await chats.note(session, chat=chat, now=now)
    topics, calendar_gone = await _unite_chats(session, first_chat, second_chat, now=now)
    link = Link(
        member_id=code.member_id,
        joined_id=member_id,
        channel=chat.address.channel,
        preferred=code.channel,
        roles={"own": list(own), "brought": list(brought)},
        linked_at=now,
    )
    await linking.drop_codes(session, member_ids=[code.member_id, member_id])
    member = await members.by_number(session, member_id=link.member_id)
    joining = await members.by_number(session, member_id=member_id)
    await merging.merge(session, member=member, joining=joining)
    await linking.add(session, link)
    entry = await _note(session, "account-linked", link.member_id, first, second, now=now)
    return Joined(
        first,
        second,
        first_chat,
        topics,
        tuple(role for role in own if role not in brought),
        tuple(role for role in brought if role not in own),
        calendar_gone,
        entry,
    )


async def _unite_chats(
    session: Session, first: ChatRow | None, second: ChatRow, *, now: datetime
) -> tuple[int, bool]:
    """Let the first chat want what both want; return how many topics came, and the calendar."""
    if first is None:  # it was deleted meanwhile: the person is told where they are
        return 0, False
    held = await subscriptions.of_chat(session, chat_id=first.id)
    theirs = await subscriptions.of_chat(session, chat_id=second.id)
    new = {topic.id for _, topic in theirs} - {topic.id for _, topic in held}
    gone = await merging.has_two_calendars(session, one=first, other=second)
    await merging.carry_over(session, old=second, new=first)
    await linking.regard(session, home=first, other=second)
    if first.left_at is None:
        await readdressing.move(session, old=second, new=first, now=now)
    else:
        await readdressing.move(session, old=first, new=second, now=now)
    return len(new), gone


async def _roles(session: Session, member_id: int) -> tuple[Role, ...]:
    held = await members.grants(session, member_id=member_id)
    return tuple(role for role in GRANTED if role.value in held)


async def _account(session: Session, member_id: int, channel: str) -> Account:
    for one in await members.accounts(session, member_ids=[member_id]):
        if one.channel == channel:
            return _shown(one)
    return Account(channel, "?")


def _shown(row: IdentityRow) -> Account:
    name, account = audit.line(row.name), str(Identity(row.channel, row.user))
    return Account(row.channel, f"„{name}“ ({account})" if name else account)


async def _note(
    session: Session, action: str, member_id: int, one: Account, other: Account, *, now: datetime
) -> int:
    return await audit.note(
        session,
        action=action,
        subject=f"member:{member_id}",
        member_id=member_id,
        now=now,
        account=one.shown,
        other=other.shown,
    )


# Being linked


async def found(session: Session, *, member_id: int, channel: str) -> Linked | None:
    """Return how a member's accounts are linked, as seen from a network; ``None`` if not."""
    link = await linking.of(session, member_id=member_id)
    if link is None:
        return None
    accounts = await members.accounts(session, member_ids=[member_id])
    other = next((one for one in accounts if one.channel != channel), None)
    return Linked(
        mine=await _account(session, member_id, channel),
        other=_shown(other) if other else Account("?", "?"),
        preferred=link.preferred,
        urgent_both=link.urgent_both,
        since=link.linked_at,
    )


async def prefer(session: Session, *, member_id: int, channel: str, now: datetime) -> None:
    """Tell a member things on another network from now on, also what waits to be sent.

    Raises:
        UserError: The member is not linked, has no account there, or can't be reached there.
    """
    link = await _linked(session, member_id)
    rows = await linking.direct_chats(session, member_id=member_id)
    wanted = next((one for one in rows if one.channel == channel), None)
    if wanted is None:
        raise UserError("button-gone")
    if wanted.left_at is not None:
        raise UserError("network-unreachable", network=announcement_words.network(channel))
    link.preferred = channel
    if wanted.home_id is not None:
        home = await chats.home(session, wanted)
        await readdressing.move(session, old=home, new=wanted, now=now)


async def tell_urgent_on_both(session: Session, *, member_id: int, on: bool) -> None:
    """Choose whether what is urgent comes on both networks.

    Raises:
        UserError: The member is not linked.
    """
    link = await _linked(session, member_id)
    link.urgent_both = on
    await session.flush()


async def _linked(session: Session, member_id: int) -> Link:
    link = await linking.of(session, member_id=member_id, lock=True)
    if link is None:
        raise UserError("link-gone")
    return link


async def part(
    session: Session, *, member_id: int, chat: Chat, words: str, now: datetime
) -> Parted:
    """Make two members of a linked one; both want the same from then on, each for itself.

    The account that joined is the member again that it was, with the roles that it brought as far
    as they were not taken meanwhile.

    Raises:
        UserError: The member is not linked.
    """
    link = await _linked(session, member_id)
    first = await _account(session, member_id, await _first_network(session, link))
    second = await _account(session, member_id, link.channel)
    rows = await linking.direct_chats(session, member_id=member_id)
    member = await members.by_number(session, member_id=link.member_id)
    leaving = await members.by_number(session, member_id=link.joined_id)
    await _divide_chats(session, rows, link, words=words, now=now)
    await merging.separate(session, member=member, leaving=leaving, channel=link.channel)
    await _divide_roles(session, link, now=now)
    await linking.remove(session, link)
    entry = await _note(session, "account-unlinked", member_id, first, second, now=now)
    here, other = (first, second) if chat.address.channel == first.channel else (second, first)
    return Parted(
        here,
        other,
        next((one for one in rows if one.channel == other.channel), None),
        {
            first.channel: await _roles(session, member.id),
            second.channel: await _roles(session, leaving.id),
        },
        entry,
    )


async def _first_network(session: Session, link: Link) -> str:
    accounts = await members.accounts(session, member_ids=[link.member_id])
    return next((one.channel for one in accounts if one.channel != link.channel), "?")


async def _divide_chats(
    session: Session, rows: Sequence[ChatRow], link: Link, *, words: str, now: datetime
) -> None:
    first = next((one for one in rows if one.channel != link.channel), None)
    second = next((one for one in rows if one.channel == link.channel), None)
    if first is not None and second is not None:
        if first.home_id is not None and first.left_at is None:
            await readdressing.move(session, old=second, new=first, now=now)
        home, other = (second, first) if first.home_id is not None else (first, second)
        other.home_id = None
        if other.left_at is None:
            await merging.copy(
                session, old=home, new=other,
                member_id=link.joined_id if other is second else link.member_id,
                words=words, now=now,
            )  # fmt: skip
    for one in rows:
        one.home_id = None
    await session.flush()


async def _divide_roles(session: Session, link: Link, *, now: datetime) -> None:
    held = await members.grants(session, member_id=link.member_id)
    for role in link.roles["brought"]:
        if role not in held:
            continue  # it was taken meanwhile
        await grants.add(
            session, member_id=link.joined_id, role=role, granted_by=link.member_id, now=now
        )
        if role not in link.roles["own"]:
            await grants.remove(session, member_id=link.member_id, role=role)
