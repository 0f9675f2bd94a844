"""A city on both networks: the hub as a process, Synapse, the Bot API emulator, and its people."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.clock import SystemClock
from tests.acceptance.places import (
    ClearRoom,
    MatrixPlace,
    Place,
    SecretRoom,
    TelegramChat,
    until,
)
from tests.servers.hub import HubProcess, hub_in_process
from tests.servers.matrix_client import Member
from tests.servers.synapse import Synapse
from tests.servers.telegram.fixtures import TelegramProcess, telegram_in_process
from tests.servers.telegram.views import BotRef

TOKEN = "4711:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
# Taken away, because the hub refuses a variable of its own kind that it does not know.
ON_TELEGRAM, ON_MATRIX = map(int, os.environ.pop("STADTFUNK_MEMBERS", "120+12").split("+"))
"""How many people there are on each network."""
PATIENCE = 60 + (ON_TELEGRAM + ON_MATRIX) / 8
"""Seconds that anything which concerns everybody may take."""
TEST_SECONDS = 5 * PATIENCE


@dataclass(frozen=True)
class City:
    """Everything that a test talks to.

    Attributes:
        chief: An admin's direct chat on Telegram.
    """

    hub: HubProcess
    telegram: TelegramProcess
    bot: BotRef
    homeserver: Synapse
    matrix_bot: str
    chief: TelegramChat
    _stack: AsyncExitStack
    _tasks: asyncio.TaskGroup

    async def restart(self) -> None:
        """Stop the hub in order, and start it again."""
        assert await self.hub.stop() == 0
        await self.hub.start(self._tasks)

    async def newcomer(self, name: str, language: str = "de") -> TelegramChat:
        """Return the direct chat of somebody new on Telegram."""
        person = await self.telegram.user(name, language_code=language)
        return TelegramChat(self.telegram, self.bot, person)

    async def clear_room(self, name: str, *, direct: bool) -> ClearRoom:
        """Return an unencrypted room of somebody new on Matrix, who leads it."""
        account = await self.homeserver.register(name, "secret")
        return await ClearRoom.create(self.homeserver, account, self.matrix_bot, direct=direct)

    async def secret_room(self, name: str, *, direct: bool) -> SecretRoom:
        """Return an encrypted room of somebody new on Matrix, who leads it."""
        account = await self.homeserver.register(name, "secret")
        member = await self._stack.enter_async_context(
            Member.login(self.homeserver.url, account.user_id, "secret")
        )
        return await SecretRoom.create(member, self.matrix_bot, direct=direct)

    async def joined(self, rooms: Sequence[MatrixPlace]) -> None:
        """Wait until the bot is in these rooms, and has greeted those that are not direct."""
        for room in rooms:
            await until(room.joined, within=PATIENCE, what=f"the bot in {room.name}")
        for room in rooms:
            if room.is_room:
                await answered(room, 1)

    async def is_quiet(self) -> bool:
        """Tell whether nothing is left to be sent, now or later."""
        file = self.hub.directory / "data" / "hub.sqlite3"
        database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            query = "SELECT count(*) FROM deliveries WHERE state IN ('waiting', 'sending')"
            (count,) = database.execute(query).fetchone()
        finally:
            database.close()
        return bool(count == 0)

    async def quiet(self) -> None:
        """Wait until nothing is left to be sent, so that nobody gets anything more."""
        await until(self.is_quiet, within=PATIENCE, what="an empty outbox")


async def answered(place: Place, count: int) -> None:
    """Wait until the bot has said so much in a place."""

    async def enough() -> bool:
        return len(await place.heard()) >= count

    await until(enough, within=PATIENCE, what=f"{count} messages in {place.name}")


@asynccontextmanager
async def city(homeserver: Synapse, directory: Path) -> AsyncIterator[City]:
    """Run a hub on both networks, with one admin who has spoken to it."""
    account = await homeserver.register("stadtfunk", "secret")
    now = str(int(SystemClock().now().timestamp()))
    async with telegram_in_process("--epoch", now) as telegram, AsyncExitStack() as stack:
        bot = await telegram.bot(TOKEN)
        chief = TelegramChat(telegram, bot, await telegram.user("Chefin", language_code="de"))
        channels: dict[str, dict[str, str | int]] = {
            "telegram": {"token": TOKEN, "base_url": telegram.url, "poll_timeout": 1},
            "matrix": {
                "homeserver": homeserver.url,
                "user_id": account.user_id,
                "password": "secret",
                "sync_timeout": 2,
            },
        }
        admins = f'admins = ["telegram:{chief.person.id}"]\n'
        async with hub_in_process(directory, channels, more=admins) as (hub, tasks):
            await hub.start(tasks)
            await chief.say("/start")
            await answered(chief, 1)
            yield City(hub, telegram, bot, homeserver, account.user_id, chief, stack, tasks)
            assert await hub.stop() == 0
