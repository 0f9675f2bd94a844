"""What is left of a delivery when a process or the database dies."""

import asyncio
from datetime import timedelta

import pytest

from bot.delivery.relay import Relay, RelaySettings
from bot.storage import claims
from tests.delivery.stage import MINUTE, RETRY, SECOND, Stage, until


async def crash_after_sending(stage: Stage, owner: str = "one") -> None:
    """Run a relay and kill it when the network has the message and the database not yet."""
    stage.channel.gate.clear()
    settings = RelaySettings(owner=owner, retry=RETRY)
    relay = Relay(stage.channel, stage.database, clock=stage.clock, settings=settings)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(relay.run())
        await until(lambda: stage.channel.flying == 1)
        running.cancel()
    stage.channel.gate.set()


@pytest.mark.parametrize(("deduplicates", "seen"), [(False, 2), (True, 1)])
async def test_a_crash_between_sending_and_recording_doubles_at_most(
    stage: Stage, *, deduplicates: bool, seen: int
) -> None:
    """Never lost; twice on a network that can't tell, once on one that knows the key."""
    stage.channel.deduplicates = deduplicates
    await stage.say("hello")
    await crash_after_sending(stage)
    assert await stage.states() == {"hello": "sending"}

    async with stage.relay() as relay:
        await stage.settle(relay)
        await stage.later(relay, timedelta(hours=1))
    assert stage.channel.texts == ["hello"] * seen
    assert stage.channel.attempts == ["hello"] * 2
    assert await stage.states() == {"hello": "sent"}


async def test_another_process_takes_over_when_the_claim_runs_out(stage: Stage) -> None:
    """Not before, because the owner may only be slow."""
    await stage.say("hello")
    await crash_after_sending(stage, owner="dead")
    lease = RelaySettings(owner="", retry=RETRY).claim

    async with stage.relay(owner="heir") as relay:
        await stage.settle(relay)
        await stage.later(relay, lease)
        assert stage.channel.texts == ["hello"]
        stage.clock.advance(SECOND)
        relay.wake()
        await until(lambda: len(stage.channel.texts) == 2)
    assert (await stage.delivery("hello")).state == "sent"


async def test_a_clock_that_is_set_back_delays_nothing(stage: Stage) -> None:
    """What was said while it was an hour ahead goes out at once, also after a restart."""
    async with stage.relay() as relay:
        stage.clock.advance(timedelta(hours=1))
        await stage.settle(relay)
        await stage.say("while it was ahead")
        stage.clock.advance(timedelta(hours=-1))
        await stage.settle(relay)
        stage.clock.advance(timedelta(hours=1))
        await stage.say("by who read the clock before")
        stage.clock.advance(timedelta(hours=-1))
        await stage.settle(relay)
        stage.clock.advance(timedelta(hours=1))
        await stage.settle(relay)
    await stage.say("before the restart")
    stage.clock.advance(timedelta(hours=-1))
    async with stage.relay() as relay:
        await stage.settle(relay)
        await stage.look(relay)
    assert stage.channel.texts == [
        "while it was ahead",
        "by who read the clock before",
        "before the restart",
    ]


async def test_a_live_claim_of_another_process_is_respected(stage: Stage) -> None:
    """Two hubs on one database share the work instead of doubling it."""
    await stage.say("theirs")
    await stage.say("mine", chat="other")
    async with stage.database.begin() as session:
        now = stage.clock.now()
        await claims.claim_due(
            session,
            channel="fake",
            chat="room",
            owner="two",
            now=now,
            until=now + MINUTE,
            limit=1,
        )
    async with stage.relay(owner="one") as relay:
        await stage.settle(relay)
    assert stage.channel.texts == ["mine"]
    assert (await stage.delivery("theirs")).claimed_by == "two"


async def test_what_was_sent_is_recorded_when_the_database_is_back(stage: Stage) -> None:
    """However long it is away, this process does not send the message again."""
    stage.channel.gate.clear()
    await stage.say("hello")
    async with stage.relay() as relay:
        await until(lambda: stage.channel.flying == 1)
        stage.database.away = True
        stage.channel.gate.set()
        await until(lambda: stage.database.refusals > 3)
        # By now its claim has run out.
        stage.clock.advance(timedelta(hours=1))
        stage.database.away = False
        await stage.settle(relay)
        await stage.later(relay, timedelta(hours=1))
    assert stage.channel.attempts == ["hello"]
    assert await stage.states() == {"hello": "sent"}


async def test_a_relay_does_not_take_over_its_own_sends(stage: Stage) -> None:
    """A claim that ran out while the send was under way is renewed, not doubled."""
    stage.channel.gate.clear()
    await stage.say("hello")
    await stage.say("elsewhere", chat="other")
    async with stage.relay() as relay:
        await until(lambda: stage.channel.flying == 2)
        stage.clock.advance(timedelta(hours=1))
        await stage.look(relay)
        assert len(stage.channel.attempts) == 2
        stage.channel.gate.set()
        await stage.settle(relay)
    assert sorted(stage.channel.texts) == ["elsewhere", "hello"]
    assert set((await stage.states()).values()) == {"sent"}


async def test_a_relay_outlives_a_database_that_is_away(stage: Stage) -> None:
    """At the start, while it looks and while it rests; then everything goes out."""
    stage.database.away = True
    async with stage.relay() as relay:
        await until(lambda: stage.database.refusals > 3)
        stage.database.away = False
        await stage.say("first")
        await stage.settle(relay)

        stage.database.away = True
        relay.wake()
        refusals = stage.database.refusals
        await until(lambda: stage.database.refusals > refusals + 3)
        stage.database.away = False
        await stage.say("second")
        await stage.settle(relay)
    assert stage.channel.texts == ["first", "second"]


async def test_a_fault_in_the_claiming_does_not_end_the_relay(stage: Stage) -> None:
    """A row that a later version wrote is complained of, and nothing dies of it."""
    stage.database.away, stage.database.error = True, KeyError("unknown action")
    async with stage.relay() as relay:
        await until(lambda: stage.database.refusals > 3)
        stage.database.away = False
        await stage.say("hello")
        await stage.settle(relay)
    assert stage.channel.texts == ["hello"]
