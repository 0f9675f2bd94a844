"""Where Telegram is told to call, and how it proves itself."""

from typing import Any

import pytest

from bot.errors import ChannelDownError
from tests.channels.telegram.stage import HandClock, new_channel
from tests.servers.telegram import BotRef, TelegramEmulator

SECRET = "a-secret_of-ours"
HERE: dict[str, Any] = {"mode": "webhook", "public_url": "http://127.0.0.1:9"}


async def test_secret_and_path_are_derived_from_the_token(
    telegram_emulator: TelegramEmulator,
    account: BotRef,
    clock: HandClock,
) -> None:
    """Every process of an installation answers on the same path, and the token is not in it."""
    channel = new_channel(telegram_emulator.url, account.token, clock, **HERE)
    await channel.open()
    await channel.close()
    other = new_channel(telegram_emulator.url, account.token, clock)
    webhook = telegram_emulator.world.bots[account.id].webhook

    assert webhook is not None
    assert other.webhook_path == channel.webhook_path
    assert webhook.url.endswith(channel.webhook_path)
    assert webhook.secret is not None
    assert webhook.secret not in webhook.url
    assert account.token.partition(":")[2] not in webhook.url


async def test_a_configured_secret_is_used(
    telegram_emulator: TelegramEmulator, account: BotRef, clock: HandClock
) -> None:
    """It guards the call itself and shapes the path without being in it."""
    options = HERE | {"webhook_secret": SECRET}
    channel = new_channel(telegram_emulator.url, account.token, clock, **options)
    await channel.open()
    webhook = telegram_emulator.world.bots[account.id].webhook
    await channel.close()

    assert webhook is not None
    assert webhook.secret == SECRET
    assert SECRET not in webhook.url


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"public_url": "http://stadtfunk.example"}, "public_url"),
        ({"public_url": "http://127.0.0.1", "webhook_secret": "mit Ümlaut"}, "webhook_secret"),
    ],
)
async def test_a_webhook_that_telegram_refuses_names_the_key(
    telegram_emulator: TelegramEmulator,
    account: BotRef,
    clock: HandClock,
    options: dict[str, Any],
    key: str,
) -> None:
    """Telegram wants https and plain letters in the secret."""
    channel = new_channel(telegram_emulator.url, account.token, clock, **(HERE | options))

    with pytest.raises(ChannelDownError, match=f"channels.telegram.{key}"):
        await channel.open()
    await channel.close()
