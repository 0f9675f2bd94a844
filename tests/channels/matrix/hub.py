"""The bot's side of a test: a channel that is read like the pipeline does, and remembers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any, Self, TypeVar

from bot.channels.matrix import MatrixChannel
from bot.clock import SystemClock
from bot.config import MatrixSettings
from bot.messages import (
    Address,
    ButtonPress,
    Change,
    ChatChange,
    Incoming,
    IncomingMessage,
    MessageId,
)
from bot.text.document import Document
from tests.servers.synapse import Account, Synapse

PATIENCE_SECONDS = 20
EventT = TypeVar("EventT", IncomingMessage, ButtonPress, ChatChange)
_numbers = count()


async def new_account(homeserver: Synapse, name: str) -> Account:
    """Register a user whose name no other test has."""
    return await homeserver.register(f"{name}-{next(_numbers)}", "secret")


def settings_for(homeserver: Synapse, account: Account, **changes: Any) -> MatrixSettings:
    """Return the settings of the bot's account."""
    values: dict[str, Any] = {
        "enabled": True,
        "homeserver": homeserver.url,
        "user_id": account.user_id,
        "password": account.password,
        "sync_timeout": 2,
    }
    return MatrixSettings(**(values | changes))


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that only asking can show."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await condition():
            await asyncio.sleep(0.05)


class Hub:
    """A channel and what came out of it.

    Attributes:
        channel: The channel.
        seen: Everything that arrived, repeats included.
        cursor: The last one committed.
        commits: How many there were.
    """

    def __init__(self, channel: MatrixChannel, account: Account, cursor: str | None) -> None:
        self.channel = channel
        self.account = account
        self.seen: list[Incoming] = []
        self.cursor = cursor
        self.commits = 0
        self._committed = 0
        self._news = asyncio.Condition()

    @classmethod
    @asynccontextmanager
    async def running(
        cls,
        homeserver: Synapse,
        account: Account,
        store: Path,
        *,
        cursor: str | None = None,
        **changes: Any,
    ) -> AsyncIterator[Self]:
        """Open a channel and read it until the end of the block."""
        settings = settings_for(homeserver, account, **changes)
        hub = cls(MatrixChannel(settings, store_dir=store, clock=SystemClock()), account, cursor)
        failure: BaseException | None = None
        try:
            await hub.channel.open()
            async with asyncio.TaskGroup() as tasks:
                reading = tasks.create_task(hub._read(cursor))
                try:
                    await hub.until(lambda: hub.channel.last_contact)
                    yield hub
                except Exception as error:  # noqa: BLE001 - raised below, outside the group
                    failure = error
                finally:
                    reading.cancel()
        finally:
            await hub.channel.close()
        if failure is not None:
            raise failure

    async def _read(self, cursor: str | None) -> None:
        async for received in self.channel.receive(cursor):
            async with self._news:
                if received.event is not None:
                    self.seen.append(received.event)
                if received.cursor is not None:
                    self.cursor, self._committed = received.cursor, len(self.seen)
                    self.commits += 1
                self._news.notify_all()

    async def until(self, search: Callable[[], Any]) -> Any:
        """Wait until *search* finds something among what arrived."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._news:
            await self._news.wait_for(search)
            return search()

    async def _first(self, kind: type[EventT], wanted: Callable[[EventT], bool]) -> EventT:
        def search() -> EventT | None:
            found = (event for event in self.seen if isinstance(event, kind) and wanted(event))
            return next(found, None)

        event: EventT = await self.until(search)
        return event

    async def message(self, text: str) -> IncomingMessage:
        """Wait for a message with this text."""
        return await self._first(IncomingMessage, lambda message: message.text == text)

    async def file(self, name: str) -> IncomingMessage:
        """Wait for a message that carries a file of this name."""
        return await self._first(
            IncomingMessage, lambda message: message.file is not None and message.file.name == name
        )

    async def press(self, number: int) -> ButtonPress:
        """Wait for a button."""
        return await self._first(ButtonPress, lambda press: press.number == number)

    async def change(self, change: Change, chat: str) -> ChatChange:
        """Wait for a change of a chat."""
        return await self._first(
            ChatChange,
            lambda event: event.change is change and event.chat.address.chat == chat,
        )

    async def next_batch(self) -> None:
        """Wait for one more commit."""
        before = self.commits
        await self.until(lambda: self.commits > before)

    async def committed_after(self, event: Incoming) -> None:
        """Wait until the batch with *event* was committed."""
        await self.until(lambda: event in self.seen[: self._committed])

    async def say(self, room: str, text: str, **options: Any) -> MessageId:
        """Send a text."""
        options.setdefault("key", f"test:{next(_numbers)}")
        return await self.channel.send(Address("matrix", room), Document.of(text), **options)

    def texts(self) -> list[str]:
        """Return the texts that arrived, in order, repeats included."""
        return [event.text for event in self.seen if isinstance(event, IncomingMessage)]
