"""How much one member or one room may ask."""

import enum
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

_REMEMBERED = 10_000
_LATEST = timedelta(hours=1)
"""How long before it arrives something may have been said to be counted at that time."""


class Ruling(enum.Enum):
    """What to do with a message."""

    ALLOW = enum.auto()
    NOTICE = enum.auto()
    """Say once, politely, that it was too much."""
    SILENCE = enum.auto()


@dataclass
class _Line:
    times: deque[datetime] = field(default_factory=deque)
    noticed_at: datetime | None = None


@dataclass
class FloodGuard:
    """Counts messages in a sliding window.

    The counts live in memory: after a restart everybody starts afresh, which does no harm.

    Attributes:
        window: How far back is counted.
    """

    window: timedelta
    _lines: OrderedDict[str, _Line] = field(default_factory=OrderedDict)

    def judge(
        self, key: str, *, limit: int, now: datetime, said_at: datetime | None = None
    ) -> Ruling:
        """Count one message of *key* and say what to do with it.

        What comes late, because the hub or the network was away, is counted when it was said:
        together it would be too much. Who lies about the time gains nothing but once the messages
        of an hour, since no message counts as said before the last one of the same *key*.

        What is not allowed is not counted either, so the way is free again as soon as the
        window has moved on. There is at most one notice in a window: somebody who goes on gets
        a place free now and then, and would otherwise read a notice after each.
        """
        line = self._lines.setdefault(key, _Line())
        self._lines.move_to_end(key)
        if len(self._lines) > _REMEMBERED:
            self._lines.popitem(last=False)
        if said_at is not None and not (line.times and line.times[-1] > now):
            now = min(now, max(said_at, now - _LATEST, *list(line.times)[-1:]))
        while line.times and not now - self.window < line.times[0] <= now:
            line.times.popleft()  # too old, or from before the clock was set back
        if len(line.times) < limit:
            line.times.append(now)
            return Ruling.ALLOW
        noticed = line.noticed_at
        if noticed is not None and noticed <= now < noticed + self.window:
            return Ruling.SILENCE
        line.noticed_at = now
        return Ruling.NOTICE

    def free_at(self, key: str, now: datetime) -> datetime:
        """Return from when on *key* is heard again."""
        line = self._lines.get(key)
        return line.times[0] + self.window if line and line.times else now


def full_minute(instant: datetime) -> datetime:
    """Return the first full minute that is not before *instant*: what is shown has to hold."""
    rest = timedelta(seconds=instant.second, microseconds=instant.microsecond)
    return instant if not rest else instant - rest + timedelta(minutes=1)
