"""All tables as rows of JSON, alike on SQLite and PostgreSQL, and back again.

A dump says of each column what it holds, so that it can be read by later versions of the
program, whose tables differ, and into either database.
"""

import base64
import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    cast,
    column,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy import table as table_of
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from bot.errors import BackupError
from bot.storage.engine import Session, describe
from bot.storage.models import Base
from bot.storage.types import Instant, Json

_ROWS = 500
"""Rows that are fetched at a time."""
_LETTERS = 1_000_000
"""Characters of JSON that are handed on at a time; a longer row is handed on alone."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A table's name, and what each of its columns holds."""

    table: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a column may hold, and how that is written as JSON.

    Attributes:
        type: How it is read and written; ``NULL`` is ``None``.
        write: Makes JSON of a value.
        read: Makes a value of JSON.
    """

    type: TypeEngine[Any]
    write: Callable[[Any], Any] = lambda value: value
    read: Callable[[Any], Any] = lambda value: value


def _read_tree(written: str) -> Any:
    # None would become NULL, which is something else than the tree `null`.
    found = json.loads(written)
    return JSON.NULL if found is None else found


_KINDS: dict[str, Kind] = {
    "bool": Kind(Boolean()),
    "bytes": Kind(LargeBinary(), lambda value: base64.b64encode(value).decode(), base64.b64decode),
    "date": Kind(Date(), date.isoformat, date.fromisoformat),
    "float": Kind(Float()),
    "instant": Kind(Instant(), datetime.isoformat, datetime.fromisoformat),
    "int": Kind(BigInteger()),
    "json": Kind(JSON(none_as_null=True), read=_read_tree),
    "text": Kind(Text()),
}
_NAMES: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (Instant, "instant"),
    (Json, "json"),
    (Boolean, "bool"),
    (Date, "date"),
    (LargeBinary, "bytes"),
    (Float, "float"),
    (Integer, "int"),
    (String, "text"),
)


def _kind(of: Column[Any]) -> str:
    return next(name for known, name in _NAMES if isinstance(of.type, known))


def shapes() -> tuple[Shape, ...]:
    """Return every table of this version, those first that others refer to."""
    return tuple(
        Shape(table.name, tuple((one.name, _kind(one)) for one in table.columns))
        for table in Base.metadata.sorted_tables
    )


async def dump(session: Session, shape: Shape) -> AsyncIterator[tuple[int, str]]:
    """Read a table; yield how many rows follow, and these, each a line with a JSON list.

    Memory does not grow with the table. All tables read in one transaction are of one moment,
    if that is a snapshot.
    """
    names = [name for _, name in shape.columns]
    source = Base.metadata.tables[shape.table]
    # Anything up to 20 MB stands in one row of files.
    at_once = 1 if "bytes" in names else _ROWS
    query = select(*_readable(source, names)).order_by(*source.primary_key.columns)
    result = await session.stream(query.execution_options(yield_per=at_once))
    lines, size = list[str](), 0
    async for row in result:
        line = json.dumps(_written(row, names), separators=(",", ":"))
        lines.append(line + "\n")
        size += len(line)
        if size >= _LETTERS:
            yield len(lines), "".join(lines)
            lines, size = [], 0
    if lines:
        yield len(lines), "".join(lines)


def _readable(source: Table, names: Sequence[str]) -> Iterable[Any]:
    """Select trees as the text that the database keeps: so NULL and `null` stay what they are."""
    return (
        cast(one, Text()) if name == "json" else one
        for one, name in zip(source.columns, names, strict=True)
    )


def _written(row: Sequence[Any], names: Sequence[str]) -> list[Any]:
    return [
        None if value is None else _KINDS[name].write(value)
        for value, name in zip(row, names, strict=True)
    ]


async def load(session: Session, shape: Shape, lines: str) -> None:
    """Put rows of a dump into their table."""
    names = [name for name, _ in shape.columns]
    kinds = [_KINDS[name] for _, name in shape.columns]
    target = table_of(
        shape.table, *(column(name, kind.type) for name, kind in zip(names, kinds, strict=True))
    )
    rows = [
        {
            name: None if value is None else kind.read(value)
            for name, kind, value in zip(names, kinds, json.loads(line), strict=True)
        }
        for line in lines.splitlines()
    ]
    try:
        await session.execute(insert(target), rows)
    except DBAPIError as error:
        # PostgreSQL keeps to the lengths of columns, which SQLite does not know.
        raise BackupError(
            f"{shape.table}: the database refuses a row: {describe(error)}"
        ) from None


async def count_on(session: Session, shape: Shape) -> None:
    """Let the numbers that the database gives go on behind those that were loaded.

    SQLite does that by itself.
    """
    connection = await session.connection()
    if connection.dialect.name == "sqlite" or ("id", "int") not in shape.columns:
        return
    given = await session.scalar(
        text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": shape.table}
    )
    if given is not None:
        highest = select(func.max(column("id", BigInteger()))).select_from(table_of(shape.table))
        after = (await session.scalar(highest) or 0) + 1
        await session.execute(text("SELECT setval(:name, :after, false)"),
                              {"name": given, "after": after})  # fmt: skip


async def is_empty(session: Session) -> bool:
    """Tell whether the database has no table at all."""
    connection = await session.connection()
    return not await connection.run_sync(lambda sync: inspect(sync).get_table_names())
