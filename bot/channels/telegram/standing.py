"""Who administers a group.

Source: https://core.telegram.org/bots/api#getchatmember
"""

from http import HTTPStatus

from telegram import Bot, ChatMember
from telegram.error import TelegramError

from bot.channels.telegram.outcomes import channel_error
from bot.channels.telegram.outgoing import place
from bot.channels.telegram.request import RefusedError
from bot.messages import Address, Identity

_LEADING = frozenset({ChatMember.OWNER, ChatMember.ADMINISTRATOR})
_UNKNOWN = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN})


async def is_administrator(bot: Bot, chat: Address, who: Identity) -> bool:
    """Tell whether *who* owns or administers *chat*.

    An anonymous administrator speaks as the group itself, which nobody else can.

    Raises:
        ChannelUnavailableError: Telegram can't be reached or asks to wait.
        ChannelDownError: Telegram refuses the token.
    """
    if who.user == chat.chat:
        return True
    if not who.user.isdecimal():
        return False
    try:
        member = await bot.get_chat_member(**place(chat), user_id=int(who.user))
    except RefusedError as refused:
        if refused.status in _UNKNOWN:
            return False
        raise channel_error(refused) from None
    except TelegramError as error:
        raise channel_error(error) from None
    return member.status in _LEADING
