"""SQLite behind asyncio, with one visit to its thread for each statement.

aiosqlite has a thread for each connection, and visits it to make a cursor, to execute, to fetch
and to close. A visit takes longer than most statements: two threads of one interpreter take turns.

Source: https://aiosqlite.omnilib.dev/en/stable/api.html
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Self

import aiosqlite

AT_ONCE = 1000
"""Rows that come along with the execution; the rest of more is fetched when it is asked for."""

_CHUNK = 64  # as in aiosqlite

_Rows = list[Any]
_Parameters = Sequence[Any]


class Connection(aiosqlite.Connection):
    """One connection to a file, open once it was awaited.

    Args:
        database: The file, and further arguments as in :func:`sqlite3.connect`.
    """

    def __init__(self, database: str, **settings: Any) -> None:
        super().__init__(partial(sqlite3.connect, database, **settings), _CHUNK)
        self._thread.daemon = True  # nobody waits for it when the program ends

    def cursor(self) -> "Cursor":  # type: ignore[override] # SQLAlchemy needs no more of it
        """Return a cursor; SQLite's own one is made when there is something to execute."""
        return Cursor(self)


class Cursor(aiosqlite.Cursor):
    """A cursor that has its rows as soon as its statement was executed."""

    def __init__(self, connection: Connection) -> None:
        self.iter_chunk_size = _CHUNK
        self._conn: Connection = connection
        self._rows: _Rows = []
        self._has_more = False

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> Self:
        """Execute one statement, and fetch."""
        self._cursor, self._rows = await self._visit(self._executed, sql, parameters or ())
        self._has_more = len(self._rows) == AT_ONCE
        return self

    def _executed(self, sql: str, parameters: _Parameters) -> tuple[sqlite3.Cursor, _Rows]:
        cursor = self._conn._conn.execute(sql, parameters)  # noqa: SLF001 # in its own thread
        return cursor, cursor.fetchmany(AT_ONCE) if cursor.description else []

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Self:
        """Execute one statement for each set of parameters."""
        self._cursor = await self._visit(self._executed_many, sql, parameters)
        return self

    async def _visit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await self._execute(function, *arguments)  # type: ignore[no-untyped-call] # theirs

    def _executed_many(self, sql: str, parameters: Iterable[_Parameters]) -> sqlite3.Cursor:
        return self._conn._conn.executemany(sql, parameters)  # noqa: SLF001 # in its own thread

    async def fetchone(self) -> Any:
        """Return the next row, or ``None``."""
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def fetchmany(self, size: int | None = None) -> _Rows:
        """Return the next rows; fewer than *size* if there are no more."""
        wanted = size or self.arraysize
        if self._has_more and len(self._rows) < wanted:
            more = await super().fetchmany(max(wanted, AT_ONCE))
            self._rows += more
            self._has_more = bool(more)
        rows, self._rows = self._rows[:wanted], self._rows[wanted:]
        return rows

    async def fetchall(self) -> _Rows:
        """Return all rows that are left."""
        rows, self._rows = self._rows, []
        if self._has_more:
            rows += await super().fetchall()
            self._has_more = False
        return rows

    async def close(self) -> None:
        """Let SQLite forget the statement, unless it has ended by itself."""
        self._rows = []
        if self._has_more:
            self._has_more = False
            await super().close()
