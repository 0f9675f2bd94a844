"""How fast messages go, and how many may therefore be claimed ahead."""

from collections.abc import Callable

AHEAD = 0.25
"""Seconds in which everything sets off that is claimed ahead.

Recording and claiming take several rounds of the event loop, in each of which a fast network
answers a whole window. What is claimed ahead keeps it busy meanwhile; on a slow one it is little,
so that what is halted, taken back or overtaken by a reply waits for little.
"""
_MOST = 10
"""Windows that are claimed ahead at most."""
_KEPT = 0.5
"""How much of what was counted before counts beside the last turn."""
_FRESH = 1.0
"""Seconds after which what was counted says nothing any more."""


class Pace:
    """The messages that arrive each second, as the last turns of a relay saw it.

    Args:
        window: How many are on their way at once.
        time: Tells the seconds that have passed.
    """

    def __init__(self, window: int, *, time: Callable[[], float]) -> None:
        self._window = window
        self._time = time
        self._since = time()
        self._arrived = self._passed = 0.0

    @property
    def ahead(self) -> int:
        """How many may be claimed beside those on their way."""
        if not self._passed or self._time() - self._since > _FRESH:
            return 0
        return min(int(self._arrived / self._passed * AHEAD), self._window * _MOST)

    def count(self, arrived: int) -> None:
        """Learn that so many have arrived since the last time."""
        now = self._time()
        self._arrived = self._arrived * _KEPT + arrived
        self._passed = self._passed * _KEPT + now - self._since
        self._since = now
