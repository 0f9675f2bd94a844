"""Reminding people of what lies ahead, at the times that they chose.

Nothing is planned ahead: what is due is computed from the events and the subscriptions as they
are now. Each tick looks at the span since the last one, which is kept in the same transaction as
the deliveries; so a tick that comes late, twice or never loses nothing and doubles nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog

from bot.config import Settings
from bot.delivery.outbox import Priority
from bot.events.dues import Due, dues
from bot.events.event import Event
from bot.messages import Chat
from bot.services import informing, notices, preferences, roles, topics
from bot.services.members import Role
from bot.services.notices import Notice, Reader, Writer
from bot.services.preferences import Preferences
from bot.storage import audiences, chats, cursors, events, reminding
from bot.storage.audiences import Audience, Profile
from bot.storage.engine import Session
from bot.storage.models import Topic
from bot.text.document import Document
from bot.timing.leads import Lead, Unit, remind_at
from bot.timing.quiet import open_before

_log = structlog.get_logger(__name__)

_CURSOR = "reminders"
PUNCTUAL = timedelta(minutes=30)
"""A reminder that is later than this is late: the hub was down when it was due."""
_BEFORE = timedelta(hours=1)
"""How long before something begins people are reminded who wanted it at an hour after that."""
_SHIFT = timedelta(days=15)
"""A reminder is never further from its lead time than this, because of quiet hours."""
_HOLIDAYS = 10
"""Workdays that holidays may take away on the way, beside the weekends."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """What a reader has to be reminded of.

    Attributes:
        number: The event's.
        due: Of what.
        days: How many days are left when it is read; 0 is the day itself.
        late: Whether it was due while the hub was down, and that is to be said.
    """

    number: int
    due: Due
    days: int
    late: bool


Word = Callable[[Reminder, Reader], Document]
"""Words a reminder for who reads it."""


@dataclass(frozen=True, slots=True)
class Reminded:
    """What a tick did: how many reminders it made, and which were too late to be sent."""

    told: int = 0
    dropped: tuple[Reminder, ...] = ()


async def remind(session: Session, *, word: Word, settings: Settings, now: datetime) -> Reminded:
    """Remind of everything that fell due since the last time.

    The first time of all nothing is due: nobody asked for reminders before.
    """
    since = await _since(session, now)
    await cursors.save(session, channel=_CURSOR, value=now.isoformat(), now=now)
    if since is None or since >= now:
        return Reminded()
    offered = await topics.offered(session)
    span = _Span(since, now, settings)
    everybody = await audiences.profiles(session, audience=audiences.everybody())
    known = [span.reader(one) for one in everybody]
    told, dropped = 0, list[Reminder]()
    for row in await events.listed(session, since=since):
        event = Event.model_validate(row.content)
        found = [due for due in dues(event, now=since) if span.touches(due, known)]
        for due in found:
            audience = _audience(offered, event, row.id)
            result = await _remind_of(
                session, due, row.id, audience=audience, span=span, word=word
            )
            told += result.told
            dropped += result.dropped
    return Reminded(told, tuple(dropped))


async def _since(session: Session, now: datetime) -> datetime | None:
    since = await reached(session)
    if since is None:
        return None
    if since > now + timedelta(hours=1):
        # The clock was far ahead for a while. Reminders that went out then have their keys.
        _log.warning("reminders.clock-set-back", since=since.isoformat())
    return min(since, now)


@dataclass(frozen=True, slots=True)
class _Span:
    """The time since the last tick."""

    since: datetime
    now: datetime
    settings: Settings

    def touches(self, due: Due, known: Sequence[Preferences]) -> bool:
        """Tell whether anybody may have to be reminded of *due* in this span."""
        return any(self.asked(due, wanted) is not None for wanted in known)

    def reader(self, profile: Profile) -> Preferences:
        return preferences.of(profile.settings, profile.chat, self.settings)

    def asked(self, due: Due, wanted: Preferences) -> datetime | None:
        """Return when somebody has to be reminded in this span; the last time, if several."""
        found = [
            asked
            for lead in wanted.leads
            if self._may_touch(due.day(wanted.zone), lead)
            and (asked := moment(due, lead, wanted)) is not None
            and self.since < asked <= self.now
        ]
        return max(found, default=None)

    def _may_touch(self, day: date, lead: Lead) -> bool:
        """Tell by the dates alone, which is cheap, whether it is worth computing the instant."""
        longest = timedelta(days=lead.days)
        if lead.unit is Unit.WORKDAYS:
            longest += timedelta(days=_HOLIDAYS)
        earliest = day - longest - _SHIFT - timedelta(days=1)
        latest = day - timedelta(days=lead.count if lead.unit is not Unit.WEEKS else lead.days)
        return earliest <= self.now.date() and self.since.date() <= latest + timedelta(days=1)


def moment(due: Due, lead: Lead, wanted: Preferences) -> datetime | None:
    """Return when somebody asks to be reminded of *due*, in UTC; ``None`` for never.

    That is at their hour, so long before. What would be of no use when it arrives, because it
    begins or is due before quiet hours end, is told before they begin instead; early enough
    that a tick which is punctual, but not at the very second, is no loss.
    """
    day, laender = due.day(wanted.zone), wanted.holiday_laender
    asked = remind_at(day, lead, at=wanted.reminded_at, zone=wanted.zone, laender=laender)
    if asked + PUNCTUAL >= due.at:
        asked = min(asked, due.at - _BEFORE)
    if _arrives(asked + PUNCTUAL, wanted) < due.at:
        return asked
    if wanted.paused_until is not None and wanted.paused_until >= due.at:
        return None
    return open_before(asked, wanted.quiet, zone=wanted.zone, laender=laender, lasting=PUNCTUAL)


def _arrives(asked: datetime, wanted: Preferences) -> datetime:
    return wanted.arrives(asked, at_once=True)


async def _remind_of(
    session: Session, due: Due, number: int, *, audience: Audience, span: _Span, word: Word
) -> Reminded:
    writer, told, dropped = Writer(session, span.now), 0, list[Reminder]()
    for profile in await audiences.profiles(session, audience=audience):
        asked = span.asked(due, span.reader(profile))
        if asked is None:
            continue
        late = span.now - asked > PUNCTUAL
        # A punctual tick counts as if it came at the very minute, in which a digest may be due.
        since = span.now if late else asked
        reminder, reader = _reminder(due, number, profile, span, since=since, late=late)
        if due.at <= reader.arrives or (late and span.settings.reminders.late == "drop"):
            dropped.append(reminder)
            continue
        notice = _notice(reminder, word, at_once=not _waits(due, reader.preferences, since))
        told += await notices.tell_profile(notice, audience, profile, reader, writer=writer)
    return Reminded(told, tuple(dropped))


def _reminder(
    due: Due, number: int, profile: Profile, span: _Span, *, since: datetime, late: bool
) -> tuple[Reminder, Reader]:
    wanted = span.reader(profile)
    arrives = _arrives(max(_read_at(due, since, wanted), span.now), wanted)
    days = (due.day(wanted.zone) - arrives.astimezone(wanted.zone).date()).days
    said = late and span.settings.reminders.late == "mark"
    return Reminder(number, due, days, said), Reader(profile.channel, wanted, arrives)


def _read_at(due: Due, asked: datetime, wanted: Preferences) -> datetime:
    """Return when a reminder is read that is due at *asked*: in a digest if that is in time."""
    return wanted.arrives(asked, at_once=not _waits(due, wanted, asked))


def _waits(due: Due, wanted: Preferences, asked: datetime) -> bool:
    """Tell whether a digest is early enough for a reminder, even if its tick is late."""
    return _arrives(wanted.arrives(asked) + PUNCTUAL, wanted) < due.at


def _notice(reminder: Reminder, word: Word, *, at_once: bool) -> Notice:
    due = reminder.due
    return Notice(
        # By the day on which it is read: two lead times that lead to the same day are one.
        key=f"reminder:{reminder.number}:{due.key}:{reminder.days}",
        source=f"event:{reminder.number}",
        word=lambda reader: word(reminder, reader),
        priority=Priority.REMINDER,
        at_once=at_once,
        expires_at=due.at,
    )


async def tell_editors(
    session: Session, dropped: Sequence[Reminder], *, settings: Settings, now: datetime
) -> None:
    """Tell the editors which reminders were too late to be sent; they know whom to ring up."""
    people = await roles.reachable(session, roles=(Role.EDITOR,), settings=settings)
    titles = sorted({f"{one.due.event.title} (Nr. {one.number})" for one in dropped})
    await informing.tell(
        session,
        people,
        "reminders-dropped",
        key=f"reminders-dropped:{now.isoformat()}",
        now=now,
        titles="; ".join(titles),
    )


# Whom an event is for


async def audience_of(session: Session, *, event: Event, number: int | None) -> Audience:
    """Select who hears of an event; a draft of a new one has no *number* yet."""
    return _audience(await topics.offered(session), event, number)


@dataclass(frozen=True, slots=True)
class Concern:
    """What decides who hears of an event: what it is about, and for whom.

    Attributes:
        topic_ids: Who has subscribed to any of these.
        laender: Where it matters; nowhere in particular concerns everybody.
        staffeln: For which Staffeln; likewise.
        kind: ``deadline`` or ``event``.
    """

    topic_ids: tuple[int, ...]
    laender: tuple[str, ...]
    staffeln: tuple[str, ...]
    kind: str


def concern(offered: Sequence[Topic], event: Event) -> Concern:
    """Return what decides who hears of *event*."""
    return Concern(
        tuple(topics.of_event(offered, event)),
        event.laender,
        tuple(str(year) for year in event.staffeln),
        "deadline" if event.is_deadline else "event",
    )


def _audience(offered: Sequence[Topic], event: Event, number: int | None) -> Audience:
    what = concern(offered, event)
    subscribed = audiences.subscribers(
        topic_ids=what.topic_ids,
        laender=what.laender,
        staffeln=what.staffeln,
        kinds=[what.kind],
    )
    if number is None:
        return subscribed
    return audiences.of_event(subscribed, event_id=number)


async def reached(session: Session) -> datetime | None:
    """Return up to when everything that fell due was reminded of; ``None`` before the first."""
    kept = await cursors.load(session, channel=_CURSOR)
    return None if kept is None else datetime.fromisoformat(kept)


# What changed


async def replace(
    session: Session,
    *,
    event: Event,
    number: int,
    version: int,
    word: Word,
    settings: Settings,
    now: datetime,
) -> None:
    """Take back the reminders of an event that wait to be sent, and make them anew.

    A date that is no more gets none; what an unchanged date has to say is said in the new words.
    """
    mark, source = f":v{version}", f"event:{number}"
    if not await reminding.withdraw(
        session, source=source, beginning=f"reminder:{number}:", mark=mark, now=now
    ):
        return
    span = _Span(now, now, settings)
    writer = Writer(session, now)
    for due in dues(event, now=now):
        beginning = f"reminder:{number}:{due.key}:"
        waited = reminding.withdrawn(source=source, beginning=beginning, mark=mark)
        for profile in await audiences.profiles(session, audience=waited):
            reminder, reader = _reminder(due, number, profile, span, since=now, late=False)
            notice = _notice(reminder, word, at_once=not _waits(due, reader.preferences, now))
            await notices.tell_profile(notice, waited, profile, reader, writer=writer)


# What a chat hears next


@dataclass(frozen=True, slots=True)
class Upcoming:
    """The next reminder that a chat gets, as far as can be said now."""

    number: int
    due: Due
    at: datetime


async def upcoming(
    session: Session, *, chat: Chat, settings: Settings, now: datetime
) -> Upcoming | None:
    """Return the next reminder of a chat; ``None`` if there is none within a year."""
    row = await chats.find_home(session, channel=chat.address.channel, chat=chat.address.chat)
    alone = audiences.named(chat_ids=[row.id if row else 0])
    for profile in await audiences.profiles(session, audience=alone):
        wanted = preferences.of(profile.settings, profile.chat, settings)
        offered = await topics.offered(session)
        for one in await _ahead(session, wanted, now):
            audience = _audience(offered, one.due.event, one.number)
            if row and await audiences.holds(session, audience=audience, chat_id=row.id):
                return one
    return None


async def _ahead(session: Session, wanted: Preferences, now: datetime) -> list[Upcoming]:
    """Return every reminder that these wishes would lead to, the nearest first."""
    found = [
        Upcoming(row.id, due, _read_at(due, asked, wanted))
        for row in await events.listed(session, since=now)
        for due in dues(Event.model_validate(row.content), now=now)
        for lead in wanted.leads
        if (asked := moment(due, lead, wanted)) is not None and asked > now
    ]
    return sorted(found, key=lambda one: one.at)
