"""What an editor is shown before deciding: how much it is, what is next, who would hear it."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.events.event import Event
from bot.feeds.item import Item, Kind, Status
from bot.feeds.when import instant_of
from bot.services import audit, source_making
from bot.services.source_events import is_over, is_sure
from bot.services.source_holding import mark
from bot.services.source_making import item_of, ruling_of
from bot.storage import audiences, source_items
from bot.storage.engine import Session
from bot.storage.source_models import (
    BatchReason,
    BatchState,
    Source,
    SourceBatch,
    SourceItem,
    SourceMode,
)
from bot.text.moments import Moment

SHOWN: Final = 5
"""Items of a batch that are named."""
_ANY_KIND: Final = ("event", "deadline", "news")
_LAST: Final = datetime.max.replace(tzinfo=UTC)


class What(enum.StrEnum):
    """What would be told of an item."""

    NEW = "new"
    CHANGED = "changed"
    MOVED = "moved"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Preview:
    """One item that waits.

    Attributes:
        number: The item's.
        mark: Which version of it this is.
        what: What would be told of it.
        kind: What it is about.
        title: One line.
        start: When it begins, or is due; of news ``None``.
        end: When it ends.
        before: When it was to be, as far as it was told.
        words: In which words the source says when it is due.
        sure: Whether nobody has to confirm that.
        url: Where it stands.
        published: When its source published it.
    """

    number: int
    mark: str
    what: What
    kind: Kind
    title: str
    start: Moment | None
    end: Moment | None
    before: Moment | None
    words: str
    sure: bool
    url: str
    published: datetime | None


@dataclass(frozen=True, slots=True)
class View:
    """A batch as editors see it.

    Attributes:
        number: The batch's.
        version: Which version of it this is.
        why: Why somebody has to decide.
        state: What became of it.
        source: The source's number.
        name: The source's name.
        mode: The source's mode.
        counts: How many items there are by what would be told of them.
        unsure: How many due dates nobody has confirmed.
        items: The next ones, and of news the newest.
        chats: How many chats have subscribed to the source's topic.
        who: Who decided.
    """

    number: int
    version: int
    why: BatchReason
    state: BatchState
    source: int
    name: str
    mode: SourceMode
    counts: dict[What, int]
    unsure: int
    items: tuple[Preview, ...]
    chats: int
    who: str

    @property
    def total(self) -> int:
        """How many items wait."""
        return sum(self.counts.values())


async def view(session: Session, batch: SourceBatch, *, now: datetime) -> View:
    """Return how a batch is now."""
    source = await session.get_one(Source, batch.source_id)
    rows = await source_items.waiting(session, batch_id=batch.id)
    present = [(row, item_of(row)) for row in rows if row.gone_at is None]
    ahead = [(row, item) for row, item in present if not is_over(item, now)]
    ahead.sort(key=lambda one: _order(one[1]))
    shown = [preview(row, item) for row, item in ahead[:SHOWN]]
    audience = audiences.subscribers(
        topic_ids=(source.topic_id,), laender=source.laender.split(), kinds=_ANY_KIND
    )
    return View(
        number=batch.id,
        version=batch.version,
        why=BatchReason(batch.why),
        state=BatchState(batch.state),
        source=source.id,
        name=source.name,
        mode=SourceMode(source.mode),
        counts=_counts(ahead),
        unsure=sum(not is_sure(item, ruling_of(row)) for row, item in ahead),
        items=tuple(shown),
        chats=sum((await audiences.count(session, audience=audience)).values()),
        who=await audit.name_of(session, member_id=batch.decided_by) if batch.decided_by else "",
    )


def _order(item: Item) -> tuple[bool, datetime, float]:
    """Sort events and deadlines by their time, and behind them news, the newest first."""
    if item.when is not None and item.kind is not Kind.NEWS:
        return False, instant_of(item.when, item.zone), 0
    return True, _LAST, -(item.published.timestamp() if item.published else 0)


def _counts(rows: Sequence[tuple[SourceItem, Item]]) -> dict[What, int]:
    counts = dict.fromkeys(What, 0)
    for row, item in rows:
        counts[_what(row, item)] += 1
    return {what: number for what, number in counts.items() if number}


def _what(row: SourceItem, item: Item) -> What:
    if not source_making.was_made(row):
        return What.NEW
    if item.status is Status.CANCELLED:
        return What.CANCELLED
    before, start = _made_start(row), _start(row, item)
    return What.MOVED if before and start and before != start else What.CHANGED


def _made_start(row: SourceItem) -> Moment | None:
    tree = (row.made or {}).get("event")
    return Event.model_validate(tree).start if tree else None


def _start(row: SourceItem, item: Item) -> Moment | None:
    ruling = ruling_of(row)
    if ruling is not None and item.deadline is not None and ruling.words == item.deadline.words:
        return ruling.due
    return item.when.moment if item.when is not None and item.kind is not Kind.NEWS else None


def preview(row: SourceItem, item: Item) -> Preview:
    """Return how an item that waits is shown."""
    return Preview(
        number=row.id,
        mark=mark(row),
        what=_what(row, item),
        kind=item.kind,
        title=item.title,
        start=_start(row, item),
        end=item.end.moment if item.end is not None and item.due is None else None,
        before=_made_start(row),
        words=item.deadline.words if item.deadline else "",
        sure=is_sure(item, ruling_of(row)),
        url=item.url,
        published=item.published,
    )


async def items(
    session: Session, number: int, *, offset: int, limit: int
) -> tuple[Sequence[Preview], int]:
    """Return the items that wait in a batch, the next ones first, and how many there are."""
    rows = await source_items.waiting(session, batch_id=number)
    found = [(row, item_of(row)) for row in rows if row.gone_at is None]
    found.sort(key=lambda one: _order(one[1]))
    return [preview(row, item) for row, item in found[offset : offset + limit]], len(found)
