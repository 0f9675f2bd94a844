"""The channels at work: received from, sent to, and opened again when they fail."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.channels.port import Channel, Opened, Received, Shared
from bot.clock import Clock
from bot.config import Settings
from bot.delivery.relay import Relay, RelaySettings
from bot.delivery.retry import LONGEST_ASKED, RetryPolicy
from bot.dispatch import metrics
from bot.dispatch.menus import menus
from bot.dispatch.pipeline import Pipeline
from bot.dispatch.router import RoutingTable
from bot.errors import (
    ChannelDownError,
    ChannelUnavailableError,
    LeaseLostError,
    StorageError,
)
from bot.knowledge.local_model import LocalModel
from bot.logs import scrub
from bot.messages import Address, Identity, IncomingFile
from bot.services import alarms, announcement_words, source_files, topics
from bot.services.event_files import EventFiles
from bot.services.knowledge import KnowledgeBase
from bot.storage import cursors, leases, schema
from bot.storage.engine import Database
from bot.tenures import Tenure
from bot.web.parts import Probe

_log = structlog.get_logger(__name__)

_DRAIN = 7.0
"""Seconds for sends in flight when the hub stops; with the rest it is under ten."""
_HANDOVER = 3.0
"""Seconds for the same when another process has taken over."""
_STORAGE_PAUSE = timedelta(seconds=2)
_PROBE = 2.0
"""Seconds that the database has to answer a readiness probe."""
_FIRST_PAUSE = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(minutes=2)


class Hub:
    """The channels at work: a receiver and a relay each, over one database.

    Args:
        settings: The operator's.
        table: Which handler takes what.
        owner: This process's name in claims.
        clock: Tells the time.
        only_chat: Serve no other chat than this one (the console).
    """

    def __init__(
        self,
        settings: Settings,
        table: RoutingTable,
        *,
        owner: str,
        clock: Clock,
        only_chat: str | None = None,
    ) -> None:
        self.settings = settings
        self.database = Database(settings.database_url, name=owner)
        self.knowledge = KnowledgeBase(
            settings.knowledge.paths,
            encoder=settings.knowledge.encoder,
            thorough=settings.knowledge.thorough,
            model=LocalModel(settings.knowledge.model) if settings.knowledge.model else None,
            vectors=settings.hub.data_dir / "vectors",
        )
        self.event_files = EventFiles(settings.events.paths)
        self.clock = clock
        self.sources = source_files.gatherer(settings, clock=clock)
        self._owner = owner
        self._only_chat = only_chat
        self._relays: dict[str, Relay] = {}
        self._channels: dict[str, Channel] = {}
        self._ready: dict[str, Channel] = {}
        self._open: set[str] = set()
        self._opened: dict[str, asyncio.Event] = {}
        self._proving: dict[str, Database] = {}
        self._waiting: set[str] = set()
        self._table = table
        self._pipeline = Pipeline(
            self.database,
            self._table,
            settings=settings,
            knowledge=self.knowledge,
            clock=clock,
            ask_standing=self._ask_standing,
            fetch=self._fetch,
            committed=self._wake,
            opening=self._opening,
        )

    def _wake(self, channel: str) -> None:
        self._relays[channel].wake()

    def wake(self) -> None:
        """Look into the outbox of every channel: somebody may have filled it."""
        for relay in self._relays.values():
            relay.wake()

    def proving(self, tenure: Tenure) -> Database:
        """Return the database for what only the holder of a lease may write."""
        hold = tenure.hold
        if hold is None:
            return self.database
        return self.database.proving(lambda session: leases.require(session, hold))

    def _opening(self, channel: str, payload: str) -> str | None:
        for one in self._channels.values():
            if one.name == channel and isinstance(one, Opened):
                return one.opening(payload)
        return None

    async def _ask_standing(self, chat: Address, who: Identity) -> bool:
        channel = self._channels.get(chat.channel) or self._ready.get(chat.channel)
        if channel is None:  # switched off, or with another process
            raise ChannelUnavailableError("this process does not run the channel")
        return await channel.is_moderator(chat, who)

    async def _fetch(self, channel: str, file: IncomingFile) -> bytes:
        return await self._channels[channel].fetch(file)

    async def prepare(self) -> None:
        """Bring the database up to date, load the knowledge base and the files of events.

        Waits for a database that is locked or away instead of giving up.
        """
        await self._until_stored(self._migrate)
        await self._until_stored(self._ship_topics)
        await self.knowledge.refresh(self.database, now=self.clock.now())
        await self._until_stored(self._take_events)

    async def _take_events(self) -> None:
        await self.event_files.refresh(self.database, now=self.clock.now())

    async def _migrate(self) -> None:
        if self.settings.database.migrate_at_start:
            await schema.upgrade(self.database)
        else:
            await schema.check(self.database)

    async def _ship_topics(self) -> None:
        async with self.database.begin() as session:
            await topics.ship(session, now=self.clock.now())

    async def _until_stored(self, action: Callable[[], Coroutine[None, None, None]]) -> None:
        while True:
            try:
                return await action()
            except LeaseLostError:
                # Who keeps the leases is about to end this.
                _log.info("event.left_to_another")
                await asyncio.sleep(_STORAGE_PAUSE.total_seconds())
            except StorageError as error:
                _log.error("database.unusable", error=str(error))
                await asyncio.sleep(_STORAGE_PAUSE.total_seconds())

    def start(
        self, channel: Channel, tasks: asyncio.TaskGroup, tenure: Tenure | None = None
    ) -> tuple[asyncio.Task[None], asyncio.Task[None]]:
        """Receive from *channel* and empty its outbox; return both tasks.

        With *tenure* only as long as it lasts. Not twice at the same time.
        """
        name, tenure = channel.name, tenure or Tenure()
        if self._channels.get(name) is not channel or self._relays[name].is_stopping:
            # Else what it could not record in an earlier tenure is not forgotten.
            self._relays[name], self._channels[name] = self._relay(channel), channel
        relay = self._relays[name]
        self._proving[name] = self.proving(tenure)
        if isinstance(channel, Shared):
            channel.guard(lambda: tenure.holds)
        metrics.LAST_CONTACT.labels(name).set_function(lambda: _unix(channel.last_contact))
        opened = self._opened[name] = asyncio.Event()
        receiver = tasks.create_task(self.serve(channel, opened))
        return receiver, tasks.create_task(self._send(relay, opened, tenure))

    def _relay(self, channel: Channel) -> Relay:
        delivery = self.settings.delivery
        return Relay(
            channel,
            self.database,
            clock=self.clock,
            settings=RelaySettings(
                owner=self._owner,
                retry=RetryPolicy(
                    max_attempts=delivery.max_attempts,
                    first=delivery.first_retry,
                    longest=delivery.longest_retry,
                    refused=delivery.refused_pause,
                    max_age=delivery.max_age,
                ),
                send_timeout=delivery.send_timeout,
                fallback_after=self.settings.linking.fallback_after,
                only_chat=self._only_chat,
            ),
            refused=partial(self._alarm, channel.name),
        )

    async def _send(self, relay: Relay, opened: asyncio.Event, tenure: Tenure) -> None:
        await opened.wait()
        await relay.run(tenure)

    async def settled(self, channel: str) -> None:
        """Wait until everything due on *channel* was sent."""
        await self._relays[channel].idle()

    async def drain(
        self, senders: Sequence[asyncio.Task[None]], *, channel: str | None = None
    ) -> None:
        """Let sends in flight end and be recorded; what takes too long is sent again later.

        Args:
            senders: The tasks of the relays.
            channel: Whose they are, if not all are meant.
        """
        for name in [channel] if channel else list(self._relays):
            self._relays[name].stop()
            # A channel that was never reached has nothing in flight to wait for.
            self._opened[name].set()
        await _ended(senders, patience=_DRAIN)

    async def abandon(self, channel: Channel, sender: asyncio.Task[None]) -> None:
        """Stop what another process does now, and close the channel."""
        self._relays[channel.name].wake()
        self._opened[channel.name].set()
        await _ended([sender], patience=_HANDOVER)
        self._open.discard(channel.name)
        try:
            await channel.close()
        except Exception:  # noqa: BLE001 # it is opened anew in any case
            _log.exception("channel.unclosable", channel=channel.name)

    async def stand_by(self, channel: Channel) -> None:
        """Be ready to take over from another process, until cancelled."""
        self._waiting.add(channel.name)
        self._ready[channel.name] = channel
        try:
            await self._prepare_for(channel)
        finally:
            self._waiting.discard(channel.name)

    async def _prepare_for(self, channel: Channel) -> None:
        pauses = _pauses()
        while isinstance(channel, Shared):
            try:
                await channel.stand_by()
            except Exception as error:  # noqa: BLE001 # whatever it is, it may work later
                wait = self._trouble(channel.name, error) or next(pauses)
                await asyncio.sleep(wait.total_seconds())
        await asyncio.Event().wait()

    async def serve(self, channel: Channel, opened: asyncio.Event) -> None:
        """Receive from a channel until it ends; whatever fails is tried again.

        *opened* is set once the channel can be written to.
        """
        pauses = _pauses()
        while True:
            since = self.clock.now()
            try:
                await channel.open()
                opened.set()
                self._open.add(channel.name)
                await self._publish_menus(channel)
                return await self._receive(channel)
            except Exception as error:  # noqa: BLE001 # one channel must not end the others
                if channel.last_contact is not None and channel.last_contact >= since:
                    pauses = _pauses()  # it worked meanwhile
                wait = self._trouble(channel.name, error) or next(pauses)
                self._open.discard(channel.name)
                if isinstance(error, ChannelDownError):
                    await self._alarm(channel.name, error)
            await asyncio.sleep(wait.total_seconds())

    def _trouble(self, channel: str, error: Exception) -> timedelta | None:
        """Log why a channel failed, and return how long it has to wait, if that is prescribed."""
        match error:
            case ChannelUnavailableError():
                _log.warning("channel.unavailable", channel=channel, error=str(error))
                return error.retry_after and min(error.retry_after, LONGEST_ASKED)
            case ChannelDownError():
                _log.error("channel.refused", channel=channel, error=str(error))
                return self.settings.delivery.refused_pause
            case StorageError():
                _log.error("database.unusable", channel=channel, error=str(error))
                return _STORAGE_PAUSE
            case _:
                _log.error("channel.crashed", channel=channel, exc_info=error)
                return None

    async def _alarm(self, channel: str, error: ChannelDownError) -> None:
        """Tell the admins through the other networks; if that fails, the log has to do."""
        try:
            async with self.database.begin() as session:
                await alarms.raise_alarm(
                    session,
                    name="channel-down",
                    subject=channel,
                    settings=self.settings,
                    now=self.clock.now(),
                    but=channel,
                    channel=announcement_words.network(channel),
                    reason=scrub(str(error)),
                )
        except Exception as trouble:  # noqa: BLE001 # an alarm must not stop what it warns of
            _log.error("alarm.unraised", channel=channel, error=trouble)
            return
        self.wake()

    async def _publish_menus(self, channel: Channel) -> None:
        try:
            await channel.publish_menus(menus(self._table.specs))
        except ChannelUnavailableError as error:
            _log.warning("menus.unpublished", channel=channel.name, error=str(error))

    async def _receive(self, channel: Channel) -> None:
        """Handle what arrives, until the channel has ended for good."""
        async with self.database.begin() as session:
            cursor = await cursors.load(session, channel=channel.name)
        async with aclosing(channel.receive(cursor)) as events:
            async for received in events:
                await self._commit(channel.name, received)

    async def _commit(self, channel: str, received: Received) -> None:
        """Handle one event; as long as the database refuses, nothing further is received."""
        database = self._proving[channel]
        await self._until_stored(
            lambda: self._pipeline.handle(channel, received, database=database)
        )

    async def readiness(self, channels: Sequence[Channel]) -> list[Probe]:
        """Tell whether the database answers and each network has been heard of lately."""
        probes = [await self._database_probe()]
        now = self.clock.now()
        for channel in channels:
            if channel.name in self._waiting:
                probes.append(Probe(channel.name, ready=True, standby=True))
                continue
            last, patience = channel.last_contact, channel.longest_silence
            heard = patience is None or (last is not None and now - last < patience)
            since = f"last contact {last:%Y-%m-%dT%H:%M:%SZ}" if last else "no contact yet"
            probes.append(Probe(channel.name, heard and channel.name in self._open, since))
        return probes

    async def _database_probe(self) -> Probe:
        try:
            async with asyncio.timeout(_PROBE), self.database.begin() as session:
                await cursors.load(session, channel="")
        except StorageError as error:
            return Probe("database", ready=False, reason=str(error))
        except TimeoutError:
            return Probe("database", ready=False, reason="no answer")
        return Probe("database", ready=True)


def _unix(instant: datetime | None) -> float:
    return instant.timestamp() if instant else 0.0


def _pauses() -> Iterator[timedelta]:
    """Yield ever longer waits, up to the longest."""
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 2, _LONGEST_PAUSE)


async def _ended(tasks: Sequence[asyncio.Task[None]], *, patience: float) -> None:
    """Wait until *tasks* have ended; what takes too long is cancelled."""
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=patience)
        await stop(list(late))


async def stop(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel *tasks* and wait until they have ended."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
