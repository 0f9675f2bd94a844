"""What is different between two versions of an event that people have to hear about."""

import enum
from dataclasses import dataclass
from datetime import datetime

from bot.events.event import Deviation, Event, Status
from bot.events.occurrences import following
from bot.text.moments import Moment


class ChangeKind(enum.StrEnum):
    """What happened to an event."""

    NEW = "new"
    CANCELLED = "cancelled"
    EXTENDED = "extended"
    """A deadline that is later now."""
    MOVED = "moved"
    """A date that is another one now."""
    DATE_CANCELLED = "date-cancelled"
    """One date of a series."""
    DATE_MOVED = "date-moved"


@dataclass(frozen=True, slots=True)
class Change:
    """Something about an event that people have to hear about.

    Attributes:
        kind: What happened.
        event: The event as it is now.
        before: When it was to be, where it was moved.
        after: When it is now; of a cancelled date when it would have been.
        end: Its end, where that is of use.
    """

    kind: ChangeKind
    event: Event
    before: Moment
    after: Moment
    end: Moment | None = None

    def is_over(self, now: datetime) -> bool:
        """Tell whether nobody needs to hear of it any more: it would have been before *now*."""
        zone = self.event.tz
        last = self.end or max(self.before, self.after, key=lambda one: one.order)
        return last.ends(zone) <= now


def change(before: Event | None, after: Event, *, now: datetime) -> Change | None:
    """Return what people have to hear about; ``None`` if they need not.

    A new text, place or title is read by who looks; it is not told.
    """
    found = _change(before, after, now)
    return None if found is None or found.is_over(now) else found


def _change(before: Event | None, after: Event, now: datetime) -> Change | None:
    start, end = _next(after, now)
    if before is None:
        if after.status is Status.CANCELLED:
            return None
        return Change(ChangeKind.NEW, after, start, start, end)
    if after.status is Status.CANCELLED:
        if before.status is Status.CANCELLED:
            return None
        return Change(ChangeKind.CANCELLED, after, start, start, end)
    if after.start != before.start:
        later = after.is_deadline and after.start.order > before.start.order
        kind = ChangeKind.EXTENDED if later else ChangeKind.MOVED
        return Change(kind, after, before.start, after.start, after.end)
    return _of_series(before, after, now)


def _next(event: Event, now: datetime) -> tuple[Moment, Moment | None]:
    soonest = following(event, now=now) if event.series else None
    return (soonest.start, soonest.end) if soonest else (event.start, event.end)


def _of_series(before: Event, after: Event, now: datetime) -> Change | None:
    """Return what happened to one date of a series, the nearest of those that are not over."""
    known = set(before.series.deviations) if before.series else set()
    deviations = after.series.deviations if after.series else ()
    found = [_of_date(one, after) for one in deviations if one not in known]
    ahead = [one for one in found if not one.is_over(now)]
    return min(ahead, key=lambda one: one.before.order, default=None)


def _of_date(deviation: Deviation, event: Event) -> Change:
    original, start = deviation.original, deviation.start
    if deviation.cancelled or start is None:
        return Change(ChangeKind.DATE_CANCELLED, event, original, original)
    return Change(ChangeKind.DATE_MOVED, event, original, start, deviation.end)
