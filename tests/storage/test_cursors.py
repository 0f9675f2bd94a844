import asyncio
from datetime import timedelta

import pytest

from bot.storage import cursors
from bot.storage.engine import Database
from tests.fakes import START


async def test_a_channel_starts_without_a_cursor(database: Database) -> None:
    """Before the first event there is nothing to go on from."""
    async with database.begin() as session:
        assert await cursors.load(session, channel="fake") is None


async def test_the_last_cursor_counts_and_channels_keep_apart(database: Database) -> None:
    """Each network goes on where it was."""
    async with database.begin() as session:
        await cursors.save(session, channel="fake", value="1", now=START)
        await cursors.save(session, channel="other", value="x" * 5000, now=START)
    async with database.begin() as session:
        await cursors.save(session, channel="fake", value="2", now=START)
    async with database.begin() as session:
        assert await cursors.load(session, channel="fake") == "2"
        assert await cursors.load(session, channel="other") == "x" * 5000


async def test_an_event_is_new_only_once(database: Database) -> None:
    """A repeat is recognised in the same transaction, in a later one, not on other channels."""
    async with database.begin() as session:
        assert await cursors.mark_seen(session, channel="fake", event="$1", now=START)
        assert not await cursors.mark_seen(session, channel="fake", event="$1", now=START)
    async with database.begin() as session:
        assert not await cursors.mark_seen(session, channel="fake", event="$1", now=START)
        assert await cursors.mark_seen(session, channel="other", event="$1", now=START)


async def test_an_event_of_a_transaction_that_failed_is_still_new(database: Database) -> None:
    """A crash between marking and commit lets the event be handled again."""

    async def crash() -> None:
        async with database.begin() as session:
            await cursors.mark_seen(session, channel="fake", event="$1", now=START)
            raise KeyError("a handler's fault")

    with pytest.raises(KeyError):
        await crash()
    async with database.begin() as session:
        assert await cursors.mark_seen(session, channel="fake", event="$1", now=START)


async def test_of_two_processes_only_one_finds_an_event_new(migrated_url: str) -> None:
    """Both see the same event at the same time; it is answered once."""
    hubs = [Database(migrated_url), Database(migrated_url)]

    async def handle(hub: Database) -> bool:
        async with hub.begin() as session:
            new = await cursors.mark_seen(session, channel="fake", event="$1", now=START)
            await asyncio.sleep(0.01)
            return new

    async with asyncio.TaskGroup() as tasks:
        found = [tasks.create_task(handle(hub)) for hub in hubs]
    assert sorted(task.result() for task in found) == [False, True]
    for hub in hubs:
        await hub.close()


async def test_old_events_are_forgotten_and_fresh_ones_kept(database: Database) -> None:
    """The table does not grow for ever, and repeats are still recognised."""
    async with database.begin() as session:
        await cursors.mark_seen(session, channel="fake", event="old", now=START)
        fresh = START + timedelta(days=1)
        await cursors.mark_seen(session, channel="fake", event="fresh", now=fresh)
        assert await cursors.forget_seen(session, before=fresh) == 1
        assert await cursors.mark_seen(session, channel="fake", event="old", now=fresh)
        assert not await cursors.mark_seen(session, channel="fake", event="fresh", now=fresh)
