"""Two ways to read a channel: like the pipeline does, and by hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from bot.channels.port import Channel, Received
from bot.messages import ButtonPress, IncomingMessage
from tests.channels.networks import Network

PATIENCE_SECONDS = 20
Words = IncomingMessage | ButtonPress


class Ear:
    """An open channel that is read all the time, everything being committed at once."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._heard = asyncio.Queue[Words]()

    async def words(self) -> Words:
        """Wait for the next message or press of a button."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self._heard.get()

    async def listen(self, cursor: str | None) -> None:
        """Read until cancelled."""
        async for received in self.channel.receive(cursor):
            if isinstance(received.event, Words):
                self._heard.put_nowait(received.event)


@asynccontextmanager
async def listening(network: Network) -> AsyncIterator[Ear]:
    """Open a channel and read it until the end of the block."""
    ear = Ear(network.channel())
    failure: BaseException | None = None
    try:
        await ear.channel.open()
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(ear.listen(network.cursor))
            try:
                await first_contact(network, ear.channel)
                yield ear
            except Exception as error:  # noqa: BLE001 - raised below, outside the group
                failure = error
            finally:
                reading.cancel()
    finally:
        await ear.channel.close()
    if failure is not None:
        raise failure


async def first_contact(network: Network, channel: Channel) -> None:
    """Wait for the first poll or sync, if there is a service to be asked."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while network.nature.remote and channel.last_contact is None:
            await asyncio.sleep(0.01)


class Reading:
    """An open channel that is resumed only when a test wants more.

    Attributes:
        cursor: The last one that was committed.
    """

    def __init__(self, channel: Channel, cursor: str | None) -> None:
        self._stream = channel.receive(cursor)
        self.cursor = cursor
        self._held: Received | None = None

    @classmethod
    @asynccontextmanager
    async def begun(cls, network: Network, cursor: str | None) -> AsyncIterator["Reading"]:
        """Open a new channel and begin to read it; the process dies at the end of the block."""
        channel = network.channel()
        try:
            await channel.open()
            reading = cls(channel, cursor)
            async with aclosing(reading._stream):
                yield reading
        finally:
            await channel.close()

    async def message(self) -> IncomingMessage:
        """Resume until a message comes; everything before it is committed."""
        while True:
            event = (await self._resume()).event
            if isinstance(event, IncomingMessage):
                return event

    async def commit(self) -> None:
        """Commit the message that came last, with the cursor that covers it."""
        while self._held is not None and self._held.cursor is None:
            await self._resume()
        self._keep()

    async def _resume(self) -> Received:
        self._keep()
        async with asyncio.timeout(PATIENCE_SECONDS):
            self._held = await anext(self._stream)
        return self._held

    def _keep(self) -> None:
        if self._held is not None:
            self.cursor = self._held.cursor or self.cursor
