"""Reacting to messages.

Source: https://core.telegram.org/bots/api#setmessagereaction
"""

from telegram import Bot
from telegram.constants import ReactionEmoji

from bot.channels.telegram import outgoing
from bot.channels.telegram.outcomes import delivering
from bot.channels.telegram.request import RefusedError
from bot.messages import Address, MessageId

_STYLE = "\ufe0f"
"""Says that a sign is to look like an emoji; some clients send it, Telegram's list has it not."""
_ALLOWED = {emoji.value.replace(_STYLE, ""): emoji.value for emoji in ReactionEmoji}
_NOT_HERE = ("reaction_invalid", "reactions_too_many")
"""An administrator allows only some of them, or none."""


async def react(bot: Bot, to: Address, message: MessageId, emoji: str | None) -> None:
    """Show one reaction of the bot, or none; what a bot may not show is none.

    Source: https://core.telegram.org/bots/api#reactiontypeemoji
    """
    allowed = _ALLOWED.get(emoji.replace(_STYLE, "")) if emoji else None
    place = outgoing.place(to)
    message_id = outgoing.number(message, "message")
    with delivering():
        try:
            await bot.set_message_reaction(**place, message_id=message_id, reaction=allowed or [])
        except RefusedError as refused:
            if not refused.says(*_NOT_HERE):
                raise
