"""Events and deadlines: found, drafted, saved."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.errors import UserError
from bot.events import filters
from bot.events.event import Event
from bot.events.filters import Filter
from bot.events.ics import to_ics
from bot.events.occurrences import Occurrence, following, last_end
from bot.messages import Chat
from bot.services import files
from bot.storage import chats, events
from bot.storage.engine import Session
from bot.storage.models import EventRow
from bot.text.document import Attachment

DRAFT_LASTS = timedelta(days=1)
"""After that nobody remembers what was to be saved."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An event with the number by which members name it.

    Attributes:
        version: Counts its changes from 1.
        changed_at: When the last of them was made.
        before: What it was before a change that has just been saved.
    """

    number: int
    version: int
    event: Event
    changed_at: datetime
    before: Event | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a list: a date of an event."""

    number: int
    occurrence: Occurrence


@dataclass(frozen=True, slots=True)
class Draft:
    """What an editor is asked to confirm; *twin* is the number of one that looks the same."""

    number: int
    before: Event | None
    event: Event
    twin: int | None = None


async def find(session: Session, *, number: int) -> Entry:
    """Return the event with this *number*.

    Raises:
        UserError: There is none.
    """
    row = await events.find(session, number=number)
    if row is None:
        raise UserError("event-unknown", number=number)
    return _entry(row)


async def choose(session: Session, *, wanted: Filter, now: datetime) -> list[Listed]:
    """Return the dates that are *wanted*, nearest first."""
    since = wanted.since(now)
    entries = [_entry(row) for row in await events.listed(session, since=since)]
    numbers = {entry.event.uid: entry.number for entry in entries}
    found = filters.chosen([entry.event for entry in entries], wanted, now=now)
    return [Listed(numbers[one.event.uid], one) for one in found]


async def everything(session: Session, *, since: datetime) -> list[Entry]:
    """Return every event that is not over at *since*, by its first date."""
    return [_entry(row) for row in await events.listed(session, since=since)]


async def draft_new(session: Session, *, event: Event, member_id: int, now: datetime) -> Draft:
    """Keep a new event until its editor has confirmed it.

    Raises:
        UserError: It is over already.
    """
    _must_lie_ahead(event, now)
    known = await everything(session, since=now)
    same = filters.same_day(event, (entry.event for entry in known))
    twin = next((entry.number for entry in known if entry.event is same), None)
    draft = await events.add_draft(
        session,
        member_id=member_id,
        event_id=None,
        version=0,
        content=event.model_dump(mode="json"),
        now=now,
    )
    return Draft(draft.id, None, event, twin)


async def draft_change(
    session: Session, *, entry: Entry, event: Event, member_id: int, now: datetime
) -> Draft:
    """Keep a changed event until its editor has confirmed it.

    Raises:
        UserError: Nothing is changed, or it would be over already.
    """
    if event == entry.event:
        raise UserError("event-unchanged", number=entry.number)
    if event.start != entry.event.start:
        _must_lie_ahead(event, now)
    draft = await events.add_draft(
        session,
        member_id=member_id,
        event_id=entry.number,
        version=entry.version,
        content=event.model_dump(mode="json"),
        now=now,
    )
    return Draft(draft.id, entry.event, event)


def _must_lie_ahead(event: Event, now: datetime) -> None:
    if following(event, now=now) is None:
        raise UserError("event-past")


async def save(
    session: Session, *, number: int, member_id: int, now: datetime, tell: bool = True
) -> Entry:
    """Make a draft hold.

    Args:
        session: The transaction.
        number: The draft's.
        member_id: Who saves it.
        now: The present.
        tell: Whether those whom it concerns hear of a new event at once, and not only when
            they are reminded. Of a change they hear in any case.

    Raises:
        UserError: There is no such draft (any more), it is somebody else's, or the event has
            changed since.
    """
    draft = await events.take_draft(session, number=number, since=now - DRAFT_LASTS)
    if draft is None:
        raise UserError("event-draft-gone")
    if draft.member_id != member_id:
        raise UserError("event-draft-not-yours")
    event = Event.model_validate(draft.content)
    if draft.event_id is None:
        added = await keep_new(session, event, imported=None, now=now)
        if tell:
            await events.note_change(session, row=added, before=None, now=now)
        return _entry(added)
    row = await events.find(session, number=draft.event_id)
    if row is None or row.version != draft.version:
        raise UserError("event-changed-meanwhile", number=draft.event_id)
    before = _entry(row).event
    await keep_changed(session, row, event, now=now)
    return replace(_entry(row), before=before)


async def drop(session: Session, *, number: int, member_id: int, now: datetime) -> None:
    """Throw a draft away.

    Raises:
        UserError: There is no such draft (any more), or it is somebody else's.
    """
    draft = await events.take_draft(session, number=number, since=now - DRAFT_LASTS)
    if draft is None:
        raise UserError("event-draft-gone")
    if draft.member_id != member_id:
        raise UserError("event-draft-not-yours")


async def calendar_file(session: Session, *, number: int, now: datetime) -> Attachment:
    """Make and keep a calendar file of an event.

    Raises:
        UserError: There is no such event.
    """
    entry = await find(session, number=number)
    content = to_ics(entry.event, changed_at=entry.changed_at, version=entry.version)
    name = entry.event.title.replace("/", "-") + ".ics"  # else what is before counts as a folder
    return await files.keep(session, name=name, mime="text/calendar", content=content, now=now)


def new_uid() -> str:
    """Return the uid of an event that begins its life in chat."""
    return f"chat-{secrets.token_hex(8)}"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


async def take(session: Session, *, found: Sequence[Event], now: datetime) -> Imported:
    """Bring the events of a file in; what did not change in the file is left alone.

    So what was changed in chat stays until the file itself says something new, and what is no
    longer in the file stays as well: disappearing is not a cancellation.
    """
    known = await events.by_uids(session, uids=[event.uid for event in found])
    added = changed = 0
    for event in found:
        row, digest = known.get(event.uid), event.digest()
        if row is None:
            await keep_new(session, event, imported=digest, now=now)
            added += 1
        elif row.imported != digest:
            row.imported = digest
            await keep_changed(session, row, event, now=now)
            changed += 1
    return Imported(added, changed, len(found) - added - changed)


async def keep_new(
    session: Session, event: Event, *, imported: str | None, now: datetime
) -> EventRow:
    """Keep an event of which nobody is told yet."""
    return await events.add(
        session,
        uid=event.uid,
        kind=event.kind.value,
        content=event.model_dump(mode="json"),
        begins_at=event.begins_at,
        over_at=last_end(event),
        imported=imported,
        now=now,
    )


async def keep_changed(
    session: Session, row: EventRow, event: Event, *, now: datetime, quiet: bool = False
) -> None:
    """Keep an event as it is now; those whom it concerns hear of it, but for *quiet* changes.

    What waits to be sent is brought up to date in any case.
    """
    before = row.content
    await events.change(
        session,
        row,
        kind=event.kind.value,
        content=event.model_dump(mode="json"),
        begins_at=event.begins_at,
        over_at=last_end(event),
        now=now,
    )
    await events.note_change(session, row=row, before=before, quiet=quiet, now=now)


async def wish(session: Session, *, chat: Chat, number: int, wanted: bool, now: datetime) -> None:
    """Let a chat be reminded of one event, or not any more, whatever it has subscribed to.

    Raises:
        UserError: There is no such event.
    """
    await find(session, number=number)
    row = await chats.note_home(session, chat=chat, now=now)
    thread = None if chat.address.network == "matrix" else chat.address.thread
    await events.wish(
        session, event_id=number, chat_id=row.id, thread=thread, wanted=wanted, now=now
    )


async def is_wished(session: Session, *, chat: Chat, number: int) -> bool | None:
    """Return whether a chat said that it wants to be reminded of an event, or does not."""
    row = await chats.find_home(session, channel=chat.address.channel, chat=chat.address.chat)
    return await events.wished(session, event_id=number, chat_id=row.id) if row else None


def _entry(row: EventRow) -> Entry:
    return Entry(row.id, row.version, Event.model_validate(row.content), row.changed_at)
