"""SQLite's cursors: many rows, a part of them, and what is left when nobody reads on."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.engine import Database
from bot.storage.sqlite import AT_ONCE, Connection

COUNT = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :most)
SELECT n FROM numbers
"""


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[AsyncConnection]:
    """A connection through SQLAlchemy to a new file."""
    database = Database(f"sqlite:///{tmp_path / 'hub.sqlite3'}")
    async with database.begin() as session:
        yield await session.connection()
    await database.close()


@pytest.mark.parametrize("most", [1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE])
async def test_all_rows_come_however_many_there_are(
    connection: AsyncConnection, most: int
) -> None:
    """Those that come along, and those that are fetched afterwards, in order."""
    rows = await connection.scalars(text(COUNT), {"most": most})
    assert rows.all() == list(range(1, most + 1))


@pytest.mark.parametrize("at_once", [1, 7, AT_ONCE, AT_ONCE * 2])
async def test_rows_are_read_piece_by_piece(connection: AsyncConnection, at_once: int) -> None:
    """A backup never holds a whole table."""
    most = AT_ONCE * 2 + 3
    statement = text(COUNT).execution_options(yield_per=at_once)
    async with connection.stream_scalars(statement, {"most": most}) as rows:
        assert [row async for row in rows] == list(range(1, most + 1))


async def test_a_reader_that_stops_holds_nothing(tmp_path: Path) -> None:
    """A statement that is not finished would keep the log from being put into the file."""
    database = Database(f"sqlite:///{tmp_path / 'hub.sqlite3'}")
    async with database.begin() as session:
        await session.execute(text("CREATE TABLE numbers (n INTEGER)"))
        await session.execute(text(f"INSERT INTO numbers {COUNT}"), {"most": AT_ONCE * 2})
    async with database.begin(reading=True) as session:
        numbers = await session.stream(text("SELECT n FROM numbers"))
        assert (await numbers.fetchmany(2))[-1].n == 2
        await numbers.close()
    await database.clean()
    await database.close()


async def test_what_is_wrong_is_said_as_before(connection: AsyncConnection) -> None:
    """By SQLAlchemy's own errors, which everything else relies on."""
    with pytest.raises(OperationalError, match="no such table"):
        await connection.execute(text("SELECT 1 FROM nowhere"))
    assert await connection.scalar(text("SELECT 1")) == 1


async def test_rows_can_be_had_one_by_one(tmp_path: Path) -> None:
    """A cursor is used by hand as well."""
    connection = Connection(str(tmp_path / "hub.sqlite3"))
    await connection
    cursor = await connection.cursor().execute("SELECT 1 UNION SELECT 2")
    assert [await cursor.fetchone() for _ in range(3)] == [(1,), (2,), None]
    await connection.close()


async def test_who_is_cancelled_leaves_the_file_to_others(tmp_path: Path) -> None:
    """The statement goes on in its thread, and its transaction is taken back."""
    database = Database(f"sqlite:///{tmp_path / 'hub.sqlite3'}")

    async def count() -> None:
        async with database.begin() as session:
            await session.execute(text("CREATE TABLE left_behind (n INTEGER)"))
            await session.execute(text(COUNT), {"most": 200_000})

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(count())
        await asyncio.sleep(0.05)
        task.cancel()
    async with database.begin() as session:
        await session.execute(text("CREATE TABLE left_behind (n INTEGER)"))
    await database.close()
