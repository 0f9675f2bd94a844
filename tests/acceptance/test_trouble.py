"""What goes wrong in operation: one clear line each, the other network goes on, and it mends."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path as File

import pytest
from mautrix.api import Method, Path

from bot.clock import SystemClock
from tests.servers.hub import KNOWLEDGE, HubProcess, hub_in_process
from tests.servers.matrix_client import Member
from tests.servers.synapse import Synapse
from tests.servers.telegram.fixtures import TelegramProcess, telegram_in_process
from tests.servers.telegram.views import BotRef, UserRef

TOKEN = "4711:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
QUESTION = "Was ist die KTS?"
ANSWER = "Koordinierungs- und Transferstelle"
MORE = "[delivery]\nrefused_pause = 1\n"


@dataclass
class Town:
    """A hub on both networks, with one person on each."""

    hub: HubProcess
    telegram: TelegramProcess
    bot: BotRef
    tom: UserRef
    homeserver: Synapse
    anna: Member
    room: str
    matrix_bot: str

    async def telegram_answers(self) -> None:
        """Ask on Telegram and wait for the answer."""
        await self.telegram.say(self.tom, self.bot, QUESTION)
        await self._until_answered()

    async def _until_answered(self) -> None:
        async with asyncio.timeout(30):
            while True:
                history = await self.telegram.chat_history(self.tom)
                asked = sum(one.text == QUESTION for one in history)
                if asked == sum(ANSWER in (one.text or "") for one in history):
                    return
                await asyncio.sleep(0.05)

    async def matrix_answers(self) -> None:
        """Ask on Matrix and wait for the answer."""
        asked = await self.anna.say(self.room, QUESTION)
        await self.anna.wait_for(
            lambda message: (
                message.sender == self.matrix_bot
                and ANSWER in message.body
                and self._is_after(asked, message.event_id)
            ),
            timeout=30,
        )

    def _is_after(self, first: str, second: str) -> bool:
        order = [message.event_id for message in self.anna.history(self.room)]
        return first in order and second in order and order.index(first) < order.index(second)


@pytest.fixture
async def town(fresh_homeserver: Synapse, tmp_path: File) -> AsyncIterator[Town]:
    """A running hub that has answered on both networks."""
    homeserver = fresh_homeserver
    account = await homeserver.register("stadtfunk", "secret")
    await homeserver.register("anna", "secret")
    now = str(int(SystemClock().now().timestamp()))
    async with telegram_in_process("--epoch", now) as telegram:
        bot = await telegram.bot(TOKEN)
        (tom,) = await telegram.users(1)
        channels: dict[str, dict[str, str | int]] = {
            "telegram": {"token": TOKEN, "base_url": telegram.url, "poll_timeout": 1},
            "matrix": {
                "homeserver": homeserver.url,
                "user_id": account.user_id,
                "password": "secret",
                "sync_timeout": 2,
            },
        }
        anna_id = f"@anna:{homeserver.server_name}"
        async with (
            Member.login(homeserver.url, anna_id, "secret") as anna,
            hub_in_process(tmp_path, channels, more=MORE) as (hub, tasks),
        ):
            await hub.start(tasks)
            room = await anna.create_room(encrypted=True, invite=[account.user_id], direct=True)
            town = Town(hub, telegram, bot, tom, homeserver, anna, room, account.user_id)
            await _joined(anna, room, account.user_id)
            await town.telegram_answers()
            await town.matrix_answers()
            yield town


async def _joined(anna: Member, room: str, user: str) -> None:
    path = Path.v3.rooms[room].joined_members
    async with asyncio.timeout(30):
        while user not in (await anna.request(Method.GET, path, {}))["joined"]:
            await asyncio.sleep(0.05)


async def test_a_refused_token_is_named_and_the_other_network_goes_on(town: Town) -> None:
    """And when the token is right again, nobody has to restart the hub."""
    before = len(town.hub.logs)
    await town.telegram.revoke(town.bot)

    line = await town.hub.logged("channel.refused", after=before)
    assert "channels.telegram.token" in line["error"]
    assert TOKEN not in str(town.hub.logs)
    await town.matrix_answers()

    await town.telegram.revoke(town.bot, revoked=False)
    await town.telegram_answers()


async def test_an_unreachable_homeserver_is_named_and_the_other_network_goes_on(
    town: Town,
) -> None:
    """And when it is back, what was asked meanwhile is answered."""
    before = len(town.hub.logs)
    await town.homeserver.stop()

    line = await town.hub.logged("channel.unavailable", after=before)
    assert line["channel"] == "matrix"
    assert "channels.matrix.homeserver" in line["error"]
    await town.telegram_answers()

    await town.homeserver.restart()
    await town.matrix_answers()


async def test_a_broken_knowledge_file_is_named_and_the_old_answers_stay(town: Town) -> None:
    """And when it is mended, the new answers are used."""
    before = len(town.hub.logs)
    file = town.hub.directory / "knowledge.md"
    file.write_text(KNOWLEDGE + "\n## Wo ist der Kaffee?\n", encoding="utf-8")

    line = await town.hub.logged("knowledge.problem", after=before)
    assert "knowledge.md:" in line["where"]
    await town.telegram_answers()

    file.write_text(KNOWLEDGE + "\n## Wo ist der Kaffee?\n\nIm zweiten Stock.\n", encoding="utf-8")
    await town.hub.logged("knowledge.loaded", after=before, problems=0)
    await town.telegram.say(town.tom, town.bot, "Wo ist der Kaffee?")
    await town.telegram.wait_for_text(town.tom, "Im zweiten Stock.", within=20)


async def test_a_locked_database_is_named_and_nothing_is_lost(town: Town) -> None:
    """What is asked while another program holds the database is answered afterwards."""
    before = len(town.hub.logs)
    other = sqlite3.connect(town.hub.directory / "data" / "hub.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    await town.telegram.say(town.tom, town.bot, QUESTION)

    line = await town.hub.logged("database.unusable", after=before)
    assert "locked" in line["error"]

    other.execute("ROLLBACK")
    other.close()
    await town._until_answered()
    await town.matrix_answers()
