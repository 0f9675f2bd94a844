"""Getting what members sent.

Source: https://core.telegram.org/bots/api#getfile
"""

from http import HTTPStatus

from telegram import Bot
from telegram.error import TelegramError

from bot.channels.telegram.outcomes import channel_error
from bot.channels.telegram.request import AiohttpRequest, GoneError, RefusedError, TooLargeError
from bot.errors import MessageRejectedError
from bot.messages import LARGEST_FILE, IncomingFile

_TOO_LARGE = "the file is too large"
_GONE = "the file is gone"


async def fetch(bot: Bot, request: AiohttpRequest, file: IncomingFile) -> bytes:
    """Return the content of a file.

    No name here may hold the address, which holds the token: tracebacks can show every name.

    Raises:
        ChannelUnavailableError: Telegram can't be reached, or asks to wait.
        ChannelDownError: Telegram refuses the token.
        MessageRejectedError: It is too large, or Telegram no longer has it.
    """
    if file.size is not None and file.size > LARGEST_FILE:
        raise MessageRejectedError(_TOO_LARGE)
    try:
        return await _content(bot, request, file)
    except TooLargeError:
        raise MessageRejectedError(_TOO_LARGE) from None
    except GoneError:
        raise MessageRejectedError(_GONE) from None
    except RefusedError as refused:
        if refused.status == HTTPStatus.BAD_REQUEST:
            raise MessageRejectedError(str(refused)) from None
        raise channel_error(refused) from None
    except TelegramError as error:
        raise channel_error(error) from None


async def _content(bot: Bot, request: AiohttpRequest, file: IncomingFile) -> bytes:
    found = await bot.get_file(file.id)
    if found.file_path is None:
        raise GoneError(_GONE)
    return await request.download(found.file_path, limit=LARGEST_FILE)
