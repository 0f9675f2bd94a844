"""What is due in the outbox, found without reading all that waits.

At night very many may be held until the morning. The index of what is open is ordered by
priority and then by due time, so within one priority what is due is found at once, and so is what
falls due next; read across all priorities, everything that is held would stand in between.
"""

from datetime import datetime
from functools import cache

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from bot.storage.engine import Session
from bot.storage.models import OPEN_STATES, Delivery, DeliveryState
from bot.storage.types import Instant

OPEN = [literal_column(f"'{state.value}'", String) for state in OPEN_STATES]
"""Written into the statement: with parameters SQLite uses no index of the open ones only."""


def due_first(one_chat: bool) -> Select[int]:  # noqa: FBT001 # private to this package
    """Select what may be sent now, of the first priority that has anything.

    That is due, unclaimed or abandoned, and first in its chat's line: only the first open
    delivery of a chat and priority qualifies, so that the parts of a long answer, or an answer
    and its edit, never overtake each other, not even when the first one has to be tried again.
    What is held until the morning stands in nobody's way.

    Its parameters are ``of_channel``, ``at``, and ``of_chat`` with *one_chat*.
    """
    each = _priorities()
    probe = aliased(Delivery)
    some = _due(probe, one_chat=one_chat).where(probe.priority == each.c.priority).limit(1)
    has_some = some.scalar_subquery().is_not(None)
    first = select(func.min(each.c.priority)).where(has_some).scalar_subquery()
    query = _due(Delivery, one_chat=one_chat).where(Delivery.priority == first)
    return query.order_by(Delivery.due_at, Delivery.id)


def _due(row: type[Delivery], *, one_chat: bool) -> Select[int]:
    now = bindparam("at", type_=Instant)
    earlier = aliased(Delivery)
    # No EXISTS: PostgreSQL would make a join of it, and read the whole line for each row as long
    # as it has no statistics of a broadcast that has just been put in.
    first = select(earlier.id).where(
        earlier.channel == row.channel,
        earlier.chat == row.chat,
        earlier.priority == row.priority,
        earlier.id < row.id,
        earlier.state.in_(OPEN),
        or_(earlier.held_until.is_(None), earlier.held_until <= now),
    )
    blocked = first.limit(1).scalar_subquery().is_not(None)
    waiting = row.state == DeliveryState.WAITING.value
    abandoned = and_(row.state == DeliveryState.SENDING.value, row.claimed_until < now)
    query = select(row.id).where(
        row.channel == bindparam("of_channel", type_=String),
        row.state.in_(OPEN),
        row.due_at <= now,
        or_(waiting, abandoned),
        ~blocked,
    )
    return query.where(row.chat == bindparam("of_chat", type_=String)) if one_chat else query


def _priorities() -> CTE:
    """Select the priorities of what is open, each by one look at the index.

    Source: https://wiki.postgresql.org/wiki/Loose_indexscan
    """
    row = aliased(Delivery)
    first = select(func.min(row.priority).label("priority")).where(*_open(row))
    each = first.cte("each_priority", recursive=True)
    further = aliased(Delivery)
    following = select(func.min(further.priority)).where(
        *_open(further), further.priority > each.c.priority
    )
    return each.union_all(select(following.scalar_subquery()).where(each.c.priority.is_not(None)))


def _open(row: type[Delivery]) -> tuple[ColumnElement[bool], ...]:
    return row.channel == bindparam("of_channel", type_=String), row.state.in_(OPEN)


async def next_due(
    session: Session, *, channel: str, chat: str | None, now: datetime | None = None
) -> datetime | None:
    """Return when the next waiting delivery of *channel* falls due, if there is one.

    With *now*, what is due already is left out. Who has just claimed all that may go is told so
    when to look again: what is left of it stands behind another one in its chat's line.
    """
    connection = await session.connection()
    values = {"of_channel": channel, "of_chat": chat, "at": now}
    due: datetime | None = await connection.scalar(
        _next(chat is not None, now is not None), values
    )
    return due


@cache
def _next(one_chat: bool, later: bool) -> Select[datetime]:  # noqa: FBT001 # remembered by them
    each = _priorities()
    row = aliased(Delivery)
    due = select(func.min(row.due_at)).where(
        *_open(row), row.priority == each.c.priority, row.state == DeliveryState.WAITING.value
    )
    if later:
        due = due.where(row.due_at > bindparam("at", type_=Instant))
    if one_chat:
        due = due.where(row.chat == bindparam("of_chat", type_=String))
    return select(func.min(due.scalar_subquery(), type_=Instant)).select_from(each)
