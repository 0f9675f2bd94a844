"""The content repository: files are uploaded to it and downloaded from it, encrypted or not.

Source: https://spec.matrix.org/latest/client-server-api/#content-repository
"""

import asyncio
import json
import re
from http import HTTPStatus

from nio.crypto.attachments import decrypt_attachment, encrypt_attachment
from nio.exceptions import EncryptionError

from bot.channels.matrix.homeserver import Homeserver, api
from bot.channels.matrix.json_tree import Tree, text, tree
from bot.channels.matrix.refusals import RefusalError, TooLargeError
from bot.channels.recent import Recent
from bot.errors import MessageRejectedError
from bot.messages import LARGEST_FILE, IncomingFile
from bot.text.document import Attachment

REMEMBERED = 1_000
"""Uploads that are remembered; each is some hundred bytes."""

_SECRET = "application/octet-stream"  # noqa: S105 # a media type
"""What the homeserver is told about an encrypted file; the rest is in the event."""
_ADDRESS = re.compile(r"mxc://([A-Za-z0-9\[][A-Za-z0-9.:\]-]{0,254})/([A-Za-z0-9_-]{1,255})")
"""A server name and an id; no path that leads elsewhere can be made of them."""


class Media:
    """Uploads each content once, plain or encrypted, as long as the session lives.

    An encrypted upload may be shown in several rooms: whoever has its key has the same content.
    """

    def __init__(self, server: Homeserver) -> None:
        self._server = server
        self._uploading = asyncio.Lock()
        self._known = Recent[tuple[str, bool], Tree](REMEMBERED)

    async def put(self, attachment: Attachment, content: bytes, *, encrypted: bool) -> Tree:
        """Upload a file, if it is not there yet, and return what an event needs to show it.

        That is ``{"url": …}`` or, encrypted, ``{"file": …}`` with the key.

        Raises:
            MessageRejectedError: The homeserver does not take this file, or none of ours.
            RefusalError: It refused for another reason.
            aiohttp.ClientError: It can't be reached.
            TimeoutError: It took too long.

        Source: https://spec.matrix.org/latest/client-server-api/#sending-encrypted-attachments
        """
        key = attachment.file, encrypted
        async with self._uploading:  # of a broadcast's first messages one uploads
            known = self._known.get(key)
            if known is None:
                known = await self._upload(attachment, content, encrypted=encrypted)
                self._known.put(key, known)
            return known

    async def _upload(self, attachment: Attachment, content: bytes, *, encrypted: bool) -> Tree:
        if not encrypted:
            query = [("filename", attachment.name)]
            return {"url": await self._store(content, attachment.mime, query)}
        hidden, keys = await asyncio.to_thread(encrypt_attachment, content)
        url = await self._store(hidden, _SECRET, [])
        return {"file": {**keys, "v": "v2", "url": url}}

    async def _store(self, content: bytes, mime: str, query: list[tuple[str, str]]) -> str:
        path = api("upload", query=query, prefix="/_matrix/media/v3")
        try:
            url = text(await self._server.upload(path, content, mime=mime), "content_uri")
        except RefusalError as refusal:
            # A refusal to keep a file says nothing about the room that it was for.
            too_large = refusal.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            if too_large or refusal.forbidden or refusal.missing:
                raise MessageRejectedError(f"the file was refused ({refusal})") from refusal
            raise
        if _ADDRESS.fullmatch(url) is None:
            raise MessageRejectedError("the homeserver named no address for the file")
        return url

    async def get(self, file: IncomingFile) -> bytes:
        """Return the content of a file that arrived.

        Raises:
            MessageRejectedError: It is too large, gone, not ours to read, or damaged.
            RefusalError: The homeserver refused for another reason.
            aiohttp.ClientError: It can't be reached.
            TimeoutError: It took too long.
        """
        source = tree(json.loads(file.id))
        address = _ADDRESS.fullmatch(text(source, "url"))
        if address is None:
            raise MessageRejectedError("the file has no address")
        if file.size is not None and file.size > LARGEST_FILE:
            raise MessageRejectedError("the file is too large")
        content = await self._load(address[1], address[2])
        if "key" not in source:
            return content
        return await asyncio.to_thread(_decrypted, content, source)

    async def _load(self, server: str, media: str) -> bytes:
        path = api("media", "download", server, media, prefix="/_matrix/client/v1")
        try:
            return await self._server.download(path, limit=LARGEST_FILE)
        except TooLargeError as error:
            raise MessageRejectedError("the file is too large") from error
        except RefusalError as refusal:
            # A remote homeserver that is away answers 404 through ours, or 502 and 504.
            too_large = refusal.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            if too_large or refusal.forbidden or refusal.missing:
                raise MessageRejectedError(f"the file is gone ({refusal})") from refusal
            raise


def _decrypted(content: bytes, source: Tree) -> bytes:
    key, digest = text(source, "key", "k"), text(source, "hashes", "sha256")
    try:
        clear: bytes = decrypt_attachment(content, key, digest, text(source, "iv"))
    except (EncryptionError, ValueError, OverflowError, TypeError) as error:
        # Keys and hashes are a stranger's.
        raise MessageRejectedError("the file can't be decrypted") from error
    return clear


def incoming(content: Tree) -> IncomingFile | None:
    """Return the file that an ``m.image`` or ``m.file`` carries; ``None`` for everything else.

    Source: https://spec.matrix.org/latest/client-server-api/#mroommessage-msgtypes
    """
    return carried(content) if text(content, "msgtype") in {"m.image", "m.file"} else None


def carried(content: Tree) -> IncomingFile:
    """Return the file of an event that carries one, whatever its kind.

    What is not ours to read again is kept in its id: the address and, of an encrypted file, the
    key.
    """
    hidden = tree(content, "file")
    source = {name: hidden[name] for name in _ENCRYPTED if name in hidden} if hidden else {}
    info = tree(content, "info")
    size = info.get("size")
    return IncomingFile(
        id=json.dumps(source or {"url": text(content, "url")}),
        name=text(content, "filename") or text(content, "body"),
        mime=text(info, "mimetype"),
        size=size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None,
    )


_ENCRYPTED = ("url", "key", "iv", "hashes")


def caption(content: Tree) -> Tree:
    """Return the content of a file's event as if it were a text: the caption, or empty.

    Source: https://spec.matrix.org/latest/client-server-api/#media-captions
    """
    name = text(content, "filename")
    if name and name != text(content, "body"):
        return content
    return {**content, "body": "", "formatted_body": ""}
