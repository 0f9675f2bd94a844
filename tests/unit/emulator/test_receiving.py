"""Updates: offsets, conflicts, allowed kinds, and the webhook."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import telegram
from aiohttp import web
from telegram.error import BadRequest, Conflict

from tests.servers.telegram import BotRef, TelegramEmulator, UserRef
from tests.unit.emulator.conftest import says


def texts(updates: tuple[telegram.Update, ...]) -> list[str | None]:
    return [update.message.text for update in updates if update.message]


async def test_an_update_stays_until_a_higher_offset_confirms_it(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, account: BotRef, anna: UserRef
) -> None:
    telegram_emulator.say_many(anna, account, ["eins", "zwei", "drei"])
    first = await bot.get_updates(limit=2)
    assert texts(first) == ["eins", "zwei"]
    assert texts(await bot.get_updates()) == ["eins", "zwei", "drei"]
    assert texts(await bot.get_updates(offset=first[1].update_id)) == ["zwei", "drei"]
    rest = await bot.get_updates(offset=first[1].update_id + 1)
    assert texts(rest) == ["drei"]
    assert await bot.get_updates(offset=rest[0].update_id + 1) == ()
    assert telegram_emulator.pending_updates() == []


async def test_a_negative_offset_keeps_only_the_newest(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, account: BotRef, anna: UserRef
) -> None:
    telegram_emulator.say_many(anna, account, [str(number) for number in range(60)])
    assert texts(await bot.get_updates(offset=-1)) == ["59"]
    assert texts(await bot.get_updates()) == ["59"]


async def test_a_long_poll_ends_with_the_first_update(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, account: BotRef, anna: UserRef
) -> None:
    async with asyncio.timeout(2), asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(bot.get_updates(timeout=30))
        await telegram_emulator.wait_for_calls("getUpdates")
        telegram_emulator.say(anna, account, "da")
    assert texts(poll.result()) == ["da"]


async def test_the_older_of_two_pollers_is_told_of_the_conflict(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, account: BotRef, anna: UserRef
) -> None:
    async def older() -> str:
        with pytest.raises(Conflict) as caught:
            await bot.get_updates(timeout=30)
        return caught.value.message

    async with asyncio.TaskGroup() as tasks:
        told = tasks.create_task(older())
        await telegram_emulator.wait_for_calls("getUpdates")
        newer = tasks.create_task(bot.get_updates(timeout=30))
        await told
        telegram_emulator.say(anna, account, "da")
    assert "terminated by other getUpdates request" in told.result()
    assert texts(newer.result()) == ["da"]


async def test_an_update_of_yesterday_is_gone(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, account: BotRef, anna: UserRef
) -> None:
    telegram_emulator.say(anna, account, "alt")
    telegram_emulator.advance(86_401)
    assert await bot.get_updates() == ()


async def test_reactions_come_only_to_who_asked_for_them(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, anna: UserRef
) -> None:
    sent = await bot.send_message(anna.id, "Wie war es?")
    message = telegram_emulator.chat_history(anna)[-1]
    telegram_emulator.react(anna, message, "👍")
    assert await bot.get_updates() == ()
    await bot.get_updates(allowed_updates=["message_reaction"])
    telegram_emulator.react(anna, message, "🎉")
    (update,) = await bot.get_updates()
    reaction = update.message_reaction
    assert reaction is not None
    assert reaction.message_id == sent.message_id
    assert [kind.to_dict()["emoji"] for kind in reaction.new_reaction] == ["🎉"]
    telegram_emulator.say(anna, telegram_emulator.world.only_bot().id, "nicht gewollt")
    assert len(await bot.get_updates()) == 1


async def test_a_language_that_was_not_set_is_missing(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, account: BotRef
) -> None:
    someone = telegram_emulator.user("Ohne")
    telegram_emulator.say(someone, account, "hallo")
    (update,) = await bot.get_updates()
    assert update.effective_user is not None
    assert update.effective_user.language_code is None
    assert someone.id > 2**32


@dataclass
class Receiver:
    """A webhook that answers as told and remembers what came."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    came: list[tuple[dict[str, Any], str | None]] = field(default_factory=list)
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
        update = await request.json()
        async with self.arrived:
            self.came.append((update, secret))
            self.arrived.notify_all()
        return web.Response(status=self.answers.pop(0) if self.answers else 200)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiving = Receiver()
    runner = web.ServerRunner(web.Server(receiving.handle), shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiving.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiving
    await runner.cleanup()


async def until(receiver: Receiver, count: int) -> None:
    async with asyncio.timeout(5), receiver.arrived:
        await receiver.arrived.wait_for(lambda: len(receiver.came) >= count)


async def test_a_webhook_gets_the_secret_and_repeats_in_order_until_200(
    telegram_emulator: TelegramEmulator,
    bot: telegram.Bot,
    account: BotRef,
    anna: UserRef,
    receiver: Receiver,
) -> None:
    receiver.answers = [500, 503]
    await bot.set_webhook(receiver.url, secret_token="geheim_1")
    telegram_emulator.say_many(anna, account, ["eins", "zwei"])
    await until(receiver, 4)
    said = [(update["message"]["text"], secret) for update, secret in receiver.came]
    assert said == [("eins", "geheim_1")] * 3 + [("zwei", "geheim_1")]
    info = await bot.get_webhook_info()
    assert info.url == receiver.url
    assert info.last_error_message == "Wrong response from the webhook: 503 Service Unavailable"


async def test_polling_conflicts_with_a_webhook_until_it_is_deleted(
    telegram_emulator: TelegramEmulator,
    bot: telegram.Bot,
    account: BotRef,
    anna: UserRef,
    receiver: Receiver,
) -> None:
    receiver.answers = [500] * 100
    await bot.set_webhook(receiver.url)
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()
    telegram_emulator.say(anna, account, "noch da")
    await until(receiver, 1)
    await bot.delete_webhook()
    assert texts(await bot.get_updates()) == ["noch da"]


async def test_a_webhook_needs_https_and_a_clean_secret(bot: telegram.Bot) -> None:
    with pytest.raises(BadRequest, match=says("HTTPS URL must be provided")):
        await bot.set_webhook("http://bot.example.org/hook")
    with pytest.raises(BadRequest, match="unallowed characters"):
        await bot.set_webhook("https://bot.example.org/hook", secret_token="nicht so!")
