"""What the tests of the channel share: a clock, a channel, and ways to receive."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import HttpUrl, SecretStr

from bot.channels.port import Received
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.request import Timeouts
from bot.clock import Clock
from bot.config import TelegramSettings
from bot.messages import Address, Incoming
from tests.servers.telegram import BotRef, ChatRef, TelegramEmulator, UserRef

SHORT = Timeouts(connect=0.5, answer=0.5, margin=0.5, courtesy=0.3, commit=0.3)
"""Seconds, like everything in :class:`Timeouts`."""


class HandClock:
    """A clock that stands until somebody turns it."""

    def __init__(self, at: datetime = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)) -> None:
        self._at = at

    def now(self) -> datetime:
        """Return where the hands point."""
        return self._at

    def advance(self, by: timedelta) -> None:
        """Turn the hands forward."""
        self._at += by


def new_channel(
    url: str, token: str, clock: Clock, *, timeouts: Timeouts = SHORT, **settings: Any
) -> TelegramChannel:
    """Make a channel with short waits; nothing is opened."""
    section = TelegramSettings(
        enabled=True,
        token=SecretStr(token),
        base_url=HttpUrl(url),
        **({"poll_timeout": timedelta(seconds=0.3)} | settings),
    )
    return TelegramChannel(section, clock=clock, timeouts=timeouts)


def address(chat: ChatRef | UserRef, thread: int | None = None) -> Address:
    """Return where to write to *chat*."""
    return Address("telegram", str(chat.id), None if thread is None else str(thread))


async def take(
    channel: TelegramChannel, count: int = 1, cursor: str | None = None
) -> list[Received]:
    """Receive *count* things; the last one is never committed."""
    stream = channel.receive(cursor)
    async with asyncio.timeout(5):
        received = [await anext(stream) for _ in range(count)]
    await stream.aclose()
    return received


async def event(channel: TelegramChannel) -> Incoming | None:
    """Receive one thing and return what it tells."""
    return (await take(channel))[0].event


@asynccontextmanager
async def consuming(
    channel: TelegramChannel, cursor: str | None = None
) -> AsyncIterator[asyncio.Queue[Received]]:
    """Receive in the background and commit everything at once."""
    seen: asyncio.Queue[Received] = asyncio.Queue()

    async def consume() -> None:
        async for received in channel.receive(cursor):
            seen.put_nowait(received)

    async with asyncio.TaskGroup() as tasks:
        consumer = tasks.create_task(consume())
        try:
            yield seen
        finally:
            consumer.cancel()


def push(telegram: TelegramEmulator, account: BotRef, kind: str, payload: dict[str, Any]) -> None:
    """Put an update as Telegram writes it into the bot's queue, whatever the emulator can do."""
    queue = telegram.world.bots[account.id].queue
    queue.allowed = None
    queue.push(kind, payload, telegram.world.now())


async def until(condition: Callable[[], bool]) -> None:
    """Wait until *condition* holds.

    Raises:
        TimeoutError: Not within five seconds.
    """
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)
