"""A process's time with a lease, as the process itself knows it without asking anybody."""

import asyncio
import math
from dataclasses import dataclass

from bot.clock import elapsed


@dataclass(frozen=True, slots=True)
class Hold:
    """What a transaction proves of itself: who acts, for what, and since which change.

    Attributes:
        name: Of the lease.
        holder: The process.
        token: Grows with each change of the holder.
    """

    name: str
    holder: str
    token: int


class Tenure:
    """The time in which a process may act for something.

    It ends by itself if it is not extended, also for a process that slept meanwhile.

    Args:
        hold: What is proved in transactions; ``None`` where only one process can be.
        until: When it ends, in :func:`bot.clock.elapsed` seconds.
    """

    def __init__(self, hold: Hold | None = None, *, until: float = math.inf) -> None:
        self.hold = hold
        self._until = until
        self._lost = asyncio.Event()

    @property
    def holds(self) -> bool:
        """Whether something may be sent at this very moment."""
        return not self._lost.is_set() and elapsed() < self._until

    @property
    def is_lost(self) -> bool:
        """Whether it has ended for good; what merely ran out may still be extended."""
        return self._lost.is_set()

    def extend(self, until: float) -> None:
        """Let it end later."""
        self._until = until

    def lose(self) -> None:
        """End it for good."""
        self._lost.set()

    async def lost(self) -> None:
        """Wait until it has ended for good."""
        await self._lost.wait()
