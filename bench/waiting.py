"""How long a member waits for a reply while a broadcast runs under Telegram's limits.

Usage: python -m bench.waiting [SECONDS]
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles

from bench.broadcast import ALLOWED, TOKEN
from bench.table import Figure, show
from bot.clock import SystemClock
from bot.messages import Address
from tests.acceptance.broadcasts import is_done, seed
from tests.servers.hub import hub_in_process
from tests.servers.telegram.fixtures import TelegramProcess, telegram_in_process
from tests.servers.telegram.views import UserRef

SECONDS = 30
ALLOWED_MS = 300.0
"""How much longer than on an idle hub the slowest in a hundred may take."""
_ASKING = 40
"""People who ask in turns, so that nobody meets the limit of their own chat."""
_PAUSE = 0.1


async def measure(seconds: int = SECONDS) -> list[Figure]:
    """Measure an idle hub, and then one that sends a broadcast of so many seconds."""
    idle = await _waits(recipients=1, seconds=seconds)
    busy = await _waits(recipients=int(seconds * ALLOWED), seconds=seconds)
    figures = [
        Figure(f"reply during a broadcast, {name}, ms", busy[at], idle[at], "an idle hub")
        for name, at in (("p50", 49), ("p95", 94), ("p99", 98))
    ]
    more = max(busy[98] - idle[98], 0.0)
    return [*figures, Figure("its p99 above idle, ms", more, ALLOWED_MS, "what is allowed")]


async def _waits(*, recipients: int, seconds: int) -> list[float]:
    """Return the percentiles of the waits for a reply in milliseconds."""
    now = str(int(SystemClock().now().timestamp()))
    async with telegram_in_process("--epoch", now, "--limits", "strict") as telegram:
        bot = await telegram.bot(TOKEN)
        author, *people = await telegram.users(recipients + _ASKING + 1)
        chats = [Address("telegram", str(one.id)) for one in people[_ASKING:]]
        settings: dict[str, str | int] = {
            "token": TOKEN, "base_url": telegram.url, "poll_timeout": 2,
        }  # fmt: skip
        with tempfile.TemporaryDirectory() as folder:
            directory = Path(folder)
            await seed(directory, chats, author=Address("telegram", str(author.id)))
            more = "[limits]\nmember_messages = 1000000\n"
            async with hub_in_process(directory, {"telegram": settings}, more=more) as (
                hub,
                tasks,
            ):
                await hub.start(tasks)
                await telegram.wait_for_calls("sendMessage", 1, within=60)
                waits = await _asked(telegram, people[:_ASKING], bot.id, seconds)
                # Who is asked after the end of the broadcast would make it look better.
                assert recipients == 1 or not await is_done(directory)
                await hub.stop()
    return quantiles(waits, n=100)


async def _asked(
    telegram: TelegramProcess, people: list[UserRef], bot: int, seconds: int
) -> list[float]:
    waits: list[float] = []
    end = time.perf_counter() + seconds * 0.9
    while time.perf_counter() < end:
        person = people[len(waits) % len(people)]
        begin = time.perf_counter()
        await telegram.say(person, bot, f"Was ist die KTS? {len(waits)}")
        await telegram.next_message(person)
        waits.append((time.perf_counter() - begin) * 1000)
        await asyncio.sleep(_PAUSE)
    return waits


if __name__ == "__main__":
    print(show(asyncio.run(measure(*map(int, sys.argv[1:2])))))
