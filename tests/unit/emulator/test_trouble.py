"""Flood control, scripted faults, and the emulator in a process of its own."""

from __future__ import annotations

import asyncio

import pytest
import telegram
from telegram.error import (
    BadRequest,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)

from tests.servers.telegram import BotRef, TelegramEmulator, UserRef
from tests.servers.telegram.clock import EPOCH
from tests.servers.telegram.fixtures import TelegramProcess
from tests.servers.telegram.limits import Limits
from tests.unit.emulator.conftest import client, says


class Stopped:
    """A clock that moves only when a test moves it."""

    def __call__(self) -> float:
        return EPOCH


async def test_a_private_chat_takes_a_burst_of_three_then_one_a_second() -> None:
    async with TelegramEmulator(clock=Stopped(), limits="strict") as emulator:
        account = emulator.bot()
        anna = emulator.user("Anna", started=True)
        async with client(emulator.url, account.token) as bot:
            for number in range(3):
                await bot.send_message(anna.id, str(number))
            with pytest.raises(RetryAfter, match="1 seconds"):
                await bot.send_message(anna.id, "zu viel")
            emulator.advance(1)
            await bot.send_message(anna.id, "wieder")
        assert emulator.flooded() == 1
        assert emulator.visible(anna) == ["0", "1", "2", "wieder"]


async def test_no_second_ever_holds_more_than_thirty_messages() -> None:
    async with TelegramEmulator(clock=Stopped(), limits="strict") as emulator:
        account = emulator.bot()
        people = emulator.users(40)
        async with client(emulator.url, account.token) as bot:
            for person in people[:15]:
                await bot.send_message(person.id, "x")
            emulator.advance(0.9)
            for person in people[15:30]:
                await bot.send_message(person.id, "x")
            with pytest.raises(RetryAfter, match="3 seconds"):
                await bot.send_message(people[30].id, "x")
            emulator.advance(2.9)
            with pytest.raises(RetryAfter, match="3 seconds"):
                await bot.send_message(people[30].id, "wer nicht wartet, wartet länger")
            emulator.advance(3)
            await bot.send_message(people[30].id, "x")
        assert (emulator.accepted(), emulator.flooded()) == (31, 2)


async def test_a_group_takes_twenty_messages_a_minute() -> None:
    async with TelegramEmulator(clock=Stopped(), limits="strict") as emulator:
        account = emulator.bot()
        group = emulator.group(members=[account])
        async with client(emulator.url, account.token) as bot:
            for _ in range(20):
                await bot.send_message(group.id, "x")
            with pytest.raises(RetryAfter, match="60 seconds"):
                await bot.send_message(group.id, "x")
            emulator.advance(60)
            await bot.send_message(group.id, "x")


def test_limits_start_switched_off() -> None:
    assert Limits().mode == "off"


async def test_an_answer_can_be_lost_after_the_message_was_accepted(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, anna: UserRef
) -> None:
    fault = telegram_emulator.fail("drop_answer", method="sendMessage", after=1)
    await bot.send_message(anna.id, "eins")
    with pytest.raises(NetworkError):
        await bot.send_message(anna.id, "zwei")
    await bot.send_message(anna.id, "drei")
    assert telegram_emulator.visible(anna) == ["/start", "eins", "zwei", "drei"]
    assert telegram_emulator.fault_hits(fault) == 1


async def test_a_connection_can_be_reset_before_anything_happened(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, anna: UserRef
) -> None:
    telegram_emulator.fail("reset", times=2)
    for _ in range(2):
        with pytest.raises(NetworkError):
            await bot.send_message(anna.id, "x")
    assert telegram_emulator.visible(anna) == ["/start"]
    assert [call.status for call in telegram_emulator.calls("sendMessage")] == [0, 0]


async def test_all_of_telegram_can_be_out_of_reach_for_a_while(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, anna: UserRef
) -> None:
    async def poll() -> None:
        with pytest.raises(NetworkError):
            await bot.get_updates(timeout=30)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(poll())
        await telegram_emulator.wait_for_calls("getUpdates")
        await telegram_emulator.go_dark()
    with pytest.raises(NetworkError):
        await bot.send_message(anna.id, "x")
    await telegram_emulator.come_back()
    await bot.send_message(anna.id, "x")


async def test_a_gateway_answers_with_a_page_instead_of_json(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, anna: UserRef
) -> None:
    fault = telegram_emulator.fail("bad_gateway", times=None)
    with pytest.raises(NetworkError, match=says("bad gateway")):
        await bot.send_message(anna.id, "x")
    telegram_emulator.heal(fault)
    await bot.send_message(anna.id, "x")


async def test_slow_answers_are_accepted_and_hangs_are_not(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, anna: UserRef
) -> None:
    telegram_emulator.fail("slow", seconds=3)
    with pytest.raises(TimedOut):
        await bot.send_message(anna.id, "langsam", read_timeout=0.2)
    telegram_emulator.fail("hang", seconds=3)
    with pytest.raises(TimedOut):
        await bot.send_message(anna.id, "hängt", read_timeout=0.2)
    telegram_emulator.fail("hang", seconds=0.1)
    with pytest.raises(NetworkError):
        await bot.send_message(anna.id, "hängt")
    assert telegram_emulator.visible(anna) == ["/start", "langsam"]


async def test_refusals_can_be_scripted_per_chat(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, anna: UserRef
) -> None:
    (berta,) = telegram_emulator.users(1)
    telegram_emulator.fail("retry_after", chat=anna, seconds=7)
    telegram_emulator.fail("error", chat=anna, description="Bad Request: chat not found")
    await bot.send_message(berta.id, "x")
    with pytest.raises(RetryAfter, match="7 seconds"):
        await bot.send_message(anna.id, "x")
    with pytest.raises(BadRequest, match=says("chat not found")):
        await bot.send_message(anna.id, "x")
    await bot.send_message(anna.id, "x")


async def test_somebody_blocks_the_bot_in_the_middle_of_a_broadcast(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, anna: UserRef
) -> None:
    telegram_emulator.block_after(anna, 2)
    people = telegram_emulator.users(2)
    for person in people:
        await bot.send_message(person.id, "Rundruf")
    with pytest.raises(Forbidden):
        await bot.send_message(anna.id, "Rundruf")
    (update,) = await bot.get_updates()
    assert update.my_chat_member is not None


async def test_the_log_tells_who_called_what_and_how_it_ended(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, account: BotRef, anna: UserRef
) -> None:
    await bot.send_message(anna.id, "x")
    with pytest.raises(BadRequest):
        await bot.send_message(1, "x")
    good, bad = telegram_emulator.calls("sendMessage", bot=account)
    assert (good.status, good.params["text"]) == (200, "x")
    assert (bad.status, bad.description) == (400, "Bad Request: chat not found")
    assert good.time <= bad.time


async def test_waiting_in_vain_says_for_what(
    telegram_emulator: TelegramEmulator, anna: UserRef
) -> None:
    with pytest.raises(AssertionError, match=r"'Hallo' in chat .*: not within 0\.05 s"):
        await telegram_emulator.wait_for_text(anna, "Hallo", within=0.05)


async def test_another_process_is_controlled_with_the_same_methods(
    telegram_process: TelegramProcess,
) -> None:
    emulator = telegram_process
    account = await emulator.bot("7100000042:AAEmulatorTokenOfAnotherProcess", "stadtfunk_bot")
    anna = await emulator.user("Anna", language_code="de")
    await emulator.say(anna, account, "/start")
    group = await emulator.supergroup(forum=True, members=[anna.id, account.id])
    thread = await emulator.topic(group, "Termine")
    await emulator.upload(anna, account, "a.txt", b"\x00\xff")
    async with client(emulator.url, account.token) as bot:
        markup = telegram.InlineKeyboardMarkup.from_button(
            telegram.InlineKeyboardButton("Ja", callback_data="y")
        )
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(emulator.next_message(anna))
            await bot.send_message(anna.id, "hallo", reply_markup=markup)
        shown = waiting.result()
        assert (shown.text, shown.button_texts()) == ("hallo", ["Ja"])
        async with asyncio.TaskGroup() as tasks:
            pressed = tasks.create_task(emulator.click(anna, shown, "Ja"))
            query = None
            while query is None:
                query = (await bot.get_updates(timeout=1))[-1].callback_query
            await query.answer("gut")
        assert pressed.result().text == "gut"
        await bot.send_message(group.id, "im Thema", message_thread_id=thread)
        assert (await emulator.wait_for_text(group, "Thema")).thread == thread
        await emulator.revoke()
        with pytest.raises(InvalidToken):
            await bot.get_me()
    assert await emulator.accepted() == 2
    assert [call.method for call in await emulator.calls("sendMessage")] == ["sendMessage"] * 2
