"""What becomes of servers that are broken or hostile: one trouble each, and nothing else."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.feeds.reading import parse
from bot.fetching.exchange import Request
from bot.fetching.fetcher import Fetcher
from bot.fetching.networks import Networks
from bot.fetching.politeness import Politeness
from bot.fetching.trouble import FetchError, Trouble
from tests.fakes import FakeClock
from tests.servers import feed_files
from tests.servers.feed_troubles import TROUBLES
from tests.servers.feeds import FeedServer
from tests.unit.fetching.conftest import SMALL
from tests.unit.fetching.network import FakeNames

PIPES = 16_000_000
"""What the kernel may hold on its way from a server that sends as fast as it can."""

EXPECTED = {
    "hang/1": Trouble.TIMEOUT,
    "hang_in_body/1": Trouble.TIMEOUT,
    "drip/1": Trouble.TIMEOUT,
    "drip_in_head/1": Trouble.TIMEOUT,
    "early_hints/1": Trouble.TEMPORARY,
    "endless/1": Trouble.TOO_LARGE,
    "large/1": Trouble.TOO_LARGE,
    "large_in_chunks/1": Trouble.TOO_LARGE,
    "gzip_bomb/1": Trouble.TOO_LARGE,
    "br_bomb/1": Trouble.TOO_LARGE,
    "gzip_in_gzip/1": Trouble.TOO_LARGE,
    "gzip_members/1": Trouble.BROKEN,
    "gzip_bad_sum/1": Trouble.BROKEN,
    "gzip_cut_off/1": Trouble.BROKEN,
    "br_garbage/1": Trouble.BROKEN,
    "packed_unasked/1": Trouble.BROKEN,
    "two_lengths/1": Trouble.BROKEN,
    "long_header/1": Trouble.BROKEN,
    "endless_header/1": Trouble.BROKEN,
    "endless_headers/1": Trouble.BROKEN,
    "cookies/1": Trouble.BROKEN,
    "ancient/1": Trouble.BROKEN,
    "garbage/1": Trouble.BROKEN,
    "broken_chunks/1": Trouble.BROKEN,
    "short/1": Trouble.TEMPORARY,
    "reset/1": Trouble.TEMPORARY,
    "reset_at_once/1": Trouble.TEMPORARY,
    "closed/1": Trouble.TEMPORARY,
    "missing/1": Trouble.GONE,
    "status/410": Trouble.GONE,
    "status/401": Trouble.DENIED,
    "status/403": Trouble.DENIED,
    "status/451": Trouble.DENIED,
    "status/429": Trouble.TEMPORARY,
    "status/500": Trouble.TEMPORARY,
    "status/503": Trouble.TEMPORARY,
    "status/206": Trouble.BROKEN,
    "status/304": Trouble.BROKEN,
    "status/300": Trouble.BROKEN,
    "redirect_circle/a": Trouble.REDIRECTS,
    "redirect_on_and_on/1": Trouble.REDIRECTS,
    "redirect_nowhere/1": Trouble.REDIRECTS,
    "redirect_to/302?http://[": Trouble.REDIRECTS,
    "redirect_to/302?file:///etc/passwd": Trouble.REFUSED,
    "redirect_to/302?javascript:alert(1)": Trouble.REFUSED,
    "redirect_to/302?gopher://example.org/": Trouble.REFUSED,
    "redirect_to/302?http://127.0.0.2/": Trouble.REFUSED,
    "redirect_to/302?http://localhost:22/": Trouble.REFUSED,
    "redirect_to/301?http://169.254.169.254/latest/meta-data/": Trouble.REFUSED,
    "redirect_to/301?//10.0.0.1:8080/": Trouble.REFUSED,
    "redirect_to/307?http://[::1]:8080/": Trouble.REFUSED,
    "redirect_to/307?http://0x7f000002/": Trouble.REFUSED,
    "redirect_to/308?http://inside.example:8080/": Trouble.REFUSED,
}
READ = {
    "charset/1": len(feed_files.titles(7)),
    "charset_unknown/1": len(feed_files.titles(7)),
    "long/1": 50,
    "xml_bomb/1": 1,
    "xml_outside/1": 1,
    "empty/1": 0,
    "status/204": 0,
    "page/1": 0,
}
"""What can be taken, with the number of its items."""


@pytest.fixture
async def hasty(clock: FakeClock, names: FakeNames) -> AsyncIterator[Fetcher]:
    """A fetcher that waits for nobody longer than half a second."""
    names.name("inside.example", ["10.0.0.1", "127.0.0.2", "::1"])
    fetcher = Fetcher(
        clock=clock,
        limits=replace(SMALL, timeout=timedelta(seconds=0.5)),
        networks=Networks(["127.0.0.1"]),
        politeness=Politeness(clock=clock, gap=timedelta(0)),
        lookup=names,
    )
    yield fetcher
    await fetcher.close()


async def trouble(fetcher: Fetcher, address: str) -> FetchError:
    """Return how a fetch fails."""
    async with asyncio.timeout(60):
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(Request(address))
    return caught.value


def test_every_way_to_be_broken_is_put_to_the_test() -> None:
    """A trouble that nobody meets might as well not exist."""
    assert {path.partition("/")[0] for path in (*EXPECTED, *READ)} == TROUBLES.keys()


@pytest.mark.parametrize("path", EXPECTED)
async def test_a_broken_server_is_one_trouble(
    server: FeedServer, fetcher: Fetcher, hasty: Fetcher, path: str
) -> None:
    """Of the right kind, with a sentence that names the host, after few bytes."""
    impatient = EXPECTED[path] in {Trouble.TIMEOUT, Trouble.REFUSED}
    error = await trouble(hasty if impatient else fetcher, server.url(f"/broken/{path}"))
    assert error.kind is EXPECTED[path], error
    assert "\n" not in str(error)
    assert server.sent[f"/broken/{path}"] < PIPES
    server.seen.clear()
    assert (await fetcher.fetch(Request(server.url("/rss/1", host="feeds.example")))).body


@pytest.mark.parametrize("path", READ)
async def test_what_can_be_taken_is_taken(server: FeedServer, fetcher: Fetcher, path: str) -> None:
    """What it is worth, its reader decides: maybe nothing, never a crash."""
    fetched = await fetcher.fetch(Request(server.url(f"/broken/{path}")))
    assert fetched.body is not None
    found = parse(fetched.body, content_type=fetched.content_type)
    assert len(found.items) == READ[path]
    assert bool(found.problem) is not bool(found.items)
    assert "root:" not in str(found)


@pytest.mark.parametrize("path", ["gzip_bomb/1", "br_bomb/1", "endless/1", "endless_header/1"])
async def test_what_is_endless_needs_little_memory(
    server: FeedServer, fetcher: Fetcher, path: str
) -> None:
    """However much would come of it."""
    await fetcher.fetch(Request(server.url("/rss/1")))
    await trouble(fetcher, server.url(f"/broken/{path}"))
    tracemalloc.start()
    try:
        await trouble(fetcher, server.url(f"/broken/{path}"))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 4_000_000


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("120", timedelta(seconds=120)),
        ("Fri,%2015%20Jan%202027%2009:05:00%20GMT", timedelta(minutes=5)),
        ("Fri,%2015%20Jan%202021%2009:05:00%20GMT", timedelta(0)),
        ("99999999999", timedelta(days=1)),
        ("9" * 2000, None),
        ("bald", None),
        ("-5", None),
    ],
)
async def test_a_wait_is_a_number_or_a_date(
    server: FeedServer, fetcher: Fetcher, asked: str, wait: timedelta | None
) -> None:
    """At most a day; what makes no sense counts as not said."""
    error = await trouble(fetcher, server.url(f"/broken/status/503?{asked}"))
    assert (error.kind, error.retry_after) == (Trouble.TEMPORARY, wait)


async def test_a_bad_source_harms_no_other(server: FeedServer, hasty: Fetcher) -> None:
    """All of them at once, and among them good ones."""
    bad = [server.url(f"/broken/{path}") for path in EXPECTED if "status/" not in path]
    good = [server.url(f"/rss/{number}", host="feeds.example") for number in range(20)]
    async with asyncio.timeout(120), asyncio.TaskGroup() as group:
        failing = [group.create_task(trouble(hasty, one)) for one in bad]
        working = [group.create_task(hasty.fetch(Request(one))) for one in good]
    assert all(task.result() for task in failing)
    bodies = [task.result().body for task in working]
    assert bodies == [feed_files.feed("rss", number) for number in range(20)]


_LINES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK", b"HTTP/1.1 304 X", b"HTTP/1.0 301 X", b"HTTP/9 -1", b"HTTP/1.1 100 Go",
        b"Content-Length: 5", b"Content-Length: -5", b"Content-Length: 99999999999999999999",
        b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip", b"Content-Encoding: br",
        b"Content-Encoding: gzip", b"Location: //[", b"Location: /\xff\xfe", b"Location: \x00",
        b"ETag: \xe4", b"Retry-After: \xb2", b"Content-Type: \xff", b"Set-Cookie: a=\x01", b"",
        b"0", b"5", b"hallo", b"\x1f\x8b\x08\0\0\0\0\0\0\xff", b": x", b" folded", b"Upgrade: h2c",
    ]
)  # fmt: skip
_ANSWERS = st.one_of(
    st.binary(max_size=200),
    st.lists(_LINES, max_size=8).map(b"\r\n".join),
    st.lists(_LINES, max_size=6).map(lambda lines: b"\r\n".join([b"HTTP/1.1 200 OK", *lines])),
)


@settings(max_examples=150)
@given(answer=_ANSWERS)
def test_any_answer_ends_in_a_file_or_in_our_error(answer: bytes) -> None:
    """Whatever a server sends, nobody reads a traceback."""

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()

    async def ask() -> None:
        listening = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        clock = FakeClock()
        fetcher = Fetcher(
            clock=clock, networks=Networks(["127.0.0.1"]), politeness=_hurried(clock)
        )
        with suppress(FetchError):
            fetched = await fetcher.fetch(Request(f"http://127.0.0.1:{port}/", etag="x"))
            assert fetched.etag.isascii()
        await fetcher.close()
        listening.close()

    asyncio.run(ask())


def _hurried(clock: FakeClock) -> Politeness:
    return Politeness(clock=clock, gap=timedelta(0))
