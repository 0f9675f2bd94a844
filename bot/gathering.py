"""`stadtfunk feeds`: what the hub would read of a source, without a configuration."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from bot.clock import SystemClock
from bot.errors import StadtfunkError
from bot.feeds.item import Item, Reading
from bot.feeds.reading import MOST_BYTES, parse
from bot.text.moments import format_span

if TYPE_CHECKING:
    from bot.fetching.exchange import Fetched

_PIPE: Final = "-"
_SCHEME: Final = "://"


class NoFeedError(StadtfunkError):
    """A file can't be read, or holds no feed."""


def read(source: str, *, zone: str, allow_private: bool = False) -> Reading:
    """Read the items of a source.

    Args:
        source: A file, an address, or ``-`` for standard input.
        zone: The IANA zone of times that have none.
        allow_private: Whether an address may be one of a private network.

    Raises:
        NoFeedError: It can't be read, or the zone is none.
        FetchError: It can't be fetched.
    """
    if not _is_zone(zone):
        raise NoFeedError(f"--zone: “{zone}” is no IANA time zone such as Europe/Berlin")
    now = SystemClock().now()
    if _SCHEME not in source:
        return parse(_content(source), zone=zone, now=now)
    found = asyncio.run(_fetched(source, allow_private=allow_private))
    return parse(
        found.body or b"",
        content_type=found.content_type,
        address=found.address,
        zone=zone,
        now=now,
    )


def _is_zone(name: str) -> bool:
    """Tell whether there is such a zone; a list of all would take longer than a feed."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _content(file: str) -> bytes:
    try:
        if file == _PIPE:
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with Path(file).open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise NoFeedError(f"{file}: {getattr(error, 'strerror', None) or error}") from None


async def _fetched(address: str, *, allow_private: bool) -> "Fetched":
    from bot.fetching.exchange import Limits, Request
    from bot.fetching.fetcher import Fetcher
    from bot.fetching.networks import EVERYWHERE, Networks
    from bot.fetching.trouble import PrivateAddressError

    fetcher = Fetcher(
        clock=SystemClock(),
        limits=Limits(max_bytes=MOST_BYTES),
        networks=Networks(EVERYWHERE if allow_private else ()),
    )
    try:
        return await fetcher.fetch(Request(address))
    except PrivateAddressError as error:
        way_out = "" if allow_private else "; --allow-private reads it all the same"
        raise NoFeedError(f"{error}{way_out}") from None
    finally:
        await fetcher.close()


def make_sure(found: Reading, source: str) -> None:
    """Make sure that it is a feed, if maybe an empty one.

    Raises:
        NoFeedError: It is none; the message says what it is instead.
    """
    if found.problem:
        raise NoFeedError(f"{source}: {found.problem}")


def as_json(found: Reading) -> Iterator[str]:
    """Yield the lines of a JSON object with everything that was read, each item on one line.

    Python indents JSON so slowly that a large calendar would take longer to print than to read.
    """
    tree = found.tree()
    items = tree.pop("items")
    yield '{"items": ['
    for number, one in enumerate(items, start=1):
        yield json.dumps(one, ensure_ascii=False) + ("," if number < len(items) else "")
    yield "], " + json.dumps(tree, ensure_ascii=False)[1:]


def readable(found: Reading) -> Iterator[str]:
    """Yield lines that tell what was read and what was not."""
    for one in found.items:
        yield "  ".join(filter(None, _line(one)))
    for skipped in found.skipped:
        yield f"! {skipped}"
    if found.more_skipped:
        yield f"! and {found.more_skipped} more"
    number = len(found.items)
    counted = f"{number} {'item' if number == 1 else 'items'}"
    yield f"{counted} of {found.form}: {found.title or 'without title'}"


def _line(item: Item) -> Iterator[str]:
    yield f"{item.kind.value:<8}"
    if item.due is not None:
        yield format_span(item.due.moment, None, "en")
    elif item.start is not None:
        yield format_span(item.start.moment, item.end.moment if item.end else None, "en")
    yield item.status.value
    yield item.title
    yield item.place
    yield item.url
    if item.deadline is not None:
        yield f"(due “{item.deadline.words}”, {item.deadline.confidence:.0%} sure)"
