"""The emulator's own time, which a test can move forward."""

from __future__ import annotations

import time
from collections.abc import Callable

EPOCH = 1_767_225_600.0
"""Unix time at which an emulator starts unless told otherwise: 2026-01-01 00:00 UTC."""


def running_from(epoch: float = EPOCH) -> Callable[[], float]:
    """Return a clock that stands at *epoch* now and runs on monotonically."""
    start = time.monotonic()
    return lambda: epoch + time.monotonic() - start


class Clock:
    """Unix time in seconds, plus whatever a test has advanced it by."""

    def __init__(self, source: Callable[[], float] | None = None) -> None:
        self._source = source or running_from()
        self._ahead = 0.0

    def __call__(self) -> float:
        return self._source() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the time forward; it never runs backwards.

        Raises:
            ValueError: *seconds* is negative.
        """
        if seconds < 0:
            raise ValueError("time does not run backwards")
        self._ahead += seconds
