"""Getting what members sent.

Source: https://core.telegram.org/bots/api#getfile
"""

from http import HTTPStatus

from telegram import Bot
from telegram.error import TelegramError

from bot.channels.telegram.outcomes import channel_error
from bot.channels.telegram.request import AiohttpRequest, RefusedError, TooLargeError
from bot.errors import ChannelError, MessageRejectedError
from bot.messages import LARGEST_FILE, IncomingFile

_LOST = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_TOO_LARGE = "the file is too large"


async def fetch(bot: Bot, request: AiohttpRequest, file: IncomingFile) -> bytes:
    """Return the content of a file.

    Raises:
        ChannelUnavailableError: Telegram can't be reached, or asks to wait.
        ChannelDownError: Telegram refuses the token.
        MessageRejectedError: It is too large, or Telegram no longer has it.
    """
    if file.size is not None and file.size > LARGEST_FILE:
        raise MessageRejectedError(_TOO_LARGE)
    address = await _address(bot, file)
    try:
        return await request.download(address, limit=LARGEST_FILE)
    except TooLargeError:
        raise MessageRejectedError(_TOO_LARGE) from None
    except RefusedError as refused:
        raise _lost(refused, known=_LOST) from None
    except TelegramError as error:
        raise channel_error(error) from None


async def _address(bot: Bot, file: IncomingFile) -> str:
    """Return where the file can be downloaded for the next hour; it holds the token."""
    try:
        found = await bot.get_file(file.id)
    except RefusedError as refused:
        # Here a 404 is the token's: a file that is gone is a 400.
        raise _lost(refused, known=frozenset({HTTPStatus.BAD_REQUEST})) from None
    except TelegramError as error:
        raise channel_error(error) from None
    if found.file_path is None:
        raise MessageRejectedError("the file is gone")
    return found.file_path


def _lost(refused: RefusedError, *, known: frozenset[HTTPStatus]) -> ChannelError:
    if refused.status in known:
        return MessageRejectedError(f"the file is gone or too large ({refused.status})")
    return channel_error(refused)
