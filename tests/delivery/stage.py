"""A relay between a real SQLite and a chat network in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select

from bot.delivery import outbox
from bot.delivery.limits import ChannelLimits
from bot.delivery.outbox import Outgoing, Priority
from bot.delivery.relay import Relay, RelaySettings
from bot.delivery.retry import RetryPolicy
from bot.errors import StorageError
from bot.messages import Address, Chat, ChatKind, MessageId
from bot.storage import chats
from bot.storage.engine import Database, Session
from bot.storage.models import ChatRow, Delivery
from bot.text.document import Document
from tests.fakes import FakeChannel, FakeClock

RETRY = RetryPolicy(
    max_attempts=3,
    first=timedelta(seconds=2),
    longest=timedelta(minutes=1),
    refused=timedelta(seconds=30),
)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


async def until(condition: Callable[[], bool]) -> None:
    """Let everything else run until *condition* holds."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


async def a_moment() -> None:
    """Let everything else run for as long as a mistake would need to show."""
    await asyncio.sleep(0.03)


@dataclass
class GatedChannel(FakeChannel):
    """A network that takes messages at once, and answers only when the gate is open.

    Attributes:
        gate: Open at first.
        flying: How many sends wait for the answer.
        most: The most that did at any time.
    """

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    flying: int = 0
    most: int = 0

    def __post_init__(self) -> None:
        self.gate.set()

    async def send(
        self,
        to: Address,
        body: Document,
        *,
        key: str,
        reply_to: MessageId | None = None,
        notify: bool = False,
        file: bytes | None = None,
    ) -> MessageId:
        message = await super().send(
            to, body, key=key, reply_to=reply_to, notify=notify, file=file
        )
        self.flying += 1
        self.most = max(self.most, self.flying)
        try:
            await self.gate.wait()
        finally:
            self.flying -= 1
        return message


class FlakyDatabase(Database):
    """A database that can be taken away.

    Attributes:
        away: Whether it is.
        error: How it fails then.
        refusals: How often it did.
        ended: How many transactions were committed.
    """

    away = False
    error: Exception = StorageError("away")
    refusals = 0
    ended = 0

    @asynccontextmanager
    async def begin(
        self, *, snapshot: bool = False, reading: bool = False, apart: bool = False
    ) -> AsyncIterator[Session]:
        if self.away:
            self.refusals += 1
            raise self.error
        async with super().begin(snapshot=snapshot, reading=reading, apart=apart) as session:
            yield session
        self.ended += 1


@dataclass
class Stage:
    """Everything that a relay needs, and eyes on it."""

    database: FlakyDatabase
    channel: GatedChannel
    clock: FakeClock

    @asynccontextmanager
    async def relay(
        self,
        *,
        owner: str = "one",
        channel: FakeChannel | None = None,
        limits: ChannelLimits | None = None,
        send_timeout: timedelta = MINUTE,
        only_chat: str | None = None,
    ) -> AsyncIterator[Relay]:
        """Run a relay, which looks into the outbox only when it is woken."""
        relay = Relay(
            channel or self.channel,
            self.database,
            clock=self.clock,
            settings=RelaySettings(
                owner=owner,
                retry=RETRY,
                send_timeout=send_timeout,
                only_chat=only_chat,
                poll=timedelta(hours=1),
                storage_pause=timedelta(milliseconds=1),
            ),
            limits=limits,
        )
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            tasks.create_task(relay.run())
            yield relay
            relay.stop()

    async def settle(self, relay: Relay) -> None:
        """Wake the relay and wait until it has nothing to do."""
        relay.wake()
        async with asyncio.timeout(5):
            await relay.idle()

    async def look(self, relay: Relay) -> None:
        """Let a relay that may have nothing to send look for it, more often than it need."""
        for _ in range(3):
            before = self.database.ended
            relay.wake()
            await until(lambda before=before: self.database.ended > before)  # type: ignore[misc] # bound now

    async def later(self, relay: Relay, by: timedelta) -> None:
        """Move the clock and let the relay do what fell due."""
        self.clock.advance(by)
        await self.settle(relay)

    async def say(
        self,
        *texts: str,
        chat: str = "room",
        key: str | None = None,
        priority: Priority = Priority.REPLY,
        edit: MessageId | None = None,
    ) -> None:
        """Put messages into the outbox, whose keys are their texts."""
        async with self.database.begin() as session:
            for text in texts:
                body, address = Document.of(text), Address(self.channel.name, chat)
                outgoing = Outgoing(key or text, address, body, priority, edit=edit)
                await outbox.enqueue(session, outgoing, now=self.clock.now())

    async def know(self, chat: str) -> None:
        """Note a chat."""
        async with self.database.begin() as session:
            known = Chat(Address(self.channel.name, chat), ChatKind.ROOM)
            await chats.note(session, chat=known, now=self.clock.now())

    async def chat(self, chat: str) -> ChatRow | None:
        """Return what is known of a chat."""
        async with self.database.begin() as session:
            return await chats.find(session, channel=self.channel.name, chat=chat)

    async def delivery(self, key: str) -> Delivery:
        """Return the row with this key."""
        async with self.database.begin() as session:
            return (await session.scalars(select(Delivery).where(Delivery.key == key))).one()

    async def states(self) -> dict[str, str]:
        """Return how far each delivery is, by key."""
        async with self.database.begin() as session:
            rows = (await session.execute(select(Delivery.key, Delivery.state))).all()
        return {key: str(state) for key, state in rows}
