"""The item: one thing that a source tells, in the same form whatever the source's format."""

import enum
import hashlib
import json
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.feeds.deadline_kinds import DeadlineKind
from bot.feeds.when import Precision, When, instant_of, zone_of

_MOST_SKIPPED: Final = 200
"""Remarks that are kept of one file; the others are only counted."""


class Kind(enum.StrEnum):
    """What an item is about."""

    EVENT = "event"
    DEADLINE = "deadline"
    NEWS = "news"


class Status(enum.StrEnum):
    """What holds for an item now."""

    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    EXTENDED = "extended"
    POSTPONED = "postponed"


@dataclass(frozen=True, slots=True)
class Deadline:
    """A due date as it was read from words.

    Attributes:
        due: When.
        start: From when on, of a range.
        words: What was written.
        confidence: From 0 to 1; below :data:`bot.feeds.deadlines.SURE` somebody should look.
        stage: Of several: ``outline``, ``application``, ``registration``; else empty.
        later: The stages after this one.
    """

    due: When
    start: When | None
    words: str
    confidence: float
    stage: str = ""
    later: tuple["Deadline", ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """How a calendar's event repeats.

    Attributes:
        rule: The RRULE, without its name.
        excluded: Dates that are left out (EXDATE).
        added: Dates beside the rule (RDATE).
    """

    rule: str
    excluded: tuple[When, ...] = ()
    added: tuple[When, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a source tells.

    Attributes:
        id: As the source has it, or made of what the item says; unique in its file.
        kind: What it is about.
        title: One line.
        start: When it begins; of a deadline from when on.
        end: When it ends; of whole days the last one, inclusive.
        due: Until when something has to be done.
        zone: The IANA zone of all its times.
        status: What holds now.
        place: Where.
        url: Where to read more: an absolute address without a session's number.
        text: Plain text, shortened.
        published: When its source says that it was published.
        series: How it repeats.
        original: Which date of its series this one replaces (RECURRENCE-ID).
        deadline: How *due* was read, if it stood in words; of an event what is due before.
        deadline_kind: How binding the deadline is, if words say so.
    """

    id: str
    kind: Kind
    title: str
    start: When | None = None
    end: When | None = None
    due: When | None = None
    zone: str = "Europe/Berlin"
    status: Status = Status.CONFIRMED
    place: str = ""
    url: str = ""
    text: str = ""
    published: datetime | None = None
    series: Series | None = None
    original: When | None = None
    deadline: Deadline | None = None
    deadline_kind: DeadlineKind | None = None

    @property
    def says_nothing(self) -> bool:
        """Whether there is nothing in it that could be told; it is kept, but never news."""
        return not (self.title or self.text or self.url or self.place or self.when)

    @property
    def when(self) -> When | None:
        """By what it is sorted: when it is due, or when it begins."""
        return self.due or self.start

    @property
    def precision(self) -> Precision | None:
        """How exactly :attr:`when` is known; ``None`` without one."""
        return self.when.precision if self.when else None

    @property
    def all_day(self) -> bool:
        """Whether it is about whole days."""
        return self.when is not None and self.when.moment.is_day

    @property
    def fingerprint(self) -> str:
        """A text that changes when something changes that a reader cares about.

        Neither the id nor when it was published, exported or changed are part of it, nor how
        lines and spaces are set.
        """
        tz = zone_of(self.zone)
        # A date read from words stands in those words already, and its year may be a guess.
        due = None if self.deadline else self.due
        times = [_instant(one, tz) for one in (self.start, self.end, due, self.original)]
        if self.deadline and self.kind is Kind.DEADLINE:
            times[0] = None
        words = [folded(one) for one in (self.title, self.place, self.url, self.text)]
        parts = [*words, *times, self.status.value, self._repeated(tz)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]

    def _repeated(self, tz: ZoneInfo) -> list[Any]:
        if self.series is None:
            return []
        dates = (sorted(_instant(one, tz) or "" for one in which) for which in self._deviating())
        return [sorted(self.series.rule.upper().split(";")), self.zone, *dates]

    def _deviating(self) -> tuple[tuple[When, ...], tuple[When, ...]]:
        assert self.series is not None, "asked before"  # noqa: S101 # for mypy
        return self.series.excluded, self.series.added

    def tree(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        tz = zone_of(self.zone)
        times = {name: getattr(self, name) for name in ("start", "end", "due", "original")}
        series = self.series
        return {
            "id": self.id,
            "kind": self.kind.value,
            "title": self.title,
            **{name: one.iso(tz) if one else None for name, one in times.items()},
            "precision": self.precision.value if self.precision else None,
            "zone": self.zone,
            "all_day": self.all_day,
            "status": self.status.value,
            "place": self.place,
            "url": self.url,
            "text": self.text,
            "published": self.published.isoformat() if self.published else None,
            "rule": series.rule if series else None,
            "excluded": [one.iso(tz) for one in series.excluded] if series else [],
            "added": [one.iso(tz) for one in series.added] if series else [],
            "deadline": _deadline(self.deadline, tz),
            "deadline_kind": self.deadline_kind.value if self.deadline_kind else None,
            "fingerprint": self.fingerprint,
        }


def _deadline(found: Deadline | None, tz: ZoneInfo) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "due": found.due.iso(tz),
        "precision": found.due.precision.value,
        "words": found.words,
        "confidence": round(found.confidence, 2),
        "stage": found.stage or None,
        "later": [_deadline(one, tz) for one in found.later],
    }


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something of a file that could not be used.

    Attributes:
        where: Which item or line.
        why: What is wrong with it.
    """

    where: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.why}" if self.where else self.why


@dataclass(slots=True)
class Reading:
    """What was read of one file.

    Attributes:
        form: ``rss``, ``atom``, ``json`` or ``icalendar``; empty if it is none of them.
        title: What the source calls itself.
        items: In the file's order.
        skipped: What could not be used, the first of it.
        more_skipped: How much else could not be used.
        problem: Why it is no feed; empty if it is one.
    """

    form: str = ""
    title: str = ""
    items: list[Item] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    more_skipped: int = 0
    problem: str = ""

    def skip(self, where: str, why: str) -> None:
        """Note something that could not be used."""
        if len(self.skipped) < _MOST_SKIPPED:
            self.skipped.append(Skipped(where[:120], why[:300]))
        else:
            self.more_skipped += 1

    def take(self, item: Item, where: str) -> None:
        """Add an item; that one says nothing is noted."""
        self.items.append(item)
        if item.says_nothing:
            self.skip(where, "it says nothing")

    def tree(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "form": self.form,
            "title": self.title,
            "problem": self.problem,
            "items": [one.tree() for one in self.items],
            "skipped": [{"where": one.where, "why": one.why} for one in self.skipped],
            "more_skipped": self.more_skipped,
        }


def folded(text: str) -> str:
    """Return *text* so that forms of letters, lines and spaces make no difference."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return " ".join(plain.split())


def made_id(*parts: str) -> str:
    """Return an id for what has none, made of what it says."""
    told = json.dumps([folded(one) for one in parts])
    return "made:" + hashlib.sha256(told.encode()).hexdigest()[:24]


def _instant(when: When | None, zone: ZoneInfo) -> str | None:
    if when is None:
        return None
    if when.moment.is_day:
        return f"{when.precision.value} {when.moment.day.isoformat()}"
    return instant_of(when, zone.key).isoformat()
