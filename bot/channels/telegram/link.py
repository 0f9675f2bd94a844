"""PTB's Bot without its Application, Updater and rate limiter: only the calls."""

from datetime import datetime

from telegram import Bot

from bot.channels.telegram.credentials import Credentials
from bot.channels.telegram.presses import AT_ONCE
from bot.channels.telegram.request import AiohttpRequest, Timeouts, UpdatesRequest
from bot.channels.telegram.words import Words
from bot.config import TelegramSettings

SPARE_CONNECTIONS = AT_ONCE + 3
"""Beside the sends in flight: answers to button presses, menus, a download, a diagnosis."""

POLL_CONNECTIONS = 2
"""A poll that was given up may still hold its connection when the next one starts."""


class _Bot(Bot):
    """PTB's own ``repr`` shows the token, and tracebacks with locals show every ``repr``."""

    def __repr__(self) -> str:
        return "Bot"


class Link:
    """The Bot and its two pools of connections.

    ``Bot.initialize`` is never called: its error quotes the token.

    Attributes:
        bot: The calls of the Bot API.
        words: The one call that is made most, without the Bot.
        calls: The pool of all calls but polls.
    """

    def __init__(
        self, settings: TelegramSettings, credentials: Credentials, timeouts: Timeouts
    ) -> None:
        scrub = credentials.scrub
        service = str(settings.base_url).rstrip("/")
        self.calls = AiohttpRequest(
            service,
            connections=settings.window + SPARE_CONNECTIONS,
            timeouts=timeouts,
            scrub=scrub,
        )
        self._polls = UpdatesRequest(
            service, connections=POLL_CONNECTIONS, timeouts=timeouts, scrub=scrub
        )
        base_url = f"{service}/bot"
        self.words = Words(self.calls, url=f"{base_url}{credentials.token}")
        self.bot: Bot = _Bot(
            credentials.token,
            base_url=base_url,
            base_file_url=f"{service}/file/bot",
            request=self.calls,
            get_updates_request=self._polls,
        )

    @property
    def served_at(self) -> datetime | None:
        """The service's clock at the last answer, in whole seconds; polls do not count."""
        return self.calls.served_at

    async def open(self) -> None:
        """Make the pools; safe to call again. Nothing is sent."""
        await self.calls.initialize()
        await self._polls.initialize()

    async def close(self) -> None:
        """Close every connection; safe to call twice and before :meth:`open`."""
        await self.calls.shutdown()
        await self._polls.shutdown()
