"""No host is asked too often, and never by more than we are."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Final

from bot.clock import Clock
from bot.fetching.trouble import FetchError, Trouble

_CHANCE: Final = SystemRandom()
_FEW: Final = 1000
"""So many hosts are remembered without a look whether that is still of use."""


@dataclass(slots=True)
class _Host:
    """One host.

    Attributes:
        free: How many more may ask it now.
        interested: How many ask it, or wait to.
        next: From when on it may be asked again, in the event loop's time.
        silent_until: Until when it wants to be left alone.
    """

    free: asyncio.Semaphore
    interested: int = 0
    next: float = 0
    silent_until: datetime | None = None


class Politeness:
    """Lets visits through: so many at once, few of them to one host, with a gap between them.

    Args:
        clock: For how long a host wants to be left alone.
        concurrency: How many there are at the same time.
        per_host: How many of them go to the same host.
        gap: How long a host is left alone after each; up to half as much is added by chance, so
            that sources which began together do not stay together.
        luck: Gives numbers in [0, 1).
    """

    def __init__(
        self,
        *,
        clock: Clock,
        concurrency: int = 16,
        per_host: int = 1,
        gap: timedelta = timedelta(seconds=2),
        luck: Callable[[], float] = _CHANCE.random,
    ) -> None:
        self._clock = clock
        self._slots = asyncio.Semaphore(concurrency)
        self._per_host = per_host
        self._gap = gap.total_seconds()
        self._luck = luck
        self._hosts: dict[str, _Host] = {}
        self._many = _FEW

    @asynccontextmanager
    async def visit(self, host: str) -> AsyncIterator[None]:
        """Wait until *host* may be asked, and ask it in the block.

        Who waits for a host holds no slot, so that others are not held up.

        Raises:
            FetchError: The host wants to be left alone for now.
        """
        place = self._place(host)
        place.interested += 1
        try:
            self._respect(host, place)
            async with place.free:
                await self._keep_distance(place)
                async with self._slots:
                    self._respect(host, place)
                    try:
                        yield
                    finally:
                        place.next = max(place.next, _time() + self._pause())
        finally:
            place.interested -= 1

    def leave_alone(self, host: str, wait: timedelta) -> None:
        """Ask *host* nothing for so long."""
        self._place(host).silent_until = self._clock.now() + wait

    def _place(self, host: str) -> _Host:
        if len(self._hosts) >= self._many:
            self._hosts = {name: one for name, one in self._hosts.items() if self._counts(one)}
            self._many = max(_FEW, 2 * len(self._hosts))
        if host not in self._hosts:
            self._hosts[host] = _Host(asyncio.Semaphore(self._per_host))
        return self._hosts[host]

    def _counts(self, place: _Host) -> bool:
        silent = place.silent_until is not None and place.silent_until > self._clock.now()
        return silent or place.interested > 0 or place.next > _time()

    def _respect(self, host: str, place: _Host) -> None:
        if place.silent_until is None:
            return
        wait = place.silent_until - self._clock.now()
        if wait > timedelta(0):
            reason = f"{host}: wants to be left alone for now"
            raise FetchError(Trouble.TEMPORARY, reason, retry_after=wait)

    async def _keep_distance(self, place: _Host) -> None:
        """Wait for one's moment; who comes next waits from there."""
        at = max(place.next, _time())
        place.next = at + self._pause()
        await asyncio.sleep(at - _time())

    def _pause(self) -> float:
        return self._gap * (1 + self._luck() / 2)


def _time() -> float:
    return asyncio.get_running_loop().time()
