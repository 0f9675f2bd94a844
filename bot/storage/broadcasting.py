"""The deliveries of one announcement together: counted, halted, changed, taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    String,
    Update,
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
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from bot.storage.engine import Session
from bot.storage.models import (
    FILE_PART,
    Action,
    ChatRow,
    Delivery,
    DeliveryState,
    DigestItem,
)

_DELETE, _NOTE = "r", "w"
"""What marks the keys of what takes something back: by deleting it, or by a note in its place."""
_WAITING = (DeliveryState.WAITING.value, DeliveryState.PAUSED.value)
_FAILED = (DeliveryState.DEAD.value, DeliveryState.REJECTED.value)


REPLACED = "replaced"
"""The state of what was told in a digest and taken out of it again."""
REPLACE = "replace"
"""The action of an edit that puts a note in the place of what can't be deleted."""
_OUTDATED = "outdated"


@dataclass(frozen=True, slots=True)
class Count:
    """How many chats an announcement has reached in one way.

    Attributes:
        action: ``send``, ``edit``, ``delete`` or :data:`REPLACE`; ``digest`` for what is
            collected.
        state: Of the deliveries; of what is collected ``waiting``, ``sent``, ``withdrawn`` or
            :data:`REPLACED`.
        held: Whether somebody wants quiet until later.
        slowed: Whether the network is waited for.
        number: How many chats.
    """

    channel: str
    action: str
    state: str
    held: bool
    slowed: bool
    number: int


async def counts(session: Session, *, source: str, version: int, now: datetime) -> list[Count]:
    """Count the chats of an announcement; of a long message by its first part.

    Of the edits those to this *version* count, and not the ones to earlier versions.
    """
    held = case((Delivery.held_until > now, 1), else_=0)
    slowed = case((and_(Delivery.error.is_not(None), Delivery.due_at > now), 1), else_=0)
    deed = _deed(source, version)
    query = (
        select(Delivery.channel, deed, Delivery.state, held, slowed, func.count())
        .where(Delivery.source == source, Delivery.part == 0, deed != _OUTDATED)
        .group_by(Delivery.channel, deed, Delivery.state, held, slowed)
    )
    rows = [
        Count(channel, action, state, bool(is_held), bool(is_slowed), number)
        for channel, action, state, is_held, is_slowed, number in await session.execute(query)
    ]
    return rows + await _collected(session, source)


def _deed(source: str, version: int) -> ColumnElement[str]:
    """Return what a delivery does; what brought an earlier version is outdated."""

    def begins(marker: str) -> ColumnElement[bool]:
        return Delivery.key.startswith(f"{source}:{marker}:", autoescape=True)

    return case(
        (Delivery.action != Action.EDIT.value, Delivery.action),
        (begins(_NOTE), REPLACE),
        (begins(_change_marker(version)), Action.EDIT.value),
        else_=_OUTDATED,
    )


def _change_marker(version: int) -> str:
    return f"e{version}"


async def _collected(session: Session, source: str) -> list[Count]:
    told = DigestItem.digest.is_not(None)
    state = case(
        (and_(DigestItem.withdrawn, told), REPLACED),
        (DigestItem.withdrawn, DeliveryState.WITHDRAWN.value),
        (told, DeliveryState.SENT.value),
        else_=DeliveryState.WAITING.value,
    )
    query = (
        select(ChatRow.channel, state, func.count())
        .join(ChatRow, ChatRow.id == DigestItem.chat_id)
        .where(DigestItem.source == source)
        .group_by(ChatRow.channel, state)
    )
    return [
        Count(channel, "digest", name, name == DeliveryState.WAITING, False, number)  # noqa: FBT003 # as the class says
        for channel, name, number in await session.execute(query)
    ]


async def reasons(session: Session, *, source: str, limit: int) -> Sequence[tuple[str, str, int]]:
    """Return why messages failed: (state, the network's words, how many), the most often first."""
    number = func.count()
    query = (
        select(Delivery.state, func.coalesce(Delivery.error, ""), number)
        .where(
            Delivery.source == source,
            Delivery.part == 0,
            Delivery.state.in_([*_FAILED, DeliveryState.GONE.value, DeliveryState.EXPIRED.value]),
        )
        .group_by(Delivery.state, Delivery.error)
        .order_by(number.desc())
        .limit(limit)
    )
    return [(state, error, count) for state, error, count in await session.execute(query)]


async def any_open(session: Session, *, source: str) -> bool:
    """Tell whether anything of *source* is on its way, waiting or halted."""
    states = [*_WAITING, DeliveryState.SENDING.value]
    query = select(Delivery.id).where(Delivery.source == source, Delivery.state.in_(states))
    if await session.scalar(query.limit(1)) is not None:
        return True
    waiting = select(DigestItem.id).where(
        DigestItem.source == source,
        DigestItem.digest.is_(None),
        DigestItem.withdrawn.is_(False),
    )
    return await session.scalar(waiting.limit(1)) is not None


def _changing(source: str, *states: str) -> Update:
    return (
        update(Delivery)
        .where(Delivery.source == source, Delivery.state.in_(states))
        .execution_options(synchronize_session=False)
    )


async def halt(session: Session, *, source: str) -> None:
    """Send nothing more of *source* until it is resumed."""
    await session.execute(
        _changing(source, DeliveryState.WAITING.value).values(state=DeliveryState.PAUSED)
    )


async def resume(session: Session, *, source: str) -> None:
    """Send on what was halted."""
    await session.execute(
        _changing(source, DeliveryState.PAUSED.value).values(state=DeliveryState.WAITING)
    )


async def withdraw(session: Session, *, source: str, now: datetime) -> None:
    """Take back what has not been sent yet."""
    await session.execute(
        _changing(source, *_WAITING).values(
            state=DeliveryState.WITHDRAWN, error="withdrawn", done_at=now
        )
    )


async def retry(session: Session, *, source: str, now: datetime) -> int:
    """Let what failed be tried again, as if for the first time; return how many messages."""
    result = await session.execute(
        _changing(source, *_FAILED).values(
            state=DeliveryState.WAITING,
            attempts=0,
            due_at=now,
            created_at=now,
            done_at=None,
            held_until=None,
        )
    )
    return result.rowcount if isinstance(result, CursorResult) else 0


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
        marker=_DELETE,
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
        marker=_NOTE,
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
    dialect = session.get_bind().dialect.name
    upsert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = (
        upsert(Delivery)
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
    """

    source: str
    number: int
    channel: str
    language: str
    default: bool
    bodies: Sequence[int]


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
        _speaks(row, version.language, default=version.default),
    )


async def _replace_waiting(session: Session, version: Version, part: int, body_id: int) -> None:
    await session.execute(
        update(Delivery)
        .where(_mine(Delivery, version), Delivery.part == part, Delivery.state.in_(_WAITING))
        .values(body_id=body_id)
        .execution_options(synchronize_session=False)
    )


def _is_deleted(row: Any) -> ColumnElement[bool]:
    """Tell whether a message is deleted, or about to be: it was a part too many once."""
    follower = aliased(Delivery)
    key = row.source + literal(f":{_DELETE}:d") + cast(row.id, String)
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
        session, sent, old, marker=_change_marker(version.number), action=Action.EDIT,
        body_id=body_id, priority=priority, now=now,
    )  # fmt: skip


async def _send_more(
    session: Session, version: Version, part: int, body_id: int, *, now: datetime
) -> None:
    """Send a part that the message has not now, behind the others."""
    first, there = aliased(Delivery), aliased(Delivery)
    present = exists().where(
        there.source == first.source,
        there.channel == first.channel,
        there.chat == first.chat,
        there.part == part,
        there.action == Action.SEND.value,
        there.state != DeliveryState.WITHDRAWN.value,
        ~_is_deleted(there),
    )
    reached = [*_WAITING, DeliveryState.SENDING.value, DeliveryState.SENT.value]
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
        _mine(first, version), first.part == 0, first.state.in_(reached), ~present
    )
    dialect = session.get_bind().dialect.name
    upsert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    await session.execute(
        upsert(Delivery)
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
            Delivery.state.in_(_WAITING),
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
        session, sent, surplus, marker=_DELETE, action=Action.DELETE,
        body_id=None, priority=priority, now=now,
    )  # fmt: skip


async def replace_collected(
    session: Session, *, source: str, language: str, default: bool, body_id: int
) -> None:
    """Replace what digests say, or will say, in chats that speak a language."""
    chosen = ChatRow.language == language
    chats = select(ChatRow.id).where(
        or_(chosen, ChatRow.language.is_(None)) if default else chosen
    )
    await session.execute(
        update(DigestItem)
        .where(DigestItem.source == source, DigestItem.chat_id.in_(chats))
        .values(body_id=body_id)
        .execution_options(synchronize_session=False)
    )


async def withdraw_collected(session: Session, *, source: str) -> None:
    """Take back what digests said, or would have said."""
    await session.execute(
        update(DigestItem)
        .where(DigestItem.source == source)
        .values(withdrawn=True)
        .execution_options(synchronize_session=False)
    )


async def withdraw_waiting_items(session: Session, *, source: str) -> None:
    """Take back what digests would have said."""
    await session.execute(
        update(DigestItem)
        .where(DigestItem.source == source, DigestItem.digest.is_(None))
        .values(withdrawn=True)
        .execution_options(synchronize_session=False)
    )
