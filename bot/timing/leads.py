"""Lead times: how long before a date somebody wants to be reminded."""

import enum
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.errors import UserError
from bot.timing.calendar import workdays_before
from bot.timing.times import echo, instant

MOST = 6
"""How many lead times a chat may have."""
_LONGEST = 365
"""Days; further ahead nobody is reminded."""
_DAYS_OF_WEEK, _WORKDAYS_OF_WEEK = 7, 5


class Unit(enum.StrEnum):
    """In what a lead time is counted."""

    DAYS = "d"
    WORKDAYS = "b"
    """Monday to Friday but for public holidays."""
    WEEKS = "w"


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead time; written ``14d``, ``3b``, ``2w``."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    @property
    def days(self) -> float:
        """About how many days these are, for comparing."""
        if self.unit is Unit.WORKDAYS:
            return self.count * _DAYS_OF_WEEK / _WORKDAYS_OF_WEEK
        return self.count * (_DAYS_OF_WEEK if self.unit is Unit.WEEKS else 1)


_UNITS = {
    Unit.DAYS: ("tag", "tage", "tagen", "d", "day", "days"),
    Unit.WORKDAYS: (
        "werktag", "werktage", "werktagen", "arbeitstag", "arbeitstage", "arbeitstagen",
        "workday", "workdays", "weekday", "weekdays", "b",
    ),
    Unit.WEEKS: ("woche", "wochen", "w", "week", "weeks"),
}  # fmt: skip
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in words}
_NUMBERS = {
    "ein": 1, "eine": 1, "einen": 1, "einer": 1, "einem": 1, "one": 1, "a": 1, "an": 1,
    "zwei": 2, "two": 2, "drei": 3, "three": 3, "vier": 4, "four": 4, "fünf": 5, "five": 5,
    "sechs": 6, "six": 6, "sieben": 7, "seven": 7, "zehn": 10, "ten": 10,
}  # fmt: skip
_FILLERS = frozenset({"und", "and", "sowie", "vorher", "before", "zuvor", "vor"})
_NONE = frozenset({"aus", "off", "nie", "never", "keine", "none", "nicht", "0"})
_WORKDAYS = re.compile(r"\b(?:working|business)[ -]days?\b")
_TOKEN = re.compile(r"\d+|[^\W\d_]+|[^\s,;+&/.]")


def read_leads(text: str) -> tuple[Lead, ...]:
    """Read ``30, 14, 1 Tage``, ``3 Werktage``, ``2 weeks``; the longest comes first.

    A number without a unit has the one of the next number that has one, else days. ``aus`` is no
    lead time at all, ``0 Tage`` the morning of the day itself.

    Raises:
        UserError: It is something else, too long, or too many at once.
    """
    if text.casefold().strip() in _NONE:
        return ()
    leads = _sorted(_leads(text))
    if not leads:
        raise UserError("lead-unknown", typed=echo(text))
    if len(leads) > MOST:
        raise UserError("lead-too-many", most=MOST)
    return leads


def _leads(text: str) -> Iterable[Lead]:
    """Read from the end, so that each number knows the unit behind it."""
    unit: Unit | None = None
    used = True
    plain = _WORKDAYS.sub("workdays", text.casefold())
    for token in reversed(_TOKEN.findall(plain)):
        if token in _FILLERS:
            continue
        if token in _UNIT_OF and used:
            unit, used = _UNIT_OF[token], False
            continue
        count = int(token) if token.isdecimal() and len(token) <= len("365") else None
        count = _NUMBERS.get(token, count)
        if count is None:
            raise UserError("lead-unknown", typed=echo(text))
        used = True
        yield _bounded(Lead(count, unit or Unit.DAYS))
    if not used:
        raise UserError("lead-unknown", typed=echo(text))


def _bounded(lead: Lead) -> Lead:
    if lead.days > _LONGEST:
        raise UserError("lead-too-long", days=_LONGEST)
    return lead


def _sorted(leads: Iterable[Lead]) -> tuple[Lead, ...]:
    return tuple(sorted(set(leads), key=lambda lead: (-lead.days, lead.unit)))


def stored(leads: Iterable[Lead]) -> str:
    """Return how lead times are kept: ``30d 14d 1d``."""
    return " ".join(str(lead) for lead in leads)


def from_stored(text: str) -> tuple[Lead, ...]:
    """Read what :func:`stored` wrote."""
    return tuple(Lead(int(part[:-1]), Unit(part[-1])) for part in text.split())


def due_day(due: datetime, zone: ZoneInfo) -> date:
    """Return the day on which something is due: midnight is the end of a day (24:00)."""
    local = due.astimezone(zone)
    return (local - timedelta(microseconds=1)).date() if local.time() == time() else local.date()


def remind_at(
    day: date, lead: Lead, *, at: time, zone: ZoneInfo, laender: Collection[str]
) -> datetime:
    """Return the instant of the reminder for something on *day*, in UTC.

    Args:
        day: The day of the date; see :func:`due_day`.
        lead: How long before.
        at: The time of day, as clocks in *zone* show it then.
        zone: The chat's.
        laender: Whose public holidays are no workdays.
    """
    if lead.unit is Unit.WORKDAYS:
        return instant(workdays_before(day, lead.count, laender), at, zone)
    return instant(day - timedelta(days=lead.days), at, zone)
