"""What happens to an update, however it came: it is translated, and settled after the commit."""

import structlog
from telegram import Bot, Update

from bot.channels.telegram.addressing import Account
from bot.channels.telegram.incoming import events
from bot.channels.telegram.presses import Presses
from bot.clock import Clock
from bot.errors import ChannelUnavailableError
from bot.messages import Incoming

_log = structlog.get_logger(__name__)


class Reception:
    """Translates updates and knows what is owed for them.

    Attributes:
        account: Who the bot is; known once the channel is open.
    """

    def __init__(self, bot: Bot, clock: Clock, *, courtesy: float) -> None:
        self._bot = bot
        self._clock = clock
        self._courtesy = courtesy
        self._presses: Presses | None = None
        self.account: Account | None = None

    def events(self, update: Update) -> list[Incoming | None]:
        """Return what *update* tells, one ``None`` also when it can't be understood.

        Raises:
            ChannelUnavailableError: The channel was not opened.
        """
        if self.account is None:
            raise ChannelUnavailableError("the channel is not open")
        try:
            return [*events(update, self.account, self._clock)] or [None]
        except Exception as error:  # noqa: BLE001 - else this update would come back for ever
            _log.error(
                "telegram update not understood",
                update_id=update.update_id,
                error=type(error).__name__,
            )
            return [None]

    def presses(self) -> Presses:
        """Return what answers the button presses of one reader; there is one at a time."""
        self._presses = Presses(self._bot, courtesy=self._courtesy)
        return self._presses

    async def close(self) -> None:
        """Give up answers that are under way; safe to call at any time."""
        if self._presses is not None:
            await self._presses.stop()
