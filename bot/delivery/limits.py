"""How fast each network may be written to.

Telegram: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.messages import Address

_NONE = timedelta(0)


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
        gap: Least time between two messages, so that they are spread evenly.
    """

    whole: Rate | None = None
    direct: Rate | None = None
    group: Rate | None = None
    gap: timedelta = _NONE


LIMITS = {
    "telegram": ChannelLimits(
        whole=Rate(30, timedelta(seconds=1)),
        direct=Rate(3, timedelta(seconds=3)),
        group=Rate(19, timedelta(minutes=1)),
        gap=timedelta(seconds=1) / 30,
    )
}
"""What the networks say of themselves; in groups one less, as others post for us there."""

_REMEMBERED = 20_000
"""Chats whose recent sends are kept in memory; older ones have long been free again."""
_LONGEST_GAP = timedelta(seconds=10)
_SHORTEST_GAP = timedelta(milliseconds=4)
_SLOWER, _FASTER = 1.5, 0.95
_MADE_UP = 5
"""Messages that are made up for, by which a broadcast survives that a report is counted."""


@dataclass(slots=True)
class _Window:
    """The messages that one limit counts: those on their way, and when the last ones arrived.

    A message is counted by the network at some instant between its request and its answer, so
    it occupies its place from the request until the window's length after the answer. Then no
    window of the network's holds too many, wherever it begins and however long requests take.
    """

    flying: int = 0
    arrived: deque[datetime] = field(default_factory=deque)

    def free_at(self, rate: Rate | None, now: datetime) -> datetime:
        if rate is None:
            return now
        if self.arrived and self.arrived[-1] > now:
            # The clock was set back. Counted from each present anew, the window would not end
            # before the clock is where it was.
            self.arrived = deque(min(one, now) for one in self.arrived)
        surplus = self.flying + len(self.arrived) + 1 - rate.count
        if surplus <= 0:
            return now
        # Who waits for a message on its way is woken when it has arrived.
        latest = now + rate.per
        if surplus > len(self.arrived):
            return latest
        return min(max(now, self.arrived[surplus - 1] + rate.per), latest)

    def begin(self) -> None:
        self.flying += 1

    def end(self, rate: Rate | None, now: datetime) -> None:
        self.flying -= 1
        if rate is None:
            return
        self.arrived.append(now)
        while len(self.arrived) > rate.count:
            self.arrived.popleft()


@dataclass
class Limiter:
    """Remembers what was sent when, and says from when on something may be sent.

    Sliding windows, not buckets: a bucket that was full allows twice its size within one
    window, which the network answers with 429. A network that does not say what it allows is
    written to at full speed until it complains, and from then on as slowly as it wants it.
    """

    limits: ChannelLimits
    _whole: _Window = field(default_factory=_Window)
    _chats: OrderedDict[str, _Window] = field(default_factory=OrderedDict)
    _slot: datetime | None = None
    _learnt: timedelta = _NONE

    @property
    def one_by_one(self) -> bool:
        """Whether it has to be asked again before each message."""
        return self.limits.whole is not None or self._gap > _NONE

    @property
    def _gap(self) -> timedelta:
        return max(self.limits.gap, self._learnt)

    def channel_free_at(self, now: datetime) -> datetime:
        """Return from when on the channel takes another message; *now* if at once."""
        free = self._whole.free_at(self.limits.whole, now)
        if self._slot is None:
            return free
        self._slot = min(self._slot, now)  # the clock was set back
        return max(free, self._slot + self._gap)

    def chat_free_at(self, address: Address, now: datetime) -> datetime:
        """Return from when on this chat takes another message; *now* if at once."""
        window = self._chats.get(address.chat)
        return window.free_at(self._of(address), now) if window else now

    def begin(self, address: Address, now: datetime) -> None:
        """Count a message that sets off now; :meth:`end` has to follow."""
        # By a timetable, so that who is late now and then is not slower on the whole; but who was
        # late by more makes up for a few messages only, and for one if nothing else counts them.
        gap = self._gap
        made_up = gap * _MADE_UP if self.limits.whole else gap
        self._slot = max(self._slot + gap, now - made_up) if self._slot else now
        self._whole.begin()
        if self._of(address) is None:
            return
        self._chats.setdefault(address.chat, _Window()).begin()
        self._chats.move_to_end(address.chat)
        if len(self._chats) > _REMEMBERED:
            self._forget_one()

    def _forget_one(self) -> None:
        quietest = next(iter(self._chats))
        if self._chats[quietest].flying:
            self._chats.move_to_end(quietest)
        else:
            del self._chats[quietest]

    def end(self, address: Address, now: datetime) -> None:
        """Count a message as arrived: its answer is there, or will never come."""
        self._whole.end(self.limits.whole, now)
        window = self._chats.get(address.chat)
        if window is not None:
            window.end(self._of(address), now)

    def slow_down(self, asked: timedelta) -> None:
        """Learn from a network that complained: it asked to wait so long for one message.

        A long wait is a penalty and says nothing about the speed that is allowed; nor has a
        network anything to teach whose limits are known.
        """
        if self.limits.whole is None and asked <= _LONGEST_GAP:
            self._learnt = min(max(self._learnt * _SLOWER, asked), _LONGEST_GAP)

    def speed_up(self) -> None:
        """Learn from a network that took a message without complaint."""
        faster = self._learnt * _FASTER
        self._learnt = faster if faster >= _SHORTEST_GAP else _NONE

    def _of(self, address: Address) -> Rate | None:
        # Telegram's groups and channels have negative ids, people positive ones.
        return self.limits.group if address.chat.startswith("-") else self.limits.direct
