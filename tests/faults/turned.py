"""``stadtfunk run`` with clocks that the suite can turn.

The file `clock` says by how much this process's clock is ahead; a folder `zoneinfo` has the zones
in which clocks on walls show what the suite wants.
"""

import asyncio
import sys
import zoneinfo
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


def live(config: Path) -> None:
    """Run the hub of a configuration, in the zones beside it."""
    zoneinfo.reset_tzpath([str(config.parent.resolve() / "zoneinfo"), *zoneinfo.TZPATH])
    zoneinfo.ZoneInfo.clear_cache()
    _run(config, TurnedClock)


def run_by(clock_of: Callable[[Path], Clock]) -> None:
    """Run the hub by the clock that is made of the file `clock` beside its configuration."""
    _run(Path(sys.argv[-1]), clock_of)


def _run(config: Path, clock_of: Callable[[Path], Clock]) -> None:
    settings = settings_of(config, quiet=False)
    asyncio.run(app.run(settings, clock=clock_of(config.parent / "clock")))
