"""What a member wants to see: words behind a command, read as filters."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.events.event import Event, Kind
from bot.events.occurrences import Occurrence, first, occurrences
from bot.text import laender
from bot.text.datetimes import month_number
from bot.text.moments import Moment

_PAST = {"vergangene", "vergangen", "frühere", "past", "earlier"}
_ALL = {"alle", "all"}
_FILLERS = {"in", "im", "für", "for", "the", "der", "die", "das", "und", "and", "zu", "on", "nur"}
_KINDS = {
    "konferenz": Kind.CONFERENCE,
    "konferenzen": Kind.CONFERENCE,
    "conferences": Kind.CONFERENCE,
    "workshops": Kind.WORKSHOP,
    "schulung": Kind.TRAINING,
    "schulungen": Kind.TRAINING,
    "trainings": Kind.TRAINING,
    "treffen": Kind.MEETING,
    "meetings": Kind.MEETING,
    **{kind.value: kind for kind in Kind if kind not in {Kind.EVENT, Kind.DEADLINE}},
}
_A_YEAR = timedelta(days=366)
"""How far a series is listed when no year is named: "März" is the next one."""
_YEAR = re.compile(r"(?:19|20|21)\d\d")
_WORD = re.compile(r"[^\s,;:]+")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events are wanted.

    Attributes:
        deadlines: Deadlines, or else everything that takes place.
        land: One Land; what holds for all Länder is shown as well.
        staffel: One round of the model projects; what holds for all is shown as well.
        kind: One kind.
        year: In that year only, also in the past.
        month: In that month only.
        words: All of these stand in title, place, topic or text.
        past: Only what is over, newest first.
    """

    deadlines: bool
    land: str | None = None
    staffel: int | None = None
    kind: Kind | None = None
    year: int | None = None
    month: int | None = None
    words: tuple[str, ...] = ()
    past: bool = False

    def since(self, now: datetime) -> datetime:
        """Return the instant before which nothing is wanted; a year that is past is asked for."""
        if self.past:
            return datetime(1990, 1, 1, tzinfo=UTC)
        if self.year is not None and self.year < now.year:
            return datetime(self.year, 1, 1, tzinfo=UTC)
        return now


def parse(text: str, *, deadlines: bool) -> Filter:
    """Read the words behind ``/termine`` or ``/fristen``; a word that is no filter is searched."""
    words = _WORD.findall(text)
    rest: list[str] = []
    chosen: dict[str, Any] = {}
    while words:
        word = words.pop(0).casefold()
        if word == "staffel" and words and _YEAR.fullmatch(words[0]):
            chosen["staffel"] = int(words.pop(0))
        elif (field := _field(word)) is not None:
            chosen[field[0]] = field[1]
        elif word not in _FILLERS | _ALL:
            rest.append(word)
    return Filter(deadlines=deadlines, words=tuple(rest), **chosen)


def _field(word: str) -> tuple[str, object] | None:
    if word in _PAST:
        return "past", True
    if _YEAR.fullmatch(word):
        return "year", int(word)
    if month := month_number(word):
        return "month", month
    if land := laender.code(word):
        return "land", land
    if kind := _KINDS.get(word):
        return "kind", kind
    return None


def chosen(events: Iterable[Event], wanted: Filter, *, now: datetime) -> list[Occurrence]:
    """Return what is wanted, nearest first; of a series its next date, or all of a period."""
    found: list[Occurrence] = []
    for event in events:
        if _fits(event, wanted):
            found += _dates(event, wanted, now)
    found.sort(key=lambda one: (one.begins_at, one.event.title), reverse=wanted.past)
    return found


def _dates(event: Event, wanted: Filter, now: datetime) -> list[Occurrence]:
    dates = occurrences(event, after=wanted.since(now))
    if wanted.past:
        dates = [one for one in dates if one.over_at <= now][-1:]
    if event.series is not None and wanted.year is None:
        dates = [one for one in dates if one.begins_at < now + _A_YEAR] or dates[:1]
    dates = [one for one in dates if _in_period(one, wanted)]
    return dates if wanted.year or wanted.month else dates[:1]


def _in_period(one: Occurrence, wanted: Filter) -> bool:
    last = one.end or one.start
    months = {(day.year, day.month) for day in (one.start.day, last.day)}
    if wanted.month is None:
        return wanted.year is None or any(year == wanted.year for year, _ in months)
    return any(month == wanted.month and wanted.year in {None, year} for year, month in months)


def _fits(event: Event, wanted: Filter) -> bool:
    if event.is_deadline is not wanted.deadlines:
        return False
    if wanted.kind is not None and event.kind is not wanted.kind:
        return False
    if wanted.land is not None and event.laender and wanted.land not in event.laender:
        return False
    if wanted.staffel is not None and event.staffeln and wanted.staffel not in event.staffeln:
        return False
    text = f"{event.title} {event.place} {event.topic} {event.text}".casefold()
    return all(word in text for word in wanted.words)


def same_day(event: Event, others: Iterable[Event]) -> Event | None:
    """Return another event of the same title on the same day, if there is one."""
    title = event.title.casefold()
    return next(
        (one for one in others if one.title.casefold() == title and _day(one) == _day(event)), None
    )


def _day(event: Event) -> Moment:
    return Moment(day=first(event).start.day)
