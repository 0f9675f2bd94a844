"""Connections that the server has ended while this process was asleep.

The driver then takes what it finds for a mistake of its own. Seen in the fault suite, after a
process had been stopped for longer than its leases last: it ended by itself.
"""

import asyncio

import pytest
from asyncpg import InternalClientError

from bot.errors import StorageError
from bot.storage import listening
from bot.storage.engine import Database

_WORDS = "cannot switch to state 12; another operation (2) is in progress"


async def test_a_driver_that_is_confused_is_a_database_in_trouble(migrated_postgres: str) -> None:
    """Whoever tries again then gets another connection."""
    database = Database(migrated_postgres)
    with pytest.raises(StorageError, match="InternalClientError"):
        async with database.begin():
            raise InternalClientError(_WORDS)
    async with database.begin():
        pass
    await database.close()


async def test_listening_goes_on_after_a_driver_was_confused(
    migrated_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Listening only saves waiting, so it must end nothing."""
    monkeypatch.setattr(listening, "_PAUSE", 0.01)
    database, heard, again = Database(migrated_postgres), list[str](), asyncio.Event()

    def hear(words: str) -> None:
        heard.append(words)
        if len(heard) == 1:
            raise InternalClientError(_WORDS)
        again.set()

    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        task = tasks.create_task(listening.listen(database, hear))
        await again.wait()
        task.cancel()
    await database.close()
    assert heard == ["", ""]
