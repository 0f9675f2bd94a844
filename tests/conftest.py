"""Fixtures that all tests share."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from bot.storage import schema
from bot.storage.engine import Database
from tests.fakes import FakeChannel, FakeClock

# A time limit an example would fail on a busy machine, and says nothing on an idle one.
settings.register_profile("stadtfunk", deadline=None)
settings.load_profile("stadtfunk")

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture
def clock() -> FakeClock:
    """A clock that moves only when it is told to."""
    return FakeClock()


@pytest.fixture
def channel(clock: FakeClock) -> FakeChannel:
    """A chat network in memory."""
    return FakeChannel(clock)


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Database]:
    """A SQLite database with the newest schema."""
    database = Database(f"sqlite:///{tmp_path}/hub.sqlite3")
    await schema.upgrade(database)
    yield database
    await database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, once on each of the two that we support."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/hub.sqlite3"
    else:
        yield request.getfixturevalue("postgres_database")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with the newest schema, once on SQLite and once on a real PostgreSQL."""
    opened = Database(database_url)
    await schema.upgrade(opened)
    yield opened
    await opened.close()
