"""How large a picture is, read from its first bytes. Pure.

Clients leave room for a picture of known size before it is loaded, so that nothing jumps.
"""

from collections.abc import Callable

Size = tuple[int, int]
"""Width and height in pixels."""

_MARKERS_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The markers of JPEG before which the size stands."""


def size_of(content: bytes) -> Size | None:
    """Return the size of a PNG, GIF, JPEG or WebP; ``None`` if it can't be read."""
    for beginning, read in _READERS:
        if content.startswith(beginning):
            found = read(content)
            return found if found is not None and min(found) > 0 else None
    return None


def _number(content: bytes, start: int, length: int, *, big: bool = False) -> int:
    return int.from_bytes(content[start : start + length], "big" if big else "little")


def _png(content: bytes) -> Size | None:
    """Source: https://www.w3.org/TR/png-3/#11IHDR."""
    return _number(content, 16, 4, big=True), _number(content, 20, 4, big=True)


def _gif(content: bytes) -> Size | None:
    """Source: https://www.w3.org/Graphics/GIF/spec-gif89a.txt, section 18."""
    return _number(content, 6, 2), _number(content, 8, 2)


def _jpeg(content: bytes) -> Size | None:
    """Source: https://www.w3.org/Graphics/JPEG/itu-t81.pdf, section B.2."""
    place = 2
    while place + 9 < len(content) and content[place] == 0xFF:  # noqa: PLR2004 # a marker's first byte
        marker = content[place + 1]
        if marker in _FRAMES:
            height = _number(content, place + 5, 2, big=True)
            return _number(content, place + 7, 2, big=True), height
        if marker == 0xFF or marker in _MARKERS_WITHOUT_LENGTH:  # noqa: PLR2004 # the same, as filling
            place += 1 if marker == 0xFF else 2  # noqa: PLR2004 # the same
        else:
            place += 2 + _number(content, place + 2, 2, big=True)
    return None


def _webp(content: bytes) -> Size | None:
    """Source: https://developers.google.com/speed/webp/docs/riff_container."""
    match content[12:16]:
        case b"VP8X":
            return 1 + _number(content, 24, 3), 1 + _number(content, 27, 3)
        case b"VP8L":
            bits = _number(content, 21, 4)
            return 1 + (bits & 0x3FFF), 1 + ((bits >> 14) & 0x3FFF)
        case b"VP8 ":
            return _number(content, 26, 2) & 0x3FFF, _number(content, 28, 2) & 0x3FFF
        case _:
            return None


_READERS: tuple[tuple[bytes, Callable[[bytes], Size | None]], ...] = (
    (b"\x89PNG", _png),
    (b"GIF8", _gif),
    (b"\xff\xd8", _jpeg),
    (b"RIFF", _webp),
)
