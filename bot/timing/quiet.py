"""Quiet hours: what falls into them is held until they end, never dropped."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.errors import UserError
from bot.timing.calendar import SUNDAY, is_holiday
from bot.timing.times import echo, find_time, first_after

_OFF = frozenset({"aus", "off", "nie", "keine", "none", "never"})
_ON = frozenset({"an", "ein", "on"})
_DAYS = re.compile(r"\b(mit|with|ohne|without|no)\b.*\b(sonn|feier|sunday|holiday)\w*")
_NIGHTS = re.compile(r"\b(nur nachts|nights only|only at night|only nights)\b")
_RANGE = re.compile(
    r"(?:von|from|zwischen|between)?\s*(.+?)\s*(?:-|\u2013|\u2014|bis|to|until|und|and)\s*(.+)"
)
_STEP = timedelta(minutes=15)
_LOOK_BACK = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Quiet:
    """When a chat wants no messages.

    Attributes:
        on: Whether there are any quiet hours.
        start: From when on each evening; may be later in the day than *end*.
        end: Until when.
        days: Whether Sundays and public holidays are quiet from midnight to midnight.
    """

    on: bool = True
    start: time = time(20)
    end: time = time(8)
    days: bool = True

    def is_night(self, at: time) -> bool:
        """Tell whether the wall time *at* lies in the quiet hours of each day."""
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


def is_quiet(at: datetime, quiet: Quiet, *, zone: ZoneInfo, laender: Collection[str]) -> bool:
    """Tell whether nothing is to arrive at this instant."""
    if not quiet.on:
        return False
    local = at.astimezone(zone)
    return _is_day_off(local, quiet, laender) or quiet.is_night(local.time())


def _is_day_off(local: datetime, quiet: Quiet, laender: Collection[str]) -> bool:
    day = local.date()
    return quiet.days and (day.weekday() == SUNDAY or is_holiday(day, laender))


def held_until(
    asked: datetime,
    quiet: Quiet,
    *,
    zone: ZoneInfo,
    laender: Collection[str],
    urgent: bool = False,
) -> datetime:
    """Return when a message that is due at *asked* may arrive, in UTC: *asked* or later.

    Args:
        asked: When it is due.
        quiet: The chat's quiet hours.
        zone: The chat's time zone: the hours are what its clocks show, also when they change.
        laender: Whose public holidays are quiet; of none: those of all of Germany.
        urgent: Whether it may disturb.
    """
    at = asked.astimezone(UTC)
    while not urgent and is_quiet(at, quiet, zone=zone, laender=laender):
        local = at.astimezone(zone)
        if _is_day_off(local, quiet, laender):
            at = first_after(at, local.date() + timedelta(days=1), time(), zone)
        else:
            at = first_after(at, local.date(), quiet.end, zone)
    return at


def open_before(
    asked: datetime,
    quiet: Quiet,
    *,
    zone: ZoneInfo,
    laender: Collection[str],
    lasting: timedelta = timedelta(0),
) -> datetime:
    """Return the last quarter of an hour up to *asked* at which something may arrive, in UTC.

    If there is none in the two weeks before, *asked* itself.

    Args:
        asked: When it is due.
        quiet: The chat's quiet hours.
        zone: The chat's time zone.
        laender: Whose public holidays are quiet.
        lasting: For how long it may still arrive from then on.
    """
    at = asked.astimezone(UTC)
    quarters = [n * _STEP for n in range(lasting // _STEP + 1)]
    for _ in range(_LOOK_BACK // _STEP):
        if not any(is_quiet(at + n, quiet, zone=zone, laender=laender) for n in quarters):
            return at
        at -= _STEP
    if lasting:  # who is hardly ever without quiet is told when there is any chance
        return open_before(asked, quiet, zone=zone, laender=laender)
    return asked.astimezone(UTC)


def read_quiet(text: str, present: Quiet) -> Quiet:
    """Read ``aus``, ``22-7``, ``von 21 bis 7 Uhr``, ``22-7 ohne Sonntage`` as a change.

    Raises:
        UserError: It is something else, or begins when it ends.
    """
    rest = " ".join(text.casefold().split())
    if rest in _OFF:
        return replace(present, on=False)
    days = _DAYS.search(rest)
    if days or _NIGHTS.search(rest):
        present = replace(present, days=bool(days and days[1] in {"mit", "with"}))
        rest = _NIGHTS.sub("", _DAYS.sub("", rest)).strip(" ,;")
        if not rest:
            return replace(present, on=True)
    if rest in _ON:
        return replace(present, on=True)
    start, end = _range(rest, text)
    return replace(present, on=True, start=start, end=end)


def _range(rest: str, text: str) -> tuple[time, time]:
    match = _RANGE.fullmatch(rest)
    start, end = (find_time(match[1]), find_time(match[2])) if match else (None, None)
    if start is None or end is None:
        raise UserError("quiet-unknown", typed=echo(text))
    if start == end:
        raise UserError("quiet-all-day")
    return start, end
