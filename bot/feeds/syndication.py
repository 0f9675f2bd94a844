"""Items of RSS 0.9x, 1.0 and 2.0 and of Atom; `feedparser` reads them.

Sources: https://www.rssboard.org/rss-specification, https://www.rfc-editor.org/rfc/rfc4287
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Any, Final
from zoneinfo import ZoneInfo

import feedparser

from bot.errors import UserError
from bot.feeds import deadlines
from bot.feeds.addresses import clean
from bot.feeds.calendar_lines import Property
from bot.feeds.calendar_values import Times
from bot.feeds.finishing import finished, limited
from bot.feeds.item import Item, Kind, Reading, made_id
from bot.feeds.when import When
from bot.feeds.xml_mending import (
    Mended,
    balanced,
    lightened,
    mend,
    shallow,
    slim,
    weight,
    well_formed,
)
from bot.feeds.zones import Zones
from bot.text import datetimes, html_text

_MOST_ITEMS: Final = 10_000
_MOST_LOOSE: Final = 1_000_000
"""Characters of broken items that are read; the lenient parser is a slow one."""
_MOST_BROKEN: Final = 500
_MOST_TAGS: Final = 250_000
"""Beginnings and ends of elements that are read of one file; each takes the library its time."""
_LARGE: Final = 500_000
"""Characters of items from which on what is not used is left out first, to save time."""
_LONGEST_LOOSE: Final = 100_000
_TOGETHER: Final = 200
"""Items that are parsed at once."""
_STARTS = ("dtstart", "startdate", "start_date", "eventstart", "event_start", "starttime")
_ENDS = ("dtend", "enddate", "end_date", "eventend", "event_end", "endtime")
_PLACES = ("location", "venue", "event_place")
_AHEAD = timedelta(hours=12)
"""By how much something has to be published after the feed was made to be the date of an event."""


def parse(text: str, *, address: str, zone: str, now: datetime | None, found: Reading) -> None:
    """Read the entries of a feed into *found*."""
    mended = mend(text)
    for note in mended.notes:
        found.skip("", note)
    reader = _Reader(address, zone, now, found)
    head = _parsed(mended.with_items(()))
    reader.begin(head)
    number = 0
    for entry in limited(_entries(mended, found), _MOST_ITEMS, found):
        number += 1
        try:
            item = reader.item(entry)
        except Exception as error:  # noqa: BLE001 # no mistake of one may cost the others
            found.skip(f"item {number}", str(error) or repr(error))
            continue
        found.take(item, f"item {number}")


def _entries(mended: Mended, found: Reading) -> Iterator[Any]:
    """Yield the entries; what is not well-formed is parsed alone, and leniently."""
    if not well_formed(mended.with_items(())):
        mended = _with_plain_head(mended)
    left_out = len(mended.items) - _MOST_ITEMS
    if left_out > 0:
        found.skip("", f"{left_out} items more than the {_MOST_ITEMS} that are read of one file")
        mended = replace(mended, items=mended.items[:_MOST_ITEMS])
    if sum(map(len, mended.items)) > _LARGE:
        mended = _lighter(mended, found)
    loose = number = 0
    for items, is_sound in _grouped(mended):
        if is_sound and items:
            yield from _parsed(mended.with_items(items)).entries
        if is_sound:
            continue
        broken = shallow(items[0][:_LONGEST_LOOSE])
        loose, number = loose + len(broken), number + 1
        if loose > _MOST_LOOSE or number > _MOST_BROKEN:
            found.skip(_called(broken), "too many items are broken; this one was not read")
            continue
        entries = _parsed(mended.alone(broken)).entries
        found.skip(_called(broken), "it is no well-formed XML; what can be read of it is kept")
        yield from entries


def _lighter(mended: Mended, found: Reading) -> Mended:
    """Leave out what is not used, and what would keep the library busy for many seconds."""
    items = [lightened(slim(one)) for one in mended.items]
    weights = list(accumulate(map(weight, items)))
    most = bisect_right(weights, _MOST_TAGS)
    if most < len(items):
        left = len(items) - most
        found.skip("", f"the first {_MOST_TAGS} tags were read; {left} items are behind them")
    return replace(mended, items=tuple(items[:most]))


def _with_plain_head(mended: Mended) -> Mended:
    opening = re.match(r"(?:<\?xml[^>]*>)?\s*<(?P<name>[\w:.-]+)[^<>]*>", mended.head)
    if opening is None:
        head, tail = "<rss version='2.0'><channel>", "</channel></rss>"
        return Mended(head, mended.items, tail, (), head)
    name = opening["name"]
    inside = ("<channel>", "</channel>") if name.casefold() == "rss" else ("", "")
    head, tail = opening[0] + inside[0], f"{inside[1]}</{name}>"
    return Mended(head, mended.items, tail, (), head)


def _grouped(mended: Mended) -> Iterator[tuple[list[str], bool]]:
    """Yield items that are well-formed together, and each other one alone."""
    for place in range(0, len(mended.items), _TOGETHER):
        some = list(mended.items[place : place + _TOGETHER])
        if well_formed(mended.with_items(some)):
            yield some, True
            continue
        sound: list[str] = []
        for one in some:
            whole = one if _is_whole(mended, one) else balanced(shallow(one[:_LONGEST_LOOSE]))
            if whole is one or _is_whole(mended, whole):
                sound.append(whole)
                continue
            yield sound, True
            yield [one], False
            sound = []
        yield sound, True


def _is_whole(mended: Mended, item: str) -> bool:
    return well_formed(mended.alone(item))


def _called(broken: str) -> str:
    found = re.search(r"<title[^>]*>([^<]{1,80})", broken)
    return html_text.line(found[1]) if found else "an item"


def _parsed(document: str) -> Any:
    # Without the address of the feed: the library would make it part of every id.
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        return feedparser.parse(
            document.encode(),
            response_headers=headers,
            sanitize_html=False,  # everything becomes plain text
            resolve_relative_uris=False,
        )
    except Exception:  # noqa: BLE001 # its lenient parser lets many kinds through
        return feedparser.FeedParserDict(entries=[], feed=feedparser.FeedParserDict(), version="")


class _Reader:
    """Makes items of feedparser's entries."""

    def __init__(self, address: str, zone: str, now: datetime | None, found: Reading) -> None:
        self._address, self._zone, self._found = address, zone, found
        self._now = now
        self._base = address
        self._made = now

    def begin(self, head: Any) -> None:
        """Read what the feed says about itself."""
        feed = head.feed
        self._found.form = "atom" if str(head.version).startswith("atom") else "rss"
        self._found.title = html_text.line(_text(feed, "title"))[:200]
        self._base = self._address or clean(_text(feed, "link"))
        self._made = _struct(feed, "updated") or _struct(feed, "published") or self._now

    def item(self, entry: Any) -> Item:
        """Make an item, also of an entry that says nothing."""
        title = html_text.line(_text(entry, "title"))
        text = html_text.plain(_content(entry))
        url = clean(_link(entry), self._base)
        identity = " ".join(_text(entry, "id").split())
        identity = clean(identity) or identity
        published = _struct(entry, "published") or _struct(entry, "updated") or _read(entry)
        start, end = self._times(entry, title or text.partition("\n")[0][:200], published)
        item = Item(
            id=identity or url or made_id(title, _text(entry, "published"), text[:200]),
            kind=Kind.EVENT if start else Kind.NEWS,
            title=title,
            start=start,
            end=end,
            zone=self._zone,
            place=html_text.line(_first(entry, _PLACES)),
            url=url,
            text=text,
            published=published,
        )
        return finished(item, now=self._now.date() if self._now else None)

    def _times(
        self, entry: Any, title: str, published: datetime | None
    ) -> tuple[When | None, When | None]:
        """Return when it takes place: from fields, from the title, or as TYPO3 has it.

        Events of TYPO3's sf_event_mgt are published when they begin, in the future.
        """
        start = self._when(_first(entry, _STARTS))
        if start is not None:
            end = self._when(_first(entry, _ENDS))
            return start, None if end == start or _earlier(end, start) else end
        if deadlines.is_held(title) and not deadlines.is_about(title):
            today = published.date() if published else None
            named = list(deadlines.dates(title, today=today))
            if named:
                written = named[-1].written
                begin, last = written.start, written.end
                return _of(begin), _of(last) if last else None
        if published and self._made and published > self._made + _AHEAD:
            local = published.astimezone(ZoneInfo(self._zone)).replace(tzinfo=None)
            return When.of(local), None
        return None, None

    def _when(self, written: str) -> When | None:
        if not written:
            return None
        try:
            return Times(Zones({}), self._zone).one(Property("", {}, written), self._zone)
        except ValueError:
            self._found.skip(written, "this is no date")
            return None


def _of(moment: Any) -> When:
    return When.of(moment.day if moment.is_day else moment.local)


def _earlier(end: When | None, start: When) -> bool:
    return end is not None and end.moment.order < start.moment.order


def _text(of: Any, name: str) -> str:
    value = of.get(name, "")
    return value if isinstance(value, str) else ""


def _link(entry: Any) -> str:
    if link := _text(entry, "link"):
        return link
    links: Iterable[Any] = entry.get("links", [])
    sources = (_text(one, "src") for one in entry.get("content", []))
    named = (*(_text(one, "href") for one in links), *sources, _text(entry, "comments"))
    return next(filter(None, named), "")


def _content(entry: Any) -> str:
    """Return the longest text that is one."""
    bodies = [one for one in entry.get("content", []) if "value" in one]
    texts = [_text(one, "value") for one in bodies if _is_text(_text(one, "type"))]
    return max((*texts, _text(entry, "summary")), key=len) or _text(entry, "subtitle")


def _is_text(kind: str) -> bool:
    return not kind or kind.startswith("text") or "html" in kind


def _first(entry: Any, endings: tuple[str, ...]) -> str:
    """Return the first field of any namespace whose name ends so."""
    for key in entry:
        if key.casefold().endswith(endings) and (value := _text(entry, key).strip()):
            return value
    return ""


def _struct(of: Any, name: str) -> datetime | None:
    value = dict.get(of, f"{name}_parsed")  # its own get() takes one date for another
    try:
        if not value:
            return None
        year, month, day, hour, minute, second = value[:6]
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _read(entry: Any) -> datetime | None:
    """Read a date of publication that only people can read."""
    written = _text(entry, "published") or _text(entry, "updated")
    try:
        found = datetimes.read(written, today=date(2001, 1, 7)).start if written else None
    except UserError:
        return None
    return found.local.replace(tzinfo=UTC) if found else None
