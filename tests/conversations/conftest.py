"""The hub and the people who talk to it."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from bot.services.knowledge import KnowledgeBase
from bot.storage import schema
from bot.storage.engine import Database
from tests.conversations import erasing
from tests.conversations.stage import Stage, knowledge_base
from tests.fakes import FakeClock, Person


@pytest.fixture(scope="session")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    """A few entries, loaded once; they are never changed."""
    return knowledge_base(tmp_path_factory.mktemp("knowledge"))


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the newest schema, to be copied: migrating takes longer than a test."""
    file = tmp_path_factory.mktemp("database") / "empty.sqlite3"
    asyncio.run(_migrate(f"sqlite:///{file}"))
    return file


async def _migrate(url: str) -> None:
    database = Database(url)
    await schema.upgrade(database)
    await database.close()


@pytest.fixture
async def hub(
    migrated: Path, tmp_path: Path, clock: FakeClock, knowledge: KnowledgeBase
) -> AsyncIterator[Stage]:
    """A hub on a SQLite database of its own."""
    file = shutil.copy(migrated, tmp_path / "hub.sqlite3")
    database = Database(f"sqlite:///{file}")
    event.listen(database.engine.sync_engine, "connect", _do_not_wait_for_the_disk)
    yield Stage(database, clock, knowledge=knowledge)
    await database.close()


def _do_not_wait_for_the_disk(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=OFF")
    cursor.close()


@pytest.fixture
def anna(hub: Stage) -> Person:
    """A member."""
    return Person(hub.channel, "anna")


@pytest.fixture
def bert(hub: Stage) -> Person:
    """Another member."""
    return Person(hub.channel, "bert")


@pytest.fixture
def chefin(hub: Stage) -> Person:
    """An admin."""
    return Person(hub.channel, "chefin")


@pytest.fixture
def carla(hub: Stage) -> Person:
    """Somebody who may announce, once an admin has said so."""
    return Person(hub.channel, "carla")


@pytest.fixture
async def erasable(hub: Stage, tmp_path: Path) -> None:
    """Give the hub what it needs to erase somebody who did everything."""
    await erasing.prepared(hub, tmp_path / "data")


@pytest.fixture
def vera(hub: Stage) -> Person:
    """Somebody whose account and words are like nobody else's."""
    return Person(hub.channel, erasing.USER)
