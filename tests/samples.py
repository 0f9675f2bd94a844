"""Small files of every kind that is allowed, and of some that are not."""

import hashlib
import struct
import zlib

from bot.services.files import kind_of
from bot.text.document import Attachment, Document


def png(width: int, height: int) -> bytes:
    """Return a black picture of this size."""
    rows = b"".join(b"\0" + bytes(width) for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + checksum


PNG = png(3, 2)
GIF = b"GIF89a" + struct.pack("<HH", 3, 2) + b"\x80\0\0" + bytes(6) + b"\x3b"
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc0\x00\x0b\x08" + struct.pack(">HH", 2, 3) + b"\x01\x01\x11\x00\xff\xd9"
)
WEBP = (
    b"RIFF"
    + struct.pack("<I", 22)
    + b"WEBPVP8X"
    + struct.pack("<I", 10)
    + bytes(4)
    + ((2).to_bytes(3, "little") + (1).to_bytes(3, "little"))
)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"
CALENDAR = b"\xef\xbb\xbfBEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"
PROGRAM = b"MZ\x90\x00" + bytes(60)


def attachment(content: bytes, name: str) -> Document:
    """Return the message that carries a file, as the outbox makes it."""
    kind = kind_of(content)
    assert kind is not None
    digest = hashlib.sha256(content).hexdigest()
    return Document(
        attachment=Attachment(file=digest, name=name, mime=kind.mime, size=len(content))
    )
