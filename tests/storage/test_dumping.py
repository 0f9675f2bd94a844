import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert, text

from bot.errors import BackupError
from bot.storage import dumping, schema
from bot.storage.engine import Database
from bot.storage.models import ChatRow, Member
from tests.backups.rows import content, fill, whole
from tests.fakes import START
from tests.storage.rows import put


@pytest.fixture
async def source(migrated_url: str) -> AsyncIterator[Database]:
    """A database that only this test fills, once on each of both."""
    database = Database(migrated_url)
    yield database
    await database.close()


async def load_all(target: Database, tables: dict[str, str]) -> None:
    async with target.begin() as session:
        await schema.upgrade_to(session, "head")
        for shape in dumping.shapes():
            if tables[shape.table]:
                await dumping.load(session, shape, tables[shape.table])
            await dumping.count_on(session, shape)


@pytest.mark.parametrize("seed", range(2))
async def test_what_is_dumped_and_loaded_is_equal(
    source: Database, database_url: str, seed: int
) -> None:
    """Every value of every table comes back, from each database into each."""
    await fill(source, seed=seed)
    before = await content(source)
    target = Database(database_url.replace("hub.sqlite3", "target.sqlite3"))
    await load_all(target, before)
    assert await content(target) == before
    assert all(before.values()), "no table was left out"
    await target.close()


async def test_numbers_go_on_behind_those_that_were_loaded(
    source: Database, database_url: str
) -> None:
    """A new row of a restored hub does not collide with an old one."""
    await fill(source, seed=1)
    target = Database(database_url.replace("hub.sqlite3", "target.sqlite3"))
    await load_all(target, await content(source))
    async with target.begin() as session:
        row = Member(created_at=START)
        session.add(row)
        await session.flush()
        assert row.id == 4
    await target.close()


async def test_a_dump_is_of_one_moment_while_others_write(source: Database) -> None:
    """A delivery is never there without its body, and writers do not wait for the reader."""
    written = 0

    async def write(database: Database) -> None:
        nonlocal written
        while not done.is_set():
            await put(database, f"key:{written}")
            written += 1

    done = asyncio.Event()
    other = Database(str(source.engine.url.render_as_string(hide_password=False)))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write(other))
        while written < 20:
            await asyncio.sleep(0)
        async with source.begin(snapshot=True, reading=True) as session:
            first = await whole(session)
            seen = written
            while written < seen + 20:
                await asyncio.sleep(0.01)
            second = await whole(session)
        done.set()
    assert first == second
    bodies = {json.loads(line)[0] for line in first["bodies"].splitlines()}
    named = {json.loads(line)[6] for line in first["deliveries"].splitlines()}
    assert bodies == named
    assert len(bodies) >= 20
    await other.close()


async def test_a_value_that_does_not_fit_names_its_table(
    migrated_sqlite: str, migrated_postgres: str
) -> None:
    """PostgreSQL keeps to the lengths that SQLite does not know."""
    source, target = Database(migrated_sqlite), Database(migrated_postgres)
    async with source.begin() as session:
        await session.execute(
            insert(ChatRow).values(
                channel="x" * 40, chat="1", kind="direct", title="", joined_at=START, ambient=False
            )
        )
    tables = await content(source)
    with pytest.raises(BackupError, match="chats: the database refuses a row"):
        await load_all(target, tables)
    async with target.begin() as session:
        assert await session.scalar(text("SELECT count(*) FROM chats")) == 0
    await source.close()
    await target.close()
