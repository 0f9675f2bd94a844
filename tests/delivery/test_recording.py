"""How outcomes are recorded together, and what a crash before that leaves."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from bot.delivery.outbox import Priority
from bot.delivery.relay import Relay, RelaySettings
from bot.errors import MessageRejectedError, RecipientGoneError, TemporaryDeliveryError
from bot.messages import MessageId
from bot.storage import broadcasting
from bot.storage.models import Delivery
from tests.delivery.stage import RETRY, Stage, a_moment, until

WINDOW = 8


async def fill(stage: Stage, number: int, *, priority: Priority = Priority.ANNOUNCEMENT) -> None:
    """Put a message each for so many chats into the outbox."""
    stage.channel.window = WINDOW
    for one in range(number):
        await stage.say(f"news {one}", chat=f"chat {one}", priority=priority)


async def test_answers_that_came_together_share_one_transaction(stage: Stage) -> None:
    """Each commit waits for the disk, so eight messages must not cost eight."""
    stage.channel.gate.clear()
    await fill(stage, WINDOW)
    async with stage.relay() as relay:
        await until(lambda: stage.channel.flying == WINDOW)
        before = stage.database.ended
        stage.channel.gate.set()
        await stage.settle(relay)
        assert stage.database.ended - before <= 2
    assert set((await stage.states()).values()) == {"sent"}


async def test_what_is_sent_and_not_recorded_fills_the_window(stage: Stage) -> None:
    """While the database is away nothing more is sent, for a crash would double it."""
    stage.channel.gate.clear()
    await fill(stage, 3 * WINDOW)
    async with stage.relay() as relay:
        await until(lambda: stage.channel.flying == WINDOW)
        stage.database.away = True
        stage.channel.gate.set()
        await until(lambda: stage.channel.flying == 0 and stage.database.refusals > 3)
        assert len(stage.channel.attempts) == WINDOW
        stage.database.away = False
        await stage.settle(relay)
    assert Counter(stage.channel.texts).most_common(1)[0][1] == 1
    assert len(stage.channel.texts) == 3 * WINDOW


@pytest.mark.parametrize("answered", [0, 3, WINDOW])
async def test_a_crash_doubles_no_more_than_the_window(stage: Stage, answered: int) -> None:
    """Whatever was answered and not recorded when the plug was pulled; and nothing is lost."""
    await fill(stage, 3 * WINDOW)
    settings = RelaySettings(owner="one", retry=RETRY, storage_pause=timedelta(milliseconds=1))
    relay = Relay(stage.channel, stage.database, clock=stage.clock, settings=settings)
    stage.channel.gate.clear()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(relay.run())
        await until(lambda: stage.channel.flying == WINDOW)
        if answered:
            stage.database.away = True
            stage.channel.gate.set()
            await until(lambda: stage.database.refusals > answered)
        running.cancel()
    stage.database.away = False
    stage.channel.gate.set()

    async with stage.relay() as heir:
        await stage.settle(heir)
    counts = Counter(stage.channel.texts)
    assert len(counts) == 3 * WINDOW
    assert sum(counts.values()) - len(counts) <= WINDOW
    assert set((await stage.states()).values()) == {"sent"}


async def test_one_outcome_that_does_not_fit_spoils_no_other(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Together they can't be recorded, so each is recorded by itself."""
    sending = stage.channel.send

    async def answer(*arguments: object, **more: object) -> MessageId:
        message = await sending(*arguments, **more)  # type: ignore[arg-type] # passed on as it is
        broken = more["key"] == "news 3"
        # A value that no driver takes, as a network might make up.
        return object() if broken else message  # type: ignore[return-value] # the fault

    monkeypatch.setattr(stage.channel, "send", answer)
    await fill(stage, WINDOW)
    async with stage.relay() as relay:
        await stage.settle(relay)
        await stage.later(relay, timedelta(hours=1))
    assert set((await stage.states()).values()) == {"sent"}
    assert len(stage.channel.attempts) == WINDOW
    assert (await stage.delivery("news 3")).message is None
    assert (await stage.delivery("news 4")).message is not None


async def test_every_kind_of_outcome_can_be_recorded_with_the_others(stage: Stage) -> None:
    """Sent, rejected, gone and to be tried again, from one turn."""
    await stage.know("chat 1")
    stage.channel.fail_next(
        MessageRejectedError("too long"),
        RecipientGoneError("blocked"),
        TemporaryDeliveryError("busy", retry_after=timedelta(minutes=5)),
    )
    await fill(stage, 4)
    async with stage.relay() as relay:
        await stage.settle(relay)
    states = sorted((await stage.states()).values())
    assert states == ["gone", "rejected", "sent", "waiting"]
    kept = await stage.delivery("news 2")
    assert kept.due_at == stage.clock.now() + timedelta(minutes=5)


async def test_a_reply_in_the_middle_of_a_broadcast_goes_next(stage: Stage) -> None:
    """Nothing is claimed ahead of the window, so only what is in flight comes before."""
    stage.channel.gate.clear()
    await fill(stage, 5 * WINDOW)
    async with stage.relay() as relay:
        await until(lambda: stage.channel.flying == WINDOW)
        await stage.say("help", chat="asking")
        relay.wake()
        stage.channel.gate.set()
        await stage.settle(relay)
    assert stage.channel.texts.index("help") <= WINDOW


async def test_a_broadcast_that_is_halted_stops_behind_what_is_in_flight(stage: Stage) -> None:
    """And goes on from there when it is resumed."""
    stage.channel.gate.clear()
    await fill(stage, 3 * WINDOW)
    async with stage.database.begin() as session:
        await session.execute(Delivery.__table__.update().values(source="announcement:1"))  # type: ignore[attr-defined] # a table
    async with stage.relay() as relay:
        await until(lambda: stage.channel.flying == WINDOW)
        async with stage.database.begin() as session:
            await broadcasting.halt(session, source="announcement:1")
        stage.channel.gate.set()
        await stage.settle(relay)
        await a_moment()
        assert len(stage.channel.texts) == WINDOW
        async with stage.database.begin() as session:
            await broadcasting.resume(session, source="announcement:1")
        await stage.settle(relay)
    assert len(stage.channel.texts) == len(set(stage.channel.texts)) == 3 * WINDOW
