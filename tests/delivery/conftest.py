"""Fixtures of the tests of delivery."""

from collections.abc import AsyncIterator, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.storage import schema
from tests.delivery.stage import FlakyDatabase, GatedChannel, Stage
from tests.fakes import FakeClock


@pytest.fixture
async def stage(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Stage]:
    """A relay's surroundings: a real SQLite, a network in memory, a clock."""
    database = FlakyDatabase(f"sqlite:///{tmp_path}/hub.sqlite3")
    await schema.upgrade(database)
    yield Stage(database, GatedChannel(clock), clock)
    await database.close()


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[MutableMapping[str, Any]]]:
    """What the relay logs, instead of on the screen."""
    with capture_logs() as events:
        yield events
