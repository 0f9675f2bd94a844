"""Many events as one calendar that programs subscribe to. Pure.

Source: https://www.rfc-editor.org/rfc/rfc5545, https://www.rfc-editor.org/rfc/rfc7986
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar

from bot.events import ics, zones
from bot.events.dues import Due, useless_from
from bot.events.event import DeadlineKind, Event
from bot.events.ics import Written
from bot.events.occurrences import Occurrence
from bot.text.moments import DAY_MINUTES, Moment

_END = b"END:VCALENDAR\r\n"

Reminded = Callable[[Due], Collection[datetime]]
"""Says at which instants somebody wants to be reminded of something."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An event as it is kept.

    Attributes:
        version: Counts its changes from 1.
        changed_at: When the last of them was made.
    """

    event: Event
    version: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Title:
    """What a calendar says about itself.

    Attributes:
        name: What programs show.
        zone: The IANA zone of whoever reads it.
        refresh: How often it is to be asked for again.
    """

    name: str
    zone: str = "Europe/Berlin"
    refresh: timedelta = timedelta(hours=1)


def _never(_due: Due) -> Sequence[datetime]:
    return ()


@dataclass(frozen=True, slots=True)
class Part:
    """An event as it stands in a calendar; the same for all who are reminded alike.

    Attributes:
        event: The event.
        entries: Its entries, with what no other entry of a calendar may have as well.
        has_zone: Whether they are in a zone that the calendar has to explain.
        repeats_in_utc: Whether it is a series that programs would move to another zone.
    """

    event: Event
    entries: tuple[tuple[tuple[str, Moment | None], bytes], ...]
    has_zone: bool
    repeats_in_utc: bool


def part(kept: Kept, *, reminded: Reminded = _never) -> Part:
    """Write an event for a calendar.

    Args:
        kept: The event.
        reminded: When it rings; of a series at the same wall time before each date as before
            the first. What is cancelled does not ring.

    Raises:
        ValueError: The rule of the series can't be read.
    """
    found = list(ics.entries(kept.event))
    for written in found:
        _stamp(written.component, kept)
        _ring(written, reminded)
    holder = icalendar.Calendar()
    holder.subcomponents = [written.component for written in found]
    return Part(
        kept.event,
        tuple((written.identity, written.component.to_ical()) for written in found),
        has_zone=bool(holder.get_used_tzids()),
        repeats_in_utc=any(_repeats_in_utc(written.component) for written in found),
    )


def assembled(parts: Iterable[Part], title: Title) -> bytes:
    """Put events together to one calendar; the same events are the same bytes.

    Args:
        parts: In any order.
        title: What the calendar says about itself.
    """
    ordered = sorted(parts, key=lambda one: (one.event.begins_at, one.event.uid))
    entries: dict[object, bytes] = {}
    for one in ordered:
        for identity, entry in one.entries:
            # A file that was taken in may call an event as we call a stage of another one.
            entries.setdefault(identity, entry)
    calendar = icalendar.Calendar()
    _head(calendar, title)
    # Programs would read times in UTC as times of that zone, and repeat them by its clocks.
    if not any(one.repeats_in_utc for one in ordered):
        calendar.add("x-wr-timezone", title.zone)
    calendar.subcomponents = zones.of(one.event for one in ordered if one.has_zone)
    head: bytes = calendar.to_ical()
    return b"".join([head.removesuffix(_END), *entries.values(), _END])


def to_calendar(events: Iterable[Kept], title: Title) -> bytes:
    """Return events as one calendar that does not ring.

    Raises:
        ValueError: The rule of a series can't be read.
    """
    return assembled([part(one) for one in events], title)


def _head(calendar: icalendar.Calendar, title: Title) -> None:
    name = ics.clean(title.name)
    calendar.add("prodid", ics.PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    # As texts and durations: the library knows the types of older properties only.
    calendar.add("name", icalendar.vText(name))
    calendar.add("x-wr-calname", icalendar.vText(name))
    interval = icalendar.vDuration(title.refresh)
    calendar.add("refresh-interval", interval, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", icalendar.vDuration(title.refresh))


def _repeats_in_utc(component: icalendar.Component) -> bool:
    """Tell whether it is a series that programs would move to the zone of the whole calendar."""
    start: Any = component["DTSTART"]
    return "RRULE" in component and isinstance(start.dt, datetime) and "TZID" not in start.params


def _stamp(component: icalendar.Event, kept: Kept) -> None:
    changed_at = kept.changed_at.astimezone(UTC)
    component.add("dtstamp", changed_at)
    component.add("last-modified", changed_at)
    component.add("sequence", kept.version - 1)


def _ring(written: Written, reminded: Reminded) -> None:
    due = None if written.cancelled else _due(written)
    if due is None:
        return
    anchor, related = _anchor(written, due)
    zone = written.event.tz
    # In wall time, as calendars reckon days: at nine o'clock also behind a change of clocks.
    offsets = {at.astimezone(zone).replace(tzinfo=None) - anchor for at in reminded(due)}
    for offset in sorted(offsets):
        alarm = icalendar.Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", str(written.component["SUMMARY"]))
        alarm.add("trigger", offset, parameters=related)
        written.component.add_component(alarm)


def _due(written: Written) -> Due | None:
    """Return what somebody has to be reminded of, as :func:`bot.events.dues.dues` sees it."""
    event, moment = written.event, written.start
    if event.deadline is DeadlineKind.ROLLING:
        if written.end is None:
            return None
        moment = written.end
    occurrence = Occurrence(event, written.start, written.end)
    return Due(event, moment, occurrence, useless_from(moment, event))


def _anchor(written: Written, due: Due) -> tuple[datetime, dict[str, str]]:
    """Return the wall time from which alarms are reckoned, and the parameters that say so.

    That is the end where only the end is when something is due; else the beginning, which every
    program understands.
    """
    moment, rolling = due.moment, written.event.deadline is DeadlineKind.ROLLING
    timed = moment.minute is not None
    if "DTEND" not in written.component or not due.is_deadline or not (timed or rolling):
        return moment.local, {}
    if timed:
        # As it is written: what is due in an hour that summer time skips stands an hour later.
        end: Any = written.component["DTEND"]
        return end.dt.replace(tzinfo=None), {"RELATED": "END"}
    return Moment(day=moment.day, minute=DAY_MINUTES).local, {"RELATED": "END"}
