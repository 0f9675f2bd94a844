"""How fast a broadcast goes under Telegram's limits, and how long who asks meanwhile waits.

Usage: python -m bench.broadcast [SECONDS]; 600 are what the goal is for
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

import aiohttp

from bench.table import Figure, show
from bot.clock import SystemClock
from bot.messages import Address
from tests.acceptance.broadcasts import SHOWN, seed
from tests.servers.hub import hub_in_process
from tests.servers.telegram.fixtures import TelegramProcess, telegram_in_process
from tests.servers.telegram.views import UserRef

TOKEN = "4711:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"  # noqa: S105 # the emulator's
SECONDS = 10
ALLOWED = 30.0
"""Messages a second: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this"""
_ASKS = 5


async def measure(seconds: int = SECONDS) -> list[Figure]:
    """Measure the hub, then a plain loop, each on an emulator with strict limits."""
    recipients = int(seconds * ALLOWED)
    (ours, used), waits, refused = await _hub(recipients)
    (plain, _), plain_refused = await _plain_loop(int(SECONDS * ALLOWED))
    loop = "loop on bare aiohttp, 1/30 s of sleep after each, repeats a 429 as asked"
    return [
        Figure("broadcast, messages/s of the 30 allowed", ours, plain, loop),
        Figure("broadcast, share of the allowed rate", ours / ALLOWED, plain / ALLOWED, loop),
        Figure("the same with the edits of its report", used / ALLOWED, plain / ALLOWED, loop),
        Figure("broadcast, answers 429", refused, plain_refused, loop),
        Figure("/help in the middle of it, ms (slowest of 5)", max(waits), 1000.0, "one second"),
    ]


async def _hub(recipients: int) -> tuple[tuple[float, float], list[float], int]:
    now = str(int(SystemClock().now().timestamp()))
    patience = 60 + recipients / ALLOWED * 2
    async with telegram_in_process("--epoch", now, "--limits", "strict") as telegram:
        bot = await telegram.bot(TOKEN)
        author, *people = await telegram.users(recipients + _ASKS + 1)
        asking, people = people[:_ASKS], people[_ASKS:]
        settings: dict[str, str | int] = {
            "token": TOKEN, "base_url": telegram.url, "poll_timeout": 2,
        }  # fmt: skip
        with tempfile.TemporaryDirectory() as folder:
            chats = [Address("telegram", str(one.id)) for one in people]
            await seed(Path(folder), chats, author=Address("telegram", str(author.id)))
            async with hub_in_process(Path(folder), {"telegram": settings}) as (hub, tasks):
                await hub.start(tasks)
                waits = []
                for number, person in enumerate(asking, 1):
                    sent = recipients * number // (_ASKS + 1)
                    await telegram.wait_for_calls("sendMessage", sent, within=patience)
                    waits.append(await _wait_for_help(telegram, person, bot.id))
                await telegram.wait_for_calls("sendMessage", recipients + _ASKS, within=patience)
                await hub.stop()
        return await _rate(telegram), waits, await _refusals(telegram)


async def _wait_for_help(telegram: TelegramProcess, person: UserRef, bot: int) -> float:
    begin = time.perf_counter()
    await telegram.say(person, bot, "/help")
    await telegram.next_message(person)
    return (time.perf_counter() - begin) * 1000


async def _rate(telegram: TelegramProcess) -> tuple[float, float]:
    """Return the messages a second from the first to the last announcement.

    Without edits, and with them: Telegram's limit counts both.
    """
    sent = await _times(telegram, "sendMessage")
    begin, end = sent[0], sent[-1]
    edited = [time for time in await _times(telegram, "editMessageText") if begin < time < end]
    passed = end - begin
    return (len(sent) - 1) / passed, (len(sent) - 1 + len(edited)) / passed


async def _times(telegram: TelegramProcess, method: str) -> list[float]:
    return [call.time for call in await telegram.calls(method) if call.status == 200]  # HTTP


async def _refusals(telegram: TelegramProcess) -> int:
    calls = await telegram.calls("sendMessage")
    return sum(call.status == 429 for call in calls)  # HTTP


async def _plain_loop(recipients: int) -> tuple[tuple[float, float], int]:
    now = str(int(SystemClock().now().timestamp()))
    async with telegram_in_process("--epoch", now, "--limits", "strict") as telegram:
        await telegram.bot(TOKEN)
        people = await telegram.users(recipients)
        url = f"{telegram.base_url}{TOKEN}/sendMessage"
        async with aiohttp.ClientSession() as session:
            for person in people:
                await _send(session, url, person.id)
                await asyncio.sleep(1 / ALLOWED)
        return await _rate(telegram), await _refusals(telegram)


async def _send(session: aiohttp.ClientSession, url: str, chat: int) -> None:
    while True:
        async with session.post(url, json={"chat_id": chat, "text": SHOWN}) as response:
            answer = await response.json()
        if answer["ok"]:
            return
        await asyncio.sleep(answer["parameters"]["retry_after"])


if __name__ == "__main__":
    print(show(asyncio.run(measure(*map(int, sys.argv[1:2])))))
