"""Two processes of one hub on one PostgreSQL, and who asks them."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.clock import SystemClock
from tests.servers.hub import HubProcess, hub_in_process
from tests.servers.matrix_client import Member
from tests.servers.synapse import Account, Synapse
from tests.servers.telegram.fixtures import TelegramProcess, telegram_in_process
from tests.servers.telegram.views import BotRef

TOKEN = "4711:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
SECRET = "sixteen characters or more"
QUESTION = "Was ist die KTS?"


@dataclass
class Pair:
    """Two processes of one hub, and what they talk to.

    Attributes:
        one: The one that leads at first.
        other: The one that stands by.
    """

    one: HubProcess
    other: HubProcess
    telegram: TelegramProcess
    bot: BotRef
    tasks: asyncio.TaskGroup


@asynccontextmanager
async def pair(
    homeserver: Synapse, account: Account, database: str, directory: Path
) -> AsyncIterator[Pair]:
    """Configure two processes on one database; start them yourself."""
    url = database.replace("+asyncpg", "")
    now = str(int(SystemClock().now().timestamp()))
    async with telegram_in_process("--epoch", now) as telegram, AsyncExitStack() as stack:
        bot = await telegram.bot(TOKEN)
        channels: dict[str, dict[str, str | int]] = {
            "telegram": {"token": TOKEN, "base_url": telegram.url, "poll_timeout": 2},
            "matrix": {
                "homeserver": homeserver.url, "user_id": account.user_id, "password": "secret",
                "identity_secret": SECRET, "sync_timeout": 5,
            },
        }  # fmt: skip
        more = f'[database]\nurl = "{url}"\n'
        for name in ("one", "other"):
            (directory / name).mkdir()
        one, tasks = await stack.enter_async_context(
            hub_in_process(directory / "one", channels, more=more)
        )
        other, _ = await stack.enter_async_context(
            hub_in_process(directory / "other", channels, more=more)
        )
        yield Pair(one, other, telegram, bot, tasks)


async def leads(hub: HubProcess, *, after: int = 0) -> None:
    """Wait until a process holds everything."""
    for duty in ("matrix", "telegram", "schedules"):
        await hub.logged("duty.begun", duty=duty, after=after)


async def count_answers(anna: Member, room: str, bot: Account, question: str) -> int:
    """Count the answers to a question in a room."""
    replies = [one for one in anna.history(room) if one.sender == bot.user_id and one.trusted]
    named = [(one.relates_to or {}).get("m.in_reply_to", {}) for one in replies]
    return sum(reply.get("event_id") == question for reply in named)


async def seconds_until_answered(anna: Member, room: str, bot: Account, question: str) -> float:
    """Wait for an answer; return how long that took."""
    asked_at = time.monotonic()
    async with asyncio.timeout(120):
        while not await count_answers(anna, room, bot, question):
            await asyncio.sleep(0.05)
    return time.monotonic() - asked_at
