"""How fast each network may be written to.

Telegram: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.messages import Address


@dataclass(frozen=True, slots=True)
class Rate:
    """At most *count* messages in any sliding *per*."""

    count: int
    per: timedelta


@dataclass(frozen=True, slots=True)
class ChannelLimits:
    """What one network allows.

    Attributes:
        whole: Over all chats; ``None`` for as fast as it goes.
        direct: To one person.
        group: To one group.
    """

    whole: Rate | None = None
    direct: Rate | None = None
    group: Rate | None = None


LIMITS = {
    "telegram": ChannelLimits(
        whole=Rate(29, timedelta(seconds=1)),
        direct=Rate(3, timedelta(seconds=3)),
        group=Rate(19, timedelta(minutes=1)),
    )
}
"""One below what Telegram allows in groups and overall, as its clock is not ours."""

_REMEMBERED = 20_000
"""Chats whose recent sends are kept in memory; older ones have long been free again."""


@dataclass
class Limiter:
    """Remembers what was sent when, and says from when on something may be sent.

    Sliding windows, not buckets: a bucket that was full allows twice its size within one
    window, which the network answers with 429.
    """

    limits: ChannelLimits
    _whole: deque[datetime] = field(default_factory=deque)
    _chats: OrderedDict[str, deque[datetime]] = field(default_factory=OrderedDict)

    def channel_free_at(self, now: datetime) -> datetime:
        """Return from when on the channel takes another message; *now* if at once."""
        return _free_at(self._whole, self.limits.whole, now)

    def chat_free_at(self, address: Address, now: datetime) -> datetime:
        """Return from when on this chat takes another message; *now* if at once."""
        return _free_at(self._chats.get(address.chat, deque()), self._of(address), now)

    def note(self, address: Address, now: datetime) -> None:
        """Remember that something is being sent there now."""
        _note(self._whole, self.limits.whole, now)
        sends = self._chats.setdefault(address.chat, deque())
        self._chats.move_to_end(address.chat)
        _note(sends, self._of(address), now)
        if len(self._chats) > _REMEMBERED:
            self._chats.popitem(last=False)

    def _of(self, address: Address) -> Rate | None:
        # Telegram's groups and channels have negative ids, people positive ones.
        return self.limits.group if address.chat.startswith("-") else self.limits.direct


def _free_at(sends: deque[datetime], rate: Rate | None, now: datetime) -> datetime:
    if rate is None or len(sends) < rate.count:
        return now
    # Never longer than the window, also when the clock was set back meanwhile.
    return min(max(now, sends[-rate.count] + rate.per), now + rate.per)


def _note(sends: deque[datetime], rate: Rate | None, now: datetime) -> None:
    if rate is None:
        return
    sends.append(now)
    while len(sends) > rate.count:
        sends.popleft()
