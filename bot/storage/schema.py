"""Bring the database to the newest schema, with Alembic."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, text

from bot.errors import SchemaError
from bot.storage.engine import Database, Session

_MIGRATIONS = files("bot.storage") / "migrations"
_LOCK = 0x5374_6164  # "Stad": any number that nobody else locks in this database


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


async def check(database: Database) -> None:
    """Make sure that the database has the schema that this program needs.

    Raises:
        SchemaError: It has an older or a newer one; the message says what to do.
        StorageError: The database can't be reached.
    """
    revision = await current(database)
    if revision == head():
        return
    if revision is not None and revision not in _known():
        raise SchemaError(
            f"the schema ({revision}) is newer than this program: update the program"
        )
    raise SchemaError(
        f"the schema ({revision or 'empty'}) is out of date: run `stadtfunk migrate`"
    )


def _known() -> set[str]:
    scripts = ScriptDirectory.from_config(_config())
    return {script.revision for script in scripts.walk_revisions()}


async def current(database: Database) -> str | None:
    """Return the revision that the database has; ``None`` for an empty one.

    Raises:
        StorageError: The database can't be reached.
    """
    async with database.begin() as session:
        connection = await session.connection()
        return await connection.run_sync(
            lambda sync: MigrationContext.configure(sync).get_current_revision()
        )


async def upgrade(database: Database) -> None:
    """Apply what is missing; safe to run from several processes at once.

    Raises:
        SchemaError: The database is of a newer version of this program.
        StorageError: The database can't be reached or written.
    """
    async with database.begin() as session:
        connection = await session.connection()
        try:
            await connection.run_sync(_upgrade)
        except CommandError as error:
            # Most often the database of a newer version: its revision has no file here.
            raise SchemaError(
                f"the schema is newer than this program ({error}): update the program"
            ) from None


def _upgrade(connection: Connection, revision: str = "head") -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    command.upgrade(_config(connection=connection), revision)


async def upgrade_to(session: Session, revision: str) -> None:
    """Apply what is missing up to *revision*, in this transaction."""
    connection = await session.connection()
    await connection.run_sync(_upgrade, revision)


def knows(revision: str) -> bool:
    """Tell whether this version of the program knows a schema."""
    return revision in _known()


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
