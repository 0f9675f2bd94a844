"""Telegram, by way of the Bot API (https://core.telegram.org/bots/api)."""

from bot.channels.telegram.channel import TelegramChannel

__all__ = ["TelegramChannel"]
