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


def to_calendar(events: Iterable[Kept], title: Title, *, reminded: Reminded = _never) -> bytes:
    """Return events as one calendar, as :func:`bot.events.ics.to_ics` writes each of them.

    What is cancelled stays in it and says so. The same events are the same bytes.

    Args:
        events: In any order.
        title: What the calendar says about itself.
        reminded: When it rings; of a series at the same wall time before each date as before
            the first. What is cancelled does not ring.

    Raises:
        ValueError: The rule of a series can't be read.
    """
    calendar = icalendar.Calendar()
    _head(calendar, title)
    kept = sorted(events, key=lambda one: (one.event.begins_at, one.event.uid))
    seen: set[tuple[str, object]] = set()
    for one in kept:
        for written in ics.entries(one.event):
            # A file that was taken in may call an event as we call a stage of another one.
            if written.identity not in seen:
                seen.add(written.identity)
                _stamp(written.component, one)
                _ring(written, reminded)
                calendar.add_component(written.component)
    if not any(_repeats_in_utc(one) for one in calendar.subcomponents):
        calendar.add("x-wr-timezone", title.zone)
    zones.add(calendar, [one.event for one in kept])
    text: bytes = calendar.to_ical()
    return text


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
    if not timed:
        moment = Moment(day=moment.day, minute=DAY_MINUTES)
    return moment.local, {"RELATED": "END"}
