"""The hub's wall time: a zone made for the run, in which clocks may be changed while it lasts.

The instants are those of every other clock; only what people's clocks show is ours. So the night
in which clocks are changed comes whenever a test wants it, and every server goes on undisturbed.
"""

import enum
import struct
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

ZONE = "Europe/Berlin"
HOUR = 3600
MINUTE = 60
_LONG = 24 * HOUR * 100
_NAME = b"MEZ\0"


class Change(enum.StrEnum):
    """What happens to the clocks on walls in a night."""

    NONE = "none"
    SPRING = "spring"
    """At 2 they show 3."""
    AUTUMN = "autumn"
    """At 3 they show 2 again."""


@dataclass(frozen=True, slots=True)
class Reminded:
    """When somebody is reminded.

    Attributes:
        minute: Of the day, as it was asked for.
        at: The instant.
    """

    minute: int
    at: float


@dataclass(frozen=True, slots=True)
class Night:
    """What the clocks on walls show.

    Attributes:
        zero: The instant, in whole seconds, around which things fall due: clocks show 2:00; in
            spring that is when they show 3:00 instead, in autumn they show 2:59 for the first
            time, and a minute later 2:00 again.
        change: What happens to them.
    """

    zero: int
    change: Change = Change.NONE

    @property
    def _shown(self) -> int:
        """The second of the day that is shown at :attr:`zero`, or would be without a change."""
        return 3 * HOUR - MINUTE if self.change is Change.AUTUMN else 2 * HOUR

    @property
    def _offset(self) -> int:
        """By how much clocks are ahead of UTC before the change."""
        ahead = (self._shown - self.zero) % (24 * HOUR)
        return ahead - 24 * HOUR if ahead > 12 * HOUR else ahead

    @property
    def today(self) -> date:
        """The day that the calendar on the wall shows."""
        return (datetime.fromtimestamp(self.zero, UTC) + timedelta(seconds=self._offset)).date()

    @property
    def changes_at(self) -> int:
        """The instant of the change."""
        return self.zero + (MINUTE if self.change is Change.AUTUMN else 0)

    def reminded(self, which: int, *, minutes: int) -> Reminded:
        """Return when the chat of this number is reminded, spread over so many minutes.

        In spring every other one asks for a time that is left out, and in autumn for one that
        is an hour further away than it looks.
        """
        later = which // 2 % minutes
        if self.change is Change.AUTUMN:
            if which % 2:
                return Reminded(180 + later, self.changes_at + HOUR + later * MINUTE)
            return Reminded(179, self.zero)
        left_out = self.change is Change.SPRING and which % 2
        begins = 180 if self.change is Change.SPRING and not left_out else 120
        return Reminded(begins + later, self.zero + later * MINUTE)

    @property
    def wakes(self) -> Reminded:
        """When the quiet hours end of those who have any."""
        if self.change is Change.NONE:
            return Reminded(120, self.zero)
        if self.change is Change.SPRING:
            return Reminded(180, self.zero)
        return Reminded(180, self.changes_at + HOUR)

    def write(self, directory: Path) -> None:
        """Write the zone as :mod:`zoneinfo` reads it."""
        file = directory / "zoneinfo" / ZONE
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(self._tzif())

    def _tzif(self) -> bytes:
        """Return the file. Source: RFC 9636."""
        summer = self.change is Change.AUTUMN
        kinds = [(self._offset, summer)]
        if self.change is not Change.NONE:
            by = -HOUR if summer else HOUR
            kinds.append((self._offset + by, not summer))
        # Before all changes standard time is taken for granted, so the first one was long ago.
        moments = [self.zero - _LONG, self.changes_at][: len(kinds)]
        # The part for programs of the last century is there to be passed over.
        old = _head(0, 1) + struct.pack(">lbb", 0, 0, 0) + _NAME
        new = _head(len(moments), len(kinds))
        new += b"".join(struct.pack(">q", one) for one in moments) + bytes(range(len(moments)))
        new += b"".join(struct.pack(">lbb", by, summer, 0) for by, summer in kinds) + _NAME
        return old + new + b"\n\n"


def _head(moments: int, kinds: int) -> bytes:
    counts = struct.pack(">6l", 0, 0, 0, moments, kinds, len(_NAME))
    return b"TZif2" + bytes(15) + counts
