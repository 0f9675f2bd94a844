"""What is done with every item, whatever its format: words are read, long texts are cut."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from bot.feeds import deadlines, statuses
from bot.feeds.item import Item, Kind, Reading, Status
from bot.feeds.when import When

LONGEST_TITLE: Final = 300
LONGEST_TEXT: Final = 5000
_LONGEST_PLACE: Final = 300
_LONGEST_ID: Final = 500
_LONGEST_FIRST_LINE: Final = 100

T = TypeVar("T")


def limited(those: Iterable[T], most: int, found: Reading) -> Iterator[T]:
    """Yield the first *most* and note how many were left out."""
    left_out = 0
    for number, one in enumerate(those):
        if number < most:
            yield one
        else:
            left_out += 1
    if left_out:
        found.skip("", f"{left_out} items more than the {most} that are read of one file")


def finished(item: Item, *, marked: bool = False, now: date | None = None) -> Item:
    """Return the item with what its words say: status and due date.

    Args:
        item: As its format gave it.
        marked: Whether its source says that it is a deadline.
        now: From when on a date without year is meant, if the item itself has no date.
    """
    item = _cut(item)
    if item.status is Status.CONFIRMED:
        said = statuses.find(item.title, item.text, takes_place=item.kind is not Kind.NEWS)
        item = replace(item, status=said) if said else item
    if item.kind is Kind.EVENT and (marked or deadlines.is_about(item.title)) and item.start:
        return _due(item, at_end=marked)
    if item.due is not None:
        return item
    found = deadlines.find(item.title, item.text, today=_today(item) or now, zone=item.zone)
    if found is None or found.confidence < deadlines.LIKELY:
        return item
    if item.kind is Kind.EVENT:
        return replace(item, deadline=found)
    return replace(item, kind=Kind.DEADLINE, due=found.due, start=found.start, deadline=found)


def _cut(item: Item) -> Item:
    first = (item.text or item.url).partition("\n")[0]
    cut = {
        "id": item.id[:_LONGEST_ID],
        "title": shortened(item.title or shortened(first, _LONGEST_FIRST_LINE), LONGEST_TITLE),
        "text": shortened(item.text, LONGEST_TEXT),
        "place": shortened(item.place, _LONGEST_PLACE),
    }
    changed = {name: text for name, text in cut.items() if text != getattr(item, name)}
    return replace(item, **changed) if changed else item


def shortened(text: str, longest: int) -> str:
    """Cut a text between two words, with an ellipsis."""
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    return (head.rsplit(" ", 1)[0] if " " in head[-60:] else head).rstrip() + "…"


def _due(item: Item, *, at_end: bool) -> Item:
    """Make a deadline of a calendar's entry.

    Of several days it is the last one. An entry of an hour begins when it is due: programs give
    every entry a length. Ours end when it is due, and say so.
    """
    assert item.start is not None, "asked before"  # noqa: S101 # for mypy
    spans = item.end is not None and item.end.moment.day != item.start.moment.day
    due: When = item.end if item.end is not None and (at_end or spans) else item.start
    start = item.start if spans else None
    return replace(item, kind=Kind.DEADLINE, start=start, end=None, due=due)


def _today(item: Item) -> date | None:
    if item.start is not None:
        return item.start.moment.day
    return item.published.astimezone(ZoneInfo(item.zone)).date() if item.published else None
