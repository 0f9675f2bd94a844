"""`stadtfunk feeds`: what the hub would read of a source, without a configuration."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import available_timezones

from bot.clock import SystemClock
from bot.errors import StadtfunkError
from bot.feeds.item import Item, Reading
from bot.feeds.reading import MOST_BYTES, parse
from bot.text.moments import format_span

_PIPE = Path("-")


class NoFeedError(StadtfunkError):
    """A file can't be read, or holds no feed."""


def read(file: Path, *, zone: str) -> Reading:
    """Read the items of a file; ``-`` is standard input.

    Raises:
        NoFeedError: It can't be read, or the zone is none.
    """
    if zone not in available_timezones():
        raise NoFeedError(f"--zone: “{zone}” is no IANA time zone such as Europe/Berlin")
    try:
        if file == _PIPE:
            data = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with file.open("rb") as opened:
                data = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise NoFeedError(f"{file}: {error.strerror or error}") from None
    return parse(data, zone=zone, now=SystemClock().now())


def make_sure(found: Reading, file: Path) -> None:
    """Make sure that it is a feed, if maybe an empty one.

    Raises:
        NoFeedError: It is none; the message says what it is instead.
    """
    if found.problem:
        raise NoFeedError(f"{file}: {found.problem}")


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
