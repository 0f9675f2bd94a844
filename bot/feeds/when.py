"""A time by the local calendar, and how exactly it is known."""

import enum
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Self
from zoneinfo import ZoneInfo

from bot.text.moments import Moment


class Precision(enum.StrEnum):
    """How exactly a time is known."""

    MINUTE = "minute"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class When:
    """A time by the local calendar.

    Attributes:
        moment: The day, or the minute of it; of a month or year the day that counts.
        second: Of the minute.
        fold: 1 for the second of the two times that clocks show twice in autumn.
        precision: How much of *moment* was said.
    """

    moment: Moment
    second: int = 0
    fold: int = 0
    precision: Precision = Precision.DAY

    @classmethod
    def of(cls, local: datetime | date) -> Self:
        """Make one of a local time, or of a whole day."""
        if not isinstance(local, datetime):
            return cls(Moment.at(local))
        return cls(Moment.at(local), local.second, local.fold, Precision.MINUTE)

    def begins(self, zone: ZoneInfo) -> datetime:
        """Return the instant, in UTC; of a whole day its first.

        A time that the clocks leave out in spring counts by the offset before.

        Raises:
            OverflowError: It lies at the edge of the calendar.
        """
        local = self.moment.local.replace(second=self.second, fold=self.fold, tzinfo=zone)
        return local.astimezone(UTC)

    def iso(self, zone: ZoneInfo) -> str:
        """Return ``2027-01-29``, or ``2027-01-29T23:59:00+01:00``; 24:00 is the next 0:00."""
        if self.moment.is_day:
            return self.moment.day.isoformat()
        local = self.moment.local.replace(second=self.second, fold=self.fold, tzinfo=zone)
        return local.isoformat(timespec="seconds")


def inclusive(start: date, end: date) -> date:
    """Return the last day of whole days whose end is the day after, as in iCalendar."""
    return max(end - timedelta(days=1), start)


def instant_of(when: When, zone: str) -> datetime:
    """Return the instant by which a time is sorted, also at the edge of the calendar."""
    try:
        return when.begins(zone_of(zone))
    except OverflowError:
        return datetime.combine(when.moment.day, time(), tzinfo=UTC)


@cache
def zone_of(name: str) -> ZoneInfo:
    """Return a zone by its IANA name, each once."""
    return ZoneInfo(name)
