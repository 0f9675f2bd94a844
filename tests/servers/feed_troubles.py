"""The ways in which servers of feeds are broken, hostile, or just gone.

Each is what it is for ever: a visitor that takes everything never gets away. All give up when the
visitor does.
"""

import asyncio
import gzip
import zlib
from collections.abc import Awaitable, Callable, Iterator
from functools import cache
from itertools import pairwise
from urllib.parse import unquote

import brotli

from tests.servers import feed_files
from tests.servers.feed_visit import Visit

Trouble = Callable[[Visit], Awaitable[None]]

TROUBLES: dict[str, Trouble] = {}
"""By the name in the path."""

_RSS = {"Content_Type": "application/rss+xml"}
_MILLION = 1_000_000
_HALF = feed_files.feed("rss", 1, items=50)


def _trouble(make: Trouble) -> Trouble:
    TROUBLES[make.__name__.strip("_")] = make
    return make


@_trouble
async def hang(visit: Visit) -> None:
    await visit.wait()


@_trouble
async def hang_in_body(visit: Visit) -> None:
    await visit.begin(**_RSS, Content_Length=str(len(_HALF)))
    await visit.send(_HALF[:500])
    await visit.wait()


@_trouble
async def drip(visit: Visit) -> None:
    await visit.begin(**_RSS)
    for one in range(_MILLION):
        await visit.send(_HALF[one % 500 : one % 500 + 1])
        await asyncio.sleep(1)


@_trouble
async def drip_in_head(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _ in range(_MILLION):
        await visit.send(b"x")
        await asyncio.sleep(1)


@_trouble
async def endless(visit: Visit) -> None:
    await visit.begin(**_RSS)
    await visit.send(b"<rss><channel>")
    while True:
        await visit.send(b"<item><title>Noch eins</title></item>" * 1000)


@_trouble
async def large(visit: Visit) -> None:
    await visit.begin(**_RSS, Content_Length=str(100 * _MILLION))
    for _ in range(1000):
        await visit.send(b"<item>" + bytes(100_000))


@_trouble
async def large_in_chunks(visit: Visit) -> None:
    await visit.begin(**_RSS, Transfer_Encoding="chunked")
    for _ in range(1000):
        await visit.send(b"186A0\r\n" + bytes(100_000) + b"\r\n")


def _zeros(millions: int) -> Iterator[bytes]:
    """Give a gzip file of so many million zeros, without the work of packing them."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    block = packer.compress(bytes(_MILLION)) + packer.flush(zlib.Z_FULL_FLUSH)
    yield b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    for _ in range(millions):
        yield block
    last = zlib.compressobj(wbits=-zlib.MAX_WBITS).flush()
    yield last + bytes(4) + (millions * _MILLION % 2**32).to_bytes(4, "little")


@_trouble
async def gzip_bomb(visit: Visit) -> None:
    await visit.begin(**_RSS, Content_Encoding="gzip")
    for block in _zeros(4000):
        await visit.send(block)


@_trouble
async def gzip_in_gzip(visit: Visit) -> None:
    await visit.reply(gzip.compress(b"".join(_zeros(1000))), **_RSS, Content_Encoding="gzip")


@_trouble
async def gzip_members(visit: Visit) -> None:
    await visit.reply(gzip.compress(b"") * 2000, **_RSS, Content_Encoding="gzip")


@_trouble
async def gzip_bad_sum(visit: Visit) -> None:
    packed = gzip.compress(_HALF)
    await visit.reply(packed[:-8] + bytes(4) + packed[-4:], **_RSS, Content_Encoding="gzip")


@_trouble
async def gzip_cut_off(visit: Visit) -> None:
    await visit.reply(gzip.compress(_HALF)[:-200], **_RSS, Content_Encoding="gzip")


@cache
def _packed_zeros() -> bytes:
    return bytes(brotli.compress(bytes(100 * _MILLION), quality=1))


@_trouble
async def br_bomb(visit: Visit) -> None:
    await visit.reply(_packed_zeros(), **_RSS, Content_Encoding="br")


@_trouble
async def br_garbage(visit: Visit) -> None:
    await visit.reply(_HALF, **_RSS, Content_Encoding="br")


@_trouble
async def packed_unasked(visit: Visit) -> None:
    await visit.reply(_HALF, **_RSS, Content_Encoding="compress")


@_trouble
async def xml_bomb(visit: Visit) -> None:
    names = "abcdefghij"
    pairs = pairwise(names)
    entities = "".join(f'<!ENTITY {one} "{f"&{two};" * 10}">' for one, two in pairs)
    bomb = f'<!DOCTYPE rss [{entities}<!ENTITY j "lol">]><rss><channel><title>&a;</title>'
    await visit.reply(f"{bomb}<item><title>&a;</title></item></channel></rss>".encode(), **_RSS)


@_trouble
async def xml_outside(visit: Visit) -> None:
    head = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel>'
    await visit.reply(f"{head}<item><title>&x;</title></item></channel></rss>".encode(), **_RSS)


async def _onward(visit: Visit, location: str, status: str = "302 Found") -> None:
    await visit.reply(b"elsewhere", status=status, Location=location)


@_trouble
async def redirect_circle(visit: Visit) -> None:
    other = "b" if visit.target.endswith("a") else "a"
    await _onward(visit, f"/broken/redirect_circle/{other}")


@_trouble
async def redirect_on_and_on(visit: Visit) -> None:
    number = int(visit.target.rpartition("/")[2])
    await _onward(visit, f"/broken/redirect_on_and_on/{number + 1}")


@_trouble
async def redirect_to(visit: Visit) -> None:
    """Where the query says, by the status that stands in the path."""
    path, _, location = visit.target.partition("?")
    await _onward(visit, unquote(location), f"{path.rpartition('/')[2]} On")


@_trouble
async def redirect_nowhere(visit: Visit) -> None:
    await visit.reply(b"", status="301 Moved Permanently")


@_trouble
async def charset(visit: Visit) -> None:
    body = feed_files.feed("rss", 7).decode().encode("latin-1")
    await visit.reply(body, Content_Type="application/rss+xml; charset=utf-8")


@_trouble
async def charset_unknown(visit: Visit) -> None:
    await visit.reply(feed_files.feed("rss", 7), Content_Type="text/xml; charset=klingon")


@_trouble
async def short(visit: Visit) -> None:
    await visit.begin(**_RSS, Content_Length=str(len(_HALF) + 1000))
    await visit.send(_HALF)


@_trouble
async def long(visit: Visit) -> None:
    await visit.begin(**_RSS, Content_Length=str(len(_HALF)))
    await visit.send(_HALF + b"HTTP/1.1 200 OK\r\n\r\n")


@_trouble
async def two_lengths(visit: Visit) -> None:
    await visit.send_head("200 OK", [("Content-Length", "10"), ("Content-Length", "20")])
    await visit.send(_HALF)


@_trouble
async def reset(visit: Visit) -> None:
    await visit.begin(**_RSS, Content_Length=str(len(_HALF)))
    await visit.send(_HALF[:1000])
    visit.reset()


@_trouble
async def reset_at_once(visit: Visit) -> None:
    visit.reset()


@_trouble
async def closed(visit: Visit) -> None:
    visit.writer.close()


@_trouble
async def missing(visit: Visit) -> None:
    page = b"<html><body>" + b"<p>Diese Seite gibt es nicht.</p>" * 5000
    await visit.reply(page, status="404 Not Found", Content_Type="text/html")


@_trouble
async def status(visit: Visit) -> None:
    """The status that stands in the path; what the query says is Retry-After."""
    path, _, wait = visit.target.partition("?")
    headers = {"Retry_After": unquote(wait)} if wait else {}
    await visit.reply(b"", status=f"{path.rpartition('/')[2]} So", **headers)


@_trouble
async def empty(visit: Visit) -> None:
    await visit.reply(b"", **_RSS)


@_trouble
async def page(visit: Visit) -> None:
    await visit.reply(b"<!doctype html><html><body>Willkommen</body></html>", **_RSS)


@_trouble
async def long_header(visit: Visit) -> None:
    await visit.begin(**_RSS, X_Long="x" * _MILLION)
    await visit.send(_HALF)


@_trouble
async def endless_header(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        await visit.send(b"x" * 10_000)


@_trouble
async def endless_headers(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await visit.send(b"X-One-More: yes\r\n" * 1000)


@_trouble
async def cookies(visit: Visit) -> None:
    await visit.send_head("200 OK", [("Set-Cookie", f"c{one}={one}") for one in range(1000)])
    await visit.send(_HALF)


@_trouble
async def early_hints(visit: Visit) -> None:
    while True:
        await visit.send(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")


@_trouble
async def ancient(visit: Visit) -> None:
    await visit.send(_HALF)


@_trouble
async def garbage(visit: Visit) -> None:
    await visit.send(bytes(range(256)) * 100)


@_trouble
async def broken_chunks(visit: Visit) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    await visit.send(head + b"10\r\n" + _HALF[:16] + b"\r\nzehn\r\n" + _HALF[:100])
