"""What only one process does at a time: each duty by whoever holds its lease."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

import structlog

from bot.channels.port import Channel
from bot.hub import Hub
from bot.hub import stop as stop_tasks
from bot.leasing import SCHEDULES, Keeper
from bot.scheduling import Scheduler
from bot.storage.engine import Database
from bot.storage.leases import FREED
from bot.storage.listening import listen
from bot.tenures import Tenure

_AT_ONCE = 1.0
"""Seconds in which a lease is taken that nobody holds, so that nothing else has to be begun."""

_log = structlog.get_logger(__name__)


class Duty(Protocol):
    """Something that one process does, and others are ready to."""

    @property
    def name(self) -> str:
        """Of the lease."""
        ...

    async def stand_by(self) -> None:
        """Be ready, until cancelled."""
        ...

    def begin(self, tenure: Tenure, tasks: asyncio.TaskGroup) -> None:
        """Do it from now on."""
        ...

    async def end(self, *, lost: bool) -> None:
        """Do it no more: in order, or at once because another process has begun."""
        ...


class ChannelDuty:
    """Receiving from a channel and emptying its outbox."""

    def __init__(self, hub: Hub, channel: Channel) -> None:
        self._hub = hub
        self._channel = channel
        self._tasks: tuple[asyncio.Task[None], asyncio.Task[None]] | None = None

    @property
    def name(self) -> str:
        """The channel's name."""
        return self._channel.name

    async def stand_by(self) -> None:
        """Keep alive what the network knows of this process."""
        await self._hub.stand_by(self._channel)

    def begin(self, tenure: Tenure, tasks: asyncio.TaskGroup) -> None:
        """Receive and send."""
        self._tasks = self._hub.start(self._channel, tasks, tenure)

    async def end(self, *, lost: bool) -> None:
        """Receive nothing more, then let what is in flight end and be recorded."""
        assert self._tasks is not None, "it has begun"  # noqa: S101 # for mypy
        receiver, sender = self._tasks
        await stop_tasks([receiver])
        if lost:
            await self._hub.abandon(self._channel, sender)
        else:
            await self._hub.drain([sender], channel=self.name)


class ScheduleDuty:
    """Ticking the jobs that are done once for all processes.

    Args:
        make: Makes what ticks them, for one tenure.
    """

    name = SCHEDULES

    def __init__(self, make: Callable[[Tenure], Scheduler]) -> None:
        self._make = make
        self._scheduler: Scheduler | None = None

    async def stand_by(self) -> None:
        """Do nothing: what is due is a question to the database."""
        await asyncio.Event().wait()

    def begin(self, tenure: Tenure, tasks: asyncio.TaskGroup) -> None:  # noqa: ARG002 # APScheduler has its own
        """Tick."""
        self._scheduler = self._make(tenure)
        self._scheduler.start()

    async def end(self, *, lost: bool) -> None:
        """Tick no more."""
        assert self._scheduler is not None, "it has begun"  # noqa: S101 # for mypy
        await (self._scheduler.stop(patience=0) if lost else self._scheduler.stop())


async def lead(duty: Duty, keeper: Keeper, stop: asyncio.Event) -> None:
    """Do a duty whenever this process holds its lease, until *stop*."""
    while not stop.is_set():
        tenure = await _awaited(duty, keeper, stop)
        if tenure is None:
            return
        _log.info("duty.begun", duty=duty.name)
        async with asyncio.TaskGroup() as tasks:
            duty.begin(tenure, tasks)
            await _first(stop.wait(), tenure.lost())
            await duty.end(lost=tenure.is_lost)
        _log.info("duty.ended", duty=duty.name, lost=tenure.is_lost)
        await keeper.give_back(tenure)


async def _awaited(duty: Duty, keeper: Keeper, stop: asyncio.Event) -> Tenure | None:
    """Stand by until the lease is ours; ``None`` when the process is to end."""
    found: list[Tenure] = []

    async def take() -> None:
        found.append(await keeper.tenure(duty.name))

    async def stand_by() -> None:
        await asyncio.sleep(_AT_ONCE)
        await duty.stand_by()

    await _first(stop.wait(), take(), stand_by())
    if found and stop.is_set():
        await keeper.give_back(found[0])
        return None
    return found[0] if found else None


async def _first(*waits: Coroutine[Any, Any, Any]) -> None:
    """Wait until one of them is done, and cancel the others."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(wait) for wait in waits]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()


async def hear(hub: Hub, keeper: Keeper, database: Database | None) -> None:
    """Do at once what another process has made possible, until cancelled.

    *database* is the one that is shared with others, if it is.
    """
    if database is None:
        return

    def told(words: str) -> None:
        if words != FREED:
            hub.wake()
        if words in {FREED, ""}:
            keeper.wake()

    await listen(database, told)
