"""What stands in a chat's calendar: exactly the events of which the hub tells the chat."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import structlog

from bot.clock import Clock
from bot.config import Settings
from bot.events.calendar import Kept, Part, Title, assembled, part
from bot.events.dues import Due
from bot.events.event import Event
from bot.messages import ChatKind
from bot.services import preferences, reminders
from bot.services.calendars import hash_of
from bot.services.preferences import Preferences
from bot.services.reminders import Concern
from bot.storage import audiences, calendars, chats, events, subscriptions, topics
from bot.storage.engine import Database, Session
from bot.storage.models import CalendarFeed, EventRow, Field, Topic

_log = structlog.get_logger(__name__)

PAST = timedelta(days=90)
"""How long something stays that is over: a calendar is also looked at backwards."""
REFRESH = timedelta(hours=1)
_MOST_KEPT = 64 * 1024 * 1024
"""Bytes of calendars that are kept ready."""
_MOST_PARTS = 20_000
"""Events as written for one sort of wishes; about a kilobyte each."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One subscription of a chat: to a topic, narrowed to some values by field."""

    topic_id: int
    narrowed: tuple[tuple[Field, frozenset[str]], ...]

    def takes(self, what: Concern) -> bool:
        """Tell whether something reaches this subscription; as the database tells it.

        A field that something says nothing about narrows nothing.
        """
        values = {
            Field.LAND: what.laender,
            Field.STAFFEL: what.staffeln,
            Field.KIND: (what.kind,),
        }
        return self.topic_id in what.topic_ids and all(
            not values[field] or open_for.intersection(values[field])
            for field, open_for in self.narrowed
        )


@dataclass(frozen=True, slots=True)
class Selection:
    """Of which events a chat hears; the reverse of :func:`bot.services.reminders.audience_of`.

    Attributes:
        subscriptions: What it has subscribed to.
        wishes: What it said about single events, by their numbers.
        offered: The topics there are.
    """

    subscriptions: tuple[Wanted, ...]
    wishes: dict[int, bool]
    offered: tuple[Topic, ...]

    def takes(self, event: Event, number: int) -> bool:
        """Tell whether the chat hears of an event."""
        if number in self.wishes:
            return self.wishes[number]
        what = reminders.concern(self.offered, event)
        return any(one.takes(what) for one in self.subscriptions)


async def selection(session: Session, *, chat_id: int) -> Selection:
    """Return of which events a chat hears."""
    rows = await subscriptions.of_chat(session, chat_id=chat_id)
    filters = await subscriptions.filters(session, subscription_ids=[row.id for row, _ in rows])
    wanted = [
        Wanted(
            row.topic_id,
            tuple((field, frozenset(found)) for field, found in filters.get(row.id, {}).items()),
        )
        for row, _ in rows
    ]
    wishes = await calendars.wishes(session, chat_id=chat_id)
    return Selection(tuple(wanted), wishes, tuple(await topics.offered(session)))


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar as it is given out.

    Attributes:
        changed_at: When something in it changed last, as far as events tell.
    """

    content: bytes
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Basis:
    """Everything that a calendar is made of, but for the events."""

    chat_id: int
    title: Title
    selection: Selection
    wishes: Preferences
    since: datetime
    state: str

    def reminded(self, due: Due) -> Collection[datetime]:
        """Return when the hub reminds the chat, before quiet hours and digests are looked at."""
        found = [reminders.moment(due, lead, self.wishes) for lead in self.wishes.leads]
        return [at for at in found if at is not None]


class _Parts:
    """Events as they stand in calendars, kept for all chats that are reminded alike."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, int, Preferences], Part] = OrderedDict()

    def calendar(self, basis: _Basis, rows: Sequence[EventRow]) -> Calendar:
        """Write a calendar; takes long if there is much in it."""
        found = [
            (row, event)
            for row in rows
            if basis.selection.takes(event := Event.model_validate(row.content), row.id)
        ]
        parts = [one for row, event in found if (one := self._part(basis, row, event))]
        changed_at = max((row.changed_at for row, _ in found), default=None)
        return Calendar(assembled(parts, basis.title), changed_at)

    def _part(self, basis: _Basis, row: EventRow, event: Event) -> Part | None:
        key = row.id, row.version, basis.wishes
        if key not in self._kept:
            kept = Kept(event, row.version, row.changed_at)
            try:
                self._kept[key] = part(kept, reminded=basis.reminded)
            except ValueError as error:  # the others are to be read all the same
                _log.error("calendar.event-unwritable", event_id=row.id, error=str(error))
                return None
            if len(self._kept) > _MOST_PARTS:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


class Calendars:
    """Gives out calendars, and keeps ready what was asked for last.

    Args:
        database: Where everything is kept.
        clock: Tells the time.
        settings: The operator's.
    """

    def __init__(self, database: Database, clock: Clock, settings: Settings) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._kept: OrderedDict[int, tuple[str, Calendar]] = OrderedDict()
        self._parts = _Parts()
        # One at a time: a change of an event makes every program's calendar a new one.
        self._turn = asyncio.Semaphore(1)

    async def read(self, token: str) -> "Calendar | Missing":
        """Return the calendar with this address.

        Raises:
            StorageError: The database is away; later it may be there again.
        """
        now = self._clock.now()
        async with self._database.begin() as session:
            feed = await calendars.find(session, token_hash=hash_of(token))
            basis = await _basis(session, feed, self._settings, now) if feed else None
            if feed is None or basis is None:
                return Missing(known=feed is not None)
            await calendars.use(session, feed_id=feed.id, today=_midnight(now))
            ready = self._ready(basis)
            rows = [] if ready else await events.listed(session, since=basis.since)
        return ready or await self._write(basis, rows)

    def _ready(self, basis: _Basis) -> Calendar | None:
        state, calendar = self._kept.get(basis.chat_id, ("", None))
        if state != basis.state:
            return None
        self._kept.move_to_end(basis.chat_id)
        return calendar

    async def _write(self, basis: _Basis, rows: Sequence[EventRow]) -> Calendar:
        async with self._turn:
            if ready := self._ready(basis):  # somebody who asked at the same time
                return ready
            written = await asyncio.to_thread(self._parts.calendar, basis, rows)
            self._kept[basis.chat_id] = basis.state, written
            while sum(len(one.content) for _, one in self._kept.values()) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return written


@dataclass(frozen=True, slots=True)
class Missing:
    """There is no such calendar.

    Attributes:
        known: Whether there was one.
    """

    known: bool


async def _basis(
    session: Session, feed: CalendarFeed, settings: Settings, now: datetime
) -> _Basis | None:
    """Return what a calendar is made of; ``None`` if its address holds no more."""
    alone = audiences.named(chat_ids=[feed.chat_id])
    profile = next(iter(await audiences.profiles(session, audience=alone)), None)
    if feed.revoked_at is not None or profile is None:
        return None
    (chat,) = await chats.by_ids(session, ids=[feed.chat_id])
    wanted = preferences.of(profile.settings, profile.chat, settings)
    room = "" if chat.kind == ChatKind.DIRECT.value else chat.title
    name = f"{settings.hub.name}: {room}" if room else settings.hub.name
    title = Title(name, zone=wanted.zone.key, refresh=REFRESH)
    chosen = await selection(session, chat_id=feed.chat_id)
    since = _midnight(now) - PAST
    of_events = await calendars.state_of_events(session)
    state = _state(title, chosen, wanted, since, of_events)
    return _Basis(feed.chat_id, title, chosen, wanted, since, state)


def _state(title: Title, chosen: Selection, wanted: Preferences, *rest: object) -> str:
    """Return what changes with anything that the calendar is made of."""
    offered = [(one.id, one.key, one.name_de, one.name_en) for one in chosen.offered]
    subscribed = [
        (one.topic_id, sorted((field, sorted(values)) for field, values in one.narrowed))
        for one in chosen.subscriptions
    ]
    parts = (title, offered, subscribed, sorted(chosen.wishes.items()), wanted, *rest)
    return hashlib.sha256("\n".join(map(repr, parts)).encode()).hexdigest()


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(UTC).date(), time(), tzinfo=UTC)
