"""Bytes of unknown origin as text, and what they are."""

import codecs
import re
from email.message import Message
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff\ufeff\ud800-\udfff]")
_SINGLE: Final = {"iso8859-1", "cp1252", "ascii"}
"""What programs declare that know no better."""
_HEAD: Final = 200


def decode(data: bytes, content_type: str = "") -> str:
    """Return the text of *data*, whatever it was said to be; nothing is raised.

    What is valid UTF-8 is read as such, also where Latin-1 was declared. Else the charset of the
    byte order mark, of *content_type* or of the XML declaration counts, and if that can't be
    either, single bytes are read as Windows-1252 where they are no UTF-8. Control characters are
    left out.
    """
    return _UNSEEN.sub("", _decoded(data, content_type))


def mixed(data: bytes) -> str:
    """Read UTF-8, and Windows-1252 where it is none."""
    return data.decode("utf-8", "stadtfunk-mixed")


def _decoded(data: bytes, content_type: str) -> str:
    for mark, name in _MARKS:
        if data.startswith(mark):
            bare = data[len(mark) :]
            return mixed(bare) if name == "utf-8" else bare.decode(name, "replace")
    if wide := _without_mark(data):
        return data.decode(wide, "replace")
    for name in _said(data, content_type):
        if name in _SINGLE:
            break  # their every byte is a letter, so UTF-8 has to be tried first
        try:
            return data.decode(name)
        except (UnicodeError, LookupError):
            continue
    return mixed(data)


def _said(data: bytes, content_type: str) -> list[str]:
    message = Message()
    message["content-type"] = content_type.replace("\r", "").replace("\n", "")[:_HEAD] or "a/b"
    found = _DECLARED.search(data[: 4 * _HEAD])
    names = [message.get_param("charset"), found[1].decode("ascii") if found else None]
    known = []
    for name in names:
        try:
            known.append(codecs.lookup(str(name).strip("\"' ")).name)
        except (LookupError, ValueError):
            continue
    # Codecs such as zlib or rot13 give no text, those of UTF-16 would have been seen by now.
    return [one for one in known if codecs.lookup(one)._is_text_encoding and "16" not in one]  # noqa: SLF001 # there is no other way


def _without_mark(data: bytes) -> str:
    """Recognise UTF-16 that does not say so: every second byte of its first letters is zero."""
    head = data[:_HEAD]
    if head.count(0) * 3 < len(head):
        return ""
    return "utf-16-be" if head[::2].count(0) > head[1::2].count(0) else "utf-16-le"


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError), "only used to decode"  # noqa: S101 # for mypy
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("stadtfunk-mixed", _as_windows)
