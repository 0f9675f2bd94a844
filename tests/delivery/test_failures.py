"""What a relay does when the network refuses."""

import asyncio
from collections.abc import MutableMapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from bot.delivery.outbox import Priority
from bot.errors import (
    ChannelDownError,
    ChannelError,
    ChannelUnavailableError,
    MessageRejectedError,
    RecipientGoneError,
    RecipientMovedError,
    TemporaryDeliveryError,
)
from bot.messages import Address, MessageId
from bot.storage import schema
from bot.storage.models import Body
from bot.text.document import Document
from tests.delivery.stage import (
    MINUTE,
    RETRY,
    SECOND,
    FlakyDatabase,
    GatedChannel,
    Stage,
    a_moment,
    until,
)
from tests.fakes import FakeChannel, FakeClock


async def test_waits_as_long_as_the_network_asked(stage: Stage) -> None:
    """A flood-wait postpones the message; it neither loses nor repeats it."""
    await stage.say("hello")
    stage.channel.fail_next(TemporaryDeliveryError("flood", retry_after=10 * MINUTE))
    async with stage.relay() as relay:
        await stage.settle(relay)
        await stage.later(relay, 10 * MINUTE - SECOND)
        assert stage.channel.attempts == ["hello"]
        await stage.later(relay, SECOND)
    assert stage.channel.texts == ["hello"]
    assert (await stage.delivery("hello")).attempts == 1


async def test_a_flood_in_one_chat_holds_up_no_other(stage: Stage) -> None:
    """Only who was written to too often has to wait."""
    stage.channel.window = 1
    await stage.say("hello")
    await stage.say("elsewhere", chat="other")
    stage.channel.fail_next(TemporaryDeliveryError("flood", retry_after=10 * MINUTE))
    async with stage.relay() as relay:
        await stage.settle(relay)
    assert stage.channel.texts == ["elsewhere"]


async def test_a_flood_of_the_whole_channel_pauses_it_for_ten_minutes(stage: Stage) -> None:
    """Going on would only make the network angrier; nothing spends an attempt."""
    stage.channel.window = 1
    await stage.say("hello")
    await stage.say("elsewhere", chat="other")
    flood = TemporaryDeliveryError("flood", retry_after=10 * MINUTE, whole_channel=True)
    stage.channel.fail_next(flood)
    async with stage.relay() as relay:
        await until(lambda: len(stage.channel.attempts) == 1)
        stage.clock.advance(10 * MINUTE - SECOND)
        await stage.look(relay)
        assert stage.channel.attempts == ["hello"]
        await stage.later(relay, SECOND)
    assert sorted(stage.channel.texts) == ["elsewhere", "hello"]
    assert (await stage.delivery("hello")).attempts == 1


async def test_a_temporary_failure_is_tried_again_later(stage: Stage) -> None:
    """Not at once, which would hammer a network in trouble, and not never."""
    await stage.say("hello")
    stage.channel.fail_next(TemporaryDeliveryError("502"))
    async with stage.relay() as relay:
        await stage.settle(relay)
        kept = await stage.delivery("hello")
        assert (kept.state, kept.attempts, kept.error) == ("waiting", 1, "502")
        await stage.later(relay, RETRY.first / 2 - timedelta(microseconds=1))
        assert stage.channel.texts == []
        await stage.later(relay, RETRY.first)
    assert stage.channel.texts == ["hello"]


@pytest.mark.parametrize(
    "error",
    [
        TemporaryDeliveryError("502"),
        ChannelError("something"),
        TimeoutError(),
        KeyError("a bug of the adapter"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_after_the_last_attempt_a_message_is_dead(stage: Stage, error: Exception) -> None:
    """Nothing is tried for ever, the reason is kept, and the chat goes on."""
    await stage.say("hello", "next")
    stage.channel.fail_next(*[error] * RETRY.max_attempts)
    async with stage.relay() as relay:
        for number in range(1, RETRY.max_attempts + 1):
            relay.wake()
            await until(lambda number=number: stage.channel.attempts.count("hello") == number)  # type: ignore[misc] # bound now
            await a_moment()
            stage.clock.advance(MINUTE)
        await stage.settle(relay)
    kept = await stage.delivery("hello")
    assert (kept.state, kept.attempts) == ("dead", RETRY.max_attempts)
    assert kept.error
    assert stage.channel.texts == ["next"]


async def test_a_rejected_message_is_given_up_and_the_chat_is_not(stage: Stage) -> None:
    """The network will never take this one; the next may pass."""
    await stage.know("room")
    await stage.say("too odd", "next")
    stage.channel.fail_next(MessageRejectedError("can't parse"))
    async with stage.relay() as relay:
        await stage.settle(relay)
        await stage.later(relay, timedelta(hours=1))
    kept = await stage.delivery("too odd")
    assert (kept.state, kept.attempts, kept.error) == ("rejected", 1, "can't parse")
    assert stage.channel.attempts == ["too odd", "next"]
    row = await stage.chat("room")
    assert row is not None
    assert row.left_at is None


async def test_a_recipient_that_is_gone_is_not_written_to_again(stage: Stage) -> None:
    """The chat is deactivated and all that waited for it is given up; others go on."""
    await stage.know("room")
    await stage.say("hello", "next")
    await stage.say("reminder", priority=Priority.REMINDER)
    await stage.say("elsewhere", chat="other")
    stage.channel.window = 1
    stage.channel.fail_next(RecipientGoneError("bot was kicked"))
    async with stage.relay() as relay:
        await stage.settle(relay)
    assert await stage.states() == {
        "hello": "gone", "next": "gone", "reminder": "gone", "elsewhere": "sent",
    }  # fmt: skip
    row = await stage.chat("room")
    assert row is not None
    assert (row.left_at, row.left_reason) == (stage.clock.now(), "bot was kicked")
    assert stage.channel.attempts == ["hello", "elsewhere"]


async def test_a_recipient_that_moved_gets_the_message_at_the_new_address(stage: Stage) -> None:
    """The chat is known under its new id from then on, and what waits follows it."""
    await stage.know("room")
    await stage.say("hello", "next")
    stage.channel.fail_next(RecipientMovedError("-100"))
    async with stage.relay() as relay:
        await stage.settle(relay)
    assert [(sent.address.chat, sent.text) for sent in stage.channel.messages] == [
        ("-100", "hello"), ("-100", "next"),
    ]  # fmt: skip
    assert await stage.chat("room") is None
    assert await stage.chat("-100") is not None
    assert await stage.states() == {"hello": "sent", "next": "sent"}


async def test_what_would_change_a_message_does_not_follow_a_chat(stage: Stage) -> None:
    """In the new chat the same id is another message's, maybe somebody else's."""
    await stage.know("room")
    await stage.say("hello")
    async with stage.relay() as relay:
        await stage.settle(relay)
        await stage.say("better", edit=MessageId("m1"))
        stage.channel.fail_next(RecipientMovedError("-100"))
        await stage.settle(relay)
    assert stage.channel.texts == ["hello"]
    assert await stage.states() == {"hello": "sent", "better": "rejected"}
    assert await stage.chat("-100") is not None


async def test_two_chats_that_moved_to_each_other_are_not_followed_for_ever(
    stage: Stage,
) -> None:
    """Whoever may close a room could otherwise keep the bot busy without end."""

    class Circle(FakeChannel):
        async def send(self, to: Address, *_: Any, key: str, **__: Any) -> MessageId:
            self.attempts.append(key)
            raise RecipientMovedError("b" if to.chat == "room" else "room")

    circle = Circle(stage.clock)
    await stage.say("hello")
    async with stage.relay(channel=circle) as relay:
        await stage.settle(relay)
    assert await stage.states() == {"hello": "dead"}
    assert len(circle.attempts) == RETRY.max_attempts + 1


async def test_a_refused_account_pauses_the_channel_and_spends_no_attempt(stage: Stage) -> None:
    """However long the operator needs, every message still goes out afterwards."""
    await stage.say("hello")
    await stage.say("elsewhere", chat="other")
    stage.channel.window = 1
    stage.channel.fail_next(*[ChannelDownError("the token was refused (401)")] * 20)
    async with stage.relay() as relay:
        for number in range(1, 21):
            relay.wake()
            await until(lambda number=number: len(stage.channel.attempts) == number)  # type: ignore[misc] # bound now
            await until(lambda: stage.channel.flying == 0)
            stage.clock.advance(29 * SECOND)
            await stage.look(relay)
            assert len(stage.channel.attempts) == number
            stage.clock.advance(SECOND)
        await stage.settle(relay)
    assert sorted(stage.channel.texts) == ["elsewhere", "hello"]
    assert (await stage.delivery("hello")).attempts == 1


async def test_a_short_pause_does_not_cut_a_long_one(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two answers to sends in flight the longer wait counts, in whatever order they come."""
    sending = stage.channel.send

    async def answer_later(*arguments: object, **more: object) -> MessageId:
        await asyncio.sleep(0)
        return await sending(*arguments, **more)  # type: ignore[arg-type] # passed on as it is

    monkeypatch.setattr(stage.channel, "send", answer_later)
    flood = TemporaryDeliveryError("flood", retry_after=10 * MINUTE, whole_channel=True)
    stage.channel.fail_next(flood, ChannelDownError("refused"))
    await stage.say("hello")
    await stage.say("elsewhere", chat="other")
    async with stage.relay() as relay:
        await until(lambda: len(stage.channel.attempts) == 2)
        await a_moment()
        stage.clock.advance(5 * MINUTE)
        await stage.look(relay)
        assert len(stage.channel.attempts) == 2
        await stage.later(relay, 5 * MINUTE)
    assert len(stage.channel.messages) == 2


async def test_a_bug_of_an_adapter_stops_nobody_else(stage: Stage) -> None:
    """The message is tried again as if the network had failed; all others go out."""
    stage.channel.window = 1
    await stage.say("hello")
    await stage.say("elsewhere", chat="other")
    stage.channel.fail_next(KeyError("bug"))
    async with stage.relay() as relay:
        await stage.settle(relay)
        assert stage.channel.texts == ["elsewhere"]
        await stage.later(relay, MINUTE)
    assert stage.channel.texts == ["elsewhere", "hello"]


async def test_a_send_that_hangs_is_given_up_and_tried_again(stage: Stage) -> None:
    """A network that never answers blocks no place in the window for ever."""
    stage.channel.gate.clear()
    stage.channel.deduplicates = True
    await stage.say("hello")
    async with stage.relay(send_timeout=timedelta(milliseconds=20)) as relay:
        await stage.settle(relay)
        kept = await stage.delivery("hello")
        assert (kept.state, kept.error) == ("waiting", "no answer in time")
        stage.channel.gate.set()
        await stage.later(relay, MINUTE)
    assert stage.channel.texts == ["hello"]
    assert await stage.states() == {"hello": "sent"}


async def test_an_edit_of_a_message_that_never_was_is_rejected(stage: Stage) -> None:
    """There is nothing to try again."""
    await stage.say("edit", edit=MessageId(""))
    async with stage.relay() as relay:
        await stage.settle(relay)
    assert await stage.states() == {"edit": "rejected"}


async def test_a_stored_body_that_can_not_be_read_is_rejected_unquoted(
    stage: Stage, logs: list[MutableMapping[str, Any]]
) -> None:
    """A body of a later version stops nothing, and its words reach no log."""
    await stage.say("hello")
    tree = Document.of("a very private word").model_dump(mode="json") | {"novelty": "private"}
    async with stage.database.begin() as session:
        await session.execute(update(Body).values(content=tree))
    async with stage.relay() as relay:
        await stage.settle(relay)
    assert await stage.states() == {"hello": "rejected"}
    assert "private" not in str(logs)
    assert logs


async def test_a_body_that_is_not_there_is_rejected_and_stops_nothing(
    postgres_database: str, clock: FakeClock
) -> None:
    """As if somebody had deleted it by hand: PostgreSQL would not hinder them."""
    database = FlakyDatabase(postgres_database)
    await schema.upgrade(database)
    stage = Stage(database, GatedChannel(clock), clock)
    await stage.say("hello")
    async with database.begin() as session:
        await session.execute(delete(Body))
    await stage.say("elsewhere")
    async with stage.relay() as relay:
        await stage.settle(relay)
    assert await stage.states() == {"hello": "rejected", "elsewhere": "sent"}
    assert (await stage.delivery("hello")).error == "the stored body can't be read"
    await database.close()


@pytest.mark.parametrize("text", ["no\ud800body"])
async def test_what_the_database_can_not_hold_does_not_send_a_message_again(
    stage: Stage, text: str
) -> None:
    """The network's words may be anything; that a message was sent is recorded without them."""

    class Odd(FakeChannel):
        async def send(self, *args: Any, **options: Any) -> MessageId:
            await super().send(*args, **options)
            return MessageId(text)

    odd = Odd(stage.clock)
    await stage.say("hello", "next")
    async with stage.relay(channel=odd) as relay:
        await stage.settle(relay)
        await stage.later(relay, timedelta(hours=1))
    assert odd.texts == ["hello", "next"]
    assert await stage.states() == {"hello": "sent", "next": "sent"}


async def test_an_outage_costs_no_message_its_attempts(stage: Stage) -> None:
    """The network may be away for longer than any number of attempts lasts."""
    await stage.say("hello")
    away = [ChannelUnavailableError("no route")] * (RETRY.max_attempts + 3)
    stage.channel.fail_next(*away)
    async with stage.relay() as relay:
        for number in range(1, len(away) + 1):
            relay.wake()
            await until(lambda number=number: stage.channel.attempts.count("hello") == number)  # type: ignore[misc] # bound now
            await a_moment()
            stage.clock.advance(RETRY.longest * 2)
        await stage.settle(relay)
    assert stage.channel.texts == ["hello"]
