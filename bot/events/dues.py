"""What people have to be reminded of: the dates of an event, and what is due before them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.events.event import DeadlineKind, Event, Stage, Status
from bot.events.occurrences import Occurrence, first, occurrences
from bot.text.moments import Moment

HORIZON = timedelta(days=400)
"""Further ahead nobody is reminded: the longest lead time is a year."""


@dataclass(frozen=True, slots=True)
class Due:
    """One date that people have to be reminded of.

    Attributes:
        event: Of what.
        moment: When, as it was agreed.
        occurrence: The date of the event itself.
        stage: What is due before the event, if this is about that.
        at: From when on a reminder is of no use.
    """

    event: Event
    moment: Moment
    occurrence: Occurrence
    at: datetime
    stage: Stage | None = None

    @property
    def key(self) -> str:
        """What tells it from all others of its event, and changes when it is moved."""
        minute = "" if self.moment.minute is None else f"-{self.moment.minute}"
        stage = f"-{self.event.stages.index(self.stage)}s" if self.stage else ""
        return f"{self.moment.day:%Y%m%d}{minute}{stage}"

    @property
    def is_deadline(self) -> bool:
        """Whether something has to be done until then."""
        return self.stage is not None or self.event.is_deadline

    def day(self, zone: ZoneInfo) -> date:
        """Return the day of it for people in *zone*; 24:00 belongs to the day that it ends."""
        if self.moment.minute is None or zone.key == self.event.zone:
            return self.moment.day
        begins = self.moment.begins(self.event.tz).astimezone(zone)
        ends_a_day = self.is_deadline and begins.hour == begins.minute == 0
        return (begins - timedelta(minutes=ends_a_day)).date()


def dues(event: Event, *, now: datetime) -> list[Due]:
    """Return what lies ahead within :data:`HORIZON`; of a cancelled event nothing."""
    if event.status is Status.CANCELLED:
        return []
    found = [*_stages(event), *_dates(event, now)]
    return [one for one in found if now < one.at <= now + HORIZON]


def _dates(event: Event, now: datetime) -> Iterator[Due]:
    for one in occurrences(event, after=now, until=now + HORIZON):
        moment = one.start
        if event.deadline is DeadlineKind.ROLLING:
            # Its start is when one may begin; what one can miss is the end.
            if one.end is None:
                continue
            moment = one.end
        if not one.cancelled:
            yield Due(event, moment, one, useless_from(moment, event))


def _stages(event: Event) -> Iterator[Due]:
    if event.series is not None:
        return
    only = first(event)
    for stage in event.stages:
        yield Due(event, stage.due, only, stage.due.ends(event.tz), stage)


def useless_from(moment: Moment, event: Event) -> datetime:
    """Return the instant from which on a reminder of that date is of no use."""
    if event.is_deadline or moment.minute is None:
        return moment.ends(event.tz)
    return moment.begins(event.tz)
