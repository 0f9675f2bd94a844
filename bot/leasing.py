"""Takes leases, renews them, and gives them back.

A lease lasts six seconds and is renewed every two. So one renewal may fail, and whoever dies is
replaced within some seven seconds. What the process believes of its leases ends earlier than what
the database grants: it counts from before the question.
"""

import asyncio
import os
import socket
from collections.abc import Callable
from datetime import timedelta

import structlog

from bot import __version__
from bot.clock import elapsed
from bot.errors import StorageError
from bot.storage import leases
from bot.storage.engine import Database, Session
from bot.tenures import Hold, Tenure

_log = structlog.get_logger(__name__)

SCHEDULES = "schedules"
"""The lease of the jobs, beside those of the channels."""

LASTING = timedelta(seconds=6)
_RENEWED = 2.0
_WANTED = 1.0
"""Seconds between two looks at a lease that another process holds."""
_REFUSED = 0.5
_MARGIN = 0.5
"""Seconds for what is on its way to a network when a lease ends."""


class Keeper:
    """The leases of one process.

    Args:
        database: Where they are.
        owner: The process's name.
        changed: Called when a lease was taken or lost.
    """

    def __init__(
        self, database: Database, *, owner: str, changed: Callable[[], None] = lambda: None
    ) -> None:
        self._database = database
        self._owner = owner
        self._changed = changed
        self._wanted: dict[str, asyncio.Future[Tenure]] = {}
        self._held: dict[Hold, Tenure] = {}
        self._wake = asyncio.Event()
        self._known = False

    def wake(self) -> None:
        """Look now whether something has become free."""
        self._wake.set()

    async def tenure(self, name: str) -> Tenure:
        """Wait until this process holds a lease."""
        wanted: asyncio.Future[Tenure] = asyncio.get_running_loop().create_future()
        self._wanted[name] = wanted
        self.wake()
        try:
            return await wanted
        finally:
            self._wanted.pop(name, None)

    async def run(self) -> None:
        """Renew what is held and take what is wanted, until cancelled."""
        while True:
            self._wake.clear()
            pause = await self._look()
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def _look(self) -> float | None:
        """Go round once; return the seconds until the next time, ``None`` for when it is due."""
        try:
            async with asyncio.timeout(LASTING.total_seconds() / 2):
                await self._turn()
        except (StorageError, TimeoutError) as error:
            _log.error("leases.unrenewed", error=str(error) or "no answer in time")
            self._give_up()
            return _REFUSED
        if not self._database.is_shared:
            return None
        return _WANTED if self._wanted else _RENEWED

    def _give_up(self) -> None:
        """End what has run out: another process may hold it already."""
        for hold, tenure in list(self._held.items()):
            if not tenure.holds:
                self._lose(hold)

    def _lose(self, hold: Hold) -> None:
        _log.warning("lease.lost", lease=hold.name)
        self._held.pop(hold).lose()
        self._changed()

    async def _turn(self) -> None:
        asked_at = elapsed()
        held = list(self._held) if self._database.is_shared else []
        wanted = [name for name, future in self._wanted.items() if not future.done()]
        taken: list[Hold] = []
        async with self._database.begin() as session:
            await self._show(session)
            kept = await leases.renew(session, holds=held, lasting=LASTING)
            for name in await leases.free(session, names=wanted, holder=self._owner):
                hold = await leases.take(session, name=name, holder=self._owner, lasting=LASTING)
                taken += [hold] if hold is not None else []
        self._known = True
        until = asked_at + LASTING.total_seconds() - _MARGIN
        for hold in held:
            if hold in kept and hold in self._held:
                self._held[hold].extend(until)
            elif hold in self._held:
                self._lose(hold)
        for hold in taken:
            self._begin(hold, until)

    async def _show(self, session: Session) -> None:
        if self._known:
            await leases.greet(session, name=self._owner)
            return
        await leases.introduce(
            session,
            name=self._owner,
            host=socket.gethostname(),
            pid=os.getpid(),
            version=__version__,
        )

    def _begin(self, hold: Hold, until: float) -> None:
        tenure = Tenure(hold, until=until) if self._database.is_shared else Tenure()
        self._held[hold] = tenure
        _log.info("lease.taken", lease=hold.name, term=hold.token)
        future = self._wanted.get(hold.name)
        if future is not None and not future.done():
            future.set_result(tenure)
        self._changed()

    async def give_back(self, tenure: Tenure) -> None:
        """Let another process take over at once; if that can't be told, it does so later."""
        hold = next((hold for hold, one in self._held.items() if one is tenure), None)
        if hold is None:
            return
        del self._held[hold]
        tenure.lose()
        try:
            async with asyncio.timeout(_RENEWED), self._database.begin() as session:
                await leases.release(session, hold=hold)
        except (StorageError, TimeoutError) as error:
            _log.warning("lease.unreleased", lease=hold.name, error=str(error))

    async def close(self) -> None:
        """Take leave of the other processes."""
        try:
            async with asyncio.timeout(_RENEWED), self._database.begin() as session:
                await leases.leave(session, name=self._owner)
        except (StorageError, TimeoutError) as error:
            _log.warning("process.unnoted", error=str(error))
