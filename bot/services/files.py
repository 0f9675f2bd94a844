"""Pictures and documents that members hand in or that the hub makes: looked at, kept, found."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.errors import UserError
from bot.messages import LARGEST_FILE
from bot.storage import files
from bot.storage.engine import Session
from bot.text.document import Attachment
from bot.text.filenames import with_ending

LARGEST = LARGEST_FILE
"""Bytes."""

_log = structlog.get_logger(__name__)

_MEGABYTE = 1024 * 1024
_HEAD = 1024
"""Bytes among which what tells the kind has to be."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that is allowed.

    Attributes:
        mime: Its media type.
        endings: What its names end with; the first is given to those that end otherwise.
    """

    mime: str
    endings: tuple[str, ...]


PNG = Kind("image/png", (".png",))
JPEG = Kind("image/jpeg", (".jpg", ".jpeg", ".jpe", ".jfif"))
GIF = Kind("image/gif", (".gif",))
WEBP = Kind("image/webp", (".webp",))
PDF = Kind("application/pdf", (".pdf",))
CALENDAR = Kind("text/calendar", (".ics",))

_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"%PDF-", PDF),
)


async def keep(
    session: Session, *, name: str, mime: str, content: bytes, now: datetime
) -> Attachment:
    """Keep a file, once for the same content, and return what a document needs to carry it.

    The caller commits. What nothing refers to is forgotten (:mod:`bot.services.housekeeping`).

    Args:
        session: The transaction.
        name: What it is called; made harmless, and given the ending of its kind.
        mime: What its sender says it is. The content decides.
        content: At most :data:`LARGEST` bytes.
        now: The present.

    Raises:
        UserError: ``file-too-large``, or ``file-kind`` if it is none of the allowed kinds.
    """
    if len(content) > LARGEST:
        raise UserError("file-too-large", limit=LARGEST // _MEGABYTE)
    kind = kind_of(content)
    if kind is None:
        raise UserError("file-kind")
    if mime and mime != kind.mime:
        _log.info("file.mislabelled", found=kind.mime)
    digest = hashlib.sha256(content).hexdigest()
    await files.put(session, id=digest, content=content, now=now)
    named = with_ending(name, *kind.endings, unnamed="datei")
    return Attachment(file=digest, name=named, mime=kind.mime, size=len(content))


def kind_of(content: bytes) -> Kind | None:
    """Tell what a content is by its first bytes; ``None`` if it is nothing that is allowed.

    Source: https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern and, for calendars,
    https://www.rfc-editor.org/rfc/rfc5545#section-3.4
    """
    for beginning, kind in _BEGINNINGS:
        if content.startswith(beginning):
            return kind
    if content.startswith(b"RIFF") and content[8:14] == b"WEBPVP":
        return WEBP
    head = content[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip().upper()
    return CALENDAR if head.startswith(b"BEGIN:VCALENDAR") else None
