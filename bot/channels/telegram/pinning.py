"""Pinning messages, which takes an administrator's right in groups.

Source: https://core.telegram.org/bots/api#pinchatmessage
and https://core.telegram.org/bots/api#unpinchatmessage
"""

from telegram import Bot

from bot.channels.telegram import outgoing
from bot.channels.telegram.outcomes import delivering
from bot.channels.telegram.request import RefusedError
from bot.messages import Address, MessageId


async def pin(bot: Bot, to: Address, message: MessageId, *, pinned: bool) -> None:
    """Pin a message quietly, or take it down; one that is not pinned any more is a success."""
    where = outgoing.place(to) | {"message_id": outgoing.number(message, "message")}
    with delivering():
        if pinned:
            await bot.pin_chat_message(**where, disable_notification=True)
            return
        try:
            await bot.unpin_chat_message(**where)
        except RefusedError as refused:
            if not refused.says("message to unpin not found"):
                raise
