"""Every table and column is classified: about whom it is, and what becomes of it."""

import pytest
from sqlalchemy import Table

from bot.storage import personal
from bot.storage.models import Base, Member
from bot.storage.source_models import Source

SOURCES = Source.__tablename__
"""Makes sure that the tables of the other module are known."""
TABLES = {table.name: table for table in Base.metadata.sorted_tables}


def columns() -> dict[str, frozenset[str]]:
    """Return the columns of every table."""
    return {name: frozenset(table.c.keys()) for name, table in TABLES.items()}


def test_every_table_and_column_is_classified() -> None:
    """Whoever adds one says whether it is about people: in bot/storage/personal.py."""
    assert SOURCES in TABLES
    assert personal.unclassified(columns()) == []


def test_a_new_table_is_noticed() -> None:
    """The message says what to do."""
    (line,) = personal.unclassified(columns() | {"pigeons": frozenset({"id"})})
    assert line.startswith("pigeons: this table is not in TABLES of bot/storage/personal.py")


def test_a_new_column_is_noticed() -> None:
    """Also one of a table that is known."""
    grown = columns()["members"] | {"nickname"}
    (line,) = personal.unclassified(columns() | {"members": grown})
    assert line.startswith("members.nickname: this column is not classified")


def test_what_is_gone_is_noticed() -> None:
    """The registry does not outlive what it is about."""
    fewer = columns()["members"] - {"phase"}
    left = {name: held for name, held in columns().items() if name != "grants"}
    lines = personal.unclassified(left | {"members": fewer})
    assert [line.partition(":")[0] for line in lines] == ["grants", "members.phase"]


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_whoever_is_referred_to_is_found(table: Table) -> None:
    """A column that refers to members says whose a row is, or who did something."""
    held = personal.BY_NAME[table.name]
    deciding = {name for _, names in held.whose for name in names.split()}
    people = {
        column.name
        for column in table.c
        if any(key.column is Member.__table__.c.id for key in column.foreign_keys)
    }
    assert people <= deciding | set(held.doers.split())


@pytest.mark.parametrize("held", personal.TABLES, ids=lambda held: held.table)
def test_what_is_about_people_says_how_long(held: personal.Held) -> None:
    """And what is not says why."""
    assert held.is_personal == bool(held.subject and held.kept)
    assert held.is_personal or not (held.whose or held.doers or held.texts or held.shown)


@pytest.mark.parametrize("held", personal.TABLES, ids=lambda held: held.table)
def test_each_column_is_classified_once(held: personal.Held) -> None:
    """A column is shown or not, and never both."""
    parts = [set(part.split()) for part in (held.doers, held.texts, held.shown, held.inner)]
    assert sum(len(part) for part in parts) == len(set().union(*parts))
