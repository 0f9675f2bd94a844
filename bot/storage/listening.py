"""What PostgreSQL tells its clients as soon as another one commits.

It only saves waiting: whatever is told is also found by looking, so nothing is lost with a
connection.

Source: https://www.postgresql.org/docs/current/sql-notify.html
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import structlog
from asyncpg import InterfaceError, InternalClientError, PostgresError
from sqlalchemy.exc import SQLAlchemyError

from bot.storage.engine import Database
from bot.storage.leases import CHANNEL

_log = structlog.get_logger(__name__)

_INTERRUPTED = (SQLAlchemyError, PostgresError, InterfaceError, InternalClientError, OSError)
_PAUSE = 2.0
_ALIVE = 30.0
"""Seconds between two questions whether the connection is still there."""


async def listen(database: Database, hear: Callable[[str], None]) -> None:
    """Hand on what other processes tell, until cancelled.

    Args:
        database: A PostgreSQL database.
        hear: Called with the words; also with an empty text when something may have been missed.
    """
    while True:
        try:
            await _listen(database, hear)
        except _INTERRUPTED as error:
            _log.info("notifications.interrupted", error=type(error).__name__)
        await asyncio.sleep(_PAUSE)


async def _listen(database: Database, hear: Callable[[str], None]) -> None:
    own = f" {database.name}"

    def told(_connection: Any, _pid: int, _channel: str, words: str) -> None:
        if not words.endswith(own):
            hear(words)

    async with database.engine.connect() as connection:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        broken = asyncio.Event()
        raw.add_termination_listener(lambda _: broken.set())
        await raw.add_listener(CHANNEL, told)
        try:
            hear("")
            while not broken.is_set():
                await raw.execute("SELECT 1")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_ALIVE):
                        await broken.wait()
        finally:
            # Others may get this connection from the pool.
            await connection.invalidate()
