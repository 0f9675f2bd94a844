"""An emulated Telegram and python-telegram-bot's real client, which knows nothing of it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import telegram
from telegram.request import HTTPXRequest

from tests.servers.telegram import BotRef, TelegramEmulator, UserRef
from tests.servers.telegram.fixtures import telegram_emulator, telegram_process

__all__ = ["telegram_emulator", "telegram_process"]


def says(words: str) -> re.Pattern[str]:
    """Match an error by the server's words; the client capitalizes them as it likes."""
    return re.compile(re.escape(words), re.IGNORECASE)


@asynccontextmanager
async def client(base: str, token: str) -> AsyncIterator[telegram.Bot]:
    """Open python-telegram-bot's client on an emulator."""
    # Reading the system's certificates would be most of a test's time.
    plain = {"verify": False}
    bot = telegram.Bot(
        token,
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=HTTPXRequest(read_timeout=2, httpx_kwargs=plain),
        get_updates_request=HTTPXRequest(4, read_timeout=2, httpx_kwargs=plain),
    )
    async with bot:
        yield bot


@pytest.fixture
def account(telegram_emulator: TelegramEmulator) -> BotRef:
    """The bot's account."""
    return telegram_emulator.bot(username="stadtfunk_bot")


@pytest.fixture
async def bot(telegram_emulator: TelegramEmulator, account: BotRef) -> AsyncIterator[telegram.Bot]:
    """The bot's client."""
    async with client(telegram_emulator.url, account.token) as opened:
        yield opened


@pytest.fixture
def anna(telegram_emulator: TelegramEmulator, account: BotRef) -> UserRef:
    """A person who has started the bot; nothing waits for it any more."""
    user = telegram_emulator.user("Anna", username="anna_amt", language_code="de")
    telegram_emulator.say(user, account, "/start")
    telegram_emulator.world.bots[account.id].queue.clear()
    return user
