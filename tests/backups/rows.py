"""Rows for every table, whatever its columns are."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Column, Table, func, insert, select

from bot.storage import dumping
from bot.storage.engine import Database, Session
from bot.storage.models import Base, Delivery, DeliveryState

_WORDS = "Grüße 🚲 aus Ulm\n\"'\\ \u2028 ende"


async def fill(database: Database, *, seed: int, rows: int = 4) -> None:
    """Put some rows with all kinds of values into every table."""
    chance = random.Random(seed)
    known: dict[str, list[dict[str, Any]]] = {}
    async with database.begin() as session:
        for table in Base.metadata.sorted_tables:
            known[table.name] = [_row(table, number, chance, known) for number in range(1, rows)]
            for row in known[table.name]:
                await session.execute(insert(table).values(row))
        for shape in dumping.shapes():
            await dumping.count_on(session, shape)


def _row(
    table: Table, number: int, chance: random.Random, known: dict[str, list[dict[str, Any]]]
) -> dict[str, Any]:
    return {one.name: _value(one, number, chance, known) for one in table.columns}


def _value(
    one: Column[Any], number: int, chance: random.Random, known: dict[str, list[dict[str, Any]]]
) -> Any:
    if one.nullable and not one.unique and chance.random() < 0.3:
        return None
    for key in one.foreign_keys:
        others = known[key.column.table.name]
        return others[number - 1][key.column.name]  # each another, as keys may have to be
    return _of_kind(dict(_columns(one.table))[one.name], one, number, chance)


def _columns(table: Any) -> tuple[tuple[str, str], ...]:
    return next(shape.columns for shape in dumping.shapes() if shape.table == table.name)


def _of_kind(kind: str, one: Column[Any], number: int, chance: random.Random) -> Any:
    if kind == "text":
        size = getattr(one.type, "length", None) or 200
        if one.table.name == "deliveries" and one.name == "state":
            return DeliveryState.SENT.value
        return f"{number}{one.name}{_WORDS}"[:size]
    now = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    return {
        "bool": chance.random() < 0.5,
        "bytes": chance.randbytes(3000),
        "date": date(2026, 2, 28),
        "float": chance.random(),
        "instant": now + timedelta(microseconds=chance.randrange(10**12)),
        "int": number,
        "json": chance.choice([JSON.NULL, {"ä": [1, 2.5, None]}, [], "text", True]),
    }[kind]


async def whole(session: Session) -> dict[str, str]:
    """Return all tables as they are dumped."""
    found = {}
    for shape in dumping.shapes():
        lines = [lines async for _, lines in dumping.dump(session, shape)]
        found[shape.table] = "".join(lines)
    return found


async def content(database: Database) -> dict[str, str]:
    """Return all tables of a database as they are dumped."""
    async with database.begin(reading=True) as session:
        return await whole(session)


async def count(database: Database, state: DeliveryState) -> int:
    """Count the deliveries in a state."""
    async with database.begin() as session:
        query = select(func.count()).select_from(Delivery).where(Delivery.state == state)
        return await session.scalar(query) or 0
