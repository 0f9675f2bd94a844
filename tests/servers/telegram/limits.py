"""How many messages a bot may send, and what happens when it sends more.

Source: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Literal

from tests.servers.telegram.chats import Chat
from tests.servers.telegram.errors import flood

LimitMode = Literal["off", "strict"]

OVERALL = 30
"""Messages that a bot may send in any second, over all chats."""
OVERALL_PENALTY = 3.0
PRIVATE_BURST = 3
PRIVATE_RATE = 1.0
"""Messages a second that one private chat takes after the burst."""
GROUP = 20
"""Messages that one group or channel takes in any minute."""
MINUTE = 60.0


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float


@dataclass(slots=True)
class _Usage:
    """What one bot has sent lately, and until when each scope is closed to it."""

    sent: deque[float] = field(default_factory=lambda: deque(maxlen=OVERALL))
    private: dict[int, _Bucket] = field(default_factory=dict)
    groups: dict[int, deque[float]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=GROUP))
    )
    closed: dict[int, tuple[float, float]] = field(default_factory=dict)


class Limits:
    """The flood control of all bots; ``flooded`` counts the 429 that it gave.

    A sender that goes on while a scope is closed starts its penalty again.
    """

    def __init__(self, mode: LimitMode = "off") -> None:
        self.mode: LimitMode = mode
        self.flooded = 0
        self._usage: dict[int, _Usage] = defaultdict(_Usage)

    def reset(self, mode: LimitMode) -> None:
        """Switch to *mode* and forget what was sent."""
        self.mode = mode
        self._usage.clear()

    def admit(self, bot_id: int, chat: Chat, now: float) -> None:
        """Count one message into *chat*, or refuse it.

        Raises:
            ApiError: 429; nothing was counted.
        """
        if self.mode == "off":
            return
        usage = self._usage[bot_id]
        self._check_penalty(usage, 0, now)
        self._check_penalty(usage, chat.id, now)
        if len(usage.sent) == OVERALL and now - usage.sent[0] < 1.0:
            self._close(usage, 0, now, OVERALL_PENALTY)
        if chat.type == "private":
            self._admit_private(usage, chat.id, now)
        else:
            self._admit_group(usage, chat.id, now)
        usage.sent.append(now)

    def _admit_private(self, usage: _Usage, chat_id: int, now: float) -> None:
        bucket = usage.private.setdefault(chat_id, _Bucket(PRIVATE_BURST, now))
        filled = bucket.level + (now - bucket.at) * PRIVATE_RATE
        bucket.level, bucket.at = min(float(PRIVATE_BURST), filled), now
        if bucket.level < 1.0:
            self._close(usage, chat_id, now, (1.0 - bucket.level) / PRIVATE_RATE)
        bucket.level -= 1.0

    def _admit_group(self, usage: _Usage, chat_id: int, now: float) -> None:
        sent = usage.groups[chat_id]
        if len(sent) == GROUP and now - sent[0] < MINUTE:
            self._close(usage, chat_id, now, sent[0] + MINUTE - now)
        sent.append(now)

    def _check_penalty(self, usage: _Usage, scope: int, now: float) -> None:
        until, penalty = usage.closed.get(scope, (0.0, 0.0))
        if now < until:
            self._close(usage, scope, now, max(penalty, until - now))

    def _close(self, usage: _Usage, scope: int, now: float, penalty: float) -> None:
        # Telegram speaks in whole seconds, so who waits as long as asked is never early.
        whole = max(1, math.ceil(penalty))
        usage.closed[scope] = (now + whole, float(whole))
        self.flooded += 1
        raise flood(whole)
