"""Bring the database to the newest schema, with Alembic.

During a rolling restart programs of two versions use one database (docs/adr/0021): the newer one
expands the schema, and the older one goes on with what it knows of it. A revision that takes away
what older programs use says from which revision on a program can do without it, in its own name:
``0015-since-0013``. All later ones carry that on, so the name alone tells a program that has never
heard of a revision whether it can work with it.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from bot.errors import SchemaError, StorageError
from bot.storage import indices
from bot.storage.engine import Database, Session

log = structlog.get_logger(__name__)

BASELINE = "0010"
"""The revision from which on every change expands; earlier programs have to be stopped first."""

_MIGRATIONS = files("bot.storage") / "migrations"
_LOCK = 0x5374_6164  # "Stad": any number that nobody else locks in this database
_LOCK_WAIT = "800ms"
"""How long a migration waits for a table: whoever comes after it waits as long for it.

Less than the second after which PostgreSQL ends one of two that wait for each other, so that it
is never the program which was there before.
"""
_TRIES = 60
_PAUSE = 1.0
_TABLE_IN_USE = "55P03"  # https://www.postgresql.org/docs/current/errcodes-appendix.html
_OF_SQLITE = frozenset({"fk_deliveries_body_id"})
_NAME = re.compile(r"(?P<number>\d{4})(-since-(?P<since>\d{4}))?")


class _InUseError(Exception):
    """Somebody holds what a migration needs; it has changed nothing and can be tried again."""


def head() -> str:
    """Return the revision that this version of the program needs."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None, "a package without migrations can't work"  # noqa: S101 # packaging
    return revision


@asynccontextmanager
async def opened(url: str, *, fill: bool) -> AsyncIterator[Database]:
    """Open a database with the schema of this program, and close it in the end.

    Args:
        url: As for :class:`Database`.
        fill: Whether what is missing of the schema is made; else it has to be there.

    Raises:
        SchemaError: It has another schema.
        StorageError: It can't be reached or written.
    """
    database = Database(url)
    try:
        await (upgrade(database) if fill else check(database))
        yield database
    finally:
        await database.close()


async def check(database: Database, *, exactly: bool = False) -> None:
    """Make sure that this program can work with the schema that the database has.

    Args:
        database: The database.
        exactly: Whether a newer one, which the program knows only a part of, won't do.

    Raises:
        SchemaError: It is older, or too new; the message says what to do.
        StorageError: The database can't be reached.
    """
    revision = await current(database)
    if revision == head():
        return
    if revision is None or knows(revision):
        raise SchemaError(
            f"the schema ({revision or 'empty'}) is out of date: run `stadtfunk migrate`"
        )
    if exactly or not suits(revision, program=head()):
        raise SchemaError(
            f"the schema ({revision}) is newer than this program: update the program"
        )


def suits(revision: str, *, program: str) -> bool:
    """Tell whether a program whose newest revision is *program* can work with a later one."""
    name, own = _NAME.fullmatch(revision), _NAME.fullmatch(program)
    if name is None or own is None:
        return False
    return (name["since"] or BASELINE) <= own["number"] <= name["number"]


async def current(database: Database) -> str | None:
    """Return the revision that the database has; ``None`` for an empty one.

    Raises:
        StorageError: The database can't be reached.
    """
    async with database.begin() as session:
        connection = await session.connection()
        return await connection.run_sync(_revision)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


async def upgrade(database: Database) -> None:
    """Apply what is missing; safe to run from several processes at once, and beside older ones.

    What a newer program has already expanded is left as it is.

    Raises:
        SchemaError: The database is of a newer version, which this program can't work with.
        StorageError: The database can't be reached or written.
    """
    for _ in range(_TRIES):
        try:
            newer = await _upgrade_once(database)
            break
        except _InUseError:
            await asyncio.sleep(_PAUSE)
    else:
        raise StorageError("the schema can't be changed: another process holds it or its tables")
    if newer:
        log.warning("schema.newer", schema=newer, program=head())
    else:
        await indices.build_missing(database)


async def _upgrade_once(database: Database) -> str | None:
    """Do so in one transaction; return the revision that is there if it is a newer one.

    Raises:
        SchemaError: It is one that this program can't work with.
        StorageError: The database can't be reached or written.
        _InUseError: Somebody holds what this needs.
    """
    async with database.begin() as session:
        connection = await session.connection()
        try:
            await connection.run_sync(_upgrade)
        except CommandError as error:
            # Most often the database of a newer version: its revision has no file here.
            revision = await connection.run_sync(_revision)
            if revision and not knows(revision) and suits(revision, program=head()):
                return revision
            raise SchemaError(
                f"the schema is newer than this program ({error}): update the program"
            ) from None
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == _TABLE_IN_USE:
                raise _InUseError from error
            raise
    return None


def _upgrade(connection: Connection, revision: str = "head") -> None:
    if connection.dialect.name == "postgresql":
        _take_lock(connection)
    command.upgrade(_config(connection=connection), revision)


def _take_lock(connection: Connection) -> None:
    """Let one process at a time change the schema, and nobody wait long for it.

    An ``ALTER TABLE`` that waits for a long transaction makes everybody wait who comes after it.

    Raises:
        _InUseError: Another process has the lock.
    """
    if not connection.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _LOCK}):
        raise _InUseError
    connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_WAIT}'"))
    if _revision(connection) not in {None, head()}:
        # All at once, before anything is held for long: what is taken one by one between the
        # changes is taken in another order than others have theirs.
        quote = connection.dialect.identifier_preparer.quote
        names = ", ".join(quote(name) for name in inspect(connection).get_table_names())
        connection.execute(text(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE"))


async def upgrade_to(session: Session, revision: str) -> None:
    """Apply what is missing up to *revision*, in this transaction.

    Raises:
        StorageError: Another process changes the schema now.
    """
    connection = await session.connection()
    try:
        await connection.run_sync(_upgrade, revision)
    except _InUseError:
        raise StorageError("another process changes the schema") from None


def is_compared(dialect: str) -> Callable[..., bool]:
    """Return what tells Alembic which parts of the models a database of this dialect has."""

    def tell(_item: Any, name: str | None, _kind: str, reflected: bool, _other: Any) -> bool:  # noqa: FBT001 # Alembic's signature
        # Alembic does not ask `ddl_if`.
        return reflected or dialect == "sqlite" or name not in _OF_SQLITE

    return tell


def knows(revision: str) -> bool:
    """Tell whether this version of the program knows a schema."""
    scripts = ScriptDirectory.from_config(_config())
    return revision in {script.revision for script in scripts.walk_revisions()}


async def clear_away(session: Session, name: str) -> None:
    """Rename the present schema of a PostgreSQL database, and make an empty one in its place."""
    present = await session.scalar(text("SELECT current_schema()"))
    quote = (await session.connection()).dialect.identifier_preparer.quote
    old, new = quote(str(present)), quote(name)
    await session.execute(text(f"ALTER SCHEMA {old} RENAME TO {new}"))
    await session.execute(text(f"CREATE SCHEMA {old}"))


def _config(**attributes: Any) -> Config:
    config = Config(attributes=attributes)
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
