import asyncio
import errno
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.errors import StorageError
from bot.messages import Address, Chat, ChatKind
from bot.storage import chats, cursors, engine, schema
from bot.storage.engine import Database
from bot.storage.models import ChatRow
from tests.fakes import START
from tests.servers.postgres import Postgres

PASSWORD = "s3cret-word"


async def save(database: Database, value: str = "1") -> None:
    async with database.begin() as session:
        await cursors.save(session, channel="fake", value=value, now=START)


async def saved(database: Database) -> str | None:
    async with database.begin() as session:
        return await cursors.load(session, channel="fake")


async def refusal(database: Database) -> str:
    """Fail to write, and return the words."""
    with pytest.raises(StorageError) as caught:
        await save(database)
    words = str(caught.value)
    assert len(words.splitlines()) == 1
    assert len(words) < 200
    return words


async def test_what_ends_well_is_kept(database: Database) -> None:
    """The commit comes with the end of the block."""
    await save(database)
    assert await saved(database) == "1"


@pytest.mark.parametrize("error", [KeyError("x"), OSError(errno.ENOENT, "no such file")], ids=repr)
async def test_a_fault_rolls_everything_back_and_stays_itself(
    database: Database, error: Exception
) -> None:
    """A handler's own fault is not mistaken for a database to wait for."""

    async def handle() -> None:
        async with database.begin() as session:
            await cursors.save(session, channel="fake", value="1", now=START)
            raise error

    with pytest.raises(type(error)) as caught:
        await handle()
    assert caught.value is error
    assert await saved(database) is None


async def test_a_violated_constraint_is_our_fault_and_not_the_databases(
    database: Database,
) -> None:
    """Waiting would not help, so nobody is told to."""

    def chat() -> ChatRow:
        return ChatRow(channel="fake", chat="room", kind="room", joined_at=START)

    with pytest.raises(IntegrityError):
        async with database.begin() as session:
            session.add_all([chat(), chat()])
    async with database.begin() as session:
        assert (await session.scalars(select(ChatRow))).all() == []


@pytest.mark.parametrize("value", ["nul \0", "half a pair \ud800", "longer than 32 " * 3])
async def test_what_postgresql_can_not_hold_is_our_fault(
    migrated_postgres: str, value: str
) -> None:
    """Such a value fails each time; taken for a database in trouble it would be tried for ever."""
    database = Database(migrated_postgres)
    with pytest.raises(DBAPIError):
        async with database.begin() as session:
            await cursors.save(session, channel=value, value="1", now=START)
    await save(database)
    await database.close()


@pytest.fixture
async def impatient(
    migrated_sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Database]:
    """A SQLite database that gives up at once when it is locked."""
    monkeypatch.setattr(engine, "SQLITE_WAIT", 0.01)
    database = Database(migrated_sqlite)
    yield database
    await database.close()


async def test_a_locked_sqlite_is_refused_and_works_when_it_is_free(
    impatient: Database, tmp_path: Path
) -> None:
    """A backup tool that holds the file costs a delay, not an answer."""
    other = sqlite3.connect(tmp_path / "hub.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert await refusal(impatient) == "OperationalError: database is locked"
    other.execute("ROLLBACK")
    other.close()
    await save(impatient)
    assert await saved(impatient) == "1"


async def test_a_full_disk_is_refused_and_nothing_is_kept(migrated_sqlite: str) -> None:
    """After there is room again the same database goes on."""
    database = Database(migrated_sqlite)

    @event.listens_for(database.engine.sync_engine, "connect")
    def fill(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA max_page_count = 1").close()

    async def save_both() -> None:
        async with database.begin() as session:
            await cursors.save(session, channel="fake", value="small", now=START)
            await cursors.save(session, channel="other", value="large" * 100_000, now=START)

    with pytest.raises(StorageError, match=r"^OperationalError: database or disk is full$"):
        await save_both()
    assert await saved(database) is None

    async with database.begin() as session:
        await session.execute(text("PRAGMA max_page_count = 100000"))
    await save(database, "large" * 100_000)
    assert await saved(database) == "large" * 100_000
    await database.close()


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """A wrong path in the configuration destroys nothing."""
    path = tmp_path / "letter.txt"
    path.write_text("Dear all, " * 100)
    database = Database(f"sqlite:///{path}")
    assert await refusal(database) == "DatabaseError: file is not a database"
    await database.close()
    assert path.read_text() == "Dear all, " * 100


async def test_a_folder_that_can_not_be_made_is_refused(tmp_path: Path) -> None:
    """The operator reads why, not a traceback."""
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="the database's file can't be made"):
        Database(f"sqlite:///{tmp_path}/file/data/hub.sqlite3")


async def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    """A first start needs no preparation."""
    database = Database(f"sqlite:///{tmp_path}/new/data/hub.sqlite3")
    await schema.upgrade(database)
    await save(database)
    await database.close()
    assert (tmp_path / "new" / "data" / "hub.sqlite3").is_file()


async def test_sqlite_survives_a_power_cut(migrated_sqlite: str) -> None:
    """What was committed is on the disk before anybody is told, and references are checked."""
    database = Database(migrated_sqlite)
    async with database.begin() as session:
        pragmas = [
            (await session.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert pragmas == ["wal", 2, 1]
    await database.close()


async def test_two_writers_of_one_process_wait_for_each_other(migrated_sqlite: str) -> None:
    """A reader that turns into a writer never fails because another did so first."""
    database = Database(migrated_sqlite)

    async def count_up() -> None:
        async with database.begin() as session:
            row = await chats.note(
                session, chat=Chat(Address("fake", "room"), ChatKind.ROOM), now=START
            )
            row.title = f"{int(row.title or 0) + 1}"

    async with asyncio.TaskGroup() as tasks:
        for _ in range(5):
            tasks.create_task(count_up())
    async with database.begin() as session:
        row = await chats.find(session, channel="fake", chat="room")
    assert row is not None
    assert row.title == "5"
    await database.close()


async def test_postgresql_away_and_back_is_survived() -> None:
    """The same Database works again after a restart, and a cut transaction kept nothing."""
    with Postgres.running() as server:
        database = Database(server.url(server.create_database()))
        await schema.upgrade(database)
        await save(database, "before")

        async def save_too_late() -> None:
            async with database.begin() as session:
                await cursors.save(session, channel="fake", value="lost", now=START)
                await server.stop()

        with pytest.raises(StorageError):
            await save_too_late()
        assert await refusal(database) == "ConnectionRefusedError: Connection refused"

        await server.start()
        assert await saved(database) == "before"
        await save(database, "after")
        assert await saved(database) == "after"
        await database.close()


async def test_a_connection_that_is_cut_is_replaced(
    postgres: Postgres, migrated_postgres: str
) -> None:
    """An administrator's restart or a firewall costs one attempt at most."""
    database = Database(migrated_postgres)
    await save(database)
    name = migrated_postgres.rpartition("/")[2]
    ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    postgres.execute(f"{ending} WHERE datname = '{name}'")
    assert await saved(database) == "1"
    await database.close()


@pytest.mark.parametrize(
    ("user", "host", "name"),
    [
        ("nobody", "127.0.0.1:{port}", "postgres"),
        ("postgres", "127.0.0.1:{port}", "nowhere"),
        ("postgres", "127.0.0.1:1", "postgres"),
        ("postgres", "localhost:1", "postgres"),
        ("postgres", "no-such-host.invalid", "postgres"),
    ],
)
async def test_no_refusal_tells_address_or_password(
    postgres: Postgres, user: str, host: str, name: str
) -> None:
    """The reason ends up in logs and on a status page."""
    host = host.format(port=postgres._port)
    database = Database(f"postgresql://{user}:{PASSWORD}@{host}/{name}")
    words = await refusal(database)
    for hidden in (PASSWORD, "postgresql", "asyncpg", "://", "127.0.0.1", host):
        assert hidden not in words
    await database.close()


async def test_a_transaction_that_is_cancelled_gives_the_database_back(
    database: Database,
) -> None:
    """Whatever statement it was at, and although its frames are still known to somebody."""
    held: list[BaseException] = []
    for number in range(40):
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(_work(database))
            await asyncio.sleep(number * 0.0003)
            task.cancel()
            await asyncio.wait({task})
        if task.cancelled():
            held.append(await _cancellation(task))
        await save(database)
    assert held, "none was cancelled in the middle"


async def _work(database: Database) -> None:
    async with database.begin() as session:
        for number in range(3):
            await cursors.save(session, channel="fake", value=str(number), now=START)
            await cursors.load(session, channel="fake")


async def _cancellation(task: asyncio.Task[None]) -> BaseException:
    """Return the exception with the frames in which it was raised."""
    try:
        await task
    except asyncio.CancelledError as error:
        return error
    raise AssertionError("it was not cancelled")
