"""What a database looks like, and what of a change to it an older program would stumble over."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, inspect, types

from bot.storage import schema
from bot.storage.engine import Session
from bot.storage.indices import LARGE


@dataclass
class Column:
    """A column as the database has it: whether it may be empty, and whether it fills itself."""

    type: str
    nullable: bool
    filled: bool


@dataclass
class Shape:
    """A table: its columns by name, its indices, and what it demands of rows beside that."""

    columns: dict[str, Column]
    indices: set[str] = field(default_factory=set)
    demands: set[str] = field(default_factory=set)


def shapes(connection: Connection) -> dict[str, Shape]:
    """Return all tables of a database but Alembic's own."""
    look = inspect(connection)
    names = set(look.get_table_names()) - {"alembic_version"}
    return {
        name: Shape(
            {
                one["name"]: Column(
                    str(one["type"]), bool(one["nullable"]), one.get("default") is not None
                )
                for one in look.get_columns(name)
            },
            {str(one["name"]) for one in look.get_indexes(name)},
            {
                *(str(one["name"]) for one in look.get_indexes(name) if one["unique"]),
                *(str(one["column_names"]) for one in look.get_unique_constraints(name)),
                *(str(one["constrained_columns"]) for one in look.get_foreign_keys(name)),
                *(str(one["sqltext"]) for one in look.get_check_constraints(name)),
            },
        )
        for name in names
    }


def breaks(before: dict[str, Shape], after: dict[str, Shape]) -> Iterator[str]:
    """Say what of a change an older program can't live with, or has to wait for."""
    for name, old in before.items():
        if name not in after:
            yield f"{name} is dropped"
            continue
        new = after[name]
        for column in old.columns:
            yield from _changed(f"{name}.{column}", old.columns[column], new.columns.get(column))
        for column in new.columns.keys() - old.columns.keys():
            added = new.columns[column]
            if not added.nullable and not added.filled:
                yield f"{name}.{column} is demanded of rows that older programs write"
        if new.demands - old.demands:
            yield f"{name} demands more of rows: {new.demands - old.demands}"
        if name in LARGE and new.indices - old.indices:
            yield f"{name} is locked while indices are built: {new.indices - old.indices}"


def _changed(name: str, old: Column, new: Column | None) -> Iterator[str]:
    if new is None:
        yield f"{name} is dropped or renamed"
    elif new.type != old.type:
        yield f"{name} changes its type"
    elif old.nullable and not new.nullable:
        yield f"{name} may no longer be empty"
    elif old.filled and not new.filled and not new.nullable:
        yield f"{name} no longer fills itself"


def revisions() -> list[str]:
    """Return all revisions, oldest first."""
    scripts = ScriptDirectory.from_config(schema._config())
    return [script.revision for script in scripts.walk_revisions()][::-1]


def going_to(revision: str) -> Callable[[Connection], None]:
    """Return what brings a connection's database to a revision."""

    def go(connection: Connection) -> None:
        now = schema._revision(connection) or ""
        way = command.downgrade if revision < now else command.upgrade
        way(schema._config(connection=connection), revision)

    return go


class OldProgram:
    """Reads and writes every table, with the columns that there were when it was made."""

    def __init__(self, connection: Connection) -> None:
        self._known = MetaData()
        self._known.reflect(connection)
        self._known.remove(self._known.tables["alembic_version"])

    @property
    def tables(self) -> list[Table]:
        """Its tables, in the order in which rows can be written."""
        return self._known.sorted_tables

    async def write(self, session: Session, number: int) -> None:
        """Write a row of this number into every table."""
        for table in self.tables:
            row = {column.name: _value(column.type, number) for column in table.columns}
            await session.execute(table.insert().values(row))

    async def read(self, session: Session) -> dict[str, list[tuple[Any, ...]]]:
        """Read everything."""
        return {
            table.name: sorted(
                (tuple(row) for row in await session.execute(table.select())), key=repr
            )
            for table in self.tables
        }

    async def rewrite(self, session: Session, number: int) -> None:
        """Change what is no key in the rows of this number."""
        for table in self.tables:
            mine = [one == _value(one.type, number) for one in table.primary_key.columns]
            free = [one for one in table.columns if not one.primary_key and not one.foreign_keys]
            if free:
                values = {one.name: _value(one.type, number) for one in free}
                changed = await session.execute(table.update().where(*mine).values(values))
                assert changed.rowcount == 1  # type: ignore[attr-defined]

    async def remove(self, session: Session, number: int) -> None:
        """Delete the rows of this number."""
        for table in reversed(self.tables):
            mine = [one == _value(one.type, number) for one in table.primary_key.columns]
            await session.execute(table.delete().where(*mine))


def _value(kind: types.TypeEngine[Any], number: int) -> Any:
    """Return a value of a type; keys and what refers to them get the same for one number."""
    if isinstance(kind, types.DateTime):
        zone = UTC if kind.timezone else None
        return datetime(2027, 1, 1 + number % 28, tzinfo=UTC).replace(tzinfo=zone)
    for known, make in _MAKERS.items():
        if isinstance(kind, known):
            return make(number)
    return str(number)


_MAKERS: dict[type[types.TypeEngine[Any]], Callable[[int], Any]] = {
    types.Boolean: lambda number: bool(number % 2),
    types.Integer: int,
    types.Float: float,
    types.Numeric: int,
    types.Date: lambda number: date(2027, 1, 1 + number % 28),
    types.JSON: lambda number: {"number": number},
    types.LargeBinary: lambda number: bytes([number % 256]),
}
