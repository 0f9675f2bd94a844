"""Answers to button presses, given beside the reading: nobody's message waits for them."""

import asyncio
from collections import deque
from typing import Self

import structlog
from telegram import Bot, Update
from telegram.error import TelegramError

from bot.channels.telegram.outcomes import channel_error

AT_ONCE = 4
"""Answers in flight, each on a connection of its own."""

MOST_WAITING = 100
"""Presses that wait for their answer; beyond, the oldest gets none."""

_log = structlog.get_logger(__name__)


class Presses:
    """Ends the progress bars of pressed buttons, as long as one reader reads.

    Without an answer Telegram takes the bar away by itself after a while. So a failure is neither
    repeated nor raised, and what still waits when the reader ends is forgotten.

    Args:
        bot: Makes the calls.
        courtesy: Seconds that Telegram may take to accept an answer.
    """

    def __init__(self, bot: Bot, *, courtesy: float) -> None:
        self._bot = bot
        self._courtesy = courtesy
        self._group = asyncio.TaskGroup()
        self._waiting: deque[str] = deque(maxlen=MOST_WAITING)
        self._workers: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Begin to take presses."""
        await self._group.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Give up what still waits; nothing runs afterwards."""
        self._forget()
        # A group that is told how its reader ended would wrap that error in another.
        await self._group.__aexit__(None, None, None)

    async def stop(self) -> None:
        """Give up what still waits, although the reader has not ended yet."""
        if workers := self._forget():
            await asyncio.wait(workers)

    def settle(self, update: Update) -> None:
        """Answer *update* soon if it is a press; returns at once."""
        if update.callback_query is None:
            return
        self._waiting.append(update.callback_query.id)  # a full deque drops its oldest
        if len(self._workers) < AT_ONCE:
            self._workers.add(self._group.create_task(self._work()))

    def _forget(self) -> set[asyncio.Task[None]]:
        workers = set(self._workers)
        self._waiting.clear()
        for worker in workers:
            worker.cancel()
        return workers

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._answer(self._waiting.popleft())
        finally:
            # Here, not in a callback: a press that comes in between would find no worker.
            self._workers -= {asyncio.current_task()}

    async def _answer(self, query_id: str) -> None:
        # Source: https://core.telegram.org/bots/api#answercallbackquery
        try:
            await self._bot.answer_callback_query(query_id, read_timeout=self._courtesy)
        except TelegramError as error:
            _log.debug("telegram button press not answered", error=str(channel_error(error)))
        except Exception as error:  # noqa: BLE001 - a courtesy must not end the reading
            _log.debug("telegram button press not answered", error=type(error).__name__)
