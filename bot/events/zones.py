"""The rules of a time zone, written into a calendar for programs that don't know it. Pure.

Not by icalendar's own ``Timezone.from_tzinfo``: it writes the hour that clocks show *after* they
were put forward, so that the change of spring comes an hour late.

Source: https://www.rfc-editor.org/rfc/rfc5545#section-3.6.5
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import icalendar

from bot.events.event import Event

_STEP = timedelta(days=7)
"""Nobody puts clocks forward and back within a week."""
_YEAR = timedelta(days=366)
_DECADES = 20 * _YEAR
"""For how long the changes of summer time are written down for a series, if they are no rule."""
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEK = 7
_TWICE = 2
_SECOND = timedelta(seconds=1)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Change:
    """When clocks are put forward or back.

    Attributes:
        local: The time that they show just before, which the format wants.
    """

    local: datetime
    before: timedelta
    after: timedelta
    name: str
    summer: bool

    @property
    def kind(self) -> tuple[timedelta, timedelta, str, bool]:
        """What is the same for the changes of every spring."""
        return self.before, self.after, self.name, self.summer


def of(events: Iterable[Event]) -> list[icalendar.Component]:
    """Return the rules of the zones of *events* for their days, each zone once."""
    spans: dict[str, tuple[date, date]] = {}
    for event in events:
        first, last = spans.get(event.zone, (date.max, date.min))
        days = list(_days(event))
        spans[event.zone] = min(first, *days), max(last, *days)
    return [timezone(zone, *spans[zone]) for zone in sorted(spans)]


def _days(event: Event) -> Iterator[date]:
    yield event.start.day
    yield (event.end or event.start).day
    yield from (stage.due.day for stage in event.stages)
    if event.series is not None:
        yield event.start.day + _DECADES
        for one in event.series.deviations:
            yield from (moment.day for moment in (one.original, one.start, one.end) if moment)


@lru_cache(maxsize=64)
def timezone(zone: str, first: date, last: date) -> icalendar.Timezone:
    """Return the rules of a zone from a year before *first* to a year after *last*.

    So both winter time and summer time are in it, which some programs insist on. Changes of
    every year are one rule, which goes on after *last*.
    """
    written = icalendar.Timezone()
    written.add("tzid", zone)
    since = datetime.combine(first, time(), tzinfo=UTC) - _YEAR
    until = datetime.combine(last, time(), tzinfo=UTC) + _YEAR
    found = list(_changes(ZoneInfo(zone), since, until))
    if not found or found[0].local.date() > first:
        written.add_component(_before(ZoneInfo(zone), since))
    for kind in dict.fromkeys(change.kind for change in found):
        written.add_component(_rule([one for one in found if one.kind == kind], until.year))
    return written


def _changes(zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[_Change]:
    at = since
    while at < until:
        if _state(zone, at) != _state(zone, at + _STEP):
            yield _change(zone, at)
        at += _STEP


def _state(zone: ZoneInfo, at: datetime) -> tuple[timedelta, str, bool]:
    local = at.astimezone(zone)
    return local.utcoffset() or timedelta(0), local.tzname() or zone.key, bool(local.dst())


def _change(zone: ZoneInfo, low: datetime) -> _Change:
    """Find the change in the week after *low*, to the second."""
    high, before = low + _STEP, _state(zone, low)
    while high - low > _SECOND:
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        low, high = (middle, high) if _state(zone, middle) == before else (low, middle)
    offset, name, summer = _state(zone, high)
    local = (high + before[0]).replace(tzinfo=None)
    return _Change(local, before[0], offset, name, summer)


def _rule(changes: Sequence[_Change], last_year: int) -> icalendar.Component:
    first = changes[0]
    written = _observance(first)
    by = _yearly(changes)
    if by is not None and changes[-1].local.year >= last_year - 1:
        written.add("rrule", {"FREQ": "YEARLY", "BYMONTH": first.local.month, "BYDAY": by})
    elif len(changes) > 1:
        written.add("rdate", [one.local for one in changes[1:]])
    return written


def _yearly(changes: Sequence[_Change]) -> str | None:
    """Return the day, such as ``-1SU``, on which clocks change every year; else ``None``."""
    locals_ = [one.local for one in changes]
    years = [one.year for one in locals_]
    alike = {(one.month, one.weekday(), one.time()) for one in locals_}
    if len(years) < _TWICE or len(alike) > 1 or years != [*range(years[0], years[-1] + 1)]:
        return None
    day = _DAYS[locals_[0].weekday()]
    if all((one + _STEP).month != one.month for one in locals_):
        return f"-1{day}"
    weeks = {(one.day - 1) // _WEEK + 1 for one in locals_}
    return f"{weeks.pop()}{day}" if len(weeks) == 1 else None


def _observance(change: _Change) -> icalendar.Component:
    written = icalendar.TimezoneDaylight() if change.summer else icalendar.TimezoneStandard()
    written.add("dtstart", change.local)
    written.add("tzoffsetfrom", change.before)
    written.add("tzoffsetto", change.after)
    written.add("tzname", change.name)
    return written


def _before(zone: ZoneInfo, at: datetime) -> icalendar.Component:
    """Return what holds until the first change, or always if there is none."""
    offset, name, summer = _state(zone, at)
    start = _BEGINNING.replace(tzinfo=None)
    return _observance(_Change(start, offset, offset, name, summer))
