"""At once, or collected into one message a day or a week."""

import enum
import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.errors import UserError
from bot.timing.times import echo, find_time, first_after

_WEEK = 7
_WEEKDAYS = (
    ("montag", "mo", "monday"),
    ("dienstag", "di", "tuesday"),
    ("mittwoch", "mi", "wednesday"),
    ("donnerstag", "do", "thursday"),
    ("freitag", "fr", "friday"),
    ("samstag", "sa", "saturday", "sonnabend"),
    ("sonntag", "so", "sunday"),
)
_WEEKDAY_OF = {name: day for day, names in enumerate(_WEEKDAYS) for name in names}


class Rhythm(enum.StrEnum):
    """How often messages are delivered."""

    NOW = "now"
    DAILY = "daily"
    WEEKLY = "weekly"


_RHYTHMS = {
    "sofort": Rhythm.NOW, "gleich": Rhythm.NOW, "einzeln": Rhythm.NOW, "aus": Rhythm.NOW,
    "off": Rhythm.NOW, "now": Rhythm.NOW, "immediately": Rhythm.NOW, "at once": Rhythm.NOW,
    "täglich": Rhythm.DAILY, "taeglich": Rhythm.DAILY, "daily": Rhythm.DAILY,
    "jeden tag": Rhythm.DAILY, "every day": Rhythm.DAILY,
    "wöchentlich": Rhythm.WEEKLY, "woechentlich": Rhythm.WEEKLY, "weekly": Rhythm.WEEKLY,
    "jede woche": Rhythm.WEEKLY, "every week": Rhythm.WEEKLY,
}  # fmt: skip
_RHYTHM = re.compile("|".join(sorted(_RHYTHMS, key=len, reverse=True)))
_WEEKDAY = re.compile(rf"\b(?:am |on |jeden |every )?({'|'.join(_WEEKDAY_OF)})s?\b")


@dataclass(frozen=True, slots=True)
class Digest:
    """How messages are collected.

    Attributes:
        rhythm: At once, daily, weekly.
        at: The time of day.
        weekday: Of a weekly digest; Monday is 0.
    """

    rhythm: Rhythm = Rhythm.NOW
    at: time = time(8)
    weekday: int = 0


def next_slot(asked: datetime, digest: Digest, *, zone: ZoneInfo) -> datetime:
    """Return when the digest goes out that takes what is due at *asked*: then or later, in UTC."""
    asked = asked.astimezone(UTC)
    if digest.rhythm is Rhythm.NOW:
        return asked
    before = asked - timedelta(microseconds=1)
    day = asked.astimezone(zone).date()
    if digest.rhythm is Rhythm.DAILY:
        return first_after(before, day, digest.at, zone)
    day += timedelta(days=(digest.weekday - day.weekday()) % _WEEK)
    found = first_after(before, day, digest.at, zone)
    if found.astimezone(zone).date() == day:
        return found
    return first_after(before, day + timedelta(days=_WEEK), digest.at, zone)


def read_digest(text: str, present: Digest) -> Digest:
    """Read ``sofort``, ``täglich um 8``, ``wöchentlich freitags 14 Uhr``, ``montags``.

    What is not said stays as it is in *present*.

    Raises:
        UserError: It is something else.
    """
    rest = " ".join(text.casefold().split())
    rhythm, weekday = _RHYTHM.search(rest), _WEEKDAY.search(rest)
    for found in (rhythm, weekday):
        rest = rest.replace(found[0], " ", 1) if found else rest
    rest = rest.strip(" ,;")
    at = find_time(rest) if rest else present.at
    if at is None or not (rhythm or weekday):
        raise UserError("digest-unknown", typed=echo(text))
    wanted = _RHYTHMS[rhythm[0]] if rhythm else Rhythm.WEEKLY
    if wanted is not Rhythm.WEEKLY and weekday:
        raise UserError("digest-unknown", typed=echo(text))
    return Digest(wanted, at, _WEEKDAY_OF[weekday[1]] if weekday else present.weekday)
