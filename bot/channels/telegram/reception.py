"""What happens to an update, however it came: it is translated, and settled after the commit."""

import structlog
from telegram import Bot, Update
from telegram.error import TelegramError

from bot.channels.telegram.addressing import Account
from bot.channels.telegram.incoming import translate
from bot.channels.telegram.outcomes import channel_error
from bot.clock import Clock
from bot.errors import ChannelUnavailableError
from bot.messages import Incoming

_log = structlog.get_logger(__name__)


class Reception:
    """Translates updates and does what is owed for them.

    Attributes:
        account: Who the bot is; known once the channel is open.
    """

    def __init__(self, bot: Bot, clock: Clock, *, courtesy: float) -> None:
        self._bot = bot
        self._clock = clock
        self._courtesy = courtesy
        self.account: Account | None = None

    def event(self, update: Update) -> Incoming | None:
        """Return what *update* tells, ``None`` also when it can't be understood.

        Raises:
            ChannelUnavailableError: The channel was not opened.
        """
        if self.account is None:
            raise ChannelUnavailableError("the channel is not open")
        try:
            return translate(update, self.account, self._clock)
        except Exception as error:  # noqa: BLE001 - else this update would come back for ever
            _log.error(
                "telegram update not understood",
                update_id=update.update_id,
                error=type(error).__name__,
            )
            return None

    async def settle(self, update: Update) -> None:
        """Answer a button press; until then its sender sees a progress bar. Never raises.

        Source: https://core.telegram.org/bots/api#answercallbackquery
        """
        query = update.callback_query
        if query is None:
            return
        try:
            await self._bot.answer_callback_query(query.id, read_timeout=self._courtesy)
        except TelegramError as error:
            _log.debug("telegram button press not answered", error=str(channel_error(error)))
