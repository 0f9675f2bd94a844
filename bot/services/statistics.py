"""What was asked in the last weeks: counts and questions, and of members not even a number."""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from bot.knowledge.entry import Entry
from bot.services import inbox, taught
from bot.storage import entries as stored
from bot.storage import statistics
from bot.storage.engine import Session
from bot.storage.models import QuestionState

WEEKS = 8
"""How many are counted, the present one among them."""
_MOST_NAMED = 5


class Fate(StrEnum):
    """What became of a question, as far as it is told apart here."""

    ANSWERED = "answered"
    OFFERED = "offered"
    """A choice of entries was offered, and nobody has chosen yet."""
    OPEN = "open"
    CLOSED = "closed"
    """Nobody waits for an answer: withdrawn, or none for this team."""


_FATES = {
    QuestionState.ANSWERED: Fate.ANSWERED,
    QuestionState.SUGGESTED: Fate.OFFERED,
    QuestionState.OPEN: Fate.OPEN,
    QuestionState.WITHDRAWN: Fate.CLOSED,
    QuestionState.DISMISSED: Fate.CLOSED,
}


@dataclass(frozen=True, slots=True)
class Week:
    """The questions of a week.

    Attributes:
        begins: Its Monday.
        counts: How many came to which end.
    """

    begins: date
    counts: Mapping[Fate, int]

    @property
    def total(self) -> int:
        """How many there were."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Missed:
    """Something that many wait to be answered; see :class:`bot.services.inbox.Listed`."""

    number: int
    text: str
    people: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """What was asked, and what became of it.

    Attributes:
        weeks: The oldest first; the last one is not over yet.
        until: The present day.
        by_editor: How many of what was answered an editor has answered.
        helped: How many ratings of answers were good, of those given in these weeks.
        rated: How many ratings there were.
        entries: Titles of the entries that were given most, each with how often.
        missed: What most people wait for now, whenever it was asked.
    """

    weeks: tuple[Week, ...]
    until: date
    by_editor: int
    helped: int
    rated: int
    entries: tuple[tuple[str, int], ...]
    missed: tuple[Missed, ...]

    @property
    def counts(self) -> dict[Fate, int]:
        """How many questions of all weeks came to which end."""
        return {fate: sum(week.counts[fate] for week in self.weeks) for fate in Fate}

    @property
    def total(self) -> int:
        """How many questions there were."""
        return sum(week.total for week in self.weeks)


def titles(entries: Iterable[Entry]) -> dict[str, str]:
    """Return what each entry is called, by its id."""
    return {entry.id: entry.questions[0] for entry in entries}


async def stored_titles(session: Session) -> dict[str, str]:
    """Return the same from the database, where no knowledge base is loaded.

    It has what the running hub read last; an entry that can't be read is named by its id.
    """
    names: dict[str, str] = {}
    for tree in await stored.load(session):
        with suppress(ValueError):  # of a later version of this program
            names |= titles([Entry.model_validate(tree)])
    return names | titles((await taught.load(session, seen="")).entries)


async def gather(
    session: Session, *, titles: Mapping[str, str], zone: ZoneInfo, now: datetime
) -> Statistics:
    """Count what was asked in the last :data:`WEEKS` weeks.

    Args:
        session: The transaction.
        titles: What the entries are called; one that is gone is named by its id.
        zone: In which weeks begin on Monday at midnight.
        now: The present.
    """
    today = now.astimezone(zone).date()
    mondays = _mondays(today)
    # Wall times, so that a week in which the clocks change has an hour more or less.
    bounds = [datetime.combine(one, time(), zone).astimezone(UTC) for one in mondays]
    found = await statistics.outcomes(session, bounds=bounds)
    helped, rated = await statistics.ratings(session, since=bounds[0])
    named = await statistics.entries(session, since=bounds[0], limit=_MOST_NAMED)
    missed = await inbox.listing(session, offset=0, limit=_MOST_NAMED)
    return Statistics(
        weeks=tuple(_week(begins, number, found) for number, begins in enumerate(mondays[:-1])),
        until=today,
        by_editor=sum(one.questions for one in found if one.by_editor),
        helped=helped,
        rated=rated,
        entries=tuple((titles.get(name, name), count) for name, count in named),
        missed=tuple(Missed(one.number, one.text, one.people) for one in missed),
    )


def _mondays(today: date) -> list[date]:
    """The beginnings of the weeks, and of the next one."""
    present = today - timedelta(days=today.weekday())
    return [present + timedelta(weeks=number) for number in range(1 - WEEKS, 2)]


def _week(begins: date, number: int, found: Iterable[statistics.Outcome]) -> Week:
    counts = Counter(dict.fromkeys(Fate, 0))
    for one in found:
        if one.span == number:
            counts[_FATES[one.state]] += one.questions
    return Week(begins, dict(counts))


def tree(found: Statistics) -> dict[str, Any]:
    """Return everything as a JSON tree, for other programs."""
    return {
        "until": found.until.isoformat(),
        "questions": found.total,
        **_named(found.counts),
        "answered_by_editor": found.by_editor,
        "rated": found.rated,
        "helped": found.helped,
        "weeks": [
            {"begins": week.begins.isoformat(), "questions": week.total, **_named(week.counts)}
            for week in found.weeks
        ],
        "entries": [{"title": title, "questions": count} for title, count in found.entries],
        "missed": [
            {"number": one.number, "text": one.text, "people": one.people} for one in found.missed
        ],
    }


def _named(counts: Mapping[Fate, int]) -> dict[str, int]:
    return {fate.value: count for fate, count in counts.items()}
