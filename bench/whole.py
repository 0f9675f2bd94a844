"""How much memory the whole hub needs at its peak, with very many subscribers and entries.

All subscribers are told something meanwhile, and members ask.

Usage: python -m bench.whole [SUBSCRIBERS] [ENTRIES]
"""

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.broadcast import TOKEN
from bench.contest.outbox import count_open, subscribe
from bench.scale import made_up
from bench.table import Figure, show
from bot.clock import SystemClock
from bot.messages import Address
from bot.storage.engine import Database
from tests.acceptance.broadcasts import TEXT, announce
from tests.servers.hub import HubProcess, write_config
from tests.servers.telegram.fixtures import TelegramProcess, telegram_in_process

SUBSCRIBERS, ENTRIES = 100_000, 1_000
ALLOWED_MB = {False: 200.0, True: 350.0}
_QUESTIONS = 40
_PATIENCE = 120.0


async def measure(subscribers: int = SUBSCRIBERS, entries: int = ENTRIES) -> list[Figure]:
    """Measure without the sentence encoder, and with it."""
    what = f"peak of the process, {subscribers:,} subscribers, {entries:,} entries"
    return [
        Figure(
            f"{what}{', encoder' if encoder else ''}, MB",
            await _peak(subscribers, entries, encoder=encoder),
            ALLOWED_MB[encoder],
            "what is allowed",
        )
        for encoder in (False, True)
    ]


async def _peak(subscribers: int, entries: int, *, encoder: bool) -> float:
    now = str(int(SystemClock().now().timestamp()))
    async with telegram_in_process("--epoch", now) as telegram:
        bot = await telegram.bot(TOKEN)
        with tempfile.TemporaryDirectory() as folder:
            directory = Path(folder)
            channel = f'[channels.telegram]\nenabled = true\ntoken = "{TOKEN}"\n'
            more = f'base_url = "{telegram.url}"\npoll_timeout = 2\n'
            knowledge = "\n".join(_written(entries))
            write_config(directory, channel + more, knowledge=knowledge, encoder=encoder)
            database = Database(f"sqlite:///{directory}/data/hub.sqlite3")
            await _seed(database, subscribers)
            hub = HubProcess(directory)
            async with asyncio.TaskGroup() as tasks:
                await hub.start(tasks)
                await _told(database, subscribers)
                await _asked(telegram, bot.id)
                peak = _peak_of(hub.pid)
                await hub.kill()
            await database.close()
    return peak


def _written(entries: int) -> Iterator[str]:
    """Write made-up entries as a knowledge file has them."""
    for entry in made_up(entries, 3):
        title, *others = entry.questions
        phrasings = "\n".join(f"- {one}" for one in others)
        yield f"## {title} ({entry.id})\n\n{phrasings}\n\n{entry.answer}\n"


async def _seed(database: Database, subscribers: int) -> None:
    now = SystemClock().now()
    await subscribe(database, "telegram", subscribers, now=now)
    async with database.begin() as session:
        await announce(session, Address("telegram", "1"), text=TEXT, now=now)


async def _told(database: Database, subscribers: int) -> None:
    """Wait until the whole audience is in the outbox."""
    async with asyncio.timeout(_PATIENCE):
        while await count_open(database) < subscribers // 2:  # noqa: ASYNC110 # another process's
            await asyncio.sleep(1)


async def _asked(telegram: TelegramProcess, bot: int) -> None:
    for number, person in enumerate(await telegram.users(_QUESTIONS)):
        await telegram.say(person, bot, f"Wie kann ich einen Antrag verlängern? {number}")
        await telegram.next_message(person, within=_PATIENCE)


def _peak_of(pid: int) -> float:
    """Return the most memory that a process has had, in megabytes.

    Source: https://docs.kernel.org/filesystems/proc.html (VmHWM)
    """
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = (one for one in status.splitlines() if one.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e6


if __name__ == "__main__":
    print(show(asyncio.run(measure(*map(int, sys.argv[1:3])))))
