"""What is done with every item, whatever its format: words are read, long texts are cut."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from bot.feeds import deadline_kinds, deadlines, statuses
from bot.feeds.item import Deadline, Item, Kind, Reading, Status
from bot.feeds.when import When

LONGEST_TITLE: Final = 300
LONGEST_TEXT: Final = 5000
_LONGEST_PLACE: Final = 300
_LONGEST_ID: Final = 500
_LONGEST_FIRST_LINE: Final = 100
_LATE: Final = 0.3
_ALMOST_A_YEAR: Final = timedelta(days=364)
_FIRST_DAY: Final = date(1970, 1, 1)

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
        return _with_kind(item, "")
    found = deadlines.find(item.title, item.text, today=_today(item) or now, zone=item.zone)
    if found is None or found.confidence - _late(item, found) < deadlines.LIKELY:
        return _with_kind(item, "") if item.kind is Kind.NEWS else item
    found = replace(found, confidence=round(found.confidence - _late(item, found), 2))
    item = _with_kind(item, found.words)
    if item.kind is Kind.EVENT:
        return replace(item, deadline=found)
    return replace(item, kind=Kind.DEADLINE, due=found.due, start=found.start, deadline=found)


def _with_kind(item: Item, words: str) -> Item:
    kind = deadline_kinds.kind_of(item.title, item.text, words)
    return replace(item, deadline_kind=kind) if kind else item


def _late(item: Item, found: Deadline) -> float:
    """Return how much less sure a date is that was over when it was told, or after the event."""
    due = found.due.moment.day
    if item.kind is Kind.EVENT:
        last = item.end or item.start
        return _LATE if last is not None and item.series is None and due > last.moment.day else 0
    told = item.published.astimezone(ZoneInfo(item.zone)).date() if item.published else None
    return _LATE if told is not None and due < told and "|" not in item.title else 0


def _cut(item: Item) -> Item:
    first = (item.text or item.url).partition("\n")[0]
    cut: dict[str, Any] = {
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
    """Return from when on a date without year is meant; of an event it lies in the year before."""
    if item.start is not None and item.start.moment.day > _FIRST_DAY:
        return item.start.moment.day - _ALMOST_A_YEAR
    return item.published.astimezone(ZoneInfo(item.zone)).date() if item.published else None
