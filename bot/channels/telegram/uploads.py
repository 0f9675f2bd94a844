"""Sending files: uploaded once, and from then on named by what Telegram calls them.

Source: https://core.telegram.org/bots/api#sending-files
"""

import asyncio
from enum import Enum
from typing import Any

from telegram import Bot, InputFile, Message

from bot.channels.recent import Recent
from bot.channels.telegram.request import RefusedError
from bot.text.document import Attachment, FileKind

REMEMBERED = 1_000
"""Contents whose ids are remembered; an id is a short text."""

_PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
"""What is shown in the chat; an animation would lose its movement."""
_MUSIC = frozenset({"audio/mpeg", "audio/mp3", "audio/mp4", "audio/m4a", "audio/x-m4a"})
"""What Telegram's players take."""
_FORGOTTEN = ("file identifier", "file_id", "file_reference", "file reference")
_UNFIT = (
    *("photo_invalid_dimensions", "image_process_failed", "photo_ext_invalid"),
    *("voice_messages_forbidden", "media_invalid", "file_type_invalid"),
    *("video_content_type_invalid", "audio_content_type_invalid"),
)
"""Too wide, too high, damaged, or not wanted: it is sent as a document, to be opened or not."""


class _Method(Enum):
    PHOTO = "photo"
    VOICE = "voice"
    AUDIO = "audio"
    VIDEO = "video"
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
        """Send a file so that it shows or plays, where it can, and else as a document.

        Args:
            attachment: What is sent.
            content: Its bytes.
            arguments: Where to, how, and under which words; as for sendPhoto and sendDocument.

        Raises:
            TelegramError: As every call.
        """
        method = _native(attachment)
        if method is not _Method.DOCUMENT and self._unfit.get(attachment.file) is not method:
            try:
                return await self._send(method, attachment, content, arguments)
            except RefusedError as refused:
                if not refused.says(*_UNFIT):
                    raise
                self._unfit.put(attachment.file, method)
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
        if (file_id := _file_id(message, method)) is not None:
            self._ids.put((attachment.file, method), file_id)
        return message

    async def _call(
        self, method: _Method, file: str | InputFile, arguments: dict[str, Any]
    ) -> Message:
        match method:
            case _Method.PHOTO:
                return await self._bot.send_photo(photo=file, **arguments)
            case _Method.VOICE:
                return await self._bot.send_voice(voice=file, **arguments)
            case _Method.AUDIO:
                return await self._bot.send_audio(audio=file, **arguments)
            case _Method.VIDEO:
                return await self._bot.send_video(video=file, **arguments)
            case _Method.DOCUMENT:
                return await self._bot.send_document(document=file, **arguments)


def _native(attachment: Attachment) -> _Method:
    """Return how Telegram shows or plays a file of this kind and media type.

    Source: https://core.telegram.org/bots/api#sendvoice and the methods beside it
    """
    mime = attachment.mime.partition(";")[0].strip().lower()
    match attachment.kind:
        case FileKind.VOICE if mime in {*_MUSIC, "audio/ogg"}:
            return _Method.VOICE
        case FileKind.AUDIO if mime in _MUSIC:
            return _Method.AUDIO
        case FileKind.VIDEO if mime == "video/mp4":
            return _Method.VIDEO
        case None | FileKind.PICTURE if mime in _PICTURES:
            return _Method.PHOTO
        case _:
            return _Method.DOCUMENT


def _file_id(message: Message, method: _Method) -> str | None:
    """Return under which id what was sent can be sent again; Telegram may take it for anything."""
    if message.photo:
        return message.photo[-1].file_id
    if method in {_Method.VOICE, _Method.AUDIO, _Method.VIDEO}:
        found = {"voice": message.voice, "audio": message.audio, "video": message.video}
        played = found[method.value]
        return None if played is None else played.file_id
    shown = message.document or message.animation or message.sticker
    return None if shown is None else shown.file_id
