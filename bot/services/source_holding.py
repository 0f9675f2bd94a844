"""What waits for an editor: batches of items, what is decided about them, and by whom."""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.config import Settings
from bot.errors import UserError
from bot.feeds.item import Item
from bot.feeds.when import When, instant_of
from bot.services import audit, source_making
from bot.services.source_events import Ruling, is_sure
from bot.services.source_making import Maker, item_of, ruling_of
from bot.services.source_places import talk_of
from bot.storage import source_items, sources
from bot.storage.engine import Session
from bot.storage.source_models import (
    BatchReason,
    BatchState,
    ItemState,
    Source,
    SourceBatch,
    SourceItem,
    SourceMode,
)
from bot.text.moments import Moment

_MARK = 8


class Decision(enum.StrEnum):
    """What an editor can want to become of what is held."""

    PUBLISH = "publish"
    """Everything is told; of unsure due dates each is asked."""
    CALENDAR = "calendar"
    """Events are kept without telling anybody, news passed over."""
    DROP = "drop"
    """Nothing is made of it."""


_ENDS = {
    Decision.PUBLISH: (BatchState.PUBLISHED, "source-published"),
    Decision.CALENDAR: (BatchState.CALENDAR, "source-calendared"),
    Decision.DROP: (BatchState.DROPPED, "source-dropped"),
}


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision led to.

    Attributes:
        batch: The batch's number.
        items: About how many items it was.
        told: Of how many of them somebody is told.
        kept: How many events are kept without telling.
        asked: How many due dates have to be confirmed one by one.
    """

    batch: int
    items: int
    told: int = 0
    kept: int = 0
    asked: int = 0


def source_of(number: int) -> str:
    """Return what the editors' messages about a batch tell about."""
    return f"{source_items.BATCH}{number}"


def mark(row: SourceItem) -> str:
    """Return what tells this version of an item from others, on a button."""
    return row.fingerprint[:_MARK]


# Holding


async def hold(
    session: Session,
    source: Source,
    rows: Sequence[SourceItem],
    *,
    why: BatchReason,
    batch: SourceBatch | None,
    now: datetime,
) -> int:
    """Let items wait for an editor, in a batch that waits already or in one of their own.

    Returns:
        How many items.
    """
    if not rows:
        return 0
    if batch is None:
        batch = await source_items.open_batch(session, source_id=source.id, why=why, now=now)
    else:
        batch.version += 1
    for number, row in enumerate(rows):
        if number % source_items.AT_ONCE == 0:
            await session.flush()
        row.state, row.batch_id = ItemState.HELD, batch.id
    await session.flush()
    return len(rows)


async def close_empty(session: Session, numbers: Iterable[int], *, now: datetime) -> None:
    """Let batches be shown anew in which something is different; end those that are empty."""
    for number in sorted(numbers):
        batch = await source_items.find_batch(session, number=number, lock=True)
        if batch is None or batch.state != BatchState.OPEN:
            continue
        batch.version += 1
        rows = await source_items.waiting(session, batch_id=number)
        if all(row.gone_at is not None for row in rows):
            for row in rows:
                _leave(row)
            batch.state, batch.decided_at = BatchState.CLOSED, now
    await session.flush()


def _leave(row: SourceItem, otherwise: ItemState = ItemState.KNOWN) -> None:
    """Let an item wait no longer, without making anything of it."""
    row.state = ItemState.TOLD if source_making.was_made(row) else otherwise


# Deciding


async def decide(
    session: Session,
    number: int,
    decision: Decision,
    *,
    version: int,
    member_id: int,
    settings: Settings,
    now: datetime,
) -> Decided:
    """Decide about everything in a batch that waits.

    Only one of two that decide at once does; nobody decides about what they have not seen.

    Args:
        session: The transaction.
        number: The batch's.
        decision: What is to become of it.
        version: Which one was shown.
        member_id: Who decides.
        settings: The operator's.
        now: The present.

    Raises:
        UserError: There is no such batch, it is decided, or it is different by now.
    """
    source, batch = await _locked(session, number)
    if batch.version != version:
        raise UserError("source-batch-changed", number=number)
    maker = await _maker(session, source, settings, now)
    waiting = await source_items.waiting(session, batch_id=number)
    asked = await _carry_out(maker, waiting, decision, confirmed=batch.why == BatchReason.UNSURE)
    await _end(session, batch, decision, member_id, now=now)
    await _note(
        session, _ENDS[decision][1], source, member_id=member_id, count=len(waiting), now=now
    )
    return Decided(number, len(waiting), maker.told, maker.kept, asked)


async def decide_item(
    session: Session,
    number: int,
    decision: Decision,
    *,
    seen: str,
    member_id: int,
    settings: Settings,
    now: datetime,
) -> Decided:
    """Decide about one item of a batch by itself; an unsure due date counts as confirmed.

    Args:
        session: The transaction.
        number: The item's.
        decision: What is to become of it.
        seen: The :func:`mark` of the version that was shown.
        member_id: Who decides.
        settings: The operator's.
        now: The present.

    Raises:
        UserError: There is no such item, it is decided, or it is different by now.
    """
    source, batch, row = await _locked_item(session, number, seen)
    maker = await _maker(session, source, settings, now)
    await _carry_out(maker, [row], decision, confirmed=True)
    await _leave_batch(session, batch, decision, member_id, now=now)
    await _note(session, _ENDS[decision][1], source, member_id=member_id, count=1, now=now)
    return Decided(batch.id, 1, maker.told, maker.kept)


async def correct(
    session: Session,
    number: int,
    due: Moment,
    *,
    seen: str,
    member_id: int,
    settings: Settings,
    now: datetime,
) -> Decided:
    """Say when something is due instead of what was read; what it belongs to is told.

    It holds as long as the source says it in the same words.

    Raises:
        UserError: As for :func:`decide_item`; or the due date is past, or was not read from words.
    """
    source, batch, row = await _locked_item(session, number, seen)
    item = item_of(row)
    if item.deadline is None:
        raise UserError("source-item-no-deadline", number=number)
    if instant_of(When(Moment(day=due.day, minute=due.minute or 24 * 60)), item.zone) <= now:
        raise UserError("event-past")
    row.ruling = _ruled(item.deadline.words, due)
    maker = await _maker(session, source, settings, now)
    await _carry_out(maker, [row], Decision.PUBLISH, confirmed=True)
    await _leave_batch(session, batch, Decision.PUBLISH, member_id, now=now)
    await _note(session, "source-corrected", source, member_id=member_id, count=1, now=now)
    return Decided(batch.id, 1, maker.told, maker.kept)


async def _carry_out(
    maker: Maker, rows: Sequence[SourceItem], decision: Decision, *, confirmed: bool
) -> int:
    """Make of items what was decided; return how many due dates have to be asked about."""
    quiet = decision is Decision.CALENDAR or maker.source.mode == SourceMode.CALENDAR
    unsure = []
    for row in rows:
        item = item_of(row)
        if decision is Decision.DROP:
            _leave(row, ItemState.DROPPED)
        elif row.gone_at is not None:
            _leave(row)
        elif not confirmed and not is_sure(item, ruling_of(row)):
            unsure.append(row)
        else:
            _confirm(row, item)
            await maker.make(row, quiet=quiet)
    return await hold(
        maker.session, maker.source, unsure, why=BatchReason.UNSURE, batch=None, now=maker.now
    )


def _confirm(row: SourceItem, item: Item) -> None:
    if not is_sure(item, ruling_of(row)) and item.deadline is not None:
        row.ruling = _ruled(item.deadline.words, item.deadline.due.moment)


def _ruled(words: str, due: Moment) -> dict[str, object]:
    ruling = Ruling(words, due)
    return {"words": ruling.words, "due": ruling.due.model_dump(mode="json")}


async def _maker(session: Session, source: Source, settings: Settings, now: datetime) -> Maker:
    parts = await source_items.parts(session, source_id=source.id)
    talk = await talk_of(session, settings)
    return await source_making.maker(session, source, parts, talk=talk, now=now)


async def _locked(session: Session, number: int) -> tuple[Source, SourceBatch]:
    """Return a batch that waits, and its source; neither changes before the transaction ends.

    The source is locked first, as by who takes a reading: else both could wait for each other.
    """
    known = await source_items.find_batch(session, number=number)
    if known is None:
        raise UserError("source-batch-unknown", number=number)
    source = await sources.find(session, number=known.source_id, lock=True)
    batch = await source_items.find_batch(session, number=number, lock=True)
    if source is None or batch is None:  # removed by somebody
        raise UserError("source-batch-unknown", number=number)
    if batch.state != BatchState.OPEN:
        raise UserError("source-batch-decided", number=number)
    return source, batch


async def _locked_item(
    session: Session, number: int, seen: str
) -> tuple[Source, SourceBatch, SourceItem]:
    row = await source_items.find(session, number=number)
    if row is None:
        raise UserError("source-item-unknown", number=number)
    if row.state != ItemState.HELD or row.batch_id is None:
        raise UserError("source-item-decided", number=number)
    source, batch = await _locked(session, row.batch_id)
    await session.refresh(row)  # it may have been different before the lock
    if row.state != ItemState.HELD or row.batch_id != batch.id:
        raise UserError("source-item-decided", number=number)
    if mark(row) != seen:
        raise UserError("source-item-changed", number=number)
    return source, batch, row


async def _leave_batch(
    session: Session, batch: SourceBatch, decision: Decision, member_id: int, *, now: datetime
) -> None:
    """End a batch of which this was the last item, or let it be shown anew."""
    await session.flush()
    if await source_items.waiting(session, batch_id=batch.id):
        batch.version += 1
        await session.flush()
    else:
        await _end(session, batch, decision, member_id, now=now)


async def _end(
    session: Session, batch: SourceBatch, decision: Decision, member_id: int, *, now: datetime
) -> None:
    batch.state, batch.decided_by, batch.decided_at = _ENDS[decision][0], member_id, now
    batch.version += 1
    await session.flush()


async def _note(
    session: Session, action: str, source: Source, *, member_id: int, count: int, now: datetime
) -> None:
    await audit.note(
        session, action=action, subject=f"source:{source.id}", member_id=member_id, now=now,
        number=source.id, name=source.name, count=count,
    )  # fmt: skip
