"""How far the channel has been read, and what happens when reading fails."""

import asyncio
import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.port import Channel
from bot.channels.telegram import TelegramChannel
from bot.errors import ChannelDownError, ChannelUnavailableError
from bot.messages import IncomingMessage
from tests.channels.telegram.stage import (
    HandClock,
    consuming,
    event,
    new_channel,
    push,
    take,
    until,
)
from tests.servers.telegram import BotRef, TelegramEmulator, UserRef


def test_the_adapter_is_a_channel(channel: TelegramChannel) -> None:
    """The type checker agrees that the adapter keeps the port's promises."""
    port: Channel = channel

    assert (port.name, port.window, port.last_contact) == ("telegram", 8, None)


async def test_each_update_carries_the_offset_that_confirms_it(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef, anna: UserRef
) -> None:
    """The cursor of an update is its number plus one."""
    telegram_emulator.say_many(anna, account, ["eins", "zwei"])
    numbers = [update["update_id"] for update in telegram_emulator.pending_updates()]

    received = await take(channel, 2)

    assert [int(one.cursor or 0) for one in received] == [number + 1 for number in numbers]
    assert [one.event.id for one in received if one.event] == [f"u{n}" for n in numbers]


async def test_an_update_that_was_not_committed_comes_again(
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    account: BotRef,
    anna: UserRef,
    clock: HandClock,
) -> None:
    """A crash between receiving and committing loses nothing: a new process gets it again."""
    telegram_emulator.say_many(anna, account, ["eins", "zwei", "drei"])
    first = await take(channel, 2)
    await channel.close()

    restarted = new_channel(telegram_emulator.url, account.token, clock)
    await restarted.open()
    again = await take(restarted, 2, cursor=first[0].cursor)
    await restarted.close()

    texts = [one.event.text for one in again if isinstance(one.event, IncomingMessage)]
    assert texts == ["zwei", "drei"]


async def test_what_was_committed_is_confirmed(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef, anna: UserRef
) -> None:
    """Telegram forgets an update once the next poll carries the offset after it."""
    telegram_emulator.say(anna, account, "hallo")

    async with consuming(channel) as seen:
        await asyncio.wait_for(seen.get(), 5)
        await telegram_emulator.wait_for_calls("getUpdates", 2)

    assert telegram_emulator.pending_updates() == []


async def test_only_what_is_understood_is_asked_for(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef, anna: UserRef
) -> None:
    """Posts, votes and counts of a busy place do not even travel; what a mirror needs does."""
    telegram_emulator.say(anna, account, "hallo")
    await take(channel)

    (call,) = telegram_emulator.calls("getUpdates")
    assert "message" in str(call.params["allowed_updates"])
    wanted = json.loads(call.params["allowed_updates"])
    assert not {"channel_post", "poll", "poll_answer", "message_reaction_count"} & {*wanted}
    assert {"message", "edited_message", "message_reaction"} < {*wanted}


@pytest.mark.parametrize("payload", [{"surprise": 1}, "nonsense", {"message_id": "x"}])
async def test_an_update_that_nobody_understands_only_moves_the_cursor(
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    account: BotRef,
    anna: UserRef,
    payload: object,
) -> None:
    """A new or broken kind of update neither stops the bot nor comes back for ever."""
    queue = telegram_emulator.world.bots[account.id].queue
    kind = "message" if payload != {"surprise": 1} else "brand_new"
    queue.allowed = None
    queue.push(kind, payload, telegram_emulator.world.now())  # type: ignore[arg-type]
    telegram_emulator.say(anna, account, "hallo")

    unknown, known = await take(channel, 2)

    assert unknown.event is None
    assert unknown.cursor is not None
    assert isinstance(known.event, IncomingMessage)


async def test_an_update_that_breaks_the_translation_only_moves_the_cursor(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef
) -> None:
    """A chat of a kind that does not exist yet can't wedge the bot."""
    strange = {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "galaxy"}, "text": "x"}
    author = {"id": 5, "is_bot": False, "first_name": "Anna"}
    push(telegram_emulator, account, "message", strange | {"from": author})

    assert await event(channel) is None


async def test_a_second_poller_is_named_as_the_reason(
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    account: BotRef,
    clock: HandClock,
) -> None:
    """Two programs with one token: the one that is turned out says so clearly."""
    other = new_channel(telegram_emulator.url, account.token, clock)
    await other.open()

    async def come_second() -> None:
        await until(lambda: bool(telegram_emulator.calls("getUpdates")))
        with suppress(asyncio.CancelledError):
            await take(other)

    async with asyncio.TaskGroup() as tasks:
        second = tasks.create_task(come_second())
        with pytest.raises(ChannelUnavailableError, match="another program polls with this token"):
            await take(channel)
        second.cancel()
    await other.close()


async def test_a_foreign_webhook_is_named_as_the_reason(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel
) -> None:
    """A webhook that somebody sets later is not mistaken for a second poller."""
    telegram_emulator.fail(
        "error",
        method="getUpdates",
        code=409,
        description="Conflict: can't use getUpdates method while webhook is active; …",
    )

    with pytest.raises(ChannelUnavailableError, match="has set a webhook"):
        await take(channel)


@pytest.mark.parametrize("code", [401, 404])
async def test_a_revoked_token_is_the_operators_business(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, code: int
) -> None:
    """401 and 404 name the key that has to be corrected."""
    telegram_emulator.fail("error", method="getUpdates", code=code, description="Unauthorized")

    with pytest.raises(ChannelDownError, match=rf"refused \({code}\): channels.telegram.token"):
        await take(channel)


@pytest.mark.parametrize("kind", ["bad_gateway", "reset", "drop_answer"])
async def test_trouble_on_the_way_can_be_tried_again(
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    anna: UserRef,
    account: BotRef,
    kind: str,
) -> None:
    """A failed poll raises once, loses nothing, and the next call goes on."""
    telegram_emulator.say(anna, account, "hallo")
    telegram_emulator.fail(kind, method="getUpdates")  # type: ignore[arg-type]

    with pytest.raises(ChannelUnavailableError):
        await take(channel)
    assert isinstance(await event(channel), IncomingMessage)


async def test_a_poll_says_how_long_telegram_asked_to_wait(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel
) -> None:
    """The caller, not the adapter, waits out a 429."""
    telegram_emulator.fail("retry_after", method="getUpdates", seconds=7)

    with pytest.raises(ChannelUnavailableError) as caught:
        await take(channel)
    assert caught.value.retry_after == timedelta(seconds=7)


async def test_a_poll_that_hangs_is_given_up(
    telegram_emulator: TelegramEmulator, account: BotRef, clock: HandClock
) -> None:
    """A dead connection is noticed when poll timeout and margin are over."""
    channel = new_channel(
        telegram_emulator.url, account.token, clock, poll_timeout=timedelta(seconds=0.2)
    )
    await channel.open()
    telegram_emulator.fail("hang", method="getUpdates", seconds=60)

    async with asyncio.timeout(3):
        with pytest.raises(ChannelUnavailableError, match=r"no answer|Timeout"):
            await take(channel)
    await channel.close()


async def test_last_contact_is_the_last_successful_poll(
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    account: BotRef,
    anna: UserRef,
    clock: HandClock,
) -> None:
    """Failures don't count as contact, so a watchdog sees the age grow."""
    telegram_emulator.say(anna, account, "hallo")
    await take(channel)
    contact = clock.now()
    clock.advance(timedelta(minutes=5))
    telegram_emulator.fail("bad_gateway", method="getUpdates")

    with pytest.raises(ChannelUnavailableError):
        await take(channel)

    assert channel.last_contact == contact


async def test_open_removes_a_webhook_that_would_block_polling(
    telegram_emulator: TelegramEmulator, account: BotRef, clock: HandClock
) -> None:
    """Changing the mode back to polling needs no hand at Telegram's side."""
    options: dict[str, Any] = {"mode": "webhook", "public_url": "http://127.0.0.1:9"}
    former = new_channel(telegram_emulator.url, account.token, clock, **options)
    await former.open()
    await former.close()
    assert telegram_emulator.world.bots[account.id].webhook is not None

    channel = new_channel(telegram_emulator.url, account.token, clock)
    await channel.open()
    await channel.close()

    assert telegram_emulator.world.bots[account.id].webhook is None


async def test_opening_with_a_wrong_token_names_the_key(
    telegram_emulator: TelegramEmulator, account: BotRef, clock: HandClock
) -> None:
    """The operator reads which key is wrong, and open() can be called again later."""
    channel = new_channel(telegram_emulator.url, account.token, clock)
    telegram_emulator.revoke()
    with pytest.raises(ChannelDownError) as caught:
        await channel.open()
    assert str(caught.value) == "the token was refused (401): channels.telegram.token"

    telegram_emulator.revoke(revoked=False)
    await channel.open()
    await channel.close()


async def test_closing_is_safe_at_any_time(
    telegram_emulator: TelegramEmulator, account: BotRef, clock: HandClock
) -> None:
    """Twice, before opening, and before opening again."""
    channel = new_channel(telegram_emulator.url, account.token, clock)
    await channel.close()
    await channel.open()
    await channel.close()
    await channel.close()
    with pytest.raises(ChannelUnavailableError):
        await take(channel)
    await channel.open()
    await channel.close()
