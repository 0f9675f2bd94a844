"""A broadcast under Telegram's limits, as the emulator enforces them."""

import asyncio
import os
from pathlib import Path

from bot.clock import SystemClock
from bot.messages import Address
from tests.acceptance.broadcasts import SHOWN, is_done, seed
from tests.servers.hub import hub_in_process
from tests.servers.telegram.fixtures import telegram_in_process

TOKEN = "4711:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
RECIPIENTS = int(os.environ.get("BROADCAST_RECIPIENTS", "180"))


async def test_a_broadcast_is_never_refused_and_delays_nobody_who_asks(tmp_path: Path) -> None:
    """No 429, and who asks for help in the middle is answered before the broadcast is over."""
    now = str(int(SystemClock().now().timestamp()))
    async with telegram_in_process("--epoch", now, "--limits", "strict") as telegram:
        bot = await telegram.bot(TOKEN)
        author, asker, *people = await telegram.users(RECIPIENTS + 2)
        settings: dict[str, str | int] = {
            "token": TOKEN, "base_url": telegram.url, "poll_timeout": 2,
        }  # fmt: skip
        recipients = [Address("telegram", str(one.id)) for one in people]
        await seed(tmp_path, recipients, author=Address("telegram", str(author.id)))
        async with hub_in_process(tmp_path, {"telegram": settings}) as (hub, tasks):
            await hub.start(tasks)
            await telegram.wait_for_calls("sendMessage", RECIPIENTS // 3, within=60)
            await telegram.say(asker, bot, "/help")
            await telegram.wait_for_text(asker, "Was Stadtfunk kann", within=10)
            sent = len(await telegram.calls("sendMessage"))
            async with asyncio.timeout(60):
                while not await is_done(tmp_path):
                    await asyncio.sleep(0.2)
            assert await hub.stop() == 0
        shown = [await telegram.visible(person) for person in people]
        statuses = [call.status for call in await telegram.calls("sendMessage")]

    assert sent < RECIPIENTS, "the answer came in the middle of the broadcast"
    assert all(texts.count(SHOWN) == 1 for texts in shown)
    assert 429 not in statuses
