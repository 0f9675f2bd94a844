"""Where bridges are tested: Synapse, the Bot API emulator, the hub as a process, and people."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.acceptance.bridge_lines import MATRIX, TELEGRAM, Line
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
ASKED, CONNECTED = "möchte sich mit diesem Raum verbinden", "Verbunden mit"
_YES = "1\N{VARIATION SELECTOR-16}\N{COMBINING ENCLOSING KEYCAP}"
_PATIENCE = 60.0
"""Seconds for what takes one, on a machine that runs many other tests."""
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
        return next(one for one in self.lines if one.topic == topic and one.network == TELEGRAM)

    async def missing(self) -> set[str]:
        """Return what can't be read on the other side yet."""
        shown = [one for end in (self.matrix, self.telegram) for one in await end.shown()]
        there = {token for one in shown for token in one.tokens}
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
        await self._agreed(matrix)
        pair = Pair(matrix, telegram)
        self.pairs.append(pair)
        return pair

    async def _agreed(self, end: MatrixEnd) -> None:
        """Wait until a room is connected; if it is asked first, agree by the first button."""
        anna, room = end.reader, end.room
        told = await anna.wait_for(
            lambda one: one.room == room and any(words in one.body for words in (ASKED, CONNECTED))
        )
        if ASKED in told.body:
            # Who is quicker than the buttons appear is no member of a city.
            await anna.wait_for(
                lambda one: one.event_id == told.event_id and _YES in one.reactions
            )
            await anna.react(room, told.event_id, _YES)
            await anna.wait_for(
                lambda one: one.room == room and CONNECTED in one.body, timeout=_PATIENCE
            )

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

    async def settled(self) -> None:
        """Wait until nothing is left to be sent, and the rooms have been read."""

        async def is_quiet() -> bool:
            return self.waiting() == 0 and not any([await one.missing() for one in self.pairs])

        await until(is_quiet, within=PATIENCE, what="copies of everything")

    def waiting(self) -> int:
        """Count what the hub has still to send."""
        return len(self._deliveries("state IN ('waiting', 'sending')"))

    def given_up(self) -> list[str]:
        """Return what the hub could not send, in words.

        Anna's rooms let the bot pin nothing; the rules say there what to do by hand.
        """
        over = "state NOT IN ('waiting', 'sending', 'sent', 'withdrawn')"
        return self._deliveries(f"{over} AND action <> 'pin'")

    def _deliveries(self, condition: str) -> list[str]:
        query = f"SELECT key, action, state, error FROM deliveries WHERE {condition}"  # noqa: S608
        return [" ".join(map(str, row)) for row in self._ask(query)]

    def knows(self, message: str) -> bool:
        """Tell whether the hub has recorded a message that it sent to a bridge."""
        return bool(self._ask("SELECT id FROM bridge_places WHERE message = ?", message))

    def recorded(self, chat: str, message: str) -> bool:
        """Tell whether the hub has recorded that it sent a message."""
        query = "SELECT id FROM deliveries WHERE chat = ? AND message = ?"
        return bool(self._ask(query, chat, message))

    def _ask(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        file = self.hub.directory / "data" / "hub.sqlite3"
        database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            return database.execute(query, values).fetchall()
        finally:
            database.close()


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
