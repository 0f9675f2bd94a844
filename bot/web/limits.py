"""How often one thing may be asked for over HTTP."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

_REMEMBERED = 10_000


@dataclass(slots=True)
class Bucket:
    """A number of questions that may be asked at once, and that come back one by one."""

    left: float
    seen_at: datetime


@dataclass
class Limit:
    """Lets each key ask *most* times at once, and once more after each *every*.

    The counts live in memory: after a restart everybody starts afresh, which does no harm.
    """

    most: int
    every: timedelta
    _buckets: OrderedDict[str, Bucket] = field(default_factory=OrderedDict)

    def take(self, key: str, now: datetime) -> bool:
        """Count one question; ``False`` if there were too many."""
        bucket = self._bucket(key, now)
        if bucket.left < 1:
            return False
        bucket.left -= 1
        return True

    def is_open(self, key: str, now: datetime) -> bool:
        """Tell whether :meth:`take` would say yes; counts nothing."""
        return self._bucket(key, now).left >= 1

    def _bucket(self, key: str, now: datetime) -> Bucket:
        bucket = self._buckets.setdefault(key, Bucket(self.most, now))
        self._buckets.move_to_end(key)
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        passed = max(timedelta(0), now - bucket.seen_at)
        bucket.left = min(float(self.most), bucket.left + passed / self.every)
        bucket.seen_at = now
        return bucket
