"""A pressed button's progress bar ends soon, and nobody's message waits for that."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import pytest
import structlog

from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.presses import AT_ONCE, MOST_WAITING
from bot.channels.telegram.request import Timeouts
from bot.messages import ButtonPress, IncomingMessage
from tests.channels.telegram.stage import HandClock, consuming, new_channel, push, take, until
from tests.servers.telegram import BotRef, TelegramEmulator, UserRef

PATIENT = Timeouts(connect=5.0, answer=5.0, margin=5.0, courtesy=60.0, commit=5.0)
ANSWER = "answerCallbackQuery"

_NUMBERS = count(1)


def press(telegram: TelegramEmulator, account: BotRef, times: int = 1, **fields: Any) -> None:
    """Let people press buttons that the emulator does not know."""
    chat = {"id": 77, "type": "private", "first_name": "Ben"}
    author = {"id": 77, "is_bot": False, "first_name": "Ben"}
    message = {"message_id": 1, "date": 1, "chat": chat, "text": "?"}
    for _ in range(times):
        query = {"id": f"q{next(_NUMBERS)}", "from": author, "message": message}
        query |= {"chat_instance": "1", "data": "y"}
        push(telegram, account, "callback_query", query | fields)


@asynccontextmanager
async def polling(
    telegram: TelegramEmulator, account: BotRef, clock: HandClock, timeouts: Timeouts
) -> AsyncIterator[TelegramChannel]:
    """Yield an open channel."""
    channel = new_channel(telegram.url, account.token, clock, timeouts=timeouts)
    await channel.open()
    yield channel
    await channel.close()


@pytest.fixture
async def patient(
    telegram_emulator: TelegramEmulator, account: BotRef, clock: HandClock
) -> AsyncIterator[TelegramChannel]:
    """A channel that would wait a minute for an answer to a press."""
    async with polling(telegram_emulator, account, clock, PATIENT) as channel:
        yield channel


@pytest.fixture
def running() -> Callable[[], int]:
    """Count the tasks of the bot that answer presses."""
    return lambda: sum("Presses" in repr(task.get_coro()) for task in asyncio.all_tasks())


async def test_nobody_waits_behind_presses_that_telegram_does_not_take(
    telegram_emulator: TelegramEmulator, patient: TelegramChannel, account: BotRef, anna: UserRef
) -> None:
    """Twenty presses whose answers hang delay the next person by nothing."""
    telegram_emulator.fail("hang", method=ANSWER, seconds=60, times=None)
    press(telegram_emulator, account, 20)
    telegram_emulator.say(anna, account, "hallo")

    async with asyncio.timeout(3), consuming(patient) as seen:
        received = [await seen.get() for _ in range(21)]

    assert all(isinstance(one.event, ButtonPress) for one in received[:20])
    assert isinstance(received[-1].event, IncomingMessage)


async def test_answers_to_presses_leave_connections_for_the_rest(
    telegram_emulator: TelegramEmulator, patient: TelegramChannel, account: BotRef
) -> None:
    """Few hang at once, so that sends, menus and a diagnosis get through."""
    telegram_emulator.fail("hang", method=ANSWER, seconds=60, times=None)
    press(telegram_emulator, account, 20)

    async with consuming(patient) as seen:
        for _ in range(20):
            await seen.get()
        await telegram_emulator.wait_for_calls(ANSWER, AT_ONCE)
        async with asyncio.timeout(2), asyncio.TaskGroup() as tasks:
            for _ in range(4):
                tasks.create_task(patient.probe())
        assert len(telegram_emulator.calls(ANSWER)) == AT_ONCE


async def test_every_press_is_answered_in_the_end(
    telegram_emulator: TelegramEmulator, patient: TelegramChannel, account: BotRef
) -> None:
    """Those that had to wait are answered as soon as others are done."""
    press(telegram_emulator, account, 20)

    async with consuming(patient):
        calls = await telegram_emulator.wait_for_calls(ANSWER, 20)

    assert len({call.params["callback_query_id"] for call in calls}) == 20


async def test_the_oldest_press_is_forgotten_when_too_many_wait(
    telegram_emulator: TelegramEmulator, patient: TelegramChannel, account: BotRef
) -> None:
    """A flood of presses costs no memory; the latest are the ones somebody still looks at."""
    telegram_emulator.fail("hang", method=ANSWER, seconds=0.5, times=AT_ONCE)
    press(telegram_emulator, account, AT_ONCE)
    async with consuming(patient) as seen:
        await telegram_emulator.wait_for_calls(ANSWER, AT_ONCE)
        press(telegram_emulator, account, data="forgotten")
        press(telegram_emulator, account, MOST_WAITING)
        for _ in range(2 * AT_ONCE + 1 + MOST_WAITING - AT_ONCE):
            await asyncio.wait_for(seen.get(), 5)
        await telegram_emulator.wait_for_calls(ANSWER, AT_ONCE + MOST_WAITING, within=10)
        await asyncio.sleep(0.1)

    assert len(telegram_emulator.calls(ANSWER)) == AT_ONCE + MOST_WAITING


async def test_a_press_that_was_not_committed_is_not_answered(
    telegram_emulator: TelegramEmulator, patient: TelegramChannel, account: BotRef
) -> None:
    """The progress bar goes on until the press was handled."""
    press(telegram_emulator, account)
    await take(patient)
    await asyncio.sleep(0.1)

    assert telegram_emulator.calls(ANSWER) == []


async def test_nothing_runs_after_the_reading_ended(
    telegram_emulator: TelegramEmulator,
    patient: TelegramChannel,
    account: BotRef,
    running: Callable[[], int],
) -> None:
    """A shutdown waits for no progress bar."""
    telegram_emulator.fail("hang", method=ANSWER, seconds=60, times=None)
    press(telegram_emulator, account, 20)
    stream = patient.receive(None)
    for _ in range(20):
        await anext(stream)
    await telegram_emulator.wait_for_calls(ANSWER, AT_ONCE)
    assert running() == AT_ONCE

    async with asyncio.timeout(1):
        await stream.aclose()

    assert running() == 0


async def test_nothing_runs_after_the_channel_was_closed(
    telegram_emulator: TelegramEmulator,
    patient: TelegramChannel,
    account: BotRef,
    running: Callable[[], int],
) -> None:
    """Even if somebody forgot to end the reading first."""
    telegram_emulator.fail("hang", method=ANSWER, seconds=60, times=None)
    press(telegram_emulator, account, 20)
    stream = patient.receive(None)
    for _ in range(20):
        await anext(stream)
    await telegram_emulator.wait_for_calls(ANSWER, AT_ONCE)

    await patient.close()
    assert running() == 0
    await stream.aclose()


async def test_an_error_of_the_consumer_arrives_as_it_is(
    telegram_emulator: TelegramEmulator, patient: TelegramChannel, account: BotRef
) -> None:
    """Answers that are under way do not wrap it."""
    telegram_emulator.fail("hang", method=ANSWER, seconds=60, times=None)
    press(telegram_emulator, account, 3)
    stream = patient.receive(None)
    for _ in range(3):
        await anext(stream)

    with pytest.raises(RuntimeError, match="the database is gone"):
        await stream.athrow(RuntimeError("the database is gone"))


@pytest.mark.parametrize("trouble", ["error", "reset", "bad_gateway", "drop_answer"])
async def test_an_answer_that_fails_is_nobodys_trouble(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef, trouble: str
) -> None:
    """It leaves a line for developers; the next press is answered."""
    telegram_emulator.fail(trouble, method=ANSWER, code=400, description="query is too old")  # type: ignore[arg-type]
    with structlog.testing.capture_logs() as entries:
        async with consuming(channel) as seen:
            press(telegram_emulator, account)
            await asyncio.wait_for(seen.get(), 5)
            await until(lambda: bool(entries))
            press(telegram_emulator, account)
            await telegram_emulator.wait_for_calls(ANSWER, 2)

    assert entries[0]["log_level"] == "debug"
