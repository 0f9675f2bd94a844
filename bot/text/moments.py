"""A day, or a minute of it, by the local calendar; and how one is shown.

What people agree on is wall time: "10:00 Uhr am 28. März". It is kept as such, beside an IANA
zone, and becomes an instant only when somebody asks.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from babel import dates
from pydantic import BaseModel, ConfigDict, Field

from bot.text.catalogue import LANGUAGES, normalise_language

DAY_MINUTES = 24 * 60
_LONG = {"de": "d. MMMM y", "en": "d MMMM y"}
_WITHOUT_YEAR = {"de": "d. MMMM", "en": "d MMMM"}
_WEEKDAY = {"de": "EEEE, d. MMMM y", "en": "EEEE, d MMMM y"}
_SHORT = {"de": "EEE, dd.MM.y", "en": "EEE, d MMM y"}


class Moment(BaseModel):
    """A local day, or a minute of it.

    Attributes:
        day: By the calendar of the place.
        minute: Minutes of wall time since midnight; 1440 is "24:00 Uhr", the end of *day*, and
            ``None`` means the whole day.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date
    minute: int | None = Field(default=None, ge=0, le=DAY_MINUTES)

    @classmethod
    def at(cls, local: datetime | date) -> Self:
        """Make a moment of a local time, or of a whole day."""
        if isinstance(local, datetime):
            return cls(day=local.date(), minute=local.hour * 60 + local.minute)
        return cls(day=local)

    @property
    def is_day(self) -> bool:
        """Whether the whole day is meant."""
        return self.minute is None

    @property
    def order(self) -> tuple[date, int]:
        """What sorts moments of one place; a whole day comes before its minutes."""
        return self.day, -1 if self.minute is None else self.minute

    @property
    def local(self) -> datetime:
        """The wall time, naive; of a whole day its beginning."""
        return datetime.combine(self.day, time()) + timedelta(minutes=self.minute or 0)

    def begins(self, zone: ZoneInfo) -> datetime:
        """Return the instant, in UTC; of a whole day its first."""
        return self.local.replace(tzinfo=zone).astimezone(UTC)

    def ends(self, zone: ZoneInfo) -> datetime:
        """Return the instant, in UTC; of a whole day the midnight at its end."""
        if self.minute is None:
            return Moment(day=self.day, minute=DAY_MINUTES).begins(zone)
        return self.begins(zone)

    def shifted(self, days: int) -> "Moment":
        """Return the same wall time so many days later."""
        return Moment(day=self.day + timedelta(days=days), minute=self.minute)


def clock_time(minute: int) -> str:
    """Return minutes since midnight as on a clock: ``09:30``, ``24:00``."""
    return f"{minute // 60:02}:{minute % 60:02}"


def format_moment(moment: Moment, language: str | None) -> str:
    """Return it in a sentence: ``Freitag, 29. Januar 2027, 24:00 Uhr``."""
    known = _known(language)
    day = dates.format_date(moment.day, _WEEKDAY[known], locale=known)
    return day if moment.minute is None else f"{day}, {_hour(clock_time(moment.minute), known)}"


def format_span(start: Moment, end: Moment | None, language: str | None) -> str:
    """Return from when to when, the last day included: ``18.–19. November 2027``."""
    known = _known(language)
    if end is None or end == start:
        return format_moment(start, known)
    if start.minute is None and end.minute is None:
        return _days(start.day, end.day, known)
    if start.day == end.day and start.minute is not None and end.minute is not None:
        hours = f"{clock_time(start.minute)}–{clock_time(end.minute)}"
        return f"{format_moment(Moment(day=start.day), known)}, {_hour(hours, known)}"
    return f"{format_moment(start, known)} – {format_moment(end, known)}"


def format_line(start: Moment, end: Moment | None, language: str | None) -> str:
    """Return it for a list: ``Fr., 29.01.2027, 23:59 Uhr``, ``18.–19.11.2027``."""
    known = _known(language)
    if end is not None and end.day != start.day:
        return _short_days(start.day, end.day, known)
    day = dates.format_date(start.day, _SHORT[known], locale=known)
    return day if start.minute is None else f"{day}, {_hour(clock_time(start.minute), known)}"


def _days(first: date, last: date, language: str) -> str:
    end = dates.format_date(last, _LONG[language], locale=language)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}{'.' if language == 'de' else ''}–{end}"
    pattern = (_WITHOUT_YEAR if first.year == last.year else _LONG)[language]
    return f"{dates.format_date(first, pattern, locale=language)} – {end}"


def _short_days(first: date, last: date, language: str) -> str:
    if language != "de":
        return _days(first, last, language)
    if first.year != last.year:
        return f"{first:%d.%m.%Y}–{last:%d.%m.%Y}"
    month = "" if first.month == last.month else f"{first:%m}."
    return f"{first:%d}.{month}–{last:%d.%m.%Y}"


def _hour(hours: str, language: str) -> str:
    return f"{hours} Uhr" if language == "de" else hours


def _known(language: str | None) -> str:
    return normalise_language(language) or LANGUAGES[0]


def format_day(day: date, language: str | None) -> str:
    """Return a day of a year that is known: ``1. November``, ``1 November``."""
    known = _known(language)
    return dates.format_date(day, _WITHOUT_YEAR[known], locale=known)


def weekday(day: date, language: str | None) -> str:
    """Return the day of the week: ``Sonntag``, ``Sunday``."""
    return dates.format_date(day, "EEEE", locale=_known(language))
