"""The only reader of wall time."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What tells the time; tests hand in one that they can turn."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)


def elapsed() -> float:
    """Return seconds that only grow, whatever is done to the machine's clock.

    They also pass while the machine sleeps, where the system can tell (Linux).

    Source: https://man7.org/linux/man-pages/man2/clock_gettime.2.html
    """
    boottime = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(boottime)
