"""The way to the database: SQLite for one process, PostgreSQL for more."""

import asyncio
import contextlib
import copy
import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiosqlite
from asyncpg import InternalClientError
from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from bot.errors import StorageError
from bot.storage import cleaning, sqlite
from bot.storage.cleaning import SQLITE_WAIT

Session = AsyncSession
"""The unit of work; query functions take it first, the caller owns the transaction."""

Proof = Callable[[Session], Awaitable[None]]
"""Makes sure, in a transaction, that it may still be made."""

_SQLITE_PAUSE = 0.05

_READING = "stadtfunk_reading"
"""The execution option of a transaction that writes nothing."""
_GOODBYE = 2.0
POSTGRES_CONNECT = 10.0
POSTGRES_COMMAND = 30.0
"""Seconds after which a server that says nothing counts as away; no statement of ours, migrations
included, takes so long."""


class Database:
    """One database and its transactions.

    Args:
        url: ``sqlite:///path`` or ``postgresql://user:password@host/name``.
        patience: Seconds that a statement may take on PostgreSQL.
        name: What this process is called on a server; at most 63 ASCII characters.

    Attributes:
        url: As given.

    Raises:
        StorageError: The folder of the SQLite file can't be made.
    """

    def __init__(
        self, url: str, *, name: str = "stadtfunk", patience: float = POSTGRES_COMMAND
    ) -> None:
        self.url = url
        self.name = name
        self._proof: Proof | None = None
        parsed = make_url(url)
        self.dialect = parsed.get_backend_name()
        if self.dialect == "sqlite":
            _make_folder(parsed.database)
            self.engine = create_async_engine(
                parsed.set(drivername="sqlite+aiosqlite"),
                connect_args={"timeout": SQLITE_WAIT, "async_creator_fn": sqlite.Connection},
                hide_parameters=True,
            )
            _prepare_sqlite(self.engine)
        else:
            self.engine = create_async_engine(
                parsed.set(drivername="postgresql+asyncpg"),
                pool_pre_ping=True,
                hide_parameters=True,
                connect_args={
                    "timeout": POSTGRES_CONNECT,
                    "command_timeout": patience,
                    "server_settings": {"application_name": name},
                },
            )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        # SQLite has one writer, and who finds the file locked sleeps ever longer before looking
        # again. Our own transactions wait for each other here instead, in order and without that.
        self._turn = asyncio.Semaphore(1 if self.dialect == "sqlite" else sys.maxsize)

    @property
    def is_shared(self) -> bool:
        """Whether several processes may use it at once."""
        return self.dialect != "sqlite"

    def proving(self, proof: Proof) -> "Database":
        """Return the same database, each of whose transactions begins with a proof.

        Args:
            proof: Raises where nothing may be done any more.
        """
        proving = copy.copy(self)
        proving._proof = proof  # noqa: SLF001 # of our own kind
        return proving

    @asynccontextmanager
    async def begin(
        self, *, snapshot: bool = False, reading: bool = False, apart: bool = False
    ) -> AsyncIterator[Session]:
        """Open a transaction; commit it at the end, roll it back on any exception.

        Args:
            snapshot: Whether all its statements see the same state of the database, whatever
                others commit meanwhile; on SQLite that is always so.
            reading: Whether nothing is written, so that on SQLite nobody who writes has to wait.
            apart: Whether on PostgreSQL each statement is a transaction of its own, as some have
                to be.

        Raises:
            StorageError: The database is locked, full or away, or what has to be proved first
                is not so; nothing was kept.
        """
        await self._wait_for_turn()
        try:
            async with self._sessions.begin() as session:
                options = self._options(snapshot=snapshot, reading=reading, apart=apart)
                await _connect(session, options)
                if self._proof is not None:
                    await self._proof(session)
                yield session
        # A process that was asleep while the server ended its connections finds them in the
        # middle of something, which the driver takes for a mistake of its own.
        except (DBAPIError, PoolTimeoutError, TimeoutError, InternalClientError) as error:
            if isinstance(error, SQLAlchemyError) and _is_mistake(error):
                raise
            raise StorageError(describe(error)) from error
        finally:
            self._turn.release()

    def _options(self, *, snapshot: bool, reading: bool, apart: bool) -> dict[str, Any]:
        if self.dialect == "sqlite":
            return {_READING: reading}
        if apart:
            return {"isolation_level": "AUTOCOMMIT"}
        return {"isolation_level": "REPEATABLE READ"} if snapshot else {}

    async def _wait_for_turn(self) -> None:
        try:
            async with asyncio.timeout(SQLITE_WAIT):
                await self._turn.acquire()
        except TimeoutError:
            raise StorageError("the database is locked by a transaction of this process") from None

    async def clean(self) -> None:
        """Remove from a SQLite file, and the log beside it, what was deleted.

        PostgreSQL does so by itself, when it vacuums.

        Raises:
            StorageError: Others use the file, or the disk is full; nothing is lost.
        """
        if self.dialect != "sqlite" or self.engine.url.database in {None, "", ":memory:"}:
            return
        await self._wait_for_turn()
        try:
            await asyncio.to_thread(cleaning.clean, Path(str(self.engine.url.database)))
        finally:
            self._turn.release()

    async def close(self) -> None:
        """Give back all connections; a server that hangs is not waited for."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE):
                await self.engine.dispose()


async def _connect(session: Session, options: dict[str, Any]) -> None:
    """Get a connection; only here does an ``OSError`` mean the database, later it is a handler's.

    Raises:
        StorageError: The database can't be reached.
    """
    try:
        await session.connection(execution_options=options)
    except OSError as error:
        raise StorageError(describe(error)) from error


def describe(error: BaseException) -> str:
    """Return what the database said in one line, without statement, values or address."""
    if isinstance(error, OSError):
        # asyncio's own words name host and port; several addresses have no errno in common.
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        return f"{type(error).__name__}: {reason or 'no answer'}"
    original = getattr(error, "orig", None) or error
    # SQLAlchemy wraps the driver's error, whose name says more than the wrapper's.
    name = type(original.__cause__ or original).__name__
    return f"{name}: {original}".splitlines()[0]


def _is_mistake(error: SQLAlchemyError) -> bool:
    """Tell a fault of ours from a database in trouble: it would fail again for ever.

    That is a violated constraint, wrong SQL, or a value that does not fit (which PostgreSQL's
    driver reports as a plain error of SQLSTATE class 22, for instance a NUL in a text).
    """
    state = str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")
    return state.startswith("22") or isinstance(
        error, IntegrityError | ProgrammingError | DataError
    )


def _make_folder(file: str | None) -> None:
    if not file or file == ":memory:":
        return
    try:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        # Members' questions are nobody else's business on this machine; SQLite gives its other
        # files the rights of this one.
        Path(file).touch(mode=0o600)
    except OSError as error:
        raise StorageError(f"the database's file can't be made: {error}") from None


async def _keep_a_log(connection: aiosqlite.Connection) -> None:
    """Switch the file to write-ahead logging.

    A new file is switched under an exclusive lock, for which SQLite does not wait as it does
    for others when two processes want it at once; so the waiting is done here.

    Raises:
        sqlite3.OperationalError: The file was locked all the time.

    Source: https://www.sqlite.org/wal.html#sometimes_queries_return_sqlite_busy_in_wal_mode
    """
    left = SQLITE_WAIT
    while True:
        try:
            await connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if left <= 0:
                raise
            left -= _SQLITE_PAUSE
            await asyncio.sleep(_SQLITE_PAUSE)
        else:
            return


def _prepare_sqlite(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        # Transactions are opened by us below, not by the driver, which would open them
        # deferred and then fail with "locked" when two of them turn into writers at once.
        connection.isolation_level = None
        connection.run_async(_keep_a_log)
        cursor: sqlite3.Cursor = connection.cursor()
        # What is deleted is overwritten: members are told that it is gone.
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        # What only reads sees the state of its first statement, and needs no lock for it.
        reading = connection.get_execution_options().get(_READING)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    @event.listens_for(engine.sync_engine, "invalidate")
    def give_back(connection: Any, _record: Any, error: BaseException | None) -> None:
        # A statement whose task was cancelled is still known to its frames, and SQLite keeps a
        # closed connection, with its transaction and its lock, as long as any statement lives.
        # Source: https://www.sqlite.org/c3ref/close.html
        if isinstance(error, asyncio.CancelledError):
            connection.run_async(_roll_back)


async def _roll_back(connection: aiosqlite.Connection) -> None:
    await connection.rollback()
