"""Answers over HTTP that are sent only if they changed."""

import gzip
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import ClientSession, web

from bot.web.conditional import Content, answer
from tests.unit.test_web import listening

TEXT = ("Zürich\r\n" * 5000).encode()
CONTENT = Content(
    TEXT,
    "text/plain; charset=utf-8",
    changed_at=datetime(2027, 1, 15, 9, tzinfo=UTC),
    max_age=timedelta(hours=1),
    private=True,
)


@pytest.fixture
async def address() -> AsyncIterator[str]:
    """Where the content is served."""

    async def handle(request: web.Request) -> web.Response:
        return answer(request, CONTENT)

    async with listening(routes=[web.get("/text", handle)]) as base:
        yield f"{base}/text"


async def test_what_changed_is_sent_with_what_tells_whether_it_will_have_changed(
    address: str,
) -> None:
    """Type, length, tag, time and how long it holds."""
    async with ClientSession(auto_decompress=False) as client:
        asking = client.get(address, headers={"Accept-Encoding": "identity"})
        async with asking as response:
            assert (response.status, await response.read()) == (200, TEXT)
            headers = response.headers
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["ETag"] == f'W/"{CONTENT.etag}"'
    assert headers["Last-Modified"] == "Fri, 15 Jan 2027 09:00:00 GMT"
    assert headers["Cache-Control"] == "private, max-age=3600"
    assert "Content-Encoding" not in headers


@pytest.mark.parametrize("known", [f'W/"{CONTENT.etag}"', f'"old", "{CONTENT.etag}"', "*"])
async def test_who_has_it_already_gets_nothing(address: str, known: str) -> None:
    """However the tag is written."""
    async with (
        ClientSession() as client,
        client.get(address, headers={"If-None-Match": known}) as response,
    ):
        assert (response.status, await response.read()) == (304, b"")
        assert response.headers["ETag"] == f'W/"{CONTENT.etag}"'


async def test_another_tag_gets_everything(address: str) -> None:
    """Also one that is not written as it should be."""
    async with ClientSession() as client:
        for known in ('W/"other"', "other", ""):
            async with client.get(address, headers={"If-None-Match": known}) as response:
                assert response.status == 200


async def test_it_is_compressed_for_whoever_understands_that(address: str) -> None:
    """And comes out the same."""
    async with ClientSession(auto_decompress=False) as client:
        asking = client.get(address, headers={"Accept-Encoding": "deflate, gzip"})
        async with asking as response:
            assert response.headers["Content-Encoding"] == "gzip"
            assert gzip.decompress(await response.read()) == TEXT


async def test_a_question_for_the_headers_gets_the_headers(address: str) -> None:
    """HEAD, as programs look whether something is there."""
    async with ClientSession() as client, client.head(address) as response:
        assert (response.status, await response.read()) == (200, b"")
        assert response.headers["ETag"] == f'W/"{CONTENT.etag}"'
