"""Receiving by getUpdates.

PTB's own Updater confirms updates when they are queued, so a crash loses them. Here an update is
confirmed by the next request, and that is made only after the update was committed.

Source: https://core.telegram.org/bots/api#getupdates
"""

from collections.abc import AsyncGenerator
from datetime import datetime, timedelta

from telegram import Bot, Update

from bot.channels.port import Received
from bot.channels.telegram.incoming import ALLOWED_UPDATES
from bot.channels.telegram.outcomes import reaching
from bot.channels.telegram.reception import Reception
from bot.clock import Clock


class Polling:
    """Asks for updates, one batch after the other.

    Args:
        bot: Makes the calls.
        clock: What tells the time.
        reception: What updates are handed to.
        timeout: How long Telegram is asked to hold a poll that finds nothing.
        margin: Seconds after which a poll that is held longer is given up.

    Attributes:
        last_contact: When a poll last succeeded.
    """

    def __init__(
        self, bot: Bot, clock: Clock, reception: Reception, *, timeout: timedelta, margin: float
    ) -> None:
        self._bot = bot
        self._clock = clock
        self._reception = reception
        self._timeout = timeout
        self._margin = margin
        self.last_contact: datetime | None = None

    async def receive(self, cursor: str | None) -> AsyncGenerator[Received]:
        """Yield one thing per update, each with the offset that confirms it.

        Raises:
            ChannelUnavailableError: Also when another program polls with the same token.
            ChannelDownError: The token was refused.
        """
        offset = None if cursor is None else int(cursor)
        async with self._reception.presses() as presses:
            while True:
                for update in await self._fetch(offset):
                    offset = update.update_id + 1
                    *others, last = self._reception.events(update)
                    for event in others:
                        yield Received(event, None)
                    yield Received(last, str(offset))
                    presses.settle(update)

    async def _fetch(self, offset: int | None) -> tuple[Update, ...]:
        # PTB adds the timeout to read_timeout: what hangs longer than both is given up.
        with reaching():
            updates = await self._bot.get_updates(
                offset,
                timeout=self._timeout,
                allowed_updates=ALLOWED_UPDATES,
                read_timeout=self._margin,
            )
        self.last_contact = self._clock.now()
        return updates
