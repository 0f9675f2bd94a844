"""What a reading changes: compared with what is kept, told, held back, or only noted.

Flood guard: a first reading, and one in which more than :data:`FEW` items and more than
:data:`SHARE` of the source look new or different, wait as one batch for an editor. As long as it
waits, what is new joins it; changes of what was told before go their usual way.
"""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from bot.feeds import keeping
from bot.feeds.item import Item, Kind, Reading, Status
from bot.feeds.matching import Change, ChangeKind, match
from bot.messages import Address
from bot.services import source_making
from bot.services.source_events import is_over, is_sure
from bot.services.source_holding import close_empty, hold
from bot.services.source_making import Maker, item_of, ruling_of, series_id, was_made
from bot.services.sources import keywords_of
from bot.storage import source_items
from bot.storage.engine import Session
from bot.storage.source_models import (
    BatchReason,
    ItemState,
    Source,
    SourceBatch,
    SourceItem,
    SourceMode,
)

FEW: Final = 5
"""So many new or different items are never too many at once."""
SHARE: Final = 0.3
"""What part of a source may be new or different at once, if it is more than a few."""
OLD: Final = timedelta(days=14)
"""News that were published longer ago are never announced."""
NOTHING: Final = sha256().hexdigest()
"""The digest of a source in which nothing stands."""
_PAIRED: Final = {
    ChangeKind.UNCHANGED, ChangeKind.CHANGED, ChangeKind.MOVED, ChangeKind.CANCELLED,
}  # fmt: skip
"""What a known item can have become that still stands in its source."""
_GUARDS: Final = (BatchReason.FIRST.value, BatchReason.MASS.value)


@dataclass(slots=True)
class Taken:
    """What became of a reading.

    Attributes:
        unchanged: Whether it said what the last one said.
        told: Of how many items somebody is told.
        kept: How many events were kept or changed without telling.
        held: How many items wait for an editor.
        gone: How many items are not in the source any more.
    """

    unchanged: bool = False
    told: int = 0
    kept: int = 0
    held: int = 0
    gone: int = 0


@dataclass(slots=True)
class _Seen:
    """What a comparison found.

    Attributes:
        news: What may have to be told, each once.
        past: What was told before, has changed, and is over.
        touched: The batches in which something is different.
        gone: How many items are gone.
    """

    news: dict[int, SourceItem] = field(default_factory=dict)
    past: dict[int, SourceItem] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)
    gone: int = 0


async def take(
    session: Session,
    source: Source,
    reading: Reading,
    *,
    talk: Address | None,
    now: datetime,
    complete: bool = True,
) -> Taken:
    """Take a reading over; only what really changed is told, and a flood of it is held.

    Args:
        session: The transaction, which has the source locked.
        source: Where it was read.
        reading: What stands there now, which is a feed and not empty where it never was before.
        talk: Where editors are told how far an announcement is; ``None`` for nowhere.
        now: The present.
        complete: Whether it is all that stands there. Else only what has the same id is the
            same, and what is not named stays as it is.
    """
    digest = await asyncio.to_thread(_digest, reading)
    if source.read_once and digest == source.digest:
        return Taken(unchanged=True)
    rows = list(await source_items.of_source(session, source_id=source.id))
    if not complete:
        named = {one.id for one in reading.items}
        rows = [row for row in rows if _is_named(item_of(row), named)]
    present = sum(row.gone_at is None for row in rows)
    seen = await _Comparison(session, source, rows, now).compare(reading)
    await session.flush()
    parts = [row for row in rows if row.state == ItemState.PART]
    maker = await source_making.maker(session, source, parts, talk=talk, now=now)
    whole = max(len(reading.items), present)
    held = await _tell_or_hold(maker, seen, whole)
    await close_empty(session, seen.touched, now=now)
    source.digest, source.read_once, source.changed_at = digest, True, now
    await session.flush()
    return Taken(told=maker.told, kept=maker.kept, held=held, gone=seen.gone)


def _is_named(item: Item, named: Collection[str]) -> bool:
    return item.id in named or (item.original is not None and series_id(item) in named)


async def compared(
    session: Session, source: Source, reading: Reading, *, now: datetime
) -> list[Change]:
    """Return what became of the items of a source, without keeping anything."""
    rows = await source_items.of_source(session, source_id=source.id)
    present = [item_of(row) for row in rows if row.gone_at is None]
    return match(present, reading.items, now=now)


def _digest(reading: Reading) -> str:
    """Return what is equal for readings that say the same, in whatever order."""
    told = sorted(f"{one.id}\0{one.fingerprint}" for one in reading.items)
    return sha256("\n".join(told).encode("utf-8", "surrogatepass")).hexdigest()


# Comparing


class _Known:
    """Items as they stood in the source, each with its row."""

    def __init__(self, rows: Sequence[SourceItem]) -> None:
        self.items = [item_of(row) for row in rows]
        self._rows = {id(item): row for item, row in zip(self.items, rows, strict=True)}

    def row(self, item: Item) -> SourceItem:
        """Return the row of one of the items."""
        return self._rows[id(item)]


class _Comparison:
    """Brings the rows of a source to what a reading says, and finds what has to be told of it."""

    def __init__(
        self, session: Session, source: Source, rows: list[SourceItem], now: datetime
    ) -> None:
        self._session = session
        self._source = source
        self._rows = rows
        self._now = now
        self._words = keywords_of(source)
        self._uids = {row.uid for row in rows}
        self._seen = _Seen()

    async def compare(self, reading: Reading) -> _Seen:
        """Return what is different; what is new is added to the rows."""
        series = {one.id for one in reading.items if one.series is not None}
        parts: list[Item] = []
        # For thousands of items both take seconds, in which the hub has other things to do.
        matched = await asyncio.to_thread(lambda: [*self._matched(reading.items)])
        for number, (row, change) in enumerate(matched):
            if number % source_items.AT_ONCE == 0:
                await self._session.flush()
            item = change.new
            if item is None:
                continue
            kept = row or await self._added(item, series)
            self._bring(kept, item)
            if kept.state == ItemState.PART:
                parts += [item] * (change.kind is not ChangeKind.UNCHANGED)
            elif change.kind is ChangeKind.NEW:
                self._sort_new(kept, item)
            elif change.kind is not ChangeKind.UNCHANGED:
                self._sort_changed(kept, item)
        self._sort_wholes(parts)
        return self._seen

    def _matched(self, items: Sequence[Item]) -> Iterator[tuple[SourceItem | None, Change]]:
        """Yield what became of the items that stand in the source now, with the rows they had.

        What is gone is looked through only for what is new: else an item could not be told from
        one of the same name that is long over.
        """
        here = _Known([row for row in self._rows if row.gone_at is None])
        away = _Known([row for row in self._rows if row.gone_at is not None])
        fresh: list[Item] = []
        lost = dict.fromkeys(id(one) for one in here.items)
        for change in match(here.items, items, now=self._now):
            if change.kind is ChangeKind.NEW and change.new is not None:
                fresh.append(change.new)
            elif change.old is not None and change.kind in _PAIRED:
                lost.pop(id(change.old), None)
                yield here.row(change.old), change
        self._lose(here.row(one) for one in here.items if id(one) in lost)
        for change in match(away.items, fresh, now=self._now) if fresh else ():
            if change.kind is ChangeKind.NEW:
                yield None, change
            elif change.old is not None and change.kind in _PAIRED:
                yield away.row(change.old), change

    def _lose(self, rows: Iterable[SourceItem]) -> None:
        """Note what does not stand in the source any more, which is no cancellation."""
        for row in rows:
            row.gone_at = self._now
            self._seen.gone += 1
            self._touch(row)

    def _bring(self, row: SourceItem, item: Item) -> None:
        tree = keeping.stored(item)
        if row.item != tree:
            row.item, row.fingerprint = tree, item.fingerprint
        row.gone_at = None

    async def _added(self, item: Item, series: Collection[str]) -> SourceItem:
        is_part = item.original is not None and series_id(item) in series
        row = await source_items.add(
            self._session,
            source_id=self._source.id,
            uid=self._free_uid(item),
            item=keeping.stored(item),
            fingerprint=item.fingerprint,
            state=ItemState.PART if is_part else ItemState.KNOWN,
            now=self._now,
        )
        self._rows.append(row)
        return row

    def _free_uid(self, item: Item) -> str:
        """Return a uid of the item's first id, which may have been that of another item once."""
        name = sha256(item.id.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        uid, number = f"feed-{self._source.id}-{name}", 1
        while uid in self._uids:
            number += 1
            uid = f"feed-{self._source.id}-{name}-{number}"
        self._uids.add(uid)
        return uid

    # What is to be told

    def _sort_new(self, row: SourceItem, item: Item) -> None:
        """Decide about an item of which nothing was made."""
        if not self._words.admit(item.title, item.text, item.place):
            row.state = ItemState.FILTERED
        elif self._is_of_interest(item):
            self._seen.news[id(row)] = row
        else:
            row.state = ItemState.KNOWN

    def _is_of_interest(self, item: Item) -> bool:
        if item.kind is not Kind.NEWS:
            return item.status is not Status.CANCELLED and not is_over(item, self._now)
        if item.published is None:
            return self._source.read_once
        return item.published > self._now - OLD

    def _sort_changed(self, row: SourceItem, item: Item) -> None:
        match row.state:
            case ItemState.TOLD if item.kind is not Kind.NEWS and is_over(item, self._now):
                self._seen.past[id(row)] = row
            case ItemState.TOLD:
                self._seen.news[id(row)] = row
            case ItemState.HELD:
                self._keep_held(row, item)
            case ItemState.FILTERED:
                self._sort_new(row, item)
            case ItemState.KNOWN if item.kind is not Kind.NEWS:
                self._sort_new(row, item)

    def _keep_held(self, row: SourceItem, item: Item) -> None:
        """Let what waits wait on, as it is now; what came to nothing does not."""
        self._touch(row)
        if not was_made(row) and not self._is_of_interest(item):
            row.state = ItemState.KNOWN

    def _touch(self, row: SourceItem) -> None:
        if row.state == ItemState.HELD and row.batch_id is not None:
            self._seen.touched.add(row.batch_id)

    def _sort_wholes(self, parts: Iterable[Item]) -> None:
        """Let each series be told anew of which a single date has changed."""
        wanted = {series_id(one) for one in parts}
        for row in self._rows if wanted else ():
            if row.gone_at is None and row.state != ItemState.PART:
                item = item_of(row)
                if item.id in wanted:
                    self._sort_changed(row, item)


# Telling


async def _tell_or_hold(maker: Maker, seen: _Seen, whole: int) -> int:
    """Tell what may be told, hold the rest; return how many items are held now."""
    for row in seen.past.values():
        await maker.make(row, quiet=True)
    news = list(seen.news.values())
    source = maker.source
    if not source.read_once:
        return await _hold(maker, news, BatchReason.FIRST)
    guard = await _guard(maker)
    if len(news) > FEW and len(news) > SHARE * whole:
        return await _hold(maker, news, BatchReason.MASS, guard)
    held = 0
    if guard is not None:
        held = await _hold(
            maker, [row for row in news if not was_made(row)], BatchReason.MASS, guard
        )
        news = [row for row in news if was_made(row)]
    if source.mode == SourceMode.APPROVE:
        return held + await _hold(maker, news, BatchReason.APPROVE)
    unsure = []
    for row in news:
        if is_sure(item_of(row), ruling_of(row)):
            await maker.make(row, quiet=source.mode == SourceMode.CALENDAR)
        else:
            unsure.append(row)
    return held + await _hold(maker, unsure, BatchReason.UNSURE)


async def _guard(maker: Maker) -> SourceBatch | None:
    """Return the batch of a first reading or a flood that waits, if there is one."""
    found = await source_items.open_batches(maker.session, source_id=maker.source.id, why=_GUARDS)
    return next(iter(found), None)


async def _hold(
    maker: Maker, rows: Sequence[SourceItem], why: BatchReason, batch: SourceBatch | None = None
) -> int:
    return await hold(maker.session, maker.source, rows, why=why, batch=batch, now=maker.now)
