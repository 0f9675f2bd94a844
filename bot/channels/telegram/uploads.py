"""Sending files: uploaded once, and from then on named by what Telegram calls them.

Source: https://core.telegram.org/bots/api#sending-files
"""

import asyncio
from enum import Enum
from typing import Any

from telegram import Bot, InputFile, Message

from bot.channels.recent import Recent
from bot.channels.telegram.request import RefusedError
from bot.text.document import Attachment

REMEMBERED = 1_000
"""Contents whose ids are remembered; an id is a short text."""

_PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
"""What is shown in the chat; an animation would lose its movement."""
_FORGOTTEN = ("file identifier", "file_id", "file_reference", "file reference")
_NO_PICTURE = ("photo_invalid_dimensions", "image_process_failed", "photo_ext_invalid")
"""Too wide, too high, or damaged: it is sent as a document, for the reader to open or not."""


class _Method(Enum):
    PHOTO = "photo"
    DOCUMENT = "document"


class Uploads:
    """Sends files, each content uploaded once as long as the process lives.

    Ids of files belong to the account, so every chat may be sent the same one. They do not
    survive a restart on purpose: one upload more costs less than a table of ids.
    """

    def __init__(self, bot: Bot, *, patience: float) -> None:
        self._bot = bot
        self._patience = patience
        self._uploading = asyncio.Lock()
        self._ids = Recent[tuple[str, _Method], str](REMEMBERED)
        self._unfit = Recent[str, _Method](REMEMBERED)

    async def send(self, attachment: Attachment, content: bytes, **arguments: Any) -> Message:
        """Send a picture so that it shows, and everything else as a document.

        Args:
            attachment: What is sent.
            content: Its bytes.
            arguments: Where to, and how; as for sendPhoto and sendDocument.

        Raises:
            TelegramError: As every call.
        """
        if attachment.mime in _PICTURES and self._unfit.get(attachment.file) is None:
            try:
                return await self._send(_Method.PHOTO, attachment, content, arguments)
            except RefusedError as refused:
                if not refused.says(*_NO_PICTURE):
                    raise
                self._unfit.put(attachment.file, _Method.PHOTO)
        return await self._send(_Method.DOCUMENT, attachment, content, arguments)

    async def _send(
        self, method: _Method, attachment: Attachment, content: bytes, arguments: dict[str, Any]
    ) -> Message:
        key = attachment.file, method
        file_id = self._ids.get(key)
        if file_id is None:
            async with self._uploading:  # of a broadcast's first messages one uploads
                file_id = self._ids.get(key)
                if file_id is None:
                    return await self._upload(method, attachment, content, arguments)
        try:
            return await self._call(method, file_id, arguments)
        except RefusedError as refused:
            if not refused.says(*_FORGOTTEN):
                raise
        self._ids.drop(key, file_id)
        return await self._send(method, attachment, content, arguments)

    async def _upload(
        self, method: _Method, attachment: Attachment, content: bytes, arguments: dict[str, Any]
    ) -> Message:
        file = InputFile(content, filename=attachment.name)
        file.mimetype = attachment.mime  # PTB goes by the name alone
        message = await self._call(method, file, arguments | {"read_timeout": self._patience})
        if (file_id := _file_id(message)) is not None:
            self._ids.put((attachment.file, method), file_id)
        return message

    async def _call(
        self, method: _Method, file: str | InputFile, arguments: dict[str, Any]
    ) -> Message:
        if method is _Method.PHOTO:
            return await self._bot.send_photo(photo=file, **arguments)
        return await self._bot.send_document(document=file, **arguments)


def _file_id(message: Message) -> str | None:
    """Return under which id what was sent can be sent again; Telegram may take it for anything."""
    if message.photo:
        return message.photo[-1].file_id
    found = message.document or message.animation or message.sticker
    return None if found is None else found.file_id
