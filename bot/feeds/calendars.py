"""Items of an iCalendar stream (RFC 5545), one by one, so that none costs the others."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.feeds import calendar_values as values
from bot.feeds.addresses import clean
from bot.feeds.calendar_fields import Fields
from bot.feeds.calendar_lines import Component, components, unfold
from bot.feeds.calendar_spans import Span, Spans
from bot.feeds.calendar_values import Times
from bot.feeds.finishing import finished, limited
from bot.feeds.item import Item, Kind, Reading, Series, Status, made_id
from bot.feeds.when import When
from bot.feeds.zones import Zones
from bot.text import html_text

# Components of RFC 5545, section 3.6; VTODO is its to-do, which is due.
_KINDS: Final = {"VEVENT": Kind.EVENT, "VTODO": Kind.DEADLINE, "VJOURNAL": Kind.NEWS}
_STATUSES: Final = {
    "TENTATIVE": Status.TENTATIVE,
    "NEEDS-ACTION": Status.CONFIRMED,
    "DRAFT": Status.TENTATIVE,
    "CANCELLED": Status.CANCELLED,
    "CANCELED": Status.CANCELLED,
}
_UTC: Final = ZoneInfo("UTC")
_MOST_ITEMS: Final = 20_000


def parse(data: bytes, *, content_type: str, address: str, zone: str, found: Reading) -> None:
    """Read a calendar's events, to-dos and journal entries into *found*."""
    found.form = "icalendar"
    parts = list(components(unfold(data, content_type)))
    zones = Zones({_tzid(one): one.whole for one in reversed(parts) if one.name == "VTIMEZONE"})
    heads = _heads(parts, zones, zone, found)
    found.title = next((one.title for one in heads if one.title), "")
    begins = [one.line for one in heads]
    for number, one in enumerate(limited(_entries(parts), _MOST_ITEMS, found), start=1):
        head = heads[max(bisect_right(begins, one.line) - 1, 0)]
        try:
            item = _Entry(one, head.times, address, found).item()
        except Exception as error:  # noqa: BLE001 # no mistake of one may cost the others
            found.skip(f"{one.name} in line {one.line}", str(error) or repr(error))
            continue
        if head.called_off:
            item = replace(item, status=Status.CANCELLED)
        found.take(item, f"{one.name} {number}")
    found.items = list(_completed(found.items))


@dataclass(frozen=True, slots=True)
class _Head:
    """What a calendar says about itself; a stream may hold several."""

    line: int
    title: str
    times: Times
    called_off: bool


def _heads(parts: list[Component], zones: Zones, zone: str, found: Reading) -> list[_Head]:
    noted: set[str] = set()

    def note(words: str) -> None:
        if words not in noted:
            noted.add(words)
            found.skip("", words)

    calendars = [one for one in parts if one.name == "VCALENDAR"] or [Component("VCALENDAR", 0)]
    heads = []
    for one in sorted(calendars, key=lambda calendar: calendar.line):
        fields = Fields(one, found)
        title = html_text.line(fields.text("X-WR-CALNAME") or fields.text("NAME"))[:200]
        default = values.calendar_zone(fields.text("X-WR-TIMEZONE")) or zone
        called_off = fields.text("METHOD").strip().upper() == "CANCEL"
        heads.append(_Head(one.line, title, Times(zones, default, note), called_off))
    return heads


def _entries(parts: list[Component]) -> Iterator[Component]:
    yield from sorted((one for one in parts if one.name in _KINDS), key=lambda one: one.line)


def _completed(items: list[Item]) -> Iterator[Item]:
    """Give a date of a series that replaces another what it does not say itself."""
    series = {one.id: one for one in items if one.series is not None}
    for one in items:
        whole = series.get(one.id.rpartition("#")[0]) if one.original else None
        if whole is None:
            yield one
            continue
        names = [name for name in ("title", "place", "url", "text") if not getattr(one, name)]
        missing = {name: getattr(whole, name) for name in names}
        start = one.start or (None if one.due else one.original)
        yield replace(one, start=start, **missing)


def _tzid(component: Component) -> str:
    found = (one for one in component.lines if one.upper().startswith("TZID"))
    return next(found, ":").partition(":")[2].strip()


class _Entry:
    """Makes an item of one component."""

    def __init__(self, component: Component, times: Times, address: str, found: Reading) -> None:
        self._component = component
        self._fields = Fields(component, found)
        self._times = times
        self._address = address
        self._found = found
        self._where = self._fields.where

    def item(self) -> Item:
        """Return it, also if the component says nothing."""
        fields = self._fields
        uid = " ".join(fields.text("UID").split())
        self._where = uid or fields.where
        if not self._component.complete:
            self._skip("its end is missing; what is there was read")
        spans = Spans(fields, self._times, self._where, self._found)
        # VTODO of RFC 5545, section 3.6.2: it has DUE where others have DTEND.
        span = spans.span(is_todo=self._component.name == "VTODO")
        text = fields.text("DESCRIPTION") or fields.text("X-ALT-DESC") or fields.text("COMMENT")
        place = html_text.line(fields.text("LOCATION"))
        title = html_text.line(fields.text("SUMMARY"))
        told = span.due or span.start
        original = spans.one("RECURRENCE-ID", span.zone)
        item = Item(
            id=uid or made_id(title, str(told.moment if told else ""), place),
            kind=_KINDS[self._component.name],
            title=title,
            start=span.start,
            end=span.end,
            due=span.due,
            zone=span.zone,
            status=_STATUSES.get(fields.text("STATUS").strip().upper(), Status.CONFIRMED),
            place=place,
            url=clean(fields.text("URL"), self._address) or clean(place),
            text=html_text.plain(text),
            published=self._created(),
            series=self._series(span),
            original=original,
        )
        if original is not None:
            item = replace(item, id=f"{item.id}#{_compact(original)}")
        marked = fields.get("X-STADTFUNK-DEADLINE") is not None
        return finished(item, marked=marked or "frist" in fields.text("CATEGORIES").casefold())

    def _skip(self, why: str) -> None:
        self._found.skip(self._where, why)

    def _created(self) -> datetime | None:
        given = self._fields.get("CREATED")
        try:
            return self._times.one(given, "UTC").begins(_UTC) if given else None
        except (ValueError, OverflowError):
            return None

    def _series(self, span: Span) -> Series | None:
        rules = self._fields.all("RRULE")
        added = self._several("RDATE", span.zone)
        if not rules and not added:
            return None
        if len(rules) > 1:
            self._skip("there is more than one RRULE; the first one is taken")
        try:
            rule = values.rule(rules[0]) if rules else ""
        except Exception as error:  # noqa: BLE001 # the libraries let many kinds through
            self._skip(f"RRULE: {error}; only the first date is kept")
            return None
        return Series(rule, self._several("EXDATE", span.zone), added)

    def _several(self, name: str, zone: str) -> tuple[When, ...]:
        found: list[When] = []
        for one in self._fields.all(name):
            try:
                found.extend(self._times.several(one, zone))
            except ValueError as error:
                self._skip(f"{name}: {error}")
        return tuple(found)


def _compact(when: When) -> str:
    if when.moment.is_day:
        return f"{when.moment.day:%Y%m%d}"
    return f"{when.moment.local.replace(second=when.second):%Y%m%dT%H%M%S}"
