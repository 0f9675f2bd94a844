"""What an announcer tells an audience: written, looked at, released, steered, taken back."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.config import Settings
from bot.delivery import outbox
from bot.delivery.outbox import Outgoing
from bot.errors import UserError
from bot.messages import Address, ChatKind
from bot.services import audit, preferences
from bot.services.targeting import Wanted
from bot.storage import announcements, audiences, chats
from bot.storage.engine import Session
from bot.storage.models import Announcement, AnnouncementState
from bot.text.catalogue import LANGUAGES
from bot.text.document import Attachment, Document
from bot.text.markdown import parse
from bot.text.plain import to_plain

__all__ = [
    "IMPORTANCES",
    "LATE",
    "LONGEST",
    "OUT",
    "Actor",
    "Announcement",
    "Reach",
    "State",
    "approve",
    "body",
    "discard",
    "draft",
    "editable",
    "expire_approvals",
    "find",
    "first_line",
    "is_one_message",
    "locked",
    "newest",
    "note",
    "reach",
    "read_body",
    "read_texts",
    "refuse",
    "release",
    "source",
    "stands",
    "take_back",
    "tell_author",
    "test",
]  # fmt: skip

State = AnnouncementState
LONGEST = 20_000
"""Characters of a text; more is a document to be attached."""
IMPORTANCES = ("normal", "urgent", "quiet")
LATE = ("mark", "send", "drop")
_ENGLISH = re.compile(
    r"^[ \t]*(?:-{3,}[ \t]*)?(?:EN|English|Englisch)[ \t]*:?[ \t]*$", re.MULTILINE | re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something about an announcement, where and when.

    Attributes:
        member_id: Who.
        address: Where they are answered.
        language: In which language.
        now: When.
    """

    member_id: int
    address: Address
    language: str
    now: datetime


def source(number: int) -> str:
    """Return what the deliveries of an announcement tell about."""
    return f"announcement:{number}"


def read_texts(text: str, language: str) -> dict[str, str]:
    """Read a text, and behind a line ``EN:`` its English version; by language.

    Raises:
        UserError: It is empty or too long.
    """
    first, *rest = _ENGLISH.split(text, maxsplit=1)
    texts = {language: first.strip()}
    if rest:
        texts["en"] = rest[0].strip()
    texts = {code: written for code, written in texts.items() if parse(written).blocks}
    if not texts:
        raise UserError("announcement-no-text")
    if max(len(written) for written in texts.values()) > LONGEST:
        raise UserError("announcement-too-long", limit=LONGEST)
    return texts


def body(row: Announcement, language: str) -> Document:
    """Return what an announcement says in a language, or else in the one that it has."""
    texts: dict[str, str] = row.texts
    written = texts.get(language) or next(
        texts[code] for code in (row.language, *LANGUAGES) if code in texts
    )
    attachment = Attachment.model_validate(row.attachment) if row.attachment else None
    document = parse(written).with_attachment(attachment)
    return document.model_copy(update={"everyone": row.everyone, "preview": True})


def read_body(written: str) -> Document:
    """Return what a text says."""
    return parse(written)


def is_one_message(document: Document, channel: str) -> bool:
    """Tell whether *document* fits into one message on a network."""
    return len(outbox.parts(document, limit=outbox.limit_of(channel))) == 1


def first_line(row: Announcement) -> str:
    """Return the beginning of what an announcement says, without markup."""
    return to_plain(body(row, row.language)).splitlines()[0]


async def draft(
    session: Session,
    actor: Actor,
    *,
    texts: dict[str, str],
    attachment: Attachment | None,
    wanted: Wanted,
) -> Announcement:
    """Keep a new announcement; nobody but its author sees it yet."""
    return await announcements.add(
        session,
        author_id=actor.member_id,
        address=actor.address,
        language=actor.language,
        texts=texts,
        attachment=attachment.model_dump(mode="json") if attachment else None,
        audience=wanted.stored(),
        now=actor.now,
    )


async def find(session: Session, number: int) -> Announcement:
    """Return an announcement.

    Raises:
        UserError: There is none of this number.
    """
    row = await announcements.find(session, number=number)
    if row is None or row.state == State.DISCARDED:
        raise UserError("announcement-unknown", number=number)
    return row


async def newest(session: Session, limit: int) -> Sequence[Announcement]:
    """Return the newest announcements."""
    return await announcements.newest(session, limit=limit)


async def locked(session: Session, number: int, *states: State) -> Announcement:
    """Return an announcement that nobody else changes before the transaction ends.

    Raises:
        UserError: There is none, or it is not in one of *states* any more.
    """
    row = await announcements.find(session, number=number, lock=True)
    if row is None or row.state == State.DISCARDED:
        raise UserError("announcement-unknown", number=number)
    if State(row.state) not in states:
        raise UserError("announcement-elsewhere", number=number)
    return row


OUT = frozenset({State.SENDING, State.PAUSED, State.SENT})
"""In which states there is something out that can be changed or taken back."""


async def stands(session: Session, number: int, states: Collection[State]) -> bool:
    """Tell whether there is an announcement in one of *states* now."""
    row = await announcements.find(session, number=number)
    return row is not None and State(row.state) in states


async def editable(session: Session, number: int) -> Announcement:
    """Return a draft, to be changed.

    Raises:
        UserError: It is none any more.
    """
    return await locked(session, number, State.DRAFT)


# What the author is shown before


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom an announcement would reach now.

    Attributes:
        people: Direct chats.
        rooms: Rooms, groups and channels.
        by_channel: Chats by network, of which there are any.
        held: Chats that want quiet now, or a digest.
        next_at: When the first of them gets it.
        unencrypted: Rooms on Matrix that are not encrypted.
        unreachable: Names of chats that were named and can't be reached.
        messages: Of how many messages it consists, by network; the longest version counts.
    """

    people: int
    rooms: int
    by_channel: dict[str, int]
    held: int
    next_at: datetime | None
    unencrypted: int
    unreachable: tuple[str, ...]
    messages: dict[str, int]

    @property
    def total(self) -> int:
        """All chats together."""
        return self.people + self.rooms


async def reach(
    session: Session, row: Announcement, *, settings: Settings, now: datetime
) -> Reach:
    """Count whom an announcement would reach if it were sent now."""
    wanted = Wanted.of(row.audience)
    audience = wanted.select
    numbers = await audiences.count(session, audience=audience)
    by_channel: dict[str, int] = {}
    for (channel, _), number in numbers.items():
        by_channel[channel] = by_channel.get(channel, 0) + number
    people = sum(n for (_, kind), n in numbers.items() if kind == ChatKind.DIRECT)
    held, next_at = await _held(session, row, settings=settings, now=now)
    named = await chats.by_ids(session, ids=wanted.chats)
    return Reach(
        people=people,
        rooms=sum(numbers.values()) - people,
        by_channel=by_channel,
        held=held,
        next_at=next_at,
        unencrypted=await audiences.unencrypted(session, audience=audience),
        unreachable=tuple(one.title or one.chat for one in named if one.left_at is not None),
        messages={channel: _messages(row, channel) for channel in sorted(by_channel)},
    )


def _messages(row: Announcement, channel: str) -> int:
    limit = outbox.limit_of(channel)
    return max(len(outbox.parts(body(row, language), limit=limit)) for language in row.texts)


async def _held(
    session: Session, row: Announcement, *, settings: Settings, now: datetime
) -> tuple[int, datetime | None]:
    held, first = 0, None
    for profile in await audiences.profiles(session, audience=Wanted.of(row.audience).select):
        wanted = preferences.of(profile.settings, profile.chat, settings)
        arrives = wanted.arrives(now, urgent=row.importance == "urgent")
        if arrives > now:
            held += profile.count
            first = min(arrives, first or arrives)
    return held, first


# Releasing


async def release(
    session: Session,
    actor: Actor,
    number: int,
    *,
    at: datetime | None,
    settings: Settings,
) -> Announcement:
    """Let an announcement be sent at its time, or wait for approval if it needs any.

    Raises:
        UserError: It is no draft any more, nobody would get it, or its time is past.
    """
    row = await editable(session, number)
    found = await reach(session, row, settings=settings, now=actor.now)
    if not found.total:
        raise UserError("announcement-nobody")
    if at is not None and at <= actor.now:
        raise UserError("announcement-past")
    # Whoever lets it go answers for it, whoever wrote it, and may not be the one to approve it.
    row.author_id, row.channel = actor.member_id, actor.address.channel
    row.chat, row.thread = actor.address.chat, actor.address.thread
    row.send_at = at
    most = settings.announcements.approval_above
    if most is not None and found.total > most:
        row.state = State.AWAITING
        row.decide_by = actor.now + settings.announcements.approval_expires
        if at is not None:
            row.decide_by = min(row.decide_by, at)
    else:
        await _schedule(session, row, actor)
    await session.flush()
    return row


async def _schedule(session: Session, row: Announcement, actor: Actor) -> None:
    row.state = State.SCHEDULED
    row.decide_by = None
    if row.send_at is not None:
        await note(session, "announcement-scheduled", row.id, actor)
    else:
        # The time from which it may be late, if nobody is there to send it.
        row.send_at = actor.now
        await note(session, "announcement-sent", row.id, actor)


async def approve(session: Session, actor: Actor, number: int, *, version: int) -> Announcement:
    """Approve somebody else's announcement.

    Raises:
        UserError: It is decided already, was changed, or is the approver's own.
    """
    row = await _undecided(session, actor, number, version)
    row.approved_by = actor.member_id
    await note(session, "announcement-approved", row.id, actor)
    if row.send_at is not None and row.send_at <= actor.now:
        row.send_at = None
    await _schedule(session, row, actor)
    return row


async def refuse(session: Session, actor: Actor, number: int, *, version: int) -> Announcement:
    """Give somebody else's announcement back to its author.

    Raises:
        UserError: As for :func:`approve`.
    """
    row = await _undecided(session, actor, number, version)
    _back_to_draft(row)
    await note(session, "announcement-refused", row.id, actor)
    return row


async def _undecided(session: Session, actor: Actor, number: int, version: int) -> Announcement:
    row = await locked(session, number, State.AWAITING)
    if row.version != version or (row.decide_by is not None and row.decide_by <= actor.now):
        raise UserError("announcement-elsewhere", number=number)
    if row.author_id == actor.member_id:
        raise UserError("announcement-own")
    return row


def _back_to_draft(row: Announcement) -> None:
    row.state = State.DRAFT
    row.decide_by, row.send_at, row.ended_at = None, None, None
    row.version += 1  # an approval of what it was does not count for what it will be


async def take_back(session: Session, actor: Actor, number: int) -> Announcement:
    """Make a draft again of what is scheduled or waits for approval.

    Raises:
        UserError: It is on its way already.
    """
    row = await locked(session, number, State.SCHEDULED, State.AWAITING, State.MISSED)
    _back_to_draft(row)
    await note(session, "announcement-cancelled", row.id, actor)
    return row


async def expire_approvals(session: Session, *, now: datetime) -> Sequence[Announcement]:
    """Give back to their authors what nobody approved in time, and return them."""
    rows = await announcements.undecided(session, now=now)
    for row in rows:
        _back_to_draft(row)
    return rows


async def discard(session: Session, actor: Actor, number: int) -> None:
    """Throw a draft away.

    Raises:
        UserError: It is none any more.
    """
    row = await editable(session, number)
    row.state, row.ended_at = State.DISCARDED, actor.now


async def note(session: Session, action: str, number: int, actor: Actor) -> None:
    """Write down in the audit log who did what to an announcement."""
    await audit.note(
        session,
        action=action,
        subject=source(number),
        member_id=actor.member_id,
        now=actor.now,
        number=number,
    )


# Telling its author


async def tell_author(
    session: Session, row: Announcement, document: Document, *, key: str, now: datetime
) -> None:
    """Say something about an announcement where its author talks about it; once for each *key*.

    Of what a source announces nobody is told where no chat is known for it.
    """
    if not row.channel:
        return
    address = Address(row.channel, row.chat, row.thread)
    outgoing = Outgoing(f"{source(row.id)}:{key}", address, document, notify=True)
    await outbox.enqueue(session, outgoing, now=now)


async def test(session: Session, actor: Actor, row: Announcement) -> None:
    """Send it to its author alone, as everybody would get it."""
    key = f"{source(row.id)}:test:{actor.now.timestamp():.3f}"
    document = body(row, actor.language)
    outgoing = Outgoing(key, actor.address, document, notify=row.importance != "quiet")
    await outbox.enqueue(session, outgoing, now=actor.now)
