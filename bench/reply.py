"""How long a member waits for an answer, how long a start takes, and how much memory it needs."""

import asyncio
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

import psutil

from bench.table import Figure, medians
from bot.clock import SystemClock
from tests.servers.hub import ROOT, HubProcess, write_config
from tests.servers.telegram.fixtures import TelegramProcess, telegram_in_process
from tests.servers.telegram.views import UserRef

TOKEN = "4711:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"  # noqa: S105 # the emulator's
ROUNDS = 3
QUESTIONS = 40
_MIB = 1024 * 1024


async def measure() -> list[Figure]:
    """Measure the hub and the least possible bot in turns, on the same emulator."""
    now = str(int(SystemClock().now().timestamp()))
    start: dict[str, list[float]] = {"ours": [], "bare": [], "encoder": []}
    reply: dict[str, list[float]] = {"ours": [], "bare": [], "encoder": []}
    memory: dict[str, list[float]] = {"ours": [], "bare": [], "encoder": []}
    async with telegram_in_process("--epoch", now) as telegram:
        bot = await telegram.bot(TOKEN)
        # A person each: the hub keeps to Telegram's one message a second to each of them.
        people = await telegram.users(QUESTIONS)
        for _ in range(ROUNDS):
            for who, runner in (("ours", _hub), ("bare", _echo), ("encoder", _hub)):
                begin = time.perf_counter()
                async with runner(telegram, encoder=who == "encoder") as pid:
                    start[who].append(time.perf_counter() - begin)
                    reply[who].append(await _round_trips(telegram, people, bot.id))
                    memory[who].append(psutil.Process(pid).memory_info().rss / _MIB)
    bare = "polling bot on bare aiohttp, keeps nothing"
    return [
        medians("reply, ms (lexical)", reply["ours"], reply["bare"], bare),
        medians("reply, ms (with encoder)", reply["encoder"], reply["bare"], bare),
        medians("start-up, s (lexical)", start["ours"], start["bare"], bare),
        medians("start-up, s (with encoder)", start["encoder"], start["bare"], bare),
        medians("memory, MiB (lexical)", memory["ours"], memory["bare"], bare),
        medians("memory, MiB (with encoder)", memory["encoder"], memory["bare"], bare),
    ]


async def _round_trips(telegram: TelegramProcess, people: list[UserRef], bot: int) -> float:
    """Return the median wait for an answer in milliseconds."""
    waits = []
    for number, person in enumerate(people):
        begin = time.perf_counter()
        await telegram.say(person, bot, f"Was ist die KTS? {number}")
        await telegram.next_message(person)
        waits.append((time.perf_counter() - begin) * 1000)
    return median(waits)


@asynccontextmanager
async def _hub(telegram: TelegramProcess, *, encoder: bool) -> AsyncIterator[int]:
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        channel = f'[channels.telegram]\nenabled = true\ntoken = "{TOKEN}"\n'
        limits = "[limits]\nmember_messages = 1000000\n"
        more = f'base_url = "{telegram.url}"\n{limits}'
        write_config(directory, channel + more, encoder=encoder)
        hub = HubProcess(directory)
        async with asyncio.TaskGroup() as tasks:
            await hub.start(tasks)
            yield hub.pid
            await hub.stop()


@asynccontextmanager
async def _echo(telegram: TelegramProcess, *, encoder: bool) -> AsyncIterator[int]:
    del encoder
    base = f"{telegram.base_url}{TOKEN}"
    process: Process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.echo", base, cwd=ROOT, stdin=DEVNULL, stderr=PIPE
    )
    assert process.stderr is not None
    await process.stderr.readline()
    try:
        yield process.pid
    finally:
        process.kill()
        await process.wait()
