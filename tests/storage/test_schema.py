import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import ProgrammingError

from bot.errors import SchemaError, StorageError
from bot.storage import cursors, inbox, schema
from bot.storage.engine import Database
from bot.storage.models import Base
from tests.fakes import START


@pytest.fixture
async def migrated(migrated_url: str) -> AsyncIterator[Database]:
    """A database whose schema only this test may spoil."""
    database = Database(migrated_url)
    yield database
    await database.close()


async def tables(database: Database) -> set[str]:
    async with database.begin() as session:
        connection = await session.connection()
        return await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))


async def test_an_empty_database_has_no_revision(database_url: str) -> None:
    """What was never migrated says so, instead of failing."""
    database = Database(database_url)
    assert await schema.current(database) is None
    await database.close()


async def test_an_upgrade_ends_at_the_newest_revision(database: Database) -> None:
    """What `doctor` compares is equal right after the upgrade."""
    assert await schema.current(database) == schema.head()


async def test_upgrading_twice_keeps_what_is_there(database: Database) -> None:
    """A start of the same version changes nothing."""
    async with database.begin() as session:
        await cursors.save(session, channel="fake", value="7", now=START)
    await schema.upgrade(database)
    async with database.begin() as session:
        assert await cursors.load(session, channel="fake") == "7"


async def test_two_processes_may_upgrade_at_once(database_url: str) -> None:
    """Whoever comes second waits and then finds nothing to do."""
    first, second = Database(database_url), Database(database_url)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(schema.upgrade(first))
        tasks.create_task(schema.upgrade(second))
    assert await schema.current(first) == await schema.current(second) == schema.head()
    await first.close()
    await second.close()


async def test_the_models_equal_the_migrations(database: Database) -> None:
    """Nobody changed a model and forgot its migration."""

    def differences(connection: Connection) -> object:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_object": schema.is_compared(connection.dialect.name),
            },
        )
        return compare_metadata(context, Base.metadata)

    async with database.begin() as session:
        connection = await session.connection()
        assert await connection.run_sync(differences) == []


async def test_a_migration_that_fails_half_way_keeps_nothing(database_url: str) -> None:
    """After the cause is removed the same command works, with nothing to tidy up by hand."""
    database = Database(database_url)
    async with database.begin() as session:
        await session.execute(text("CREATE TABLE questions (id INTEGER)"))

    with pytest.raises((StorageError, ProgrammingError)):
        await schema.upgrade(database)
    assert await tables(database) == {"questions"}

    async with database.begin() as session:
        await session.execute(text("DROP TABLE questions"))
    await schema.upgrade(database)
    assert await schema.current(database) == schema.head()
    await database.close()


async def test_the_database_of_a_newer_version_is_refused_in_one_line(migrated: Database) -> None:
    """A program too old for a database says so; it neither crashes nor writes."""
    async with migrated.begin() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999-since-9998'"))
    for action in (schema.upgrade, schema.check):
        with pytest.raises(SchemaError, match=r"newer than this program.*9999|9999.*newer") as it:
            await action(migrated)
        assert "\n" not in str(it.value)


async def test_the_migrations_can_be_taken_back(migrated: Database) -> None:
    """The way down leaves an empty database, from which the way up works again."""

    def down(connection: Connection) -> None:
        command.downgrade(schema._config(connection=connection), "base")

    async with migrated.begin() as session:
        await (await session.connection()).run_sync(down)
    assert await tables(migrated) == {"alembic_version"}
    await schema.upgrade(migrated)
    assert await schema.current(migrated) == schema.head()


async def test_direct_chats_get_their_person_and_lose_nothing(migrated: Database) -> None:
    """Whoever wrote before can be reached after the upgrade, and subscriptions stay."""

    def to(revision: str) -> Callable[[Connection], None]:
        way = command.downgrade if revision == "0004" else command.upgrade
        return lambda connection: way(schema._config(connection=connection), revision)

    async with migrated.begin() as session:
        await (await session.connection()).run_sync(to("0004"))
        for statement in BEFORE_0005.split(";"):
            await session.execute(text(statement))
        await (await session.connection()).run_sync(to("head"))
        found = await session.execute(text("SELECT id, member_id FROM chats ORDER BY id"))
        assert [tuple(row) for row in found] == [(1, 7), (2, None), (3, None)]
        assert await session.scalar(text("SELECT count(*) FROM subscriptions")) == 1


async def test_what_was_open_before_the_inbox_is_in_it(migrated: Database) -> None:
    """Ratings stay, and what was closed is not opened again."""

    def to(revision: str) -> Callable[[Connection], None]:
        way = command.downgrade if revision == "0005" else command.upgrade
        return lambda connection: way(schema._config(connection=connection), revision)

    async with migrated.begin() as session:
        await (await session.connection()).run_sync(to("0005"))
        for statement in BEFORE_0006.split(";"):
            await session.execute(text(statement))
        await (await session.connection()).run_sync(to("head"))
        found = await session.execute(text("SELECT id, item_id FROM questions ORDER BY id"))
        assert [tuple(row) for row in found] == [(1, None), (2, None), (3, 3), (4, None), (5, 5)]
        assert await session.scalar(text("SELECT count(*) FROM feedback")) == 2
        assert [
            (one.number, one.text) for one in await inbox.listing(session, offset=0, limit=5)
        ] == [
            (3, "C"),
            (5, "E"),
        ]
        assert await inbox.unshown(session, now=START, limit=5) == []


async def test_questions_keep_when_they_were_answered_and_members_lose_nothing(
    migrated: Database,
) -> None:
    """What was answered just before the upgrade is not repeated just after it."""

    def to(revision: str) -> Callable[[Connection], None]:
        way = command.downgrade if revision == "0007" else command.upgrade
        return lambda connection: way(schema._config(connection=connection), revision)

    async with migrated.begin() as session:
        await (await session.connection()).run_sync(to("0007"))
        for statement in BEFORE_0008.split(";"):
            await session.execute(text(statement))
        await (await session.connection()).run_sync(to("head"))
        found = await session.execute(
            text("SELECT id, answered_at = asked_at FROM questions ORDER BY id")
        )
        assert [(number, bool(when)) for number, when in found] == [(1, True), (2, False)]
        assert await session.scalar(text("SELECT count(*) FROM feedback")) == 1
        assert await session.scalar(text("SELECT project FROM members")) is None
        await (await session.connection()).run_sync(to("0007"))
        assert await session.scalar(text("SELECT count(*) FROM feedback")) == 1


async def test_announcements_outlive_the_change_of_their_table(migrated: Database) -> None:
    """What a source announces has no author; taken back, that is gone and the others are not."""

    def to(revision: str) -> Callable[[Connection], None]:
        way = command.downgrade if revision == "0008" else command.upgrade
        return lambda connection: way(schema._config(connection=connection), revision)

    async with migrated.begin() as session:
        await (await session.connection()).run_sync(to("0008"))
        for statement in BEFORE_0009.split(";"):
            await session.execute(text(statement))
        await (await session.connection()).run_sync(to("head"))
        await session.execute(text(BY_A_SOURCE))
        found = await session.execute(text("SELECT id, author_id FROM announcements ORDER BY id"))
        assert [tuple(row) for row in found] == [(1, 7), (2, None)]
        assert not await session.scalar(text("SELECT quiet FROM event_changes"))
        await (await session.connection()).run_sync(to("0008"))
        assert list(await session.scalars(text("SELECT id FROM announcements"))) == [1]


BEFORE_0009 = """
INSERT INTO members (id, created_at) VALUES (7, '2027-01-01');
INSERT INTO events (id, uid, kind, content, begins_at, version, created_at, changed_at) VALUES
    (1, 'a', 'event', '{}', '2027-02-01', 1, '2027-01-01', '2027-01-01');
INSERT INTO event_changes (id, event_id, version, at) VALUES (1, 1, 1, '2027-01-01');
INSERT INTO announcements (id, author_id, channel, chat, language, state, texts, audience,
        importance, everyone, late, version, recipients, created_at) VALUES
    (1, 7, 'telegram', '1', 'de', 'sent', '{}', '{}', 'normal', false, 'mark', 1, 0, '2027-01-01')
"""
"""Somebody who has announced something, and an event of which nobody was told yet."""
BY_A_SOURCE = """
INSERT INTO announcements (id, channel, chat, language, state, texts, audience, importance,
        everyone, late, version, recipients, created_at) VALUES
    (2, '', '', 'de', 'sent', '{}', '{}', 'normal', false, 'mark', 1, 0, '2027-01-01')
"""


BEFORE_0006 = """
INSERT INTO members (id, created_at) VALUES (7, '2027-01-01');
INSERT INTO questions (id, text, channel, chat, message, member_id, asked_in, language, state,
        confidence, entry, candidates, asked_at) VALUES
    (1, 'A', 'telegram', '1', '1', 7, 'direct', 'de', 'answered', 1, 'a', '[]', '2027-01-01'),
    (2, 'B', 'telegram', '1', '2', 7, 'direct', 'de', 'suggested', 1, NULL, '[]', '2027-01-01'),
    (3, 'C', 'telegram', '1', '3', 7, 'direct', 'de', 'open', 1, NULL, '[]', '2027-01-01'),
    (4, 'D', 'telegram', '1', '4', 7, 'direct', 'de', 'withdrawn', 1, NULL, '[]', '2027-01-01'),
    (5, 'E', 'telegram', '1', '5', 7, 'direct', 'de', 'open', 1, 'a', '[]', '2027-01-01');
INSERT INTO feedback (question_id, member_id, helpful, given_at) VALUES
    (1, 7, true, '2027-01-01'), (5, 7, false, '2027-01-01')
"""
"""Somebody with a question of every fate; the last one's answer did not help."""


BEFORE_0008 = """
INSERT INTO members (id, created_at) VALUES (7, '2027-01-01');
INSERT INTO questions (id, text, channel, chat, message, member_id, asked_in, language, state,
        confidence, entry, candidates, asked_at) VALUES
    (1, 'A', 'telegram', '1', '1', 7, 'direct', 'de', 'answered', 1, 'a', '[]', '2027-01-01'),
    (2, 'B', 'telegram', '1', '2', 7, 'direct', 'de', 'suggested', 1, NULL, '[]', '2027-01-01');
INSERT INTO feedback (question_id, member_id, helpful, given_at) VALUES (1, 7, true, '2027-01-01')
"""
"""Somebody with an answered question and one that was asked back."""


BEFORE_0005 = """
INSERT INTO members (id, created_at) VALUES (7, '2027-01-01');
INSERT INTO identities (id, channel, "user", member_id, name)
    VALUES (1, 'telegram', '4711', 7, 'Anna');
INSERT INTO chats (id, channel, chat, kind, title, ambient, joined_at) VALUES
    (1, 'telegram', '4711', 'direct', '', false, '2027-01-01'),
    (2, 'telegram', '-100', 'room', '', false, '2027-01-01'),
    (3, 'matrix', '!4711', 'direct', '', false, '2027-01-01');
INSERT INTO topics (id, name_de, name_en, created_at) VALUES (1, 'A', 'A', '2027-01-01');
INSERT INTO subscriptions (id, chat_id, topic_id, since) VALUES (1, 1, 1, '2027-01-01')
"""
"""Somebody with a direct chat on Telegram, a group, and a direct chat on Matrix."""
