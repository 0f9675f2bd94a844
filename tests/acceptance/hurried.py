"""`stadtfunk run` with a clock that runs faster than the machine's: the file `clock` says how.

So a minute in which Telegram takes 20 messages of a group lasts seconds, for the hub and for the
emulator alike, and the limits are still those of the product.

Usage: python -m tests.acceptance.hurried run --config DIRECTORY/config.toml
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from bot.clock import SystemClock, elapsed
from tests.faults.turned import run_by


@dataclass(frozen=True)
class HurriedClock:
    """A clock that was right at one instant and runs some times as fast from then on.

    Attributes:
        epoch: Unix time at that instant.
        started: What :func:`bot.clock.elapsed` said then, which is the same in every process.
        speed: How much faster it runs.
    """

    epoch: float
    started: float
    speed: float

    @classmethod
    def starting(cls, speed: float) -> Self:
        """Return one that is right now."""
        return cls(SystemClock().now().timestamp(), elapsed(), speed)

    @classmethod
    def kept(cls, file: Path) -> Self:
        """Return the one that a process before has kept."""
        return cls(*map(float, file.read_text().split()))

    def keep(self, file: Path) -> None:
        """Let the processes to come go on with it."""
        file.write_text(f"{self.epoch} {self.started} {self.speed}")

    def __call__(self) -> float:
        """Return Unix time, as the emulator wants it."""
        return self.epoch + (elapsed() - self.started) * self.speed

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=self())


if __name__ == "__main__":
    run_by(HurriedClock.kept)
