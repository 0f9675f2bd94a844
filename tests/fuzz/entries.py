"""Every entry of the parsers, as a function of bytes that raises nothing but our own errors."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Final

from bot.errors import UserError
from bot.feeds import deadlines, statuses
from bot.feeds.addresses import clean
from bot.feeds.decoding import decode
from bot.feeds.item import Reading
from bot.feeds.matching import match
from bot.feeds.reading import parse
from bot.text import datetimes, html_text

ZONE: Final = "Europe/Berlin"
NOW: Final = datetime(2027, 1, 4, tzinfo=UTC)
TODAY: Final = date(2027, 1, 4)


def feed(data: bytes) -> Reading:
    """Read a file, and everything that can be asked of what was read."""
    found = parse(data, address="https://example.org/feed", content_type="x/y; charset=utf-8")
    json.dumps(found.tree())
    assert len({one.id for one in found.items}) == len(found.items), "ids are unique"
    return found


def calendar(data: bytes) -> Reading:
    """Read the lines of an event."""
    return feed(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + data + b"\r\nEND:VEVENT\r\nEND:VCALENDAR")


def entry(data: bytes) -> Reading:
    """Read the inside of an item of RSS."""
    return feed(b"<rss version='2.0'><channel><item>" + data + b"</item></channel></rss>")


def words(data: bytes) -> None:
    """Read a title and a text."""
    text = decode(data)
    title = html_text.line(text[:300])
    deadlines.find(title, text, today=TODAY, zone=ZONE)
    deadlines.find(title, text, today=None, zone=ZONE)
    statuses.find(title, text, takes_place=True)
    clean(text, "https://example.org/")
    assert "\n\n\n" not in html_text.plain(text), "texts have no gaps"
    with suppress(UserError):
        datetimes.read(text, today=TODAY)


def revisions(data: bytes) -> None:
    """Compare two readings: each item has become of one, and nothing of what is the same."""
    before, _, after = data.partition(b"\x00\x00")
    old, new = feed(before).items, feed(after).items
    match(old, new, now=NOW)
    assert not [one for one in match(old, old, now=NOW) if one.fields], "nothing has changed"


ENTRIES: Final[Mapping[str, Callable[[bytes], object]]] = {
    one.__name__: one for one in (feed, calendar, entry, words, revisions)
}
