"""A month, and what takes place or is due on each of its days."""

import calendar
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from bot.events.occurrences import Occurrence, first, occurrences
from bot.pages.public import Shown
from bot.text.moments import Moment

_WRITTEN = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_DAY = timedelta(days=1)
_MARGIN = timedelta(days=2)
"""More than any zone is away from another."""


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of a year; as text ``2027-03``."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read what :meth:`__str__` writes; ``None`` for anything else."""
        found = _WRITTEN.fullmatch(text)
        return cls(int(found[1]), int(found[2])) if found and found[1] != "0000" else None

    @classmethod
    def of(cls, day: date) -> Self:
        """Return the month of a day."""
        return cls(day.year, day.month)

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return date(self.year, self.number, calendar.monthrange(self.year, self.number)[1])

    def shifted(self, months: int) -> "Month":
        """Return the month that is so many later."""
        year, number = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(year, number + 1)

    def weeks(self) -> list[list[date]]:
        """Return the weeks that it touches, from Monday to Sunday."""
        return calendar.Calendar().monthdatescalendar(self.year, self.number)

    def __contains__(self, day: date) -> bool:
        return (day.year, day.month) == (self.year, self.number)


@dataclass(frozen=True, slots=True)
class Line:
    """An event on one of the days on which it takes place.

    Attributes:
        day: Which of its days this is, from 1.
        days: How many days it takes.
    """

    shown: Shown
    occurrence: Occurrence
    day: int = 1
    days: int = 1


def by_day(events: Iterable[Shown], month: Month) -> Mapping[date, list[Line]]:
    """Return what is on each day of *month*, by the calendar of the event's own place.

    Days without anything are missing. First comes what takes whole days.
    """
    found: dict[date, list[Line]] = defaultdict(list)
    for shown in events:
        for occurrence in _dates(shown, month):
            for day, line in _lines(shown, occurrence, month):
                found[day].append(line)
    for lines in found.values():
        lines.sort(key=_order)
    return found


def last_day(one: Occurrence) -> date:
    """Return the last day on which it takes place; midnight at its end begins no further one."""
    if one.event.is_deadline or one.end is None:
        return one.start.day
    ends_at_midnight = one.end.minute == 0 and one.end.day > one.start.day
    return one.end.day - _DAY if ends_at_midnight else one.end.day


def _dates(shown: Shown, month: Month) -> list[Occurrence]:
    if shown.event.series is None:
        return [first(shown.event)]
    zone = shown.event.tz
    after = _instant(month.first, zone) - _MARGIN
    return occurrences(shown.event, after=after, until=_instant(month.last, zone) + _MARGIN)


def _instant(day: date, zone: ZoneInfo) -> datetime:
    return Moment(day=day).begins(zone)


def _lines(shown: Shown, one: Occurrence, month: Month) -> Iterator[tuple[date, Line]]:
    begin, end = one.start.day, last_day(one)
    days = (end - begin).days + 1
    day = max(begin, month.first)
    while day <= min(end, month.last):
        yield day, Line(shown, one, (day - begin).days + 1, days)
        day += _DAY


def _order(line: Line) -> tuple[int, str, int]:
    whole = line.day > 1 or line.occurrence.start.minute is None
    minute = -1 if whole else line.occurrence.start.minute or 0
    return minute, line.shown.event.title, line.shown.number
