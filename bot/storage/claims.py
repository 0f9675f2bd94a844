"""Who sends what of the outbox now, and how that ends."""

import json
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    ColumnElement,
    CursorResult,
    Integer,
    Row,
    String,
    Text,
    Update,
    bindparam,
    cast,
    column,
    exists,
    func,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.types import NullType

from bot.messages import Address, MessageId
from bot.storage.due import OPEN, due_first
from bot.storage.engine import Session
from bot.storage.leases import proof, require
from bot.storage.models import Action, Base, Body, Delivery, DeliveryState
from bot.storage.types import Instant
from bot.tenures import Hold

_TABLE = Base.metadata.tables[Delivery.__tablename__]
_BODIES = Base.metadata.tables[Body.__tablename__]
_NEEDED = (
    "priority", "due_at", "id", "body_id", "target_of", "reply_of", "key", "chat", "thread",
    "action", "target", "reply_to", "notify", "attempts", "created_at", "expires_at", "uncertain",
)  # fmt: skip
"""What of a delivery a send needs: first its place in the line, then what it refers to."""
_PLACE = itemgetter(slice(3))
_TARGET_OF, _REPLY_OF = 4, 5


class Claimed(NamedTuple):
    """A delivery that this process may send, until its claim runs out.

    Attributes:
        body: The number of its body; deliveries that share one say the same.
        content: The body, a JSON tree; the same object for all that were claimed with it.
        uncertain: Whether it may have arrived already.
        priority: Lower goes first.
    """

    id: int
    key: str
    address: Address
    action: Action
    body: int | None
    content: Any
    target: MessageId | None
    reply_to: MessageId | None
    notify: bool
    attempts: int
    created_at: datetime
    expires_at: datetime | None = None
    uncertain: bool = False
    priority: int = 0


async def claim_due(
    session: Session,
    *,
    channel: str,
    chat: str | None,
    owner: str,
    now: datetime,
    until: datetime,
    limit: int,
    hold: Hold | None = None,
) -> Sequence[Claimed]:
    """Take the deliveries that are due, so that no other relay sends them.

    Fewer than *limit* means that no more are due. A claim lasts until *until*. A relay that dies
    mid-send lets its claim run out and the rows become due again; that is why delivery is at
    least once.

    With *hold* nothing is taken once that was lost; the statement itself proves it.
    """
    values: dict[str, Any] = {
        "of_channel": channel, "of_chat": chat, "claimer": owner, "at": now, "until": until,
    }  # fmt: skip
    if hold is not None:
        values |= {"lease": hold.name, "holder": hold.holder, "token": hold.token}
    claimed = await _claim(session, _claiming(chat is not None, hold is not None), values, limit)
    claimed.sort(key=_PLACE)
    contents = _Contents()
    keys = {key for row in claimed for key in (row[_TARGET_OF], row[_REPLY_OF])}
    became = await _messages(session, keys)
    return [_claimed(channel, row, contents, became) for row in claimed]


async def _claim(
    session: Session, statement: Update, values: Mapping[str, Any], limit: int
) -> list[Row[Any]]:
    """Claim one priority after the other, until there is no room or nothing left."""
    claimed: list[Row[Any]] = []
    connection = await session.connection()
    while len(claimed) < limit:
        found = await connection.execute(statement, {**values, "most": limit - len(claimed)})
        rows = found.all()
        claimed += rows
        if not rows:
            break
    return claimed


@cache
def _claiming(one_chat: bool, proving: bool) -> Update:  # noqa: FBT001 # remembered by them
    """Return the statement that claims: made once, because making it takes longer than a send."""
    due = due_first(one_chat)
    if proving:
        # Once, before anything is picked: a CTE that locks rows is never put into the query.
        held = proof(bindparam("lease"), bindparam("holder"), bindparam("token")).cte("held")
        due = due.where(exists(select(held.c.name)))
    picked = due.limit(bindparam("most", type_=Integer)).with_for_update(
        of=Delivery, skip_locked=True
    )
    columns = _TABLE.c
    return (
        update(_TABLE)
        .where(columns.id.in_(select(picked.cte("picked").c.id)))
        .values(
            state=DeliveryState.SENDING.value,
            claimed_by=bindparam("claimer", type_=String),
            claimed_until=bindparam("until", type_=Instant),
            # What had been claimed before and never was recorded.
            uncertain=or_(columns.uncertain, columns.state == DeliveryState.SENDING.value),
        )
        .returning(*map(_returned, _NEEDED), _said())
    )


def _returned(name: str) -> ColumnElement[Any]:
    column = _TABLE.c[name]
    # As the driver has it, which is enough for putting them in order.
    return type_coerce(column, NullType()).label(name) if name == "due_at" else column


def _said() -> ColumnElement[Any]:
    """Select the body with the row: a statement of its own would be one more way to the database.

    As it is stored, because of many that are the same only one is read.
    """
    content = cast(_BODIES.c.content, Text)
    return select(content).where(_BODIES.c.id == _TABLE.c.body_id).scalar_subquery()


class _Contents(dict[str, Any]):
    """What stored bodies say, each read once."""

    def __missing__(self, stored: str) -> Any:
        self[stored] = content = json.loads(stored)
        return content


async def _messages(session: Session, keys: AbstractSet[str | None]) -> dict[str | None, str]:
    """Return what the deliveries of these keys have become, as far as they were sent."""
    wanted = [key for key in keys if key is not None]
    if not wanted:
        return {}
    query = select(Delivery.key, Delivery.message).where(Delivery.key.in_(wanted))
    return {row.key: row.message for row in await session.execute(query) if row.message}


def _claimed(
    channel: str,
    row: Sequence[Any],
    contents: Mapping[str, Any],
    became: Mapping[str | None, str],
) -> Claimed:
    # Taken apart at once: asking a row for each column by its name takes longer than all the rest.
    (
        priority, _, number, body, target_of, reply_of, key, chat, thread, action,
        target, reply_to, notify, attempts, created_at, expires_at, uncertain, said,
    ) = row  # fmt: skip
    target = target or became.get(target_of)
    reply_to = reply_to or became.get(reply_of)
    return Claimed(
        number,
        key,
        Address(channel, chat, thread),
        Action(action),
        body,
        None if said is None else contents[said],
        MessageId(target) if target else None,
        MessageId(reply_to) if reply_to else None,
        notify,
        attempts,
        created_at,
        expires_at,
        uncertain,
        priority,
    )


@dataclass(frozen=True, slots=True)
class Ended:
    """A claimed delivery that was sent: as which message, and when."""

    id: int
    message: MessageId
    at: datetime


async def finish_sent(session: Session, ended: Sequence[Ended], *, owner: str) -> None:
    """Record of claimed deliveries that they were sent, all by one statement.

    Those whose claim was lost meanwhile are left as they are. That one execution records them all,
    and not one for each, is not only for a server's sake: each one of SQLite's costs two changes
    of the thread that may run.

    Raises:
        UnicodeEncodeError: A message's id is no text that could be stored.
    """
    # As text as it is: an escaped half of a surrogate pair would be stored, and never read again.
    became = json.dumps({one.id: one.message for one in ended}, ensure_ascii=False)
    values = {"became": became, "claimer": owner, "at": max(one.at for one in ended)}
    connection = await session.connection()
    await connection.execute(_finishing(connection.dialect.name), values)


@cache
def _finishing(dialect: str) -> Update:
    is_shared = dialect == "postgresql"
    pairs = func.json_each_text if is_shared else func.json_each
    became = pairs(cast(bindparam("became", type_=String), JSON if is_shared else String))
    sent = became.table_valued(column("key", String), column("value", String)).alias("sent")
    columns = _TABLE.c
    return (
        update(_TABLE)
        .where(
            columns.id == cast(sent.c.key, columns.id.type),
            columns.state == DeliveryState.SENDING.value,
            columns.claimed_by == bindparam("claimer", type_=String),
        )
        .values(
            state=DeliveryState.SENT.value,
            message=sent.c.value,
            error=None,
            done_at=bindparam("at", type_=Instant),
            attempts=columns.attempts + 1,
            claimed_by=None,
            claimed_until=None,
        )
    )


async def finish(
    session: Session,
    *,
    id: int,  # noqa: A002 # the column's name
    owner: str,
    state: DeliveryState,
    now: datetime,
    message: MessageId | None = None,
    error: str | None = None,
) -> bool:
    """Record the end of a claimed delivery; ``False`` if the claim was lost meanwhile."""
    return await _release(
        session, id, owner, state=state, message=message, error=error, done_at=now,
        attempts=Delivery.attempts + 1,
    )  # fmt: skip


async def postpone(
    session: Session,
    *,
    id: int,  # noqa: A002 # the column's name
    owner: str,
    due_at: datetime,
    error: str | None,
    spend_attempt: bool,
    uncertain: bool = False,
    failing_since: datetime | None = None,
) -> bool:
    """Put a claimed delivery back until *due_at*; ``False`` if the claim was lost meanwhile.

    With *uncertain* it is remembered that it may have arrived; with *failing_since* since when
    its network can't take it, if that is not known already.
    """
    values: dict[str, Any] = {"uncertain": True} if uncertain else {}
    if failing_since is not None:
        values["failing_since"] = func.coalesce(Delivery.failing_since, failing_since)
    if spend_attempt:
        values["attempts"] = Delivery.attempts + 1
    return await _release(
        session, id, owner, state=DeliveryState.WAITING, due_at=due_at, error=error, **values
    )


async def put_back(session: Session, ids: Collection[int], *, owner: str) -> None:
    """Let claimed deliveries that were not sent wait as they did; as :func:`finish_sent`."""
    await session.execute(
        update(Delivery)
        .where(
            Delivery.id.in_(ids),
            Delivery.state == DeliveryState.SENDING,
            Delivery.claimed_by == owner,
        )
        .values(state=DeliveryState.WAITING, claimed_by=None, claimed_until=None)
        .execution_options(synchronize_session=False)
    )


async def _release(session: Session, row: int, owner: str, **values: Any) -> bool:
    statement = (
        update(Delivery)
        .where(
            Delivery.id == row,
            Delivery.state == DeliveryState.SENDING,
            Delivery.claimed_by == owner,
        )
        .values(claimed_by=None, claimed_until=None, **values)
        .execution_options(synchronize_session=False)
    )
    result = await session.execute(statement)
    return isinstance(result, CursorResult) and result.rowcount == 1


async def release_claims(session: Session, *, channel: str, chat: str | None, owner: str) -> int:
    """Make due again what an earlier run of this same *owner* had claimed and not recorded."""
    statement = _releasing(channel).where(Delivery.claimed_by == owner)
    if chat is not None:
        statement = statement.where(Delivery.chat == chat)
    return await _count(session, statement)


async def take_over_claims(session: Session, *, channel: str, hold: Hold) -> int:
    """Make due again what anybody had claimed before who now has no right to send it.

    Raises:
        LeaseLostError: It is not ours either.
    """
    await require(session, hold)
    return await _count(session, _releasing(channel))


def _releasing(channel: str) -> Update:
    return (
        update(Delivery)
        .where(
            Delivery.channel == channel,
            Delivery.state.in_(OPEN),  # by which the index of the open ones is found
            Delivery.state == DeliveryState.SENDING.value,
        )
        .values(state=DeliveryState.WAITING, claimed_by=None, claimed_until=None, uncertain=True)
    )


async def _count(session: Session, statement: Update) -> int:
    result = await session.execute(statement)
    return result.rowcount if isinstance(result, CursorResult) else 0


async def hasten(
    session: Session, *, channel: str, chat: str | None, now: datetime, tried: bool
) -> int:
    """Let be due now what a clock that was ahead has put into the future.

    What quiet hours or the like hold is left alone.

    Args:
        session: The transaction.
        channel: The network.
        chat: Only in this chat, or ``None`` for all.
        now: The present instant, by the clock that is right again.
        tried: Whether that concerns all that waits, so that the time of another attempt is
            forgotten as well; otherwise only what claims to have been made later than now.
    """
    statement = update(Delivery).where(
        Delivery.channel == channel,
        Delivery.state.in_(OPEN),  # by which the index of the open ones is found
        Delivery.state == DeliveryState.WAITING.value,
        Delivery.due_at > now,
        Delivery.held_until.is_(None),
    )
    if chat is not None:
        statement = statement.where(Delivery.chat == chat)
    if not tried:
        statement = statement.where(Delivery.created_at > now)
    result = await session.execute(statement.values(due_at=now))
    return result.rowcount if isinstance(result, CursorResult) else 0
