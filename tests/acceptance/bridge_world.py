"""Where bridges are tested: Synapse, the Bot API emulator, the hub as a process, and people."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.acceptance.bridge_lines import MATRIX, Line
from tests.acceptance.bridge_matrix import MatrixEnd
from tests.acceptance.bridge_telegram import TelegramEnd
from tests.acceptance.hurried import HurriedClock
from tests.acceptance.places import until
from tests.servers.hub import HubProcess, hub_in_process
from tests.servers.matrix_client import Member
from tests.servers.synapse import Account, Synapse
from tests.servers.telegram.emulator import TelegramEmulator
from tests.servers.telegram.views import BotRef, ChatRef, UserRef

TOKEN = "4711:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
SPEED = 20
"""How much faster than the machine's the clocks of the hub and of Telegram run."""
WINDOW = 8
PATIENCE = 60.0
"""Seconds that everything said may take to be read everywhere, on a busy machine."""
_CODE = re.compile(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b")
MORE = """
[bridges]
author_messages = 10000
bridge_messages = 10000

[limits]
member_messages = 10000
room_messages = 10000

[delivery]
longest_retry = 60
"""
"""Nobody is slowed down but by the networks. A minute of the hub's is three seconds here."""


@dataclass
class Pair:
    """A room and a chat that are one conversation, and what was said there.

    Attributes:
        topics: Of a forum that is bridged as a whole, those in which people write.
    """

    matrix: MatrixEnd
    telegram: TelegramEnd
    lines: list[Line] = field(default_factory=list)
    topics: list[int] = field(default_factory=list)

    def end(self, network: str) -> MatrixEnd | TelegramEnd:
        """Return the end on a network."""
        return self.matrix if network == MATRIX else self.telegram

    def first_in(self, topic: int | None) -> Line | None:
        """Return with which line a topic began, if topics are threads of this room."""
        if topic is None or self.telegram.topic is not None:
            return None
        return next((one for one in self.lines if one.topic == topic), None)

    async def missing(self) -> set[str]:
        """Return what can't be read on the other side yet."""
        there = {
            token
            for end in (self.matrix, self.telegram)
            for one in await end.shown()
            for token in one.tokens
        }
        return {line.token for line in self.lines if not line.gone} - there


@dataclass
class World:
    """Everything that is connected, and everything that breaks."""

    homeserver: Synapse
    telegram: TelegramEmulator
    hub: HubProcess
    tasks: asyncio.TaskGroup
    bot: BotRef
    matrix_bot: Account
    members: dict[str, Member]
    people: dict[str, UserRef]
    pairs: list[Pair] = field(default_factory=list)

    async def connect(self, *, encrypted: bool, chat: ChatRef, topic: int | None = None) -> Pair:
        """Let Anna and Tim connect a new room with a chat or a topic of it."""
        anna, tim = self.members["anna"], self.people["Tim"]
        others = [one.user_id for name, one in self.members.items() if name != "anna"]
        bot = self.matrix_bot.user_id
        room = await anna.create_room(encrypted=encrypted, invite=[bot, *others], name="Platz")
        for name, member in self.members.items():
            if name != "anna":
                await member.join(room)
        await anna.wait_for(lambda one: one.room == room and "Hier antwortet" in one.body)
        matrix = MatrixEnd(room, self.members, bot, encrypted=encrypted)
        telegram = TelegramEnd(self.telegram, chat, self.people, self.bot, topic)
        code = await self._code(matrix)
        self.telegram.say(tim, chat, f"/verbinden {code}", thread=topic)
        await anna.wait_for(lambda one: one.room == room and "Verbunden mit" in one.body)
        pair = Pair(matrix, telegram)
        self.pairs.append(pair)
        return pair

    async def _code(self, end: MatrixEnd) -> str:
        """Ask for a code; in an encrypted room that takes the consent to leave the encryption."""
        anna, room, bot = end.reader, end.room, [end.bot]
        await anna.say(room, "!verbinden", mention=bot)
        if end.encrypted:
            await anna.wait_for(
                lambda one: one.room == room and "verlässt die Verschlüsselung" in one.body
            )
            await anna.say(room, "!verbinden unverschlüsselt", mention=bot)
        told = await anna.wait_for(lambda one: one.room == room and bool(_CODE.search(one.body)))
        found = _CODE.search(told.body)
        assert found
        return found[0]

    def waiting(self) -> int:
        """Count what the hub has still to send."""
        file = self.hub.directory / "data" / "hub.sqlite3"
        database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            query = "SELECT count(*) FROM deliveries WHERE state IN ('waiting', 'sending')"
            (count,) = database.execute(query).fetchone()
        finally:
            database.close()
        return int(count)

    async def settled(self) -> None:
        """Wait until everything that was said can be read on the other side."""

        async def is_there() -> bool:
            if self.waiting():
                return False
            return not any([await pair.missing() for pair in self.pairs])

        await until(is_there, within=PATIENCE, what="copies of everything")


@asynccontextmanager
async def world(homeserver: Synapse, directory: Path) -> AsyncIterator[World]:
    """Set everything up, with the hub running and nothing connected yet."""
    clock = HurriedClock.starting(SPEED)
    clock.keep(directory / "clock")
    async with AsyncExitStack() as stack:
        telegram = TelegramEmulator(clock=clock, limits="strict")
        await stack.enter_async_context(telegram)
        bot = telegram.bot(TOKEN)
        account = await homeserver.register("stadtfunk", "secret")
        members = {}
        for name in ("anna", "clara"):
            known = await homeserver.register(name, "secret")
            members[name] = await stack.enter_async_context(
                Member.login(homeserver.url, known.user_id, "secret")
            )
        people = {name: telegram.user(name, language_code="de") for name in ("Tim", "Tina")}
        channels: dict[str, dict[str, str | int]] = {
            "telegram": {
                "token": TOKEN, "base_url": telegram.url, "poll_timeout": 2, "window": WINDOW,
            },
            "matrix": {
                "homeserver": homeserver.url, "user_id": account.user_id, "password": "secret",
                "sync_timeout": 2,
            },
        }  # fmt: skip
        hub, tasks = await stack.enter_async_context(
            hub_in_process(directory, channels, more=MORE, module="tests.acceptance.hurried")
        )
        await hub.start(tasks)
        yield World(homeserver, telegram, hub, tasks, bot, account, members, people)


def group(here: World, title: str) -> ChatRef:
    """Create a group that the bot administers."""
    made = here.telegram.group(title, members=[*here.people.values(), here.bot])
    here.telegram.promote(here.bot, made)
    return made


def forum(here: World, title: str) -> ChatRef:
    """Create a forum that the bot administers."""
    made = here.telegram.supergroup(title, forum=True, members=[*here.people.values(), here.bot])
    here.telegram.promote(here.bot, made)
    return made
