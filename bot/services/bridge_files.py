"""Files that are mirrored: kept as they were sent, or told of in words."""

import hashlib
import re
from dataclasses import replace
from datetime import datetime

from bot.messages import LARGEST_FILE, ContentKind, IncomingFile, Said
from bot.storage import files
from bot.storage.engine import Session
from bot.text import catalogue
from bot.text.document import Attachment, Document, FileKind, Paragraph, Span
from bot.text.filenames import plain_name

_MEGABYTE = 1024 * 1024
_TYPE = re.compile(r"[\w.+-]{1,40}/[\w.+-]{1,80}", re.ASCII)
_KINDS = {
    ContentKind.PICTURE: FileKind.PICTURE,
    ContentKind.STICKER: FileKind.PICTURE,
    ContentKind.VOICE: FileKind.VOICE,
    ContentKind.AUDIO: FileKind.AUDIO,
    ContentKind.VIDEO: FileKind.VIDEO,
}


def is_too_large(file: IncomingFile, *, largest: int) -> bool:
    """Tell whether a file is larger than what bridges carry."""
    return file.size is not None and file.size > min(largest, LARGEST_FILE)


async def carried(
    session: Session,
    said: Said,
    *,
    content: bytes | None,
    largest: int,
    language: str,
    now: datetime,
) -> Document:
    """Return what was said with its file, or with a note where the file can't come along.

    Args:
        session: The transaction.
        said: What was said.
        content: The file's bytes; ``None`` if the network did not give them.
        largest: Most bytes that bridges carry.
        language: In which the note is.
        now: The present.
    """
    if said.file is None:
        return said.body
    if content is None or len(content) > largest:
        return _with_note(said.body, _note(said.file, largest=largest, language=language))
    digest = hashlib.sha256(content).hexdigest()
    await files.put(session, id=digest, content=content, now=now)
    attached = Attachment(
        file=digest,
        name=plain_name(said.file.name) or f"{said.kind.value}{_ending(said.file.mime)}",
        mime=said.file.mime if _TYPE.fullmatch(said.file.mime) else "application/octet-stream",
        size=len(content),
        kind=_KINDS.get(said.kind),
    )
    return said.body.model_copy(update={"attachment": attached, "captioned": True})


def _ending(mime: str) -> str:
    kind = mime.partition(";")[0].rpartition("/")[2]
    known = {"jpeg": ".jpg", "png": ".png", "webp": ".webp", "gif": ".gif", "ogg": ".ogg",
             "mpeg": ".mp3", "mp4": ".mp4", "pdf": ".pdf"}  # fmt: skip
    return known.get(kind, "")


def _note(file: IncomingFile, *, largest: int, language: str) -> Document:
    name = plain_name(file.name) or "?"
    if is_too_large(file, largest=largest):
        size = max(1, round((file.size or 0) / _MEGABYTE))
        return catalogue.document(language, "bridge-file-large", file=name, size=size)
    return catalogue.document(language, "bridge-file-missing", file=name)


def _with_note(body: Document, note: Document) -> Document:
    if not body.blocks:
        return note
    return body.model_copy(update={"blocks": body.blocks + note.blocks})


def without_file(said: Said) -> Said:
    """Return what was said as words alone."""
    return replace(said, file=None)


def forwarded(body: Document, origin: str | None, *, language: str) -> Document:
    """Return *body* behind a line that tells whose words are passed on."""
    if origin is None:
        return body
    shown = catalogue.text(language, "bridge-forwarded", origin=origin)
    line = Paragraph(spans=(Span(text=shown, italic=True),))
    return body.model_copy(update={"blocks": (line, *body.blocks)})
