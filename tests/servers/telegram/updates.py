"""The updates that wait for one bot.

Source: https://core.telegram.org/bots/api#getting-updates
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection
from typing import Any

from tests.servers.telegram.errors import ApiError, conflict

KINDS = frozenset(
    {
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "message_reaction",
        "message_reaction_count",
        "callback_query",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_member",
        "chat_join_request",
    }
)
ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds that a bot gets only after naming them in ``allowed_updates``."""

LIFETIME = 86_400.0
"""Seconds for which Telegram keeps an update that nobody fetched."""

FIRST_ID = 700_000_001


class UpdateQueue:
    """A bot's unconfirmed updates and the long poll that waits for the next one."""

    def __init__(self) -> None:
        self._items: deque[tuple[float, dict[str, Any]]] = deque()
        self._next_id = FIRST_ID
        self._poll: asyncio.Future[None] | None = None
        self.arrived = asyncio.Event()
        self.allowed: frozenset[str] | None = None

    def __len__(self) -> int:
        return len(self._items)

    def allow(self, kinds: Collection[str]) -> None:
        """Remember ``allowed_updates``; an empty list brings the default back."""
        self.allowed = frozenset(kinds) or None

    def wants(self, kind: str) -> bool:
        """Tell whether updates of *kind* are kept for this bot."""
        return kind not in ON_REQUEST if self.allowed is None else kind in self.allowed

    def push(self, kind: str, payload: dict[str, Any], now: float) -> int | None:
        """Queue an update; return its id, or ``None`` when the bot does not want its kind."""
        if not self.wants(kind):
            return None
        update_id = self._next_id
        self._next_id += 1
        self._items.append((now, {"update_id": update_id, kind: payload}))
        self.arrived.set()
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
        return update_id

    def take(self, offset: int, limit: int, now: float) -> list[dict[str, Any]]:
        """Forget what *offset* confirms and return up to *limit* of the rest.

        A negative offset keeps only that many of the newest updates. An offset far beyond the
        newest update is taken for a mistake and confirms nothing, as Telegram does.
        """
        while self._items and self._items[0][0] < now - LIFETIME:
            self._items.popleft()
        if offset < 0:
            while len(self._items) > -offset:
                self._items.popleft()
        elif offset <= self._next_id + 10:
            while self._items and self._items[0][1]["update_id"] < offset:
                self._items.popleft()
        return [update for _, update in list(self._items)[:limit]]

    def clear(self) -> None:
        """Drop everything that waits (``drop_pending_updates``)."""
        self._items.clear()

    def terminate(self, text: str) -> None:
        """Answer the waiting long poll, if there is one, with 409 Conflict."""
        self._end_poll(conflict(text))

    def _end_poll(self, error: ApiError) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(error)
        self._poll = None

    async def wait(self, seconds: float) -> None:
        """Wait until an update comes, or *seconds* have passed.

        Raises:
            ApiError: Another ``getUpdates`` or a ``setWebhook`` ended this one.
        """
        poll: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._poll = poll
        try:
            async with asyncio.timeout(seconds):
                await poll
        except TimeoutError:
            return
        finally:
            if self._poll is poll:
                self._poll = None
