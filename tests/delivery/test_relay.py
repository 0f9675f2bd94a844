"""What a relay delivers, in which order and how often."""

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.delivery import outbox
from bot.delivery.limits import ChannelLimits, Rate
from bot.delivery.outbox import Outgoing, Priority
from bot.errors import TemporaryDeliveryError
from bot.messages import Address, MessageId
from bot.storage import deliveries
from bot.storage.models import Action
from bot.text.document import Document
from tests.delivery.stage import MINUTE, SECOND, Stage, a_moment, until
from tests.fakes import FakeClock


async def test_a_message_is_sent_once_and_recorded(stage: Stage) -> None:
    """What was sent is known by the network's id and not sent again."""
    await stage.say("hello")
    async with stage.relay() as relay:
        await stage.settle(relay)
        await stage.later(relay, MINUTE)
    assert stage.channel.texts == ["hello"]
    kept = await stage.delivery("hello")
    assert (kept.state, kept.message, kept.attempts) == ("sent", "m1", 1)
    assert kept.done_at is not None


async def test_an_edit_replaces_and_a_deletion_removes(stage: Stage) -> None:
    """All three actions go the same way, in the order in which they were decided."""
    await stage.say("one", "two")
    async with stage.relay() as relay:
        await stage.settle(relay)
        await stage.say("better", edit=MessageId("m1"))
        async with stage.database.begin() as session:
            await deliveries.add(
                session,
                key="delete",
                address=Address("fake", "room"),
                action=Action.DELETE,
                body_id=None,
                priority=Priority.REPLY,
                due_at=stage.clock.now(),
                now=stage.clock.now(),
                target=MessageId("m2"),
            )
        await stage.settle(relay)
    assert stage.channel.texts == ["better"]
    assert stage.channel.messages[0].edited
    assert (await stage.delivery("better")).message == "m1"


@pytest.mark.parametrize("key", ["reply:fake:" + "x" * 80, "antwort:größe"])
async def test_every_network_gets_a_key_of_64_ascii_characters(stage: Stage, key: str) -> None:
    """A long key becomes its hash, the same after a restart and another for each part."""
    await stage.say("hello", key=key)
    await stage.say("again", key=f"{key}#2")
    async with stage.relay() as relay:
        await stage.settle(relay)
    keys = [sent.key for sent in stage.channel.messages]
    assert len(set(keys)) == 2
    assert all(one.isascii() and len(one) <= 64 for one in keys)


async def test_a_short_key_stays_readable(stage: Stage) -> None:
    """The operator finds it in the logs of the network."""
    await stage.say("hello", key="reply:fake:$1")
    async with stage.relay() as relay:
        await stage.settle(relay)
    assert stage.channel.attempts == ["reply:fake:$1"]


async def test_replies_overtake_a_broadcast(stage: Stage) -> None:
    """A newsletter to thousands does not delay the answer to a question."""
    stage.channel.window = 1
    stage.channel.gate.clear()
    for number in range(10):
        await stage.say(f"news {number}", chat=f"chat {number}", priority=Priority.ANNOUNCEMENT)
    async with stage.relay() as relay:
        await until(lambda: stage.channel.flying == 1)
        await stage.say("answer", chat="chat 9")
        relay.wake()
        stage.channel.gate.set()
        await stage.settle(relay)
    assert stage.channel.texts[:3] == ["news 0", "answer", "news 1"]
    assert len(stage.channel.texts) == 11


async def test_the_order_in_a_chat_is_kept_over_retries(stage: Stage) -> None:
    """The second part of an answer never comes before the first; other chats don't wait."""
    await stage.say("part 1", "part 2", "part 3")
    await stage.say("elsewhere", chat="other")
    busy = TemporaryDeliveryError("busy", retry_after=5 * SECOND)
    stage.channel.window = 1
    stage.channel.fail_next(busy, TemporaryDeliveryError("busy", retry_after=SECOND))
    async with stage.relay() as relay:
        relay.wake()
        await until(lambda: len(stage.channel.attempts) == 2)
        await stage.later(relay, 6 * SECOND)
    in_room = [sent.text for sent in stage.channel.messages if sent.address.chat == "room"]
    assert in_room == ["part 1", "part 2", "part 3"]
    assert len(stage.channel.messages) == 4


async def test_no_more_than_the_window_is_in_flight(stage: Stage) -> None:
    """The window bounds what a crash may double."""
    stage.channel.gate.clear()
    for number in range(10):
        await stage.say(f"to {number}", chat=f"chat {number}")
    async with stage.relay() as relay:
        await until(lambda: stage.channel.flying == stage.channel.window)
        await a_moment()
        assert list((await stage.states()).values()).count("sending") == stage.channel.window
        stage.channel.gate.set()
        await stage.settle(relay)
    assert stage.channel.most == stage.channel.window
    assert len(stage.channel.messages) == 10


async def test_the_limit_of_a_channel_spreads_a_broadcast(stage: Stage) -> None:
    """Nothing is sent too fast, nothing is lost."""
    for number in range(7):
        await stage.say(f"to {number}", chat=f"chat {number}")
    limits = ChannelLimits(whole=Rate(3, timedelta(hours=1)))
    counts = []
    async with stage.relay(limits=limits) as relay:
        for _ in range(3):
            relay.wake()
            expected = min(7, len(stage.channel.messages) + 3)
            await until(lambda expected=expected: len(stage.channel.messages) == expected)  # type: ignore[misc] # bound now
            await a_moment()
            counts.append(len(stage.channel.messages))
            stage.clock.advance(timedelta(hours=1))
    assert counts == [3, 6, 7]


async def test_a_full_group_holds_up_nobody_else(stage: Stage) -> None:
    """Groups that have had their share wait; the messages behind them go at once."""
    limits = ChannelLimits(whole=Rate(1000, SECOND), group=Rate(1, MINUTE))
    groups = [f"-{number}" for number in range(5)]
    async with stage.relay(limits=limits) as relay:
        for group in groups:
            await stage.say(f"first to {group}", f"second to {group}", chat=group)
        await stage.say("to a person", chat="anna")
        await stage.settle(relay)
        assert len(stage.channel.messages) == 6
        assert stage.channel.texts[-1] == "to a person"

        await stage.later(relay, MINUTE - SECOND)
        assert len(stage.channel.messages) == 6
        await stage.later(relay, SECOND)
    assert len(stage.channel.messages) == 11
    assert {row.attempts for row in [await stage.delivery(f"second to {groups[0]}")]} == {1}


async def test_a_wake_is_never_lost(stage: Stage) -> None:
    """Whenever the commit falls, the message goes at once and not at the next look."""
    async with stage.relay() as relay:
        for number in range(25):
            await stage.say(f"{number}")
            relay.wake()
            await until(lambda number=number: len(stage.channel.messages) > number)  # type: ignore[misc] # bound now
    assert stage.channel.texts == [f"{number}" for number in range(25)]


async def test_messages_of_before_the_start_need_no_wake(stage: Stage) -> None:
    """What another process left goes out with the start."""
    await stage.say("hello")
    async with stage.relay():
        await until(lambda: stage.channel.texts == ["hello"])


async def test_it_is_idle_only_when_everything_due_was_recorded(stage: Stage) -> None:
    """Who waits for quiet finds the record complete."""
    stage.channel.gate.clear()
    await stage.say("hello")
    async with stage.relay() as relay:
        relay.wake()
        idle = asyncio.Event()

        async def wait() -> None:
            await relay.idle()
            idle.set()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(wait())
            await until(lambda: stage.channel.flying == 1)
            await a_moment()
            assert not idle.is_set()
            stage.channel.gate.set()
        assert await stage.states() == {"hello": "sent"}


async def test_stopping_finishes_what_is_in_flight_and_begins_nothing(stage: Stage) -> None:
    """An orderly stop doubles nothing and loses nothing."""
    stage.channel.gate.clear()
    stage.channel.window = 1
    await stage.say("flying", chat="a")
    await stage.say("waiting", chat="b")
    async with stage.relay() as relay:
        await until(lambda: stage.channel.flying == 1)
        relay.stop()
        await a_moment()
        stage.channel.gate.set()
    assert await stage.states() == {"flying": "sent", "waiting": "waiting"}
    assert stage.channel.texts == ["flying"]


async def test_a_stop_before_the_start_is_not_lost(stage: Stage) -> None:
    """Whoever stops at once is not kept waiting."""
    await stage.say("hello")
    async with stage.relay() as relay:
        relay.stop()
    assert stage.channel.attempts == []


async def test_a_stop_while_the_database_is_away_ends_at_once(stage: Stage) -> None:
    """Nothing is in flight, so there is nothing to wait for."""
    stage.database.away = True
    async with stage.relay():
        await until(lambda: stage.database.refusals > 1)


async def test_one_persons_relay_serves_nobody_else(stage: Stage) -> None:
    """A talk in the terminal does not print what others asked."""
    await stage.say("mine", chat="anna")
    await stage.say("theirs", chat="ben")
    async with stage.relay(only_chat="anna") as relay:
        await stage.settle(relay)
    assert stage.channel.texts == ["mine"]
    assert (await stage.states())["theirs"] == "waiting"


async def test_what_is_held_until_the_morning_holds_up_nothing(stage: Stage) -> None:
    """An urgent message passes one that waits for the end of the quiet hours."""
    now = stage.clock.now()
    async with stage.database.begin() as session:
        for key, held in (("quiet", now + timedelta(hours=9)), ("urgent", None)):
            outgoing = Outgoing(
                key, Address("fake", "anna"), Document.of(key), Priority.ANNOUNCEMENT,
                held_until=held,
            )  # fmt: skip
            await outbox.enqueue(session, outgoing, now=now)
    async with stage.relay() as relay:
        await stage.settle(relay)
        assert stage.channel.texts == ["urgent"]
        await stage.later(relay, timedelta(hours=9))
    assert stage.channel.texts == ["urgent", "quiet"]


async def test_what_has_lost_its_use_is_not_sent(stage: Stage) -> None:
    """A reminder that an outage kept back until its deadline was over stays unsaid."""
    now = stage.clock.now()
    async with stage.database.begin() as session:
        outgoing = Outgoing(
            "late", Address("fake", "anna"), Document.of("morgen"), expires_at=now + MINUTE
        )
        await outbox.enqueue(session, outgoing, now=now)
    stage.clock.advance(MINUTE)
    async with stage.relay() as relay:
        await stage.settle(relay)
    assert stage.channel.attempts == []
    assert await stage.states() == {"late": "expired"}


class HurriedClock(FakeClock):
    """A clock by which time passes between any two looks at it."""

    def now(self) -> datetime:
        """Return the time, which is later than the last one."""
        self.advance(timedelta(milliseconds=1))
        return super().now()


@pytest.mark.parametrize("gap", [3, 5, 8, 13])
async def test_a_limit_that_ends_while_the_relay_goes_to_rest_wakes_it(
    stage: Stage, gap: int
) -> None:
    """Nobody else would: at 29 messages a second it slept for a second every now and then."""
    stage.clock = HurriedClock()
    news = [f"news {number}" for number in range(12)]
    for one in news:
        await stage.say(one, chat=one)
    async with stage.relay(limits=ChannelLimits(gap=timedelta(milliseconds=gap))) as relay:
        await stage.settle(relay)
    assert stage.channel.texts == news
