"""Feeds and calendars of which each has its own content, the same at each request."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

FIRST = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml",
    "ics": "text/calendar; charset=utf-8",
    "json": "application/feed+json",
}


def feed(form: str, number: int, *, items: int = 5, revision: int = 0) -> bytes:
    """Return a file.

    Args:
        form: ``rss``, ``atom``, ``ics`` or ``json``.
        number: Which one; no two have an item in common.
        items: How many there are.
        revision: One more item, the newest, for each.
    """
    makers = {"rss": _rss, "atom": _atom, "ics": _ics, "json": _json}
    return makers[form](number, range(items + revision)).encode()


def titles(number: int, *, items: int = 5, revision: int = 0) -> list[str]:
    """Return what :func:`feed` tells."""
    return [_title(number, which) for which in range(items + revision)]


def _title(number: int, which: int) -> str:
    return f"Sitzung {which} des Beirats {number} für Öffentlichkeit"


def _day(number: int, which: int) -> datetime:
    return FIRST + timedelta(days=which + number % 300)


def _rss(number: int, which: range) -> str:
    parts = "".join(
        f"<item><title>{_title(number, one)}</title><guid>rss-{number}-{one}</guid>"
        f"<link>/meldung/{number}/{one}</link>"
        f"<pubDate>{format_datetime(_day(number, one))}</pubDate></item>"
        for one in which
    )
    head = f"<title>Stadt {number}</title><link>https://www.example.org/</link>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{parts}</channel></rss>'


def _atom(number: int, which: range) -> str:
    parts = "".join(
        f"<entry><id>urn:x:{number}:{one}</id><title>{_title(number, one)}</title>"
        f"<updated>{_day(number, one).isoformat()}</updated></entry>"
        for one in which
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Stadt {number}</title>{parts}</feed>'


def _ics(number: int, which: range) -> str:
    parts = "".join(
        f"BEGIN:VEVENT\r\nUID:{number}-{one}@example.org\r\nSUMMARY:{_title(number, one)}\r\n"
        f"DTSTART:{_day(number, one):%Y%m%dT%H%M%SZ}\r\nEND:VEVENT\r\n"
        for one in which
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//DE\r\n{parts}END:VCALENDAR\r\n"


def _json(number: int, which: range) -> str:
    items = [
        {
            "id": f"{number}/{one}",
            "title": _title(number, one),
            "date_published": _day(number, one).isoformat(),
        }
        for one in which
    ]
    version = "https://jsonfeed.org/version/1.1"
    return json.dumps({"version": version, "title": f"Stadt {number}", "items": items})
