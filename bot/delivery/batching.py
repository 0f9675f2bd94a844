"""When outcomes are worth a transaction."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LONGEST = 0.02
"""Seconds that an outcome waits at most for others that could share its commit."""
PATIENT = 0.25
"""The same while the network has enough to do: a slow one would get a transaction a message."""


class Batching:
    """Lets outcomes gather while many messages are on their way, and none when few are.

    A transaction costs as much as several messages, so with a full window it is worth waiting
    until three quarters of it have been answered: the others keep the network busy meanwhile. A
    single reply is all that is in flight, so it is recorded at once.

    Args:
        ring: Called when they should be recorded.
        window: How many messages are on their way at most.
    """

    def __init__(self, ring: Callable[[], None], *, window: int) -> None:
        self._ring = ring
        self._window = window
        self._late: asyncio.TimerHandle | None = None
        self._recording = False

    def consider(self, noted: int, *, of: int, ready: int = 0) -> None:
        """Ring if *noted* outcomes of *of* messages in flight are enough; if not, a little later.

        As long as others are *ready* nothing has to be claimed, and more may gather. What comes
        while a transaction records others is considered after it.
        """
        if self._recording or not noted:
            return
        if noted * 4 >= min(of, self._window) * 3:
            self._ring()
        else:
            self._ring_within(PATIENT if ready else LONGEST)

    def _ring_within(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        if self._late is None or self._late.when() > loop.time() + seconds:
            self._rest()
            self._late = loop.call_later(seconds, self._ring)

    def _rest(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record what has gathered."""
        self._rest()
        self._recording = True
        try:
            yield
        finally:
            self._recording = False
