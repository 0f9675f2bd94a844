"""Indices of tables that may be large, built while everybody goes on reading and writing.

A migration is one transaction, and an index made in it would keep writers waiting until all of
that is committed. So, from :data:`bot.storage.schema.BASELINE` on, a new index of such a table is
declared in the models only, and :func:`build_missing` makes it after the migrations.
"""

import asyncio

from sqlalchemy import Connection, Index, inspect, text
from sqlalchemy.schema import CreateIndex

from bot.storage.engine import Database, Session
from bot.storage.models import Base

LARGE = frozenset({
    "audit", "bodies", "chats", "chat_settings", "consents", "deliveries", "digest_items",
    "identities", "members", "questions", "seen_events", "source_items", "subscription_filters",
    "subscriptions",
})  # fmt: skip
"""Tables that grow with members, messages or time."""
SUPERSEDED = frozenset({"ix_deliveries_done_at", "ix_deliveries_message"})
"""Indices in whose place others have come, under other names since they hold other rows."""
PATIENCE = 3600.0
"""Seconds that building one index may take."""
_LOCK = 0x5374_6164 + 1  # the next one after that of the migrations
_PAUSE = 0.5


async def build_missing(database: Database) -> None:
    """Build those that the models have and the database lacks; safe several times at once.

    Then those go in whose place they have come. A process that dies meanwhile leaves an index that
    is not valid; the next start replaces it.

    Raises:
        StorageError: The database can't be reached or written.
    """
    async with database.begin() as session:
        missing, superseded = await _missing(session), await _superseded(session)
        if database.dialect == "sqlite":
            connection = await session.connection()
            for index in missing:
                await connection.run_sync(index.create)
            for name in superseded:
                await session.execute(text(f"DROP INDEX {name}"))
            return
    if missing or superseded:
        await _build_beside(database)


async def _build_beside(database: Database) -> None:
    """Build them on PostgreSQL, where that waits for transactions and nobody waits for it."""
    patient = Database(
        database.engine.url.render_as_string(hide_password=False), patience=PATIENCE
    )
    try:
        async with patient.begin(apart=True) as session:
            # Never a statement that waits for the lock: whoever builds waits for all statements
            # that began before, and both would wait for ever.
            key = {"key": _LOCK}
            lock = text("SELECT pg_try_advisory_lock(:key)")
            while not await session.scalar(lock, key):  # noqa: ASYNC110 # another process has it
                await asyncio.sleep(_PAUSE)
            for index in await _missing(session):
                await session.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {index.name}"))
                await session.execute(text(await _concurrently(session, index)))
            for name in await _superseded(session):
                await session.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))
    finally:
        await patient.close()  # which gives the lock back as well


async def _concurrently(session: Session, index: Index) -> str:
    dialect = (await session.connection()).dialect
    return str(CreateIndex(index).compile(dialect=dialect)).replace(
        " INDEX ", " INDEX CONCURRENTLY ", 1
    )


async def _missing(session: Session) -> list[Index]:
    connection = await session.connection()
    there = await connection.run_sync(_valid)
    tables = Base.metadata.tables
    wanted = [index for name in sorted(LARGE) for index in tables[name].indexes]
    return sorted((one for one in wanted if one.name not in there), key=lambda one: str(one.name))


async def _superseded(session: Session) -> list[str]:
    connection = await session.connection()
    return sorted(await connection.run_sync(_there) & SUPERSEDED)


def _there(connection: Connection) -> set[str]:
    inspector = inspect(connection)
    return {str(one["name"]) for name in LARGE for one in inspector.get_indexes(name)}


def _valid(connection: Connection) -> set[str]:
    found = _there(connection)
    if connection.dialect.name == "postgresql":
        found -= set(connection.scalars(text(_INVALID)))
    return found


_INVALID = """
SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace
"""
