"""Those who send what was claimed, so many at once."""

import asyncio
import heapq
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import count
from typing import cast

from bot.storage.claims import Claimed

_FAREWELL = 1.0
"""Seconds that the answers to what was sent have to come when a tenure is lost."""

Send = Callable[[Claimed, datetime], Awaitable[None]]
"""Sends a delivery, or puts it back if the instant until which it may set off is over."""


class Workers:
    """Workers that take what is ready, the most urgent first, and end when nothing is.

    Args:
        send: Must not raise.
        most: How many send at once.
    """

    def __init__(self, send: Send, *, most: int) -> None:
        self._send = send
        self._most = most
        self._ready: list[tuple[int, int, datetime, Claimed]] = []
        self._numbers = count()
        self._busy: set[asyncio.Task[None]] = set()
        self._group = asyncio.TaskGroup()

    @property
    def ready(self) -> int:
        """Count what waits for somebody to be free."""
        return len(self._ready)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Work; in the end nothing more sets off, and what did is given a moment to arrive."""
        self._ready.clear()
        async with asyncio.TaskGroup() as self._group:
            yield
            self._ready.clear()
            if self._busy:
                _, late = await asyncio.wait(self._busy, timeout=_FAREWELL)
                for worker in late:
                    worker.cancel()

    def add(self, deliveries: Iterable[Claimed], *, until: datetime) -> None:
        """Send these as soon as somebody is free.

        Args:
            deliveries: In the order in which they set off, among those of one priority.
            until: Until when they may set off.
        """
        for delivery in deliveries:
            place = (delivery.priority, next(self._numbers))
            heapq.heappush(self._ready, (*place, until, delivery))
        for _ in range(min(len(self._ready), self._most - len(self._busy))):
            self._busy.add(self._group.create_task(self._work()))

    async def _work(self) -> None:
        try:
            while self._ready:
                _, _, until, delivery = heapq.heappop(self._ready)
                await self._send(delivery, until)
        finally:
            # Here and not by a callback of the task, before which more may become ready.
            self._busy.discard(cast("asyncio.Task[None]", asyncio.current_task()))
