"""`stadtfunk run` with a clock that the suite can turn: the file `clock` says by how much.

Usage: python -m tests.faults.turned run --config DIRECTORY/config.toml
"""

import asyncio
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from bot import app
from bot.clock import Clock, SystemClock
from bot.invoking import settings_of


class TurnedClock:
    """The machine's clock, and what a file adds to it in seconds."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._clock = SystemClock()

    def now(self) -> datetime:
        """Return the present instant as this process is to see it, in UTC."""
        return self._clock.now() + timedelta(seconds=float(self._file.read_text() or 0))


def run_by(clock_of: Callable[[Path], Clock]) -> None:
    """Run the hub by the clock that is made of the file `clock` beside its configuration."""
    config = Path(sys.argv[-1])
    settings = settings_of(config, quiet=False)
    asyncio.run(app.run(settings, clock=clock_of(config.parent / "clock")))


if __name__ == "__main__":
    run_by(TurnedClock)
