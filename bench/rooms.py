"""How fast plain rooms of a real Synapse are told, beside bare PUTs to the same ones.

Usage: python -m bench.rooms [MESSAGES] [ROUNDS]
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from urllib.parse import quote

import aiohttp

from bench.table import Figure, medians, show
from bot.channels.matrix import MatrixChannel
from bot.channels.matrix.contents import NOTICE, message
from bot.clock import SystemClock
from bot.delivery import outbox
from bot.delivery.limits import ChannelLimits
from bot.delivery.outbox import Outgoing, Priority
from bot.delivery.relay import Relay, RelaySettings
from bot.delivery.retry import RetryPolicy
from bot.messages import Address
from bot.storage import schema
from bot.storage.engine import Database
from bot.text.markdown import parse
from tests.channels.matrix.hub import settings_for
from tests.servers.synapse import Account, Synapse

ROOMS, MESSAGES, ROUNDS = 24, 240, 3
_TEXT = parse("Die **Anmeldung** ist offen.")
_SYNC = 60.0
_RETRY = RetryPolicy(max_attempts=3, first=timedelta(seconds=2), longest=timedelta(minutes=1))


async def measure(messages: int = MESSAGES, rounds: int = ROUNDS) -> list[Figure]:
    """Measure both in turns, each with as many messages at once as the hub has by default."""
    ours, bare = list[float](), list[float]()
    async with Synapse.start() as synapse:
        bot = await synapse.register("stadtfunk", "secret")
        path = "/_matrix/client/v3/createRoom"
        rooms = [(await synapse.request(bot, "POST", path, {}))["room_id"] for _ in range(ROOMS)]
        async with _hub(synapse, bot) as hub:
            loop = _Loop(synapse, bot, hub.window)
            await loop.sent(rooms, ROOMS)  # Synapse gets warm
            await hub.sent(rooms, ROOMS)
            for _ in range(rounds):
                bare.append(await loop.sent(rooms, messages))
                ours.append(await hub.sent(rooms, messages))
    what = "plain rooms of a Synapse told by the relay, messages/s"
    return [medians(what, ours, bare, "bare aiohttp PUTs, as many at once, not durable")]


class _Hub:
    """The hub's channel and relay, with an outbox in a file."""

    def __init__(self, channel: MatrixChannel, database: Database, relay: Relay) -> None:
        self.window = channel.window
        self._database = database
        self._relay = relay
        self._keys = count()

    async def sent(self, rooms: list[str], messages: int) -> float:
        """Tell them, and return the messages a second until all of it is recorded."""
        now = SystemClock().now()
        async with self._database.begin() as session:
            for number in range(messages):
                address = Address("matrix", rooms[number % len(rooms)])
                key = f"n{next(self._keys)}"
                outgoing = Outgoing(key, address, _TEXT, priority=Priority.ANNOUNCEMENT)
                await outbox.enqueue(session, outgoing, now=now)
        begin = time.perf_counter()
        self._relay.wake()
        await self._relay.idle()
        return messages / (time.perf_counter() - begin)


@asynccontextmanager
async def _hub(synapse: Synapse, bot: Account) -> AsyncIterator[_Hub]:
    clock = SystemClock()
    with tempfile.TemporaryDirectory() as folder:
        channel = MatrixChannel(
            settings_for(synapse, bot), store_dir=Path(folder) / "store", clock=clock
        )
        database = Database(f"sqlite:///{Path(folder) / 'hub.sqlite3'}")
        await schema.upgrade(database)
        relay = Relay(
            channel, database, clock=clock, limits=ChannelLimits(),
            settings=RelaySettings(owner="bench", retry=_RETRY),
        )  # fmt: skip
        await channel.open()
        async with asyncio.TaskGroup() as tasks:
            synced = asyncio.Event()
            receiving = tasks.create_task(_receive(channel, synced))
            async with asyncio.timeout(_SYNC):
                await synced.wait()
            running = tasks.create_task(relay.run())
            yield _Hub(channel, database, relay)
            relay.stop()
            await running
            receiving.cancel()
        await channel.close()
        await database.close()


async def _receive(channel: MatrixChannel, synced: asyncio.Event) -> None:
    async for received in channel.receive(None):
        if received.cursor:
            synced.set()


class _Loop:
    """The baseline: as many requests at once, and nothing else."""

    def __init__(self, synapse: Synapse, bot: Account, window: int) -> None:
        self._base = f"{synapse.url}/_matrix/client/v3/rooms"
        self._headers = {"Authorization": f"Bearer {bot.access_token}"}
        self._window = window
        self._keys = count()

    async def sent(self, rooms: list[str], messages: int) -> float:
        """Tell them, and return the messages a second."""
        connector = aiohttp.TCPConnector(limit=self._window)
        numbers = iter(range(messages))
        async with aiohttp.ClientSession(headers=self._headers, connector=connector) as session:
            begin = time.perf_counter()
            async with asyncio.TaskGroup() as tasks:
                for _ in range(self._window):
                    tasks.create_task(self._put(session, rooms, numbers))
            return messages / (time.perf_counter() - begin)

    async def _put(
        self, session: aiohttp.ClientSession, rooms: list[str], numbers: Iterator[int]
    ) -> None:
        content = message(_TEXT, msgtype=NOTICE, ring=False)
        for number in numbers:
            room = quote(rooms[number % len(rooms)], safe="")
            url = f"{self._base}/{room}/send/m.room.message/bare{next(self._keys)}"
            async with session.put(url, json=content) as response:
                assert "event_id" in await response.json()


if __name__ == "__main__":
    print(show(asyncio.run(measure(*map(int, sys.argv[1:3])))))
