"""Changing what was sent, and taking it back: one delivery that follows each message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased

from bot.storage.addressed import is_open, is_rest
from bot.storage.broadcasting import (
    DELETE_MARK,
    NOTE_MARK,
    WAITING,
    change_mark,
    may_be_there,
)
from bot.storage.engine import Session
from bot.storage.models import FILE_PART, Action, ChatRow, Delivery, DeliveryState
from bot.storage.upserts import insert_into

# Taking back what was sent


async def delete_sent(session: Session, *, source: str, priority: int, now: datetime) -> int:
    """Let everything be deleted that was sent and is not about to be; return how many messages.

    Safe to repeat: what was in flight before is found the next time.
    """
    sent = aliased(Delivery)
    return await _follow(
        session,
        sent,
        _sent(sent, source),
        marker=DELETE_MARK,
        action=Action.DELETE,
        body_id=None,
        priority=priority,
        now=now,
    )


async def replace_undeletable(
    session: Session,
    *,
    source: str,
    language: str,
    default: bool,
    body_id: int,
    priority: int,
    now: datetime,
) -> int:
    """Let the words be replaced of what the network no longer deletes; return how many.

    Args:
        session: The transaction.
        source: What is taken back.
        language: Only in chats that speak it.
        default: Whether chats that chose no language speak it.
        body_id: What is shown from then on.
        priority: Of the edits.
        now: The present.
    """
    refused = aliased(Delivery)
    where = and_(
        refused.source == source,
        refused.action == Action.DELETE.value,
        refused.state == DeliveryState.REJECTED.value,
        refused.part < FILE_PART,  # a file can't be edited into words
        _speaks(refused, language, default=default),
    )
    return await _follow(
        session,
        refused,
        where,
        marker=NOTE_MARK,
        action=Action.EDIT,
        body_id=body_id,
        priority=priority,
        now=now,
    )


def _sent(row: Any, source: str) -> ColumnElement[bool]:
    return and_(
        row.source == source,
        row.action == Action.SEND.value,
        row.state == DeliveryState.SENT.value,
        row.message.is_not(None),
    )


def _speaks(row: Any, language: str, *, default: bool) -> ColumnElement[bool]:
    chosen = ChatRow.language == language
    return exists().where(
        ChatRow.channel == row.channel,
        ChatRow.chat == row.chat,
        or_(chosen, ChatRow.language.is_(None)) if default else chosen,
    )


async def _follow(
    session: Session,
    row: Any,
    where: ColumnElement[bool],
    *,
    marker: str,
    action: Action,
    body_id: int | None,
    priority: int,
    now: datetime,
) -> int:
    """Add a delivery that changes each message that *where* selects; each only once."""
    message = func.coalesce(row.message, row.target)
    values: dict[str, Any] = {
        "key": row.source + literal(f":{marker}:d") + cast(row.id, String),
        "channel": row.channel,
        "chat": row.chat,
        "thread": row.thread,
        "action": _typed(Delivery.action, action.value),
        "target": message,
        "body_id": _typed(Delivery.body_id, body_id),
        "notify": _typed(Delivery.notify, value=False),
        "priority": _typed(Delivery.priority, priority),
        "state": _typed(Delivery.state, DeliveryState.WAITING.value),
        "attempts": _typed(Delivery.attempts, 0),
        "due_at": _typed(Delivery.due_at, now),
        "source": row.source,
        "part": row.part,
        "created_at": _typed(Delivery.created_at, now),
    }
    query = select(*values.values()).where(where)
    statement = (
        insert_into(session, Delivery)
        .from_select(list(values), query, include_defaults=False)
        .on_conflict_do_nothing(index_elements=[Delivery.key])
    )
    result = await session.execute(statement)
    return result.rowcount if isinstance(result, CursorResult) else 0


def _typed(column: Any, value: Any) -> ColumnElement[Any]:
    return literal(value, column.type)


# Changing what was sent


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an announcement on one network and in one language.

    Attributes:
        number: Counts the versions.
        channel: The network.
        language: The language.
        default: Whether chats that chose no language speak it.
        bodies: The parts of its words, in order; a file stays as it is.
        beginning: Only of messages whose keys begin so, where a source tells several things.
    """

    source: str
    number: int
    channel: str
    language: str
    default: bool
    bodies: Sequence[int]
    beginning: str = ""


async def told(
    session: Session, *, source: str, beginning: str
) -> Sequence[tuple[str, str | None]]:
    """Return in which networks and languages something was told; ``None`` where none is chosen."""
    query = (
        select(Delivery.channel, ChatRow.language)
        .join(ChatRow, and_(ChatRow.channel == Delivery.channel, ChatRow.chat == Delivery.chat))
        .where(_sent(Delivery, source), Delivery.key.startswith(beginning, autoescape=True))
        .distinct()
        .order_by(Delivery.channel, ChatRow.language)
    )
    return [(channel, language) for channel, language in await session.execute(query)]


async def change(session: Session, version: Version, *, priority: int, now: datetime) -> None:
    """Let all chats of a network and language have this version, sent or not.

    Words that were sent are edited, those that wait are replaced; parts that are no longer needed
    are deleted, new ones sent. Safe to repeat: what was in flight before is found the next time.
    """
    for part, body_id in enumerate(version.bodies):
        await _replace_waiting(session, version, part, body_id)
        await _edit_sent(session, version, part, body_id, priority=priority, now=now)
        if part:
            await _send_more(session, version, part, body_id, now=now)
    await _drop_rest(session, version, priority=priority, now=now)


def _mine(row: Any, version: Version) -> ColumnElement[bool]:
    return and_(
        row.source == version.source,
        row.channel == version.channel,
        row.action == Action.SEND.value,
        row.key.startswith(version.beginning, autoescape=True),
        _speaks(row, version.language, default=version.default),
    )


async def _replace_waiting(session: Session, version: Version, part: int, body_id: int) -> None:
    await session.execute(
        update(Delivery)
        .where(
            _mine(Delivery, version),
            Delivery.part == part,
            Delivery.state.in_(WAITING),
            ~may_be_there(Delivery),
        )
        .values(body_id=body_id)
        .execution_options(synchronize_session=False)
    )


def _is_deleted(row: Any) -> ColumnElement[bool]:
    """Tell whether a message is deleted, or about to be: it was a part too many once."""
    follower = aliased(Delivery)
    key = row.source + literal(f":{DELETE_MARK}:d") + cast(row.id, String)
    return exists().where(follower.key == key)


async def _edit_sent(
    session: Session, version: Version, part: int, body_id: int, *, priority: int, now: datetime
) -> None:
    sent = aliased(Delivery)
    old = and_(
        _mine(sent, version),
        sent.part == part,
        sent.state == DeliveryState.SENT.value,
        sent.message.is_not(None),
        sent.body_id != body_id,
        ~_is_deleted(sent),
    )
    await _follow(
        session, sent, old, marker=change_mark(version.number), action=Action.EDIT,
        body_id=body_id, priority=priority, now=now,
    )  # fmt: skip


async def _send_more(
    session: Session, version: Version, part: int, body_id: int, *, now: datetime
) -> None:
    """Send a part that the message has not now, behind the others."""
    first, there = aliased(Delivery), aliased(Delivery)
    present = exists().where(
        # So that no index is chosen which has the source: all parts of all chats have the same.
        func.coalesce(there.source, "") == first.source,
        there.channel == first.channel,
        there.chat == first.chat,
        there.part == part,
        there.action == Action.SEND.value,
        there.state != DeliveryState.WITHDRAWN.value,
        ~_is_deleted(there),
    )
    # One after the other, each by its own index.
    missing = and_(~present.where(is_open(there)), ~present.where(is_rest(there)))
    reached = [*WAITING, DeliveryState.SENDING.value, DeliveryState.SENT.value]
    values: dict[str, Any] = {
        "key": first.key + literal(f"#{part + 1}v{version.number}"),
        "channel": first.channel,
        "chat": first.chat,
        "thread": first.thread,
        "action": first.action,
        "body_id": _typed(Delivery.body_id, body_id),
        "notify": _typed(Delivery.notify, value=False),
        "priority": first.priority,
        "state": case(
            (first.state == DeliveryState.PAUSED.value, DeliveryState.PAUSED.value),
            else_=DeliveryState.WAITING.value,
        ),
        "attempts": _typed(Delivery.attempts, 0),
        "due_at": first.due_at,
        "held_until": first.held_until,
        "source": first.source,
        "part": _typed(Delivery.part, part),
        "created_at": _typed(Delivery.created_at, now),
    }
    query = select(*values.values()).where(
        _mine(first, version), first.part == 0, first.state.in_(reached), missing
    )
    await session.execute(
        insert_into(session, Delivery)
        .from_select(list(values), query, include_defaults=False)
        .on_conflict_do_nothing(index_elements=[Delivery.key])
    )


async def _drop_rest(session: Session, version: Version, *, priority: int, now: datetime) -> None:
    """Delete the parts that the message no longer has."""
    kept = len(version.bodies)
    await session.execute(
        update(Delivery)
        .where(
            _mine(Delivery, version),
            Delivery.part.between(kept, FILE_PART - 1),
            Delivery.state.in_(WAITING),
        )
        .values(state=DeliveryState.WITHDRAWN, error="changed", done_at=now)
        .execution_options(synchronize_session=False)
    )
    sent = aliased(Delivery)
    surplus = and_(
        _mine(sent, version),
        sent.part.between(kept, FILE_PART - 1),
        sent.state == DeliveryState.SENT.value,
        sent.message.is_not(None),
    )
    await _follow(
        session, sent, surplus, marker=DELETE_MARK, action=Action.DELETE,
        body_id=None, priority=priority, now=now,
    )  # fmt: skip
