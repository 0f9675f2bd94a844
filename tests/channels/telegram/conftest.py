"""A bot account on the emulator, and the channel under test."""

from collections.abc import AsyncIterator

import pytest

from bot.channels.telegram import TelegramChannel
from tests.channels.telegram.stage import HandClock, new_channel
from tests.servers.telegram import BotRef, TelegramEmulator, UserRef
from tests.servers.telegram.fixtures import telegram_emulator

__all__ = ["telegram_emulator"]


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def account(telegram_emulator: TelegramEmulator) -> BotRef:
    return telegram_emulator.bot(username="Stadtfunk_bot")


@pytest.fixture
def anna(telegram_emulator: TelegramEmulator, account: BotRef) -> UserRef:
    """A person who has started the bot."""
    assert account.username
    return telegram_emulator.user("Anna", last_name="Muster", language_code="de", started=True)


@pytest.fixture
async def channel(
    telegram_emulator: TelegramEmulator, account: BotRef, clock: HandClock
) -> AsyncIterator[TelegramChannel]:
    """The channel, open and polling."""
    channel = new_channel(telegram_emulator.url, account.token, clock)
    await channel.open()
    yield channel
    await channel.close()
