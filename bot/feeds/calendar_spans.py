"""From when to when an entry of a calendar is, whatever its times look like."""

from dataclasses import dataclass
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from bot.feeds import calendar_values as values
from bot.feeds.calendar_fields import Fields
from bot.feeds.calendar_values import Times
from bot.feeds.item import Reading
from bot.feeds.when import When, inclusive


@dataclass(slots=True)
class Span:
    """When an entry is, in its zone; a to-do has *due* instead of an end."""

    zone: str
    start: When | None = None
    end: When | None = None
    due: When | None = None


class Spans:
    """Reads the times of one entry.

    Args:
        fields: Of the entry.
        times: Of its calendar.
        where: What the entry is called when something of it is wrong.
        found: Where that is noted.
    """

    def __init__(self, fields: Fields, times: Times, where: str, found: Reading) -> None:
        self._fields, self._times = fields, times
        self._where, self._found = where, found

    def _skip(self, why: str) -> None:
        self._found.skip(self._where, why)

    def span(self, *, is_todo: bool) -> Span:
        """Return it; what can't be read is noted and left out."""
        begin = self._fields.get("DTSTART")
        leading = begin or self._fields.get("DUE") or self._fields.get("RECURRENCE-ID")
        span = Span(self._times.zone(leading) if leading else self._times.default)
        span.start = self.one("DTSTART", span.zone)
        span.due = self.one("DUE", span.zone)
        span.end = self._end(span)
        if is_todo and span.due is None:
            span.due, span.end = span.end or span.start, None
            span.start = None if span.due == span.start else span.start
        return self._checked(self._whole_days(span))

    def one(self, name: str, zone: str) -> When | None:
        """Return a time; a mistake in it is noted."""
        given = self._fields.get(name)
        if given is None:
            return None
        try:
            return self._times.one(given, zone)
        except ValueError as error:
            self._skip(f"{name}: {error}")
            return None

    def _end(self, span: Span) -> When | None:
        ended = self.one("DTEND", span.zone)
        if ended is None and span.start is not None and (given := self._fields.get("DURATION")):
            try:
                ended = _after(span.start, values.duration(given), span.zone)
            except (ValueError, OverflowError, AttributeError) as error:
                self._skip(f"DURATION: {error}")
        if ended is None or span.start is None:
            return None if span.start is None else ended
        if span.start.moment.is_day:
            if not ended.moment.is_day:
                self._skip("the start is a day and the end a time; the end's day is taken")
                return When.of(max(ended.moment.day, span.start.moment.day))
            return When.of(inclusive(span.start.moment.day, ended.moment.day))
        if ended.moment.is_day:
            self._skip("the start is a time and the end a day; the end is left out")
            return None
        return ended

    def _whole_days(self, span: Span) -> Span:
        """Read what Outlook marks as whole days, from midnight to midnight, as such."""
        flag = self._fields.text("X-MICROSOFT-CDO-ALLDAYEVENT").strip().upper()
        times = [one for one in (span.start, span.end) if one is not None]
        if flag != "TRUE" or any(one.moment.minute != 0 for one in times) or not times:
            return span
        if span.start is not None:
            last = inclusive(span.start.moment.day, (span.end or span.start).moment.day)
            span.start, span.end = When.of(span.start.moment.day), When.of(last)
        return span

    def _checked(self, span: Span) -> Span:
        """Leave out an end before the start, and one that says no more than the start."""
        if span.start and span.due and span.due.moment.day < span.start.moment.day:
            self._skip("it is due before it begins; the beginning is left out")
            span.start = None
        if span.start is None or span.end is None:
            return span
        if span.end.moment.is_day:
            too_early = span.end.moment.day < span.start.moment.day
        else:
            key = (
                (span.end.moment.order, span.end.second),
                (span.start.moment.order, span.start.second),
            )
            too_early = key[0] < key[1] and span.end.fold <= span.start.fold
        if too_early:
            self._skip("the end lies before the start; it is left out")
        if too_early or span.end == span.start:
            span.end = None
        return span


def _after(start: When, length: timedelta, zone: str) -> When:
    """Return the end of something so long; days go by the calendar, hours as they pass."""
    if start.moment.is_day:
        return When.of((start.moment.local + length).date())
    tz = ZoneInfo(zone)
    whole = timedelta(days=length.days)
    local = start.moment.local.replace(second=start.second, fold=start.fold, tzinfo=tz) + whole
    ended = (local.astimezone(UTC) + (length - whole)).astimezone(tz)
    return When.of(ended.replace(tzinfo=None))
