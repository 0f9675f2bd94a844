"""A new version runs beside the old one: its migrations only add (docs/adr/0021)."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from bot.errors import SchemaError, StorageError
from bot.storage import indices, schema
from bot.storage.engine import Database
from bot.storage.models import Base
from tests.storage.shapes import (
    Column,
    OldProgram,
    Shape,
    breaks,
    going_to,
    revisions,
    shapes,
)

CONTRACTED: dict[str, set[str]] = {}
"""By revision: what it takes away, in the words of `breaks`; unused since the release before."""

AFTER = [one for one in revisions() if one > schema.BASELINE]


@pytest.fixture
async def empty(database_url: str) -> AsyncIterator[Database]:
    """A database without any table."""
    database = Database(database_url)
    yield database
    await database.close()


async def go(database: Database, revision: str) -> None:
    async with database.begin() as session:
        await (await session.connection()).run_sync(going_to(revision))


async def old_program(database: Database) -> OldProgram:
    async with database.begin() as session:
        return await (await session.connection()).run_sync(OldProgram)


async def test_migrations_since_the_last_release_only_add(empty: Database) -> None:
    """An older program that still runs finds all it uses, and may write as it always did."""
    await go(empty, schema.BASELINE)
    for revision in AFTER:
        async with empty.begin() as session:
            connection = await session.connection()
            before = await connection.run_sync(shapes)
            await connection.run_sync(going_to(revision))
            found = set(breaks(before, await connection.run_sync(shapes)))
        assert found == CONTRACTED.get(revision, set()), revision


def test_what_takes_away_says_since_when_programs_can_do_without() -> None:
    """The names of revisions tell it, of the one that takes away and of all that follow."""
    since = ""
    for revision in AFTER:
        said = revision.partition("-since-")[2]
        assert said >= since, f"{revision} has to carry on -since-{since}"
        assert (said > since) == (revision in CONTRACTED), revision
        since = said


FREE = Column("TEXT", nullable=True, filled=False)
FILLED = Column("TEXT", nullable=False, filled=True)
DEMANDED = Column("TEXT", nullable=False, filled=False)
NUMBER = Column("INTEGER", nullable=True, filled=False)
COLUMNS = {"id": FILLED, "name": FREE}
KEPT = Shape(COLUMNS)


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ({}, "dropped"),
        ({"members": Shape({"id": FILLED})}, "dropped or renamed"),
        ({"members": Shape({**COLUMNS, "name": NUMBER})}, "changes its type"),
        ({"members": Shape({**COLUMNS, "name": FILLED})}, "may no longer be empty"),
        ({"members": Shape({**COLUMNS, "id": DEMANDED})}, "no longer fills itself"),
        ({"members": Shape({**COLUMNS, "age": DEMANDED})}, "is demanded of rows"),
        ({"members": Shape(COLUMNS, demands={"['name']"})}, "demands more of rows"),
        ({"members": Shape(COLUMNS, indices={"ix_members_name"})}, "is locked"),
    ],
)
def test_what_an_older_program_would_stumble_over_is_named(
    after: dict[str, Shape], said: str
) -> None:
    """The rule is one that finds something."""
    (found,) = breaks({"members": KEPT}, after)
    assert said in found


def test_what_only_adds_is_no_trouble() -> None:
    """A new table, a column that may be empty, one that fills itself, a demand that is dropped."""
    more = {"nick": FREE, "age": FILLED}
    after = {"members": Shape(COLUMNS | more), "pets": Shape(more, {"ix_pets_age"})}
    before = {"members": Shape(COLUMNS, demands={"['name']"})}
    assert list(breaks(before, after)) == []


@pytest.mark.parametrize("revision", ["0009", schema.BASELINE])
async def test_an_upgrade_keeps_every_row_and_lets_the_older_program_go_on(
    empty: Database, revision: str
) -> None:
    """What was there is there; the older program reads, adds, changes and deletes as before."""
    await go(empty, revision)
    old = await old_program(empty)
    async with empty.begin() as session:
        await old.write(session, 1)
        was = await old.read(session)
    assert all(len(rows) == 1 for rows in was.values())

    await schema.upgrade(empty)

    async with empty.begin() as session:
        assert await old.read(session) == was
        await old.write(session, 2)
        await old.rewrite(session, 2)
        await old.rewrite(session, 1)
    async with empty.begin() as session:
        await old.remove(session, 2)
        assert await old.read(session) == was


async def test_the_older_program_writes_while_the_newer_one_upgrades(empty: Database) -> None:
    """Nothing it writes meanwhile is lost or refused."""
    await go(empty, schema.BASELINE)
    old, beside = await old_program(empty), Database(str(empty.engine.url))
    done = asyncio.Event()

    async def keep_writing() -> int:
        number = 0
        while not done.is_set() or number < 3:
            number += 1
            async with empty.begin() as session:
                await old.write(session, number)
            await asyncio.sleep(0.01)  # SQLite lets nobody else in where one writes all the time
        return number

    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(keep_writing())
        await schema.upgrade(beside)
        done.set()
    async with empty.begin() as session:
        rows = await old.read(session)
    assert {len(one) for one in rows.values()} == {writing.result()}
    await beside.close()


async def test_an_older_program_goes_on_with_what_a_newer_one_has_added(
    migrated_url: str,
) -> None:
    """Started again during a rolling restart, it neither refuses nor takes anything back."""
    database = Database(migrated_url)
    async with database.begin() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await schema.upgrade(database)
    await schema.check(database)
    assert await schema.current(database) == "9999"
    with pytest.raises(SchemaError, match="update the program"):
        await schema.check(database, exactly=True)
    await database.close()


@pytest.mark.parametrize(
    ("revision", "program", "fits"),
    [
        ("0012", "0011", True),
        ("0012", "0010", True),
        ("0012", "0009", False),
        ("0015-since-0013", "0013", True),
        ("0015-since-0013", "0012", False),
        ("0016-since-0013", "0015-since-0013", True),
        ("0011", "0012", False),
        ("something", "0012", False),
    ],
)
def test_a_name_tells_which_programs_can_work_with_it(
    revision: str,
    program: str,
    fits: bool,  # noqa: FBT001 # a parameter of the test
) -> None:
    """Also to a program that has never heard of the revision."""
    assert schema.suits(revision, program=program) is fits


async def test_a_missing_index_of_a_large_table_is_built(migrated_url: str) -> None:
    """Also by two processes at once, and while somebody writes."""
    first, second = Database(migrated_url), Database(migrated_url)
    async with first.begin() as session:
        await session.execute(text("DROP INDEX ix_deliveries_source"))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(schema.upgrade(first))
        tasks.create_task(schema.upgrade(second))
    async with first.begin() as session:
        there = await (await session.connection()).run_sync(shapes)
    assert "ix_deliveries_source" in there["deliveries"].indices
    await first.close()
    await second.close()


async def test_an_index_gives_way_to_the_one_in_its_place(empty: Database) -> None:
    """Also where several programs start at once; one that was begun before goes on."""
    await go(empty, schema.BASELINE)
    old, beside = await old_program(empty), Database(str(empty.engine.url))
    async with empty.begin() as session:
        before = await (await session.connection()).run_sync(shapes)
    assert before["deliveries"].indices >= indices.SUPERSEDED
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(schema.upgrade(empty))
        tasks.create_task(schema.upgrade(beside))
    async with empty.begin() as session:
        there = await (await session.connection()).run_sync(shapes)
        await old.write(session, 1)
    wanted = {str(one.name) for one in Base.metadata.tables["deliveries"].indexes}
    assert there["deliveries"].indices - {"uq_deliveries_key"} == wanted
    await beside.close()


async def test_an_index_that_a_crash_left_behind_goes_at_the_next_start(
    migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else is missing then."""
    database = Database(migrated_url)
    monkeypatch.setattr(indices, "SUPERSEDED", frozenset({"ix_old"}))
    async with database.begin() as session:
        await session.execute(text("CREATE INDEX ix_old ON deliveries (done_at)"))
    await schema.upgrade(database)
    async with database.begin() as session:
        there = await (await session.connection()).run_sync(shapes)
    assert "ix_old" not in there["deliveries"].indices
    await database.close()


async def test_an_index_that_a_crash_left_half_built_is_replaced(migrated_postgres: str) -> None:
    """The next start builds it anew; PostgreSQL would never use it as it is."""
    database = Database(migrated_postgres)
    async with database.begin() as session:
        await session.execute(text(
            "UPDATE pg_index SET indisvalid = false "
            "WHERE indexrelid = 'ix_deliveries_source'::regclass"
        ))  # fmt: skip
    await schema.upgrade(database)
    async with database.begin() as session:
        assert await session.scalar(text(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_deliveries_source'::regclass"
        ))  # fmt: skip
    await database.close()


async def test_who_holds_a_table_is_not_stood_in_front_of(
    migrated_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All who come later would wait as well, so it gives up, and says so in the end."""
    monkeypatch.setattr(schema, "_TRIES", 1)
    monkeypatch.setattr(schema, "_PAUSE", 0)
    monkeypatch.setattr(schema, "_LOCK_WAIT", "100ms")
    holding, upgrading = Database(migrated_postgres), Database(migrated_postgres)
    await go(holding, "0009")
    async with holding.begin() as session:
        await session.execute(text("LOCK TABLE members IN ROW EXCLUSIVE MODE"))
        with pytest.raises(StorageError, match="another process holds"):
            await schema.upgrade(upgrading)
    await schema.upgrade(upgrading)
    assert await schema.current(upgrading) == schema.head()
    await holding.close()
    await upgrading.close()
