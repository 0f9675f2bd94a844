"""Sources and what waits of them, on both databases."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.config import Settings
from bot.errors import UserError
from bot.feeds.item import Item, Kind, Reading
from bot.feeds.when import When
from bot.services import source_changes, source_holding, source_reading, topics
from bot.services import sources as service
from bot.services.source_holding import Decision
from bot.services.source_reading import Outcome
from bot.services.sources import Source, Wish
from bot.storage import events, members, source_items, sources
from bot.storage.engine import Database
from bot.storage.source_models import ItemState
from tests.fakes import START, FakeChannel, FakeClock, Person

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
async def _topics(database: Database) -> None:
    async with database.begin() as session:
        await topics.ship(session, now=START)


async def add(database: Database, number: int = 1) -> Source:
    """Add a source."""
    async with database.begin() as session:
        return await service.add(
            session,
            Wish(f"https://example.org/{number}.ics", "Konferenzen", {}),
            member_id=None,
            settings=Settings(),
            now=START,
        )


async def editor(database: Database) -> int:
    """Return the number of a member."""
    async with database.begin() as session:
        sender = Person(FakeChannel(FakeClock()), "chefin").sender
        member, _ = await members.note(session, sender=sender, now=START)
        return member.id


def talks(*days: int) -> Reading:
    """Return a calendar with a talk on each of these days from now."""
    found = [
        Item(f"t{day}", Kind.EVENT, f"Vortrag {day}", start=When.of((START + day * DAY).date()))
        for day in days
    ]
    return Reading(form="icalendar", items=found)


async def take(database: Database, source: Source, reading: Reading) -> source_changes.Taken:
    """Take a reading over."""
    async with database.begin() as session:
        row = await service.locked(session, source.id)
        return await source_changes.take(session, row, reading, talk=None, now=START)


async def claim(
    database: Database, owner: str, *, limit: int = 1, after: timedelta = timedelta(0)
) -> list[int]:
    """Claim sources that are due, and return their numbers."""
    async with database.begin() as session:
        now = START + after
        rows = await sources.claim_due(
            session, owner=owner, now=now, until=now + 5 * MINUTE, limit=limit
        )
        return [row.id for row in rows]


async def test_an_address_is_read_by_one_source(database: Database) -> None:
    """Until that is removed; however the address is written."""
    first = await add(database)
    with pytest.raises(UserError) as refused:
        async with database.begin() as session:
            await service.add(
                session,
                Wish("webcal://EXAMPLE.org/1.ics#x", "Konferenzen", {}),
                member_id=None,
                settings=Settings(),
                now=START,
            )
    assert refused.value.message == "source-known"
    async with database.begin() as session:
        await service.remove(session, first.id, member_id=None, now=START)
    assert (await add(database)).id != first.id


async def test_two_processes_claim_different_sources(database: Database) -> None:
    """So that nobody's server is asked twice."""
    numbers = {(await add(database, number)).id for number in range(6)}
    async with asyncio.TaskGroup() as tasks:
        claims = [tasks.create_task(claim(database, f"p{n}", limit=3)) for n in range(3)]
    found = [number for one in claims for number in one.result()]
    assert len(found) == len(set(found))
    rest = await claim(database, "late", limit=9)
    assert sorted([*found, *rest]) == sorted(numbers)


async def test_a_claim_of_who_died_runs_out(database: Database) -> None:
    """And what the dead one read is not taken over any more."""
    source = await add(database)
    assert await claim(database, "dead") == [source.id]
    assert await claim(database, "next", after=4 * MINUTE) == []
    assert await claim(database, "next", after=6 * MINUTE) == [source.id]
    async with database.begin() as session:
        assert await sources.claimed(session, number=source.id, owner="dead") is None
        assert await sources.claimed(session, number=source.id, owner="next") is not None


@pytest.mark.parametrize("why", ["paused", "removed", "not due"])
async def test_what_is_not_to_be_read_is_not_claimed(database: Database, why: str) -> None:
    """A claim is for what is due only."""
    source = await add(database)
    async with database.begin() as session:
        if why == "paused":
            await service.pause(session, source.id, member_id=None, now=START)
        elif why == "removed":
            await service.remove(session, source.id, member_id=None, now=START)
        else:
            (await service.find(session, source.id)).next_at = START + MINUTE
    assert await claim(database, "p") == []


async def test_a_reading_is_taken_over_with_what_its_server_said(database: Database) -> None:
    """The version, the next time and the items are one transaction."""
    source = await add(database)
    await claim(database, "p")
    async with database.begin() as session:
        row = await sources.claimed(session, number=source.id, owner="p")
        assert row is not None
        outcome = Outcome(talks(10), etag='"7"', moved_to="https://example.org/new")
        await source_reading.take(session, row, outcome, settings=Settings(), now=START)
    async with database.begin() as session:
        row = await service.find(session, source.id)
        assert (row.etag, row.claimed_by, row.failures, row.ok_at) == ('"7"', None, 0, START)
        assert START < row.next_at <= START + timedelta(minutes=32)


async def test_a_lasting_move_is_followed_the_third_time(database: Database) -> None:
    """One wrong answer of a server moves nobody."""
    source = await add(database)
    for time in range(3):
        async with database.begin() as session:
            row = await service.locked(session, source.id)
            assert row.address == "https://example.org/1.ics", time
            outcome = Outcome(moved_to="https://example.org/new")
            await source_reading.take(session, row, outcome, settings=Settings(), now=START)
    async with database.begin() as session:
        assert (await service.find(session, source.id)).address == "https://example.org/new"


async def test_of_two_decisions_at_once_one_counts(database: Database) -> None:
    """The other editor is told so; every event is there once."""
    source = await add(database)
    assert (await take(database, source, talks(10, 20, 30))).held == 3
    member = await editor(database)
    async with database.begin() as session:
        (batch,) = await source_items.open_batches(session)

    async def decide(decision: Decision) -> str:
        try:
            async with database.begin() as session:
                await source_holding.decide(
                    session,
                    batch.id,
                    decision,
                    version=1,
                    member_id=member,
                    settings=Settings(),
                    now=START,
                )
        except UserError as error:
            return error.message
        return decision.value

    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(decide(Decision.CALENDAR))
        second = tasks.create_task(decide(Decision.CALENDAR))
    assert sorted([first.result(), second.result()]) == ["calendar", "source-batch-decided"]
    async with database.begin() as session:
        assert len(await events.listed(session, since=START)) == 3


async def test_an_id_that_another_item_had_makes_an_event_of_its_own(database: Database) -> None:
    """A program numbers its entries anew, and later gives a number to another one."""
    source = await add(database)
    await take(database, source, Reading())
    (talk,) = talks(10).items
    tour = Item("t10", Kind.EVENT, "Führung", start=When.of((START + 40 * DAY).date()))
    for items in ([talk], [replace(talk, id="new")], [replace(talk, id="new"), tour]):
        await take(database, source, Reading(items=items))
    async with database.begin() as session:
        found = await events.listed(session, since=START)
        rows = await source_items.of_source(session, source_id=source.id)
    assert [row.content["title"] for row in found] == ["Vortrag 10", "Führung"]
    assert {row.state for row in rows} == {ItemState.TOLD}


async def test_what_comes_back_is_not_new(database: Database) -> None:
    """Feeds that hold the last ten items drop and show things again."""
    source = await add(database)
    await take(database, source, Reading())
    assert (await take(database, source, talks(10, 20))).told == 2
    assert (await take(database, source, talks(10))).gone == 1
    assert (await take(database, source, talks(10, 20))).told == 0


async def test_items_gone_for_long_are_forgotten(database: Database) -> None:
    """What waits for an editor is not."""
    source = await add(database)
    await take(database, source, talks(10, 20))
    async with database.begin() as session:
        rows = await source_items.of_source(session, source_id=source.id)
        rows[0].gone_at, rows[0].state = START, ItemState.KNOWN
        rows[1].gone_at = START
    async with database.begin() as session:
        assert await source_items.forget(session, before=START + DAY) == 1
