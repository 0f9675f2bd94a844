"""A disk that is full: one clear line, nothing lost, and it goes on when there is room again."""

import asyncio
import resource
from pathlib import Path

from bot.clock import SystemClock
from tests.servers.hub import hub_in_process
from tests.servers.telegram.fixtures import telegram_in_process

TOKEN = "4711:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
QUESTION = "Was ist die KTS?"
ANSWER = "Koordinierungs- und Transferstelle"
FREE = resource.RLIM_INFINITY


async def test_a_full_disk_loses_no_question(tmp_path: Path) -> None:
    """The kernel refuses every further byte, as on a full disk, and then allows them again."""
    now = str(int(SystemClock().now().timestamp()))
    async with telegram_in_process("--epoch", now) as telegram:
        bot = await telegram.bot(TOKEN)
        (tom,) = await telegram.users(1)
        settings: dict[str, str | int] = {
            "token": TOKEN,
            "base_url": telegram.url,
            "poll_timeout": 1,
        }
        async with hub_in_process(tmp_path, {"telegram": settings}) as (hub, tasks):
            await hub.start(tasks)
            await telegram.say(tom, bot, QUESTION)
            await telegram.wait_for_text(tom, ANSWER, within=20)

            before = len(hub.logs)
            resource.prlimit(hub.pid, resource.RLIMIT_FSIZE, (4096, FREE))
            for _ in range(3):
                await telegram.say(tom, bot, QUESTION)
            line = await hub.logged("database.unusable", after=before)
            assert "disk" in line["error"]
            await asyncio.sleep(1)
            assert len(await telegram.calls("sendMessage")) == 1

            resource.prlimit(hub.pid, resource.RLIMIT_FSIZE, (FREE, FREE))
            async with asyncio.timeout(30):
                while len(await telegram.calls("sendMessage")) < 4:
                    await asyncio.sleep(0.05)
            await asyncio.sleep(0.5)
            assert await hub.stop() == 0
        shown = await telegram.visible(tom)
    assert sum(ANSWER in text for text in shown) == 4, "each question has one answer"
