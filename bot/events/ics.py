"""An event as a calendar file, for one's own calendar. Pure.

Source: https://www.rfc-editor.org/rfc/rfc5545
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import icalendar

from bot.events import zones
from bot.events.event import DeadlineKind, Deviation, Event, Kind, Stage, Status
from bot.events.occurrences import calendar_value, end_of, rule_of
from bot.text.links import safe_link
from bot.text.moments import DAY_MINUTES, Moment

DEADLINE = "X-STADTFUNK-DEADLINE"
"""Marks a deadline, which is due at the *end* of its entry; its value is how binding it is."""

PRODUCT = "-//Stadtfunk//stadtfunk//DE"
_NOTICE = timedelta(minutes=30)
"""How long the entry of a deadline is: one without length is hardly seen in a calendar."""
_DIGITS = 16
_LINE_ENDS = re.compile(r"\r\n?|[\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_OF_ADDRESSES = "%/:?#[]@!$&'()*+,;=~"
"""What has a meaning in an address, or stands for a character already."""
_STATUSES = {Status.TENTATIVE: "TENTATIVE", Status.CANCELLED: "CANCELLED"}


def to_ics(event: Event, *, changed_at: datetime, version: int = 1) -> bytes:
    """Return an event with all its dates, and what is due before, as iCalendar.

    The same event in the same version is the same bytes. There are no alarms: the hub reminds.
    A deadline with a time is an entry that ends when it is due; one of a series has no length,
    since the rule of the series is about the due time. An end of whole days is exclusive.

    Args:
        event: The event; :func:`bot.events.formats.parse` reads it back, but for Länder, Staffeln
            and topic, and with stages as deadlines of their own.
        changed_at: When it was changed last.
        version: Counts its changes from 1, so that a newer file replaces an older one.

    Raises:
        ValueError: The rule of the series can't be read.

    Source: https://www.rfc-editor.org/rfc/rfc5545#section-3.6.1
    """
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    for written in entries(event):
        written.component.add("dtstamp", changed_at.astimezone(UTC))
        written.component.add("sequence", version - 1)
        calendar.add_component(written.component)
    if calendar.get_used_tzids():
        calendar.subcomponents[:0] = zones.of([event])
    text: bytes = calendar.to_ical()
    return text


@dataclass(frozen=True, slots=True)
class Written:
    """An entry of a calendar, and what it was written of.

    Attributes:
        component: The entry, still without what tells its version.
        event: The event; of a stage, the stage as a deadline of its own.
        start: When it begins or is due.
        end: When it ends.
        original: When the rule of the series has it, if it is not as the rule says.
        cancelled: Whether it stays in the calendar crossed out.
    """

    component: icalendar.Event
    event: Event
    start: Moment
    end: Moment | None
    original: Moment | None = None
    cancelled: bool = False

    @property
    def identity(self) -> tuple[str, Moment | None]:
        """What no other entry of a calendar may have as well."""
        return self.event.uid, self.original


def entries(event: Event) -> Iterator[Written]:
    """Yield an event, the dates of it that are not as the rule says, and its stages.

    Raises:
        ValueError: The rule of the series can't be read.
    """
    main = _entry(event, event.start, event.end)
    yield main
    if event.series is not None:
        main.component.add("rrule", rule_of(event))
        # Of two words about one date the later one holds.
        for one in {one.original: one for one in event.series.deviations}.values():
            if one.start is None and not one.cancelled:
                main.component.add("exdate", calendar_value(one.original, event.tz))
            else:
                yield _deviating(event, one)
    for number, stage in enumerate(event.stages, start=1):
        yield _stage(event, stage, number)


def _entry(event: Event, start: Moment, end: Moment | None) -> Written:
    component = icalendar.Event()
    component.add("uid", _uid(event.uid))
    component.add("summary", clean(event.title))
    component.add("status", _STATUSES.get(event.status, "CONFIRMED"))
    if event.is_deadline:
        component.add("transp", "TRANSPARENT")  # nobody is busy because something is due
    _add_times(component, event, start, end)
    link = event.link or (event.source if safe_link(event.source) else "")
    facts = {"description": event.text, "location": event.place}
    for name, value in facts.items():
        if value:
            component.add(name, clean(value))
    if link:
        component.add("url", quote(link, safe=_OF_ADDRESSES))
    component.add("categories", [event.kind.value])
    if event.is_deadline:
        component.add(DEADLINE, (event.deadline or event.kind).value)
    cancelled = event.status is Status.CANCELLED
    return Written(component, event, start, end, cancelled=cancelled)


def clean(text: str) -> str:
    """Return *text* without the characters that no calendar may hold.

    Source: https://www.rfc-editor.org/rfc/rfc5545#section-3.1 (CONTROL)
    """
    return _CONTROL.sub("", _LINE_ENDS.sub("\n", text))


def _uid(uid: str) -> str:
    """Return an identifier as a calendar may hold it; who differ only in the rest stay two."""
    cleaned = clean(uid)
    if cleaned == uid:
        return uid
    digest = hashlib.sha256(uid.encode(errors="surrogatepass")).hexdigest()
    return f"{cleaned}-{digest[:_DIGITS]}"


def _add_times(
    component: icalendar.Event, event: Event, start: Moment, end: Moment | None
) -> None:
    """Add DTSTART and DTEND; without an end, a time takes none and a day lasts for itself."""
    due = event.is_deadline and event.deadline is not DeadlineKind.ROLLING
    if due and start.minute is not None and event.series is None:
        _add_due(component, event, start)
        return
    component.add("dtstart", calendar_value(start, event.tz))
    if start.is_day:
        component.add("dtend", (end or start).day + timedelta(days=1))
    elif end is not None and not due and end.begins(event.tz) > start.begins(event.tz):
        # Not where it ends at once, nor where clocks go forward in between: it has to be later.
        component.add("dtend", calendar_value(end, event.tz))


def _add_due(component: icalendar.Event, event: Event, due: Moment) -> None:
    # Reckoned in UTC: an hour that summer time skips has no half hour before it, and what is due
    # in it would be written as earlier than that.
    end = calendar_value(due, event.tz).astimezone(UTC)
    component.add("dtstart", (end - _NOTICE).astimezone(event.tz))
    component.add("dtend", end.astimezone(event.tz))


def _deviating(event: Event, deviation: Deviation) -> Written:
    start = deviation.start or deviation.original
    written = _entry(event, start, deviation.end or end_of(event, start))
    written.component.add("recurrence-id", calendar_value(deviation.original, event.tz))
    if deviation.cancelled:
        written.component["STATUS"] = icalendar.vText("CANCELLED")
    cancelled = written.cancelled or deviation.cancelled
    return replace(written, original=deviation.original, cancelled=cancelled)


def _stage(event: Event, stage: Stage, number: int) -> Written:
    """Return what is due before as an entry of its own, which a calendar shows on its day."""
    due = event.model_copy(
        update={
            "uid": f"{event.uid}#{number}",
            "title": f"{stage.title}: {event.title}",
            "kind": Kind.DEADLINE,
            "deadline": None,
            "series": None,
            "stages": (),
        }
    )
    return _entry(due, stage.due, None)


def due_at_end(start: Moment, end: Moment | None) -> Moment:
    """Return when a deadline is due whose entry was written by :func:`to_ics`.

    Midnight at the end of an entry is 24:00 of the day on which it began: nobody should take
    the day after for the day on which something is due.
    """
    if end is None or start.is_day:
        return start
    if end.minute == 0 and end.day > start.day:
        return Moment(day=start.day, minute=DAY_MINUTES)
    return end
