"""A file of any kind that sources have, as items. Nothing is raised; what is wrong is told."""

import re
from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.feeds import calendars, json_feed, syndication, xml_mending
from bot.feeds.addresses import clean
from bot.feeds.decoding import decode
from bot.feeds.item import Item, Reading

MOST_BYTES: Final = 16 * 1024 * 1024
"""What is read of one file; the rest is left out."""
_MOST_XML: Final = 6 * 1024 * 1024
_HEAD: Final = 65_536
# With or without the calendar around its components (VTODO is the to-do of RFC 5545).
_CALENDAR = re.compile(
    rb"(?:^|[\r\n])[ \t\xef\xbb\xbf]*BEGIN:V(?:CALENDAR|EVENT|TODO|JOURNAL)", re.IGNORECASE
)
_PACKED: Final = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"BZh": "bzip2", b"%PDF": "PDF"}
_ALTERNATE = re.compile(r"<link\b[^<>]{0,1000}>", re.IGNORECASE)
_FEED_TYPE = re.compile(
    r"application/(?:rss\+xml|atom\+xml|feed\+json)|text/calendar", re.IGNORECASE
)
_HREF = re.compile(r"href\s*=\s*[\"']?([^\s\"'>]+)", re.IGNORECASE)


def parse(
    data: bytes,
    *,
    content_type: str = "",
    address: str = "",
    zone: str = "Europe/Berlin",
    now: datetime | None = None,
) -> Reading:
    """Read RSS, Atom, JSON Feed or iCalendar, whatever it is called; nothing is raised.

    Args:
        data: At most :data:`MOST_BYTES` of it are read.
        content_type: As HTTP has it; only its charset counts, since servers name wrong types.
        address: Where it is from: addresses in it may be relative to it.
        zone: The IANA zone of times that have none.
        now: For dates without year in items without date, and to tell what lies ahead.

    Raises:
        ZoneInfoNotFoundError: *zone* is none.
    """
    ZoneInfo(zone)
    found = Reading()
    if len(data) > MOST_BYTES:
        found.skip("", f"only the first {MOST_BYTES // 2**20} MiB of {len(data)} bytes were read")
        data = data[:MOST_BYTES]
    try:
        _dispatch(data, found, content_type=content_type, address=address, zone=zone, now=now)
    except Exception as error:  # noqa: BLE001 # the libraries let many kinds through
        found.problem = f"this can't be read: {type(error).__name__}: {str(error)[:200]}"
    found.items = _unique(found.items)
    return found


def _dispatch(
    data: bytes,
    found: Reading,
    *,
    content_type: str,
    address: str,
    zone: str,
    now: datetime | None,
) -> None:
    if packed := next((name for mark, name in _PACKED.items() if data.startswith(mark)), ""):
        found.problem = f"this is no feed but a file of the kind {packed}"
        return
    if _CALENDAR.search(_narrow(data[:_HEAD])):
        calendars.parse(data, content_type=content_type, address=address, zone=zone, found=found)
        return
    text = decode(data, content_type).lstrip()
    if not text:
        found.problem = "this file is empty"
    elif text[0] in "{[":
        day = now.date() if now else None
        json_feed.parse(text, address=address, zone=zone, now=day, found=found)
    elif problem := _no_feed(text, address):
        found.problem = problem
    else:
        if len(text) > _MOST_XML:
            found.skip("", f"only the first {_MOST_XML} characters were read")
            text = text[:_MOST_XML]
        syndication.parse(text, address=address, zone=zone, now=now, found=found)


def _narrow(head: bytes) -> bytes:
    """Return the beginning so that UTF-16 looks like ASCII."""
    return head.replace(b"\0", b"") if b"\0" in head else head


def _no_feed(text: str, address: str) -> str:
    """Return why a text is no RSS or Atom; empty if it may be some."""
    head = text[:_HEAD]
    root = xml_mending.root(head)
    html = re.search(r"<!doctype\s+html|<html[\s>]", head, re.IGNORECASE)
    if html is not None and (root is None or html.start() < root.start()):
        return _web_page(text, address)
    if root is not None or xml_mending.first_item(head):
        return ""
    first = re.search(r"<([A-Za-z][\w:.-]{0,40})", head)
    if first is None:
        return "this is no feed: neither XML nor JSON nor a calendar"
    return f"this is XML or HTML, but no feed: it begins with <{first[1]}>"


def _web_page(text: str, address: str) -> str:
    links = (one[0] for one in _ALTERNATE.finditer(text[: 4 * _HEAD]) if _FEED_TYPE.search(one[0]))
    hrefs = (found[1] for one in links if (found := _HREF.search(one)))
    named = list(dict.fromkeys(clean(one, address) or one[:200] for one in hrefs))[:5]
    if not named:
        return "this is a web page, not a feed"
    return f"this is a web page, not a feed; it names these feeds: {', '.join(named)}"


def _unique(items: list[Item]) -> list[Item]:
    """Give items of the same id each its own, the same ones whatever their order is."""
    often = Counter(one.id for one in items)
    seen: Counter[str] = Counter()
    unique = []
    for one in items:
        if often[one.id] > 1:
            told = f"{one.id}#{one.fingerprint[:8]}"
            seen[told] += 1
            again = seen[told]
            one = replace(one, id=told if again == 1 else f"{told}#{again}")  # noqa: PLW2901 # the same item
        unique.append(one)
    return unique
