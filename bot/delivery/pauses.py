"""When a whole channel waits. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass
class Pause:
    """The pause that a network wants of a whole channel, if it wants one.

    Attributes:
        since: When it was last asked for.
        until: When it ends; ``None`` if there is none.
    """

    since: datetime
    until: datetime | None = None

    def extend(self, wait: timedelta, now: datetime) -> None:
        """Wait so long from now on; a short pause does not cut a long one."""
        self.since = now
        until = now + wait
        self.until = max(until, self.until or until)

    def holds(self, now: datetime) -> bool:
        """Tell whether nothing may be sent now."""
        if now < self.since:
            self.until = None  # the clock was set back: the pause would last that long
        return self.until is not None and now < self.until
