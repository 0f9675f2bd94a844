"""Packed answers, unpacked in small steps, so that nothing small can grow large unnoticed."""

import zlib
from collections.abc import Generator, Iterator
from typing import Final, Protocol

import brotli

from bot.fetching.trouble import FetchError, Trouble

ACCEPTED: Final = "gzip, deflate, br"
_STEP: Final = 64 * 1024
"""The most that one step gives, in bytes."""
_MOST_MEMBERS: Final = 1000
"""A gzip file may consist of several; each costs time even if it is empty."""
_GZIP: Final = b"\x1f\x8b"
_MARK: Final = 2
"""How many bytes tell what something is packed with."""
_NAMES: Final = {"": "", "identity": "", "gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate"}


class _Codec(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]: ...

    @property
    def complete(self) -> bool: ...


class Unpacker:
    """Unpacks one answer.

    What servers say of their packing is often wrong, so ``gzip`` is recognised by its content,
    said or not, and what is not packed is taken as it is.

    Args:
        encoding: As HTTP has it.

    Raises:
        FetchError: It is packed in a way that nobody asked for.
    """

    def __init__(self, encoding: str) -> None:
        named = encoding.strip().lower()
        if named != "br" and named not in _NAMES:
            raise FetchError(Trouble.BROKEN, "the answer is packed in an unknown way")
        self._named = _NAMES.get(named, named)
        self._head = b""
        self._codec: _Codec | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what *data* gives, in pieces of some 64 KiB.

        Raises:
            FetchError: It is not packed as it should be.
        """
        if self._codec is None:
            self._head += data
            if len(self._head) < _MARK:
                return
            data, self._codec = self._head, self._chosen()
        try:
            yield from self._codec.feed(data)
        except (zlib.error, brotli.error):
            raise FetchError(Trouble.BROKEN, "the answer can't be unpacked") from None

    def finish(self) -> bytes:
        """Return what is left; all of it came.

        Raises:
            FetchError: It is cut off.
        """
        if self._codec is None:
            return self._head
        if not self._codec.complete:
            raise FetchError(Trouble.BROKEN, "the answer is packed, and cut off")
        return b""

    def _chosen(self) -> _Codec:
        if self._head.startswith(_GZIP):
            return _Gzip()
        if self._named == "deflate":
            return _Deflate(self._head)
        return _Brotli() if self._named == "br" else _Plain()


class _Plain:
    complete = True

    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data


class _Gzip:
    def __init__(self) -> None:
        self._members = 0
        self._over = False
        self._between = b""
        self._begin()

    @property
    def complete(self) -> bool:
        return self._member.eof

    def feed(self, data: bytes) -> Iterator[bytes]:
        while not self._over:
            if self._member.eof:
                data, self._between = self._between + data, b""
                if len(data) < _MARK:
                    self._between = data
                    return
                # Behind the last one some servers put zeros, which mean nothing.
                self._over = not data.startswith(_GZIP)
                self._begin()
            else:
                data = yield from _steps(self._member, data)
                if not self._member.eof:
                    return

    def _begin(self) -> None:
        if self._over:
            return
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise zlib.error
        self._member = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)


class _Deflate:
    def __init__(self, head: bytes) -> None:
        # HTTP means the form with a head, but some servers leave it out.
        # Source: https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.2
        headed = head[0] & 15 == zlib.DEFLATED and int.from_bytes(head[:2], "big") % 31 == 0
        self._whole = zlib.decompressobj(wbits=zlib.MAX_WBITS if headed else -zlib.MAX_WBITS)

    @property
    def complete(self) -> bool:
        return self._whole.eof

    def feed(self, data: bytes) -> Iterator[bytes]:
        if not self._whole.eof:
            yield from _steps(self._whole, data)


class _Brotli:
    def __init__(self) -> None:
        self._whole = brotli.Decompressor()

    @property
    def complete(self) -> bool:
        return bool(self._whole.is_finished())

    def feed(self, data: bytes) -> Iterator[bytes]:
        while not self._whole.is_finished():
            piece = self._whole.process(data, output_buffer_limit=_STEP)
            data = b""
            yield piece
            # That it takes more does not mean yet that it has nothing to give.
            if not piece and self._whole.can_accept_more_data():
                return


def _steps(member: "zlib._Decompress", data: bytes) -> Generator[bytes, None, bytes]:
    """Yield what comes of *data*; return what stands behind the end, if it was reached."""
    while True:
        piece = member.decompress(data, _STEP)
        yield piece
        if member.eof:
            return member.unused_data
        data = member.unconsumed_tail
        if not data and len(piece) < _STEP:
            return b""
