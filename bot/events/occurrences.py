"""When an event takes place: once, or as its series says, at the same wall time all year."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

from bot.events.event import DeadlineKind, Deviation, Event
from bot.text.moments import DAY_MINUTES, Moment

_FAR = 2000
"""Dates of one series that are looked at; a daily one for more than five years."""
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_EVER = datetime(1980, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_WINDOW = timedelta(days=365)
_WINDOWS = 11
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_INDEX = "X-STADTFUNK-INDEX"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date of an event.

    Attributes:
        original: When the rule has it, if it is one of a series.
        moved: Whether it is at another time than the rule has it.
        cancelled: Whether this date alone is called off.
    """

    event: Event
    start: Moment
    end: Moment | None
    original: Moment | None = None
    moved: bool = False
    cancelled: bool = False

    @property
    def begins_at(self) -> datetime:
        """The instant by which it is sorted: when it begins, or when a deadline is due."""
        zone = self.event.tz
        return self.start.ends(zone) if self.event.is_deadline else self.start.begins(zone)

    @property
    def over_at(self) -> datetime:
        """The instant from which it is past.

        Without an end an event lasts until the end of its day, a deadline until it is due.
        """
        zone = self.event.tz
        if self.end is not None:
            return self.end.ends(zone)
        if self.event.deadline is DeadlineKind.ROLLING:
            return _NEVER
        if self.event.is_deadline:
            return self.start.ends(zone)
        return Moment(day=self.start.day).ends(zone)


def occurrences(
    event: Event, *, after: datetime, until: datetime | None = None, limit: int = _FAR
) -> list[Occurrence]:
    """Return the dates of *event* that are not over at *after*, in their order, at most *limit*.

    Of a series those that begin before *until*, or else those of the next ten years.

    Raises:
        ValueError: The rule of the series can't be read.
    """
    if event.series is None:
        found = [first(event)]
        return [one for one in found if one.over_at > after]
    repeated = _repeated(event, after, until)
    return list(islice((one for one in repeated if one.over_at > after), limit))


def following(event: Event, *, now: datetime) -> Occurrence | None:
    """Return the next date that is not over; ``None`` when all are."""
    return next(iter(occurrences(event, after=now, limit=1)), None)


def first(event: Event) -> Occurrence:
    """Return the event at its own start, whatever becomes of its series."""
    return Occurrence(event, event.start, event.end)


def last_end(event: Event) -> datetime | None:
    """Return the instant at which the last date is over; ``None`` if there is no last one.

    Raises:
        ValueError: The rule of the series can't be read.
    """
    if event.series is None:
        over = first(event).over_at
        return None if over == _NEVER else over
    if not _is_finite(event.series.rule):
        return None
    ends = [one.over_at for one in islice(_repeated(event, None), _FAR)]
    return max(ends, default=first(event).over_at) if len(ends) < _FAR else None


def check_rule(event: Event) -> None:
    """Make sure that the dates of a series can be computed.

    Raises:
        ValueError: The message says what is wrong with it.
    """
    if event.series is None:
        return
    rule = event.series.rule.upper()
    frequency = re.search(r"(?:^|;)FREQ=(\w+)", rule)
    if frequency is None or frequency[1] not in _FREQUENCIES:
        raise ValueError(f"the rule of a series has one of FREQ={', '.join(_FREQUENCIES)}")
    try:
        next(_repeated(event, None), None)
    except Exception as error:  # noqa: BLE001 # the libraries let many kinds through
        raise ValueError(f"the rule of the series can't be read: {error}") from None


def deviation(event: Event, day: date) -> Moment | None:
    """Return when the rule has the date of a series that is shown on *day*."""
    for one in occurrences(event, after=_EVER):
        if one.start.day == day and one.original is not None:
            return one.original
    return None


def _is_finite(rule: str) -> bool:
    return any(part.strip().upper().startswith(("COUNT=", "UNTIL=")) for part in rule.split(";"))


def _repeated(
    event: Event, after: datetime | None, until: datetime | None = None
) -> Iterator[Occurrence]:
    """Yield the dates from a year before *after* on, or else from the first."""
    assert event.series is not None, "asked before"  # noqa: S101 # for mypy
    query = recurring_ical_events.of(_calendar(event))
    since = max(_beginning(event), (after or _EVER) - _WINDOW)
    for number in range(_WINDOWS):
        # Not query.after(): a rule that has no further date would keep it busy for ever.
        begin = since + number * _WINDOW
        end = min(begin + _WINDOW, until or _NEVER)
        if begin >= end:
            return
        # The library takes a whole day by its date in UTC; here it begins at its own midnight.
        near = query.between(begin - _DAY, end + _DAY)
        found = [_occurrence(event, one) for one in near]
        inside = [one for one in found if begin <= _sorted_at(one) < end]
        yield from sorted(inside, key=_sorted_at)


def _sorted_at(occurrence: Occurrence) -> datetime:
    return occurrence.start.begins(occurrence.event.tz)


def _occurrence(event: Event, component: Any) -> Occurrence:
    start = _moment(component["DTSTART"].dt, event.tz)
    index = component.get(_INDEX)
    if index is None:
        return Occurrence(event, start, end_of(event, start), original=start)
    found = _deviations(event)[int(index)]
    begin = found.start or found.original
    return Occurrence(
        event,
        begin,
        found.end or end_of(event, begin),
        original=found.original,
        moved=found.start not in {None, found.original},
        cancelled=found.cancelled,
    )


def _beginning(event: Event) -> datetime:
    """Return an instant before every date, also before one that was moved forward."""
    days = [event.start.day, *(one.start.day for one in _deviations(event) if one.start)]
    return datetime.combine(min(days), time(), tzinfo=UTC) - timedelta(days=2)


def _deviations(event: Event) -> Sequence[Deviation]:
    return event.series.deviations if event.series else ()


def end_of(event: Event, start: Moment) -> Moment | None:
    """Return the end of a date that begins at *start* and is as long as the first one."""
    if event.end is None:
        return None
    end = event.end.shifted((start.day - event.start.day).days)
    if start.minute is None or event.start.minute is None or start.minute == event.start.minute:
        return end
    return Moment.at(start.local + (event.end.local - event.start.local))


def _moment(value: date | datetime, zone: ZoneInfo) -> Moment:
    return Moment.at(value.astimezone(zone) if isinstance(value, datetime) else value)


def _calendar(event: Event) -> icalendar.Calendar:
    """Return the series as iCalendar, for the library that computes it."""
    assert event.series is not None, "asked before"  # noqa: S101 # for mypy
    calendar = icalendar.Calendar()
    main = _component(event, event.start)
    main.add("rrule", rule_of(event))
    calendar.add_component(main)
    for index, one in enumerate(event.series.deviations):
        if one.start is None and not one.cancelled:
            main.add("exdate", calendar_value(one.original, event.tz))
            continue
        changed = _component(event, one.start or one.original)
        changed.add("recurrence-id", calendar_value(one.original, event.tz))
        changed.add(_INDEX, str(index))
        calendar.add_component(changed)
    return calendar


def _component(event: Event, start: Moment) -> icalendar.Event:
    component = icalendar.Event()
    component.add("uid", event.uid)
    component.add("dtstart", calendar_value(start, event.tz))
    return component


def calendar_value(moment: Moment, zone: ZoneInfo) -> Any:
    """Return a moment as iCalendar has it: a date, or a time with its zone."""
    if moment.minute is None:
        return moment.day
    if moment.minute == DAY_MINUTES:
        moment = Moment(day=moment.day + timedelta(days=1), minute=0)
    return moment.local.replace(tzinfo=zone)


def rule_of(event: Event) -> Any:
    """Return a series' rule, its end in the form that the start asks for.

    An end that names no zone is meant where the event is; everybody else would take it for UTC.

    Source: https://www.rfc-editor.org/rfc/rfc5545#section-3.3.10 (UNTIL)
    """
    assert event.series is not None, "asked before"  # noqa: S101 # for mypy
    rule = icalendar.vRecur.from_ical(event.series.rule)
    if "UNTIL" in rule:
        rule["UNTIL"] = [_until(last, event) for last in rule["UNTIL"]]
    return rule


def _until(last: date | datetime, event: Event) -> date | datetime:
    if event.start.is_day:
        return last.date() if isinstance(last, datetime) else last
    if not isinstance(last, datetime):
        last = datetime.combine(last, time(23, 59, 59))  # the whole of that day
    local = last if last.tzinfo is not None else last.replace(tzinfo=event.tz)
    return local.astimezone(UTC)
