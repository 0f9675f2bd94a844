"""Wall times: reading them, and finding the instant that one means."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.errors import UserError

_TIME = re.compile(
    r"(?:um|ab|at|gegen)?\s*(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?\s*(?:uhr|h|o'clock)?"
)
_DATE = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4}|\d{2})?|(\d{4})-(\d{1,2})-(\d{1,2})")
_NOON, _CENTURY, _TWO_DIGITS = 12, 2000, 100
_LONGEST = timedelta(days=2 * 365)
_MOST_ECHOED = 40
"""Characters of what was typed that are repeated to its author."""


def echo(typed: str) -> str:
    """Return what was typed as a refusal repeats it: briefly."""
    return typed.strip()[:_MOST_ECHOED]


def find_time(text: str) -> time | None:
    """Read ``8``, ``8:30``, ``20 Uhr``, ``8pm``, or midnight as ``24``; ``None`` for else."""
    match = _TIME.fullmatch(text.casefold().strip())
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3]:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if match[3] == "pm" else 0)
    if (hour, minute) == (24, 0):
        hour = 0
    try:
        return time(hour, minute)
    except ValueError:
        return None


def read_time(text: str) -> time:
    """Read a time of day; see :func:`find_time`.

    Raises:
        UserError: It is none.
    """
    found = find_time(text)
    if found is None:
        raise UserError("time-unknown", typed=echo(text))
    return found


def read_day(text: str, *, today: date) -> date:
    """Read ``1.9.``, ``1.9.2027`` or ``2027-09-01`` as a day after *today*.

    Without a year the next such day is meant.

    Raises:
        UserError: It is no day, or one that has passed, or one more than two years ahead.
    """
    match = _DATE.fullmatch(text.strip())
    if match is None:
        raise _no_day(text, today)
    if match[3] is None and match[4] is None:
        return _next(int(match[1]), int(match[2]), text, today)
    try:
        if match[4]:
            day = date(int(match[4]), int(match[5]), int(match[6]))
        else:
            year = int(match[3])
            year += _CENTURY if year < _TWO_DIGITS else 0
            day = date(year, int(match[2]), int(match[1]))
    except ValueError:
        raise _no_day(text, today) from None
    if day <= today:
        raise UserError("day-past", typed=echo(text))
    if day > today + _LONGEST:
        raise UserError("day-far", typed=echo(text))
    return day


def _next(day: int, month: int, text: str, today: date) -> date:
    for year in (today.year, today.year + 1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found > today:
            return found
    raise _no_day(text, today)


def _no_day(text: str, today: date) -> UserError:
    example = today + timedelta(days=28)
    return UserError(
        "day-unknown",
        typed=echo(text),
        example=f"{example.day}.{example.month}.{example.year}",
    )


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the instant at which clocks in *zone* show *at* on *day*, in UTC.

    A time that the clocks leave out in spring becomes as much later as they jump, one that they
    show twice in autumn is the first of both.
    """
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def first_after(after: datetime, day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the first instant later than *after* that is *at* on *day* or on a following one."""
    while True:
        for fold in (0, 1):
            found = instant(day, at.replace(fold=fold), zone)
            if found > after:
                return found
        day += timedelta(days=1)
