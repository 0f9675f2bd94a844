"""What became of the items of a source between two readings.

Items are recognised by their id, and else by date, title and place: programs give new ids
without anything else being new. What is gone is not called off.
"""

import enum
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from rapidfuzz import fuzz

from bot.feeds.item import Item, Status, folded
from bot.feeds.when import When, instant_of

_ALIKE: Final = 85
"""From which similarity of 100 on two titles of the same date are one."""
_MOST_COMPARED: Final = 20_000
"""Pairs of titles that are compared; what is beyond counts as new, which an editor looks at."""
_LONG_AGO: Final = timedelta(days=1)

Key = Callable[[Item], Hashable | None]


class ChangeKind(enum.StrEnum):
    """What became of an item."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    """Something else than its time."""
    MOVED = "moved"
    """Its time: put off, extended, or earlier now."""
    CANCELLED = "cancelled"
    MERGED = "merged"
    """Another item says the same, now or already; nothing has to be told of it."""
    NEW = "new"
    GONE = "gone"
    """It is not in the source any more. That is no cancellation."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one item.

    Attributes:
        kind: What.
        old: How it was; ``None`` of a new one.
        new: How it is, or the item that says the same now; ``None`` of one that is gone.
        fields: Which fields are different, by name.
    """

    kind: ChangeKind
    old: Item | None
    new: Item | None
    fields: tuple[str, ...] = ()


def match(
    old: Sequence[Item], new: Sequence[Item], *, now: datetime | None = None
) -> list[Change]:
    """Return what became of every item: one change for each of both readings, or for a pair.

    Args:
        old: What was read before; an item that says nothing is passed over.
        new: What was read now, in any order.
        now: What was over by then is never taken for moved: a series of single dates goes on.
    """
    old = [one for one in old if not one.says_nothing]
    new = [one for one in new if not one.says_nothing]
    pairing = _Pairing(old, new)
    pairing.pair(lambda item: item.id)
    pairing.pair(_whole)
    pairing.pair(_place_and_day)
    pairing.pair(_address_and_day)
    pairing.pair(_moved, among=lambda item: _is_ahead(item, now))
    pairing.pair_alike()
    pairing.pair_ranges()
    changes = [_change(one, other) for one, other in pairing.pairs]
    doubles = _Doubles(pairing.pairs)
    changes += [doubles.of_old(one) for one in pairing.left_old]
    changes += [doubles.of_new(one) for one in pairing.left_new]
    return changes


class _Pairing:
    """Finds for each item the one that it was or became."""

    def __init__(self, old: Sequence[Item], new: Sequence[Item]) -> None:
        self.left_old, self.left_new = list(old), list(new)
        self.all = (*old, *new)
        self.pairs: list[tuple[Item, Item]] = []

    def pair(self, key: Key, among: Callable[[Item], bool] = lambda _: True) -> None:
        """Pair what has the same key, if no other item of the same reading has it.

        Of several equal ones the first is paired with the first where all of them are equal in
        what they say; else nobody knows which became which.
        """
        olds = _by(key, (one for one in self.left_old if among(one)))
        news = _by(key, self.left_new)
        done: set[int] = set()
        for found, ones in olds.items():
            others = news.get(found, [])
            if key is not _whole and max(len(ones), len(others)) > 1:
                continue
            for one, other in zip(ones, others, strict=False):
                self.pairs.append((one, other))
                done |= {id(one), id(other)}
        self._drop(done)

    def pair_alike(self) -> None:
        """Pair what is on the same day under nearly the same title."""
        days = _by(_day, self.left_new)
        done: set[int] = set()
        budget = _MOST_COMPARED
        for one in self.left_old:
            rivals = [other for other in days.get(_day(one), []) if id(other) not in done]
            budget -= len(rivals)
            if budget < 0:
                break
            best = max(rivals, key=lambda other: _likeness(one, other), default=None)
            if best is not None and _likeness(one, best) >= _ALIKE:
                self.pairs.append((one, best))
                done |= {id(one), id(best)}
        self._drop(done)

    def pair_ranges(self) -> None:
        """Pair a new entry of several days with the first of the single ones that it replaces."""
        days: dict[Hashable, list[Item]] = defaultdict(list)
        for one in self.left_old:
            days[_day(one)].append(one)
        done: set[int] = set()
        budget = _MOST_COMPARED
        for new in self.left_new:
            covered = [one for day in _days(new) for one in days.get(day, []) if new.end]
            budget -= len(covered)
            if budget < 0:
                break
            replaced = [one for one in covered if id(one) not in done and _says_as_much(one, new)]
            if len({_day(one) for one in replaced}) > 1:
                self.pairs.append((replaced[0], new))
                done |= {id(replaced[0]), id(new)}
        self._drop(done)

    def _drop(self, done: set[int]) -> None:
        self.left_old = [one for one in self.left_old if id(one) not in done]
        self.left_new = [one for one in self.left_new if id(one) not in done]


def _by(key: Key, items: Iterable[Item]) -> dict[Hashable, list[Item]]:
    groups: dict[Hashable, list[Item]] = defaultdict(list)
    for one in items:
        found = key(one)
        if found is not None:
            groups[found].append(one)
    return groups


def _title(item: Item) -> str:
    return folded(item.title).casefold()


def _time(when: When | None, zone: str) -> Hashable | None:
    if when is None:
        return None
    return when.moment.day if when.moment.is_day else instant_of(when, zone)


def _day(item: Item) -> Hashable | None:
    return item.when.moment.day if item.when else None


def _whole(item: Item) -> Hashable | None:
    """Return what tells apart everything that a reader could tell apart."""
    if item.when is None and not item.url:
        return None
    dated = _time(item.when, item.zone)
    return dated, _title(item), folded(item.place).casefold(), item.url if dated is None else None


def _place_and_day(item: Item) -> Hashable | None:
    return None if item.when is None else (_day(item), _title(item))


def _address_and_day(item: Item) -> Hashable | None:
    return (_day(item), item.url) if item.url else None


def _moved(item: Item) -> Hashable | None:
    if item.when is None or not item.title:
        return None
    return _title(item), folded(item.place).casefold()


def _is_ahead(item: Item, now: datetime | None) -> bool:
    if now is None or item.when is None:
        return True
    return instant_of(item.when, item.zone) > now - _LONG_AGO


def _likeness(one: Item, other: Item) -> float:
    return fuzz.token_sort_ratio(_title(one), _title(other))


def _change(old: Item, new: Item) -> Change:
    fields = tuple(_different(old, new))
    if new.status is Status.CANCELLED and old.status is not Status.CANCELLED:
        return Change(ChangeKind.CANCELLED, old, new, fields)
    if old.fingerprint == new.fingerprint:
        return Change(ChangeKind.UNCHANGED, old, new)
    is_moved = bool({"start", "end", "due"} & set(fields)) and old.when is not None
    return Change(ChangeKind.MOVED if is_moved else ChangeKind.CHANGED, old, new, fields)


def _different(old: Item, new: Item) -> Iterable[str]:
    for name in ("start", "end", "due"):
        if _time(getattr(old, name), old.zone) != _time(getattr(new, name), new.zone):
            yield name
    for name in ("title", "place", "url", "text"):
        if folded(getattr(old, name)) != folded(getattr(new, name)):
            yield name
    if old.status is not new.status:
        yield "status"
    bare = replace(old, series=new.series)
    if bare.fingerprint != old.fingerprint:
        yield "series"


class _Doubles:
    """Finds what is said by another item too."""

    def __init__(self, pairs: Iterable[tuple[Item, Item]]) -> None:
        self._known: dict[Hashable, Item] = {}
        self._days: dict[Hashable, list[Item]] = defaultdict(list)
        self._budget = _MOST_COMPARED
        for old, new in pairs:
            self._known |= {key: old for key in (_whole(old), _whole(new)) if key is not None}
            for day in _days(new):
                self._days[day].append(new)

    def of_old(self, item: Item) -> Change:
        """Look for an item that says now what *item* said before."""
        rivals = self._days.get(item.url if item.when is None else _day(item), [])
        self._budget -= len(rivals)
        if self._budget > 0:
            for other in rivals:
                if _says_as_much(item, other):
                    return Change(ChangeKind.MERGED, item, other)
        return Change(ChangeKind.GONE, item, None)

    def of_new(self, item: Item) -> Change:
        """Look for a known item of which *item* is a double, under another id; remember it."""
        key = _whole(item)
        known = self._known.get(key) if key is not None else None
        if known is not None:
            return Change(ChangeKind.MERGED, known, item)
        if key is not None:
            self._known[key] = item
        return Change(ChangeKind.NEW, None, item)


def _days(item: Item) -> Iterable[Hashable]:
    """Yield the days that an item covers, at most a month; without any its address."""
    if item.when is None:
        yield item.url
        return
    first = (item.start or item.when).moment.day
    last = (item.end or item.when).moment.day
    for number in range(min((last - first).days, 31) + 1):
        yield first + timedelta(days=number)


def _says_as_much(item: Item, other: Item) -> bool:
    """Tell whether two items of the same day have much the same title, or the same address."""
    if item.url and item.url == other.url:
        return True
    return fuzz.token_set_ratio(_title(item), _title(other)) >= _ALIKE
