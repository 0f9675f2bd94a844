"""Databases with the newest schema, copied instead of migrated each time."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from bot.storage import schema
from bot.storage.engine import Database
from bot.storage.models import Base
from tests.servers.postgres import Postgres


def _migrate(url: str) -> None:
    async def run() -> None:
        database = Database(url)
        await schema.upgrade(database)
        await database.close()

    asyncio.run(run())


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the newest schema; copy it."""
    path = tmp_path_factory.mktemp("migrated") / "hub.sqlite3"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_name(postgres: Postgres) -> str:
    """The name of a PostgreSQL database with the newest schema; copy it."""
    name = postgres.create_database()
    _migrate(postgres.url(name))
    return name


@pytest.fixture(scope="session")
def shared_url(postgres: Postgres, migrated_name: str) -> str:
    """The URL of the PostgreSQL database whose tables all tests share."""
    return postgres.url(postgres.create_database(template=migrated_name))


@pytest.fixture
def migrated_postgres(postgres: Postgres, migrated_name: str) -> Iterator[str]:
    """The URL of a PostgreSQL database with the newest schema."""
    name = postgres.create_database(template=migrated_name)
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture
def migrated_sqlite(migrated_file: Path, tmp_path: Path) -> str:
    """The URL of a SQLite database with the newest schema."""
    path = shutil.copy(migrated_file, tmp_path / "hub.sqlite3")
    return f"sqlite:///{path}"


@pytest.fixture(params=["migrated_sqlite", "migrated_postgres"], ids=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database with the newest schema that only this test uses, on each of both."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture(params=["migrated_sqlite", "shared_url"], ids=["sqlite", "postgresql"])
def usual_url(request: pytest.FixtureRequest) -> str:
    """The URL for the tests that only read and write rows."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def database(usual_url: str) -> AsyncIterator[Database]:
    """An empty database with the newest schema, once on SQLite and once on a real PostgreSQL.

    On PostgreSQL all tests share one, because emptying takes less time than making.
    """
    opened = Database(usual_url)
    async with opened.begin() as session:
        for table in reversed(Base.metadata.sorted_tables):
            await session.execute(delete(table))
    yield opened
    await opened.close()
