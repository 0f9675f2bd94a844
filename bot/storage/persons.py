"""Everything that is held about one person, found as :mod:`bot.storage.personal` says."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, false, or_, select, tuple_

from bot.messages import ChatKind, Identity
from bot.storage import source_models  # noqa: F401 # its tables belong to the registry
from bot.storage.addressed import in_chat
from bot.storage.engine import Session
from bot.storage.models import (
    Base,
    Body,
    ChatRow,
    Delivery,
    DigestItem,
    IdentityRow,
    Member,
    Question,
    Subscription,
)
from bot.storage.personal import BY_NAME, TABLES, Held, Whose

_MOST = 1000
"""Of one table, the newest; nobody's outbox is longer than their patience."""


@dataclass(frozen=True, slots=True)
class Who:
    """A person, and what tells which rows are theirs.

    Attributes:
        member_id: Their number.
        accounts: On each network.
        names: What the networks show.
        chats: The rows of their direct chats, also of earlier ones.
        places: Network and id of these.
        questions: The numbers of what they asked.
    """

    member_id: int
    accounts: tuple[Identity, ...] = ()
    names: tuple[str, ...] = ()
    chats: tuple[int, ...] = ()
    places: tuple[tuple[str, str], ...] = ()
    questions: tuple[int, ...] = ()


async def who(session: Session, *, member_id: int, lock: bool = False) -> Who:
    """Find out what belongs to a member; with *lock* nobody else changes the member meanwhile."""
    if lock:
        await session.get_one(Member, member_id, with_for_update=True, populate_existing=True)
    accounts = (
        await session.scalars(select(IdentityRow).where(IdentityRow.member_id == member_id))
    ).all()
    chats = (
        await session.scalars(
            select(ChatRow).where(
                # A direct chat that somebody else has joined is nobody's any more.
                ChatRow.kind == ChatKind.DIRECT.value,
                or_(ChatRow.member_id == member_id, ChatRow.partner_id == member_id),
            )
        )
    ).all()
    asked = await session.scalars(select(Question.id).where(Question.member_id == member_id))
    return Who(
        member_id,
        accounts=tuple(Identity(one.channel, one.user) for one in accounts),
        names=tuple(dict.fromkeys(one.name for one in accounts if one.name)),
        chats=tuple(one.id for one in chats),
        places=tuple((one.channel, one.chat) for one in chats),
        questions=tuple(asked),
    )


def own(held: Held, person: Who) -> ColumnElement[bool]:
    """Return what selects the rows of a table that are a person's own."""
    table = Base.metadata.tables[held.table]
    found = [_condition(how, names.split(), table, person) for how, names in held.whose]
    return or_(false(), *found)


def _condition(
    how: Whose, names: list[str], table: FromClause, person: Who
) -> ColumnElement[bool]:
    columns = [table.c[name] for name in names]
    match how:
        case Whose.MEMBER:
            return columns[0] == person.member_id
        case Whose.CHAT:
            return columns[0].in_(person.chats)
        case Whose.ADDRESS:
            return _addressed(columns, table, person) if person.places else false()
        case Whose.SUBSCRIPTION:
            theirs = select(Subscription.id).where(Subscription.chat_id.in_(person.chats))
            return columns[0].in_(theirs)
        case Whose.ACCOUNT:
            return columns[0].in_([str(one) for one in person.accounts])


def _addressed(
    columns: Iterable[ColumnElement[Any]], table: FromClause, person: Who
) -> ColumnElement[bool]:
    if table is Delivery.__table__:
        return or_(*(in_chat(*place, row=table.c) for place in person.places))
    return tuple_(*columns).in_(person.places)


def done_by(held: Held, person: Who) -> ColumnElement[bool]:
    """Return what selects the rows that say that a person did something."""
    table = Base.metadata.tables[held.table]
    return or_(false(), *(table.c[name] == person.member_id for name in held.doers.split()))


@dataclass(slots=True)
class Found:
    """What a table holds about a person.

    Attributes:
        held: What is said of the table.
        rows: What the person is shown of each row, by column.
    """

    held: Held
    rows: list[dict[str, Any]] = field(default_factory=list)


async def everything(session: Session, person: Who) -> list[Found]:
    """Return all that is held about a person, in the order of the registry.

    Texts of messages stand in the place of the numbers of their bodies, as JSON trees.
    """
    found = [await _of_table(session, held, person) for held in TABLES if held.visible]
    await _put_bodies(session, found)
    return [one for one in found if one.rows]


async def _of_table(session: Session, held: Held, person: Who) -> Found:
    table = Base.metadata.tables[held.table]
    columns = [table.c[name] for name in held.visible]
    mine = own(held, person)
    if held.doers:
        mine = or_(mine, done_by(held, person))
    if held.table == ChatRow.__tablename__:
        mine = and_(mine, table.c.id.in_(person.chats))
    query = select(*columns).where(mine).order_by(*table.primary_key.columns.values())
    rows = (await session.execute(query.limit(_MOST))).all()
    plain = [{name: _plain(row._mapping[name]) for name in held.visible} for row in rows]  # noqa: SLF001 # SQLAlchemy's public name
    return Found(held, plain)


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    return value.isoformat() if isinstance(value, datetime | date) else value


async def _put_bodies(session: Session, found: Iterable[Found]) -> None:
    tables = {Delivery.__tablename__, DigestItem.__tablename__}
    rows = [row for one in found if one.held.table in tables for row in one.rows]
    numbers = {row["body_id"] for row in rows}
    query = select(Body.id, Body.content).where(Body.id.in_(numbers))
    contents = {row.id: row.content for row in await session.execute(query)}
    for row in rows:
        row["says"] = contents.get(row.pop("body_id"))


def held_in(table: str) -> Held:
    """Return what is said of a table."""
    return BY_NAME[table]
