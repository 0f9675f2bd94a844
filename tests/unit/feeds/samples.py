"""Feeds for the tests, put together from parts."""

from collections.abc import Iterable
from typing import Any

from bot.feeds.item import Item, Reading
from bot.feeds.reading import parse


def calendar(*events: str, head: str = "") -> bytes:
    """Return a calendar of events, each given as lines without BEGIN and END."""
    parts = [f"BEGIN:VEVENT\n{one.strip()}\nEND:VEVENT\n" for one in events]
    whole = (
        f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//DE\n{head}{''.join(parts)}END:VCALENDAR\n"
    )
    return whole.replace("\n", "\r\n").encode()


def rss(*items: str, head: str = "<title>Stadt</title><link>https://example.org/</link>") -> bytes:
    """Return an RSS feed of items, each given as its inner XML."""
    parts = "".join(f"<item>{one}</item>" for one in items)
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{parts}</channel></rss>'.encode()
    )


def only(data: bytes, **more: str) -> Item:
    """Return the one item of a feed."""
    found = parse(data, **more)  # type: ignore[arg-type] # only texts are given
    assert len(found.items) == 1, found
    return found.items[0]


def titles(found: Reading) -> list[str]:
    """Return the titles of all items."""
    return [one.title for one in found.items]


def reasons(found: Reading) -> str:
    """Return everything that was skipped, as one text."""
    return "\n".join(map(str, found.skipped))


def times(items: Iterable[Item]) -> list[tuple[Any, Any, Any]]:
    """Return when each item is, as JSON has it."""
    return [(tree["start"], tree["end"], tree["due"]) for tree in (one.tree() for one in items)]
