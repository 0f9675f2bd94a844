"""The event: something with a time. A deadline is an event of kind ``deadline``."""

import enum
import hashlib
from datetime import datetime
from functools import cache
from typing import Annotated, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from bot.text.laender import NAMES
from bot.text.links import safe_link
from bot.text.moments import DAY_MINUTES, Moment

LONGEST_TITLE = 200
LONGEST_TEXT = 2000
_LONGEST = 500


class Kind(enum.StrEnum):
    """What sort of event it is."""

    CONFERENCE = "conference"
    WORKSHOP = "workshop"
    TRAINING = "training"
    MEETING = "meeting"
    EVENT = "event"
    """Anything else that takes place."""
    DEADLINE = "deadline"


class Status(enum.StrEnum):
    """What holds for an event now."""

    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    EXTENDED = "extended"
    """A deadline that was put off; ``previous`` says what held before."""
    POSTPONED = "postponed"
    """The same for an event that takes place later (or earlier)."""


class DeadlineKind(enum.StrEnum):
    """How binding a deadline is; the words of German administrative law."""

    CUT_OFF = "cut-off"
    """Ausschlussfrist: whoever is late is out."""
    DATE = "date"
    """Termin: to be kept, but can be extended on request."""
    KEY_DATE = "key-date"
    """Stichtag: what holds on that day counts."""
    ROLLING = "rolling"
    """Laufend: from the start on, until the means are used up or the end, if there is one."""


# Reads some six hundred files; events are validated by the hundred, at every tick.
_zones = cache(available_timezones)


def _zone(value: str) -> str:
    if value not in _zones():
        raise ValueError(f"“{value}” is no IANA time zone such as Europe/Berlin")
    return value


def _land(value: str) -> str:
    if value not in NAMES:
        raise ValueError(f"“{value}” is no Land; the codes are {', '.join(NAMES)}")
    return value


def _link(value: str) -> str:
    if value and safe_link(value) is None:
        raise ValueError(f"“{value}” is no address that can be linked")
    return value


Zone = Annotated[str, AfterValidator(_zone)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Stage(_Model):
    """Something that is due before: a registration before the proposal."""

    title: str = Field(min_length=1, max_length=LONGEST_TITLE)
    due: Moment


class Deviation(_Model):
    """One date of a series that is not as the rule says (RECURRENCE-ID, EXDATE).

    Attributes:
        original: When the rule would have it.
        start: When it is instead; ``None`` if it is left out.
        end: Its new end; ``None`` keeps the length.
        cancelled: Whether it was announced and is called off, and so is still shown.
    """

    original: Moment
    start: Moment | None = None
    end: Moment | None = None
    cancelled: bool = False


class Series(_Model):
    """How an event repeats.

    Attributes:
        rule: An RRULE of iCalendar, without its name: ``FREQ=WEEKLY;COUNT=8``.
        deviations: What is not as the rule says.
    """

    rule: str = Field(min_length=1, max_length=_LONGEST)
    deviations: tuple[Deviation, ...] = ()


class Event(_Model):
    """Something with a time.

    Attributes:
        uid: Unique and stable; a repeated import recognises the event by it.
        kind: What sort.
        title: One line.
        text: Markdown-free lines about it.
        start: When it begins, or when a deadline is due.
        end: When it ends; of an event of whole days its last day, inclusive.
        zone: The IANA zone of all its times.
        series: How it repeats, if it does.
        place: Where.
        link: Where to read more or to join.
        laender: For which Länder; empty means all.
        staffeln: For which rounds of the model projects (``2019``); empty means all.
        topic: A slug; empty if none.
        status: What holds now.
        deadline: How binding a deadline is.
        stages: What is due before.
        previous: What *start* was before it was extended or postponed.
        source: Where this comes from: an address or a sentence.
        example: Whether it is made up, to try things out.
    """

    uid: str = Field(min_length=1, max_length=200)
    kind: Kind = Kind.EVENT
    title: str = Field(min_length=1, max_length=LONGEST_TITLE)
    text: str = Field(default="", max_length=LONGEST_TEXT)
    start: Moment
    end: Moment | None = None
    zone: Zone = "Europe/Berlin"
    series: Series | None = None
    place: str = Field(default="", max_length=_LONGEST)
    link: Annotated[str, AfterValidator(_link)] = Field(default="", max_length=_LONGEST)
    laender: tuple[Annotated[str, AfterValidator(_land)], ...] = ()
    staffeln: tuple[Annotated[int, Field(ge=2000, le=2100)], ...] = ()
    topic: str = Field(default="", max_length=40, pattern=r"^[a-z0-9-]*$")
    status: Status = Status.CONFIRMED
    deadline: DeadlineKind | None = None
    stages: tuple[Stage, ...] = ()
    previous: Moment | None = None
    source: str = Field(default="", max_length=1000)
    example: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.end is not None and self.end.is_day != self.start.is_day:
            raise ValueError("start and end have to be both days or both times of day")
        if self.end is not None and self.end.order < self.start.order:
            raise ValueError("the end lies before the start")
        if self.deadline is not None and self.kind is not Kind.DEADLINE:
            raise ValueError("only a deadline has a kind of deadline")
        if self.series is not None and self.start.minute == DAY_MINUTES:
            raise ValueError("a series can't begin at 24:00; please use 0:00 of the next day")
        return self

    @property
    def is_deadline(self) -> bool:
        """Whether something has to be done until then."""
        return self.kind is Kind.DEADLINE

    @property
    def tz(self) -> ZoneInfo:
        """The zone of its times."""
        return ZoneInfo(self.zone)

    @property
    def begins_at(self) -> datetime:
        """The instant by which it is sorted: when it begins, or when a deadline is due."""
        return self.start.ends(self.tz) if self.is_deadline else self.start.begins(self.tz)

    def digest(self) -> str:
        """Return a text that changes when anything of it changes."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()
