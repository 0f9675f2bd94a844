"""Packed answers, in whatever pieces they come."""

import gzip
import zlib
from collections.abc import Callable
from contextlib import suppress

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.fetching.trouble import FetchError, Trouble
from bot.fetching.unpacking import Unpacker

LARGEST_STEP = 128 * 1024
Pack = Callable[[bytes], bytes]


def raw_deflate(data: bytes) -> bytes:
    """Pack without a head, as some servers do."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKED: dict[str, tuple[str, Pack]] = {
    "gzip": ("gzip", gzip.compress),
    "gzip, called otherwise": ("X-GZip", gzip.compress),
    "gzip, not said": ("", gzip.compress),
    "gzip, with zeros behind": ("gzip", lambda data: gzip.compress(data) + bytes(512)),
    "gzip in members": ("gzip", lambda data: gzip.compress(data[:9]) + gzip.compress(data[9:])),
    "deflate": ("deflate", zlib.compress),
    "deflate without a head": ("deflate", raw_deflate),
    "brotli": ("br", lambda data: bytes(brotli.compress(data, quality=1))),
    "said, but not packed": ("gzip", bytes),
    "not packed": ("identity", bytes),
}


def unpack(encoding: str, data: bytes, *, step: int) -> bytes:
    """Unpack what comes in pieces."""
    unpacker = Unpacker(encoding)
    pieces = (
        piece
        for begin in range(0, len(data), step)
        for piece in unpacker.feed(data[begin : begin + step])
    )
    return b"".join(pieces) + unpacker.finish()


@pytest.mark.parametrize("packed", PACKED)
@given(
    start=st.binary(max_size=200),
    repeated=st.integers(0, 200_000),
    step=st.one_of(st.integers(1, 50), st.just(1_000_000)),
)
def test_what_was_packed_comes_out(packed: str, start: bytes, repeated: int, step: int) -> None:
    """Whatever the pieces are in which it comes."""
    encoding, pack = PACKED[packed]
    # Not the mark of gzip, by which packed data is told from others.
    data = b"<" + start + b"a" * (repeated if step > 1000 else repeated % 500)
    assert unpack(encoding, pack(data), step=step) == data


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", ""])
@given(data=st.binary(max_size=300), step=st.integers(1, 100))
def test_anything_ends_in_bytes_or_in_our_error(encoding: str, data: bytes, step: int) -> None:
    """Never in one of the libraries'."""
    for start in (b"", b"\x1f\x8b\x08\0\0\0\0\0\0\xff"):
        with suppress(FetchError):
            unpack(encoding, start + data, step=step)


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress)],
)
def test_what_is_small_grows_in_small_steps(encoding: str, pack: Pack) -> None:
    """So that who takes them can stop in time."""
    unpacker = Unpacker(encoding)
    sizes = [len(piece) for piece in unpacker.feed(pack(bytes(5_000_000)))]
    assert sum(sizes) == 5_000_000
    assert max(sizes) <= LARGEST_STEP


@pytest.mark.parametrize("encoding", ["compress", "zstd", "gzip, br", "aes128gcm"])
def test_what_nobody_asked_for_is_refused(encoding: str) -> None:
    """Before any of it is taken."""
    with pytest.raises(FetchError) as caught:
        Unpacker(encoding)
    assert caught.value.kind is Trouble.BROKEN


def test_nothing_is_nothing_however_it_is_packed() -> None:
    """Servers say gzip of an empty answer, too."""
    assert unpack("gzip", b"", step=1) == b""
