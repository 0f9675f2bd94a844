"""Everything that the emulated Telegram knows."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.servers.telegram.chats import Chat, Message
from tests.servers.telegram.clock import Clock
from tests.servers.telegram.errors import ControlError
from tests.servers.telegram.faults import Faults
from tests.servers.telegram.limits import LimitMode, Limits
from tests.servers.telegram.people import Bot, User
from tests.servers.telegram.routing import my_standing_changed

MAX_CALLS = 1_000_000
"""Calls that the log keeps; the oldest go first."""


@dataclass(slots=True)
class Call:
    """One call that a bot made.

    Attributes:
        time: When it came, in the emulator's time.
        status: The HTTP status that was decided on; 0 when the call was never handled.
        description: Why it was refused; empty when it was not.
    """

    time: float
    bot_id: int
    method: str
    params: dict[str, Any]
    status: int = 0
    description: str = ""


@dataclass(slots=True)
class StoredFile:
    """A file that somebody uploaded."""

    id: str
    name: str
    mime: str
    data: bytes

    @property
    def path(self) -> str:
        """Return the ``file_path`` under which it can be downloaded."""
        _, dot, ending = self.name.rpartition(".")
        return f"documents/file_{int(self.id[-16:])}{dot + ending if ending.isalnum() else ''}"


@dataclass(slots=True)
class CallbackAnswer:
    """What a person saw after pressing a button."""

    text: str
    show_alert: bool
    url: str | None = None


@dataclass(slots=True, eq=False)
class CallbackQuery:
    """A pressed button that waits for its answer."""

    bot_id: int
    asked: float
    answer: asyncio.Future[CallbackAnswer]


@dataclass(slots=True, eq=False)
class Poll:
    """A poll and who chose what."""

    message: Message
    chat: Chat
    bot: Bot
    content: dict[str, Any]
    votes: dict[int, list[int]] = field(default_factory=dict)


class World:
    """The state of one emulator; the Bot API and the control side both work on it."""

    def __init__(self, clock: Clock, limits: LimitMode = "off") -> None:
        self.now = clock
        self.limits = Limits(limits)
        self.faults = Faults()
        self.bots: dict[int, Bot] = {}
        self.tokens: dict[str, Bot] = {}
        self.users: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.private: dict[tuple[int, int], Chat] = {}
        self.files: dict[str, StoredFile] = {}
        self.callbacks: dict[str, CallbackQuery] = {}
        self.polls: dict[str, Poll] = {}
        self.calls: deque[Call] = deque(maxlen=MAX_CALLS)
        self.callback_lifetime = 60.0
        # Ids beyond 32 bits, so that nobody who stores them in 32 gets through the tests.
        self.user_ids = itertools.count(6_000_000_001)
        self.bot_ids = itertools.count(7_100_000_001)
        self.group_ids = itertools.count(-4_000_000_001, -1)
        self.supergroup_ids = itertools.count(-1_002_000_000_001, -1)
        self.serial = itertools.count(1)
        self.bot_created: Callable[[Bot], None] = lambda _: None
        self._waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []

    def conversation(self, bot: Bot, user: User) -> Chat:
        """Return the private chat of a bot and a person, started or not."""
        key = (bot.id, user.id)
        chat = self.private.get(key)
        if chat is None:
            chat = self.private[key] = Chat(user.id, "private", user=user, bot=bot)
        return chat

    def only_bot(self) -> Bot:
        """Return the bot that a test means when it names none.

        Raises:
            ControlError: There is none, or more than one.
        """
        if len(self.bots) != 1:
            raise ControlError(f"name the bot: there are {len(self.bots)}")
        return next(iter(self.bots.values()))

    def block(self, user: User, bot: Bot) -> None:
        """Let a person block a bot."""
        chat = self.conversation(bot, user)
        if not chat.blocked:
            chat.blocked = True
            my_standing_changed(chat, bot, user, ("member", "kicked"), self.now())

    def changed(self) -> None:
        """Wake those whose condition has come true."""
        if not self._waiting:
            return
        for entry in list(self._waiting):
            condition, future = entry
            if future.done():
                self._waiting.remove(entry)
            elif condition():
                self._waiting.remove(entry)
                future.set_result(None)

    async def until(self, condition: Callable[[], bool], within: float, what: str) -> None:
        """Wait until *condition* holds; it is asked again after every call and control action.

        Raises:
            AssertionError: It did not come true within so many seconds.
        """
        if condition():
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((condition, future))
        try:
            async with asyncio.timeout(within):
                await future
        except TimeoutError:
            raise AssertionError(f"{what}: not within {within:g} s") from None
