"""Public pages over HTTP: which there are, in which language, and who may keep them."""

import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
from aiohttp import ClientResponse, ClientSession

from bot.config import Settings
from bot.events.event import Event, Kind
from bot.feeds import reading
from bot.services import events, topics
from bot.storage.engine import Database
from bot.web import asked
from bot.web.routes import Site, routes
from tests.fakes import FakeClock
from tests.unit.pages import made
from tests.unit.pages.reading import attributes, read, texts
from tests.unit.test_web import listening

BEGIN = datetime(2027, 3, 10, 9, tzinfo=UTC)
EVENTS = [
    made.CONGRESS,
    made.CALL,
    made.OFFICE_HOUR,
    made.OFF.model_copy(update={"uid": "made-up", "title": "Erfunden", "example": True}),
]


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands within the month of the events."""
    return FakeClock(BEGIN)


def settings(data: Path, **web: Any) -> Settings:
    usual = {"enabled": True, "public_url": "http://127.0.0.1:1/funk", "public_pages": True}
    hub = {"data_dir": data, "operator": "KTS"}
    return Settings.model_validate({"hub": hub, "web": {**usual, **web}})


@asynccontextmanager
async def serving(database: Database, clock: FakeClock, wanted: Settings) -> AsyncIterator[str]:
    async with listening(routes=routes(Site(database, clock, wanted))) as address:
        yield address


@pytest.fixture
async def address(sqlite: Database, clock: FakeClock, tmp_path: Path) -> AsyncIterator[str]:
    """Where the pages are served."""
    await take(sqlite, EVENTS)
    async with serving(sqlite, clock, settings(tmp_path)) as base:
        yield base


async def take(database: Database, found: list[Event]) -> None:
    async with database.begin() as session:
        await topics.ship(session, now=BEGIN)
        await events.take(session, found=found, now=BEGIN)


async def get(url: str, method: str = "GET", **headers: str) -> tuple[ClientResponse, bytes]:
    async with (
        ClientSession(auto_decompress=False) as client,
        client.request(
            method,
            url,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            allow_redirects=False,
        ) as response,
    ):
        body = await response.read()
        packed = body and response.headers.get("Content-Encoding") == "gzip"
        return response, gzip.decompress(body) if packed else body


PUBLIC = {
    "/": "text/html",
    "/month/2027-03": "text/html",
    "/month/2027-03?topic=conferences&land=sn&utm=x": "text/html",
    "/month/2027-03.png": "image/png",
    "/events/1": "text/html",
    "/events/1-kongress-kiel": "text/html",
    "/events/1.ics": "text/calendar",
    "/topics": "text/html",
    "/topics/conferences": "text/html",
    "/topics/conferences.ics": "text/calendar",
    "/topics/conferences.atom": "application/atom+xml",
    "/topics/conferences.json": "application/feed+json",
    "/robots.txt": "text/plain",
    "/sitemap.xml": "application/xml",
}


async def test_everything_public_can_be_kept_for_a_while(address: str) -> None:
    """And asked for again at no cost, by its tag or by its time; HEAD says the same."""
    for path, media in PUBLIC.items():
        await can_be_kept(address, path, media)


async def can_be_kept(address: str, path: str, media: str) -> None:
    response, body = await get(address + path)
    headers = response.headers
    assert (response.status, response.content_type) == (200, media)
    assert body
    assert headers["Cache-Control"].startswith("public, max-age=300")
    assert headers["X-Content-Type-Options"] == "nosniff"
    again, nothing = await get(address + path, If_None_Match=headers["ETag"])
    assert (again.status, nothing) == (304, b"")
    head, nothing = await get(address + path, "HEAD")
    assert (head.status, nothing, head.headers["ETag"]) == (200, b"", headers["ETag"])
    if "Last-Modified" in headers:
        again, nothing = await get(address + path, If_Modified_Since=headers["Last-Modified"])
        assert (again.status, nothing) == (304, b"")
        assert "Content-Language" in again.headers or media != "text/html"


NOWHERE = {
    "/events/4": 404,
    "/events/4.ics": 404,
    "/events/99": 404,
    "/events/99999999999999999999": 404,
    "/events/x": 404,
    "/month/2027-13": 404,
    "/month/2099-01": 404,
    "/month/2099-01.png": 404,
    "/month/2027-03?topic=nix": 404,
    "/month/2027-03?land=XX": 400,
    "/?land=%00": 400,
    "/topics/nix": 404,
    "/topics/nix.ics": 404,
    "/topics/conferences.rss": 404,
    "/wp-login.php": 404,
    "/%ff%fe": 404,
    "/../../etc/passwd": 404,
}


async def test_where_there_is_nothing_a_page_says_so(address: str) -> None:
    """In both languages; what is made up is not published, and nobody reads a traceback."""
    for path, status in NOWHERE.items():
        response, body = await get(address + path)
        assert response.status == status, path
        assert len(texts(read(body.decode()), "h1, h2")) == 2
        assert b"Traceback" not in body
        assert b"Erfunden" not in body


async def test_pages_are_only_read(address: str) -> None:
    """Other methods are refused, with those that are possible."""
    response, _ = await get(f"{address}/month/2027-03", "POST")
    assert response.status == 405
    assert set(response.headers["Allow"].split(",")) == {"GET", "HEAD"}


async def test_what_is_made_up_is_nowhere(address: str) -> None:
    """Neither in the month, nor in topics, feeds and the list of pages."""
    for path in (
        "/month/2027-03",
        "/topics/conferences.json",
        "/sitemap.xml",
        "/topics/trainings",
    ):
        _, body = await get(address + path)
        assert b"Erfunden" not in body
        assert b"/events/4" not in body


ASKED = [
    ("", "", "de"),
    ("en-GB,en;q=0.9,de;q=0.8", "", "en"),
    ("fr, de;q=0.5, en;q=0.4", "", "de"),
    ("en;q=0", "", "de"),
    ("en", "?lang=de", "de"),
    ("de", "?lang=en", "en"),
    ("en", "?lang=fr", "en"),
    (";;;,,q=x", "", "de"),
]


async def test_a_page_is_in_the_language_that_is_asked_for(address: str) -> None:
    """Chosen in the address, or else liked most by the browser, or else the hub's."""
    for asking, query, language in ASKED:
        response, body = await get(f"{address}/month/2027-03{query}", Accept_Language=asking)
        assert response.headers["Content-Language"] == language, asking
        assert response.headers["Vary"] == "Accept-Encoding, Accept-Language"
        assert attributes(read(body.decode()), "html", "lang") == [language]


async def test_pages_run_nothing_and_are_framed_nowhere(address: str) -> None:
    """No script and no style but the one file, which is kept for ever."""
    response, body = await get(f"{address}/events/1")
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    (style,) = attributes(read(body.decode()), "link[rel=stylesheet]", "href")
    assert style is not None
    response, body = await get(address + style.removeprefix("/funk"))
    assert response.content_type == "text/css"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"


async def test_pages_are_compressed(address: str) -> None:
    """For whoever understands that."""
    response, body = await get(f"{address}/month/2027-03", Accept_Encoding="gzip")
    assert response.headers["Content-Encoding"] == "gzip"
    assert int(response.headers["Content-Length"]) < len(body) / 2


async def test_a_change_is_seen_within_seconds(
    address: str, sqlite: Database, clock: FakeClock
) -> None:
    """What was kept before does not stand in its way."""
    before, _ = await get(f"{address}/month/2027-03")
    await take(sqlite, [made.CONGRESS.model_copy(update={"title": "Umbenannt"})])
    clock.advance(timedelta(seconds=6))
    after, body = await get(f"{address}/month/2027-03", If_None_Match=before.headers["ETag"])
    assert after.status == 200
    assert "Umbenannt" in body.decode()
    assert after.headers["Last-Modified"] == "Wed, 10 Mar 2027 09:00:06 GMT"


async def test_what_does_not_change_keeps_its_time(address: str, clock: FakeClock) -> None:
    """However often it is made anew; the day that is today changes a month."""
    first, _ = await get(f"{address}/month/2027-03")
    clock.advance(timedelta(hours=2))
    second, _ = await get(f"{address}/month/2027-03")
    assert second.headers["Last-Modified"] == first.headers["Last-Modified"]
    clock.advance(timedelta(hours=22))
    third, _ = await get(f"{address}/month/2027-03")
    assert third.headers["Last-Modified"] == "Thu, 11 Mar 2027 09:00:00 GMT"


async def test_pages_are_served_while_the_database_is_away(
    address: str, sqlite: Database, clock: FakeClock, tmp_path: Path
) -> None:
    """As they were known last; who knows nothing yet says that it is not for long."""
    await get(address)
    async with sqlite.begin():
        clock.advance(timedelta(minutes=10))
        async with serving(sqlite, clock, settings(tmp_path)) as fresh:
            response, body = await get(f"{fresh}/month/2027-03")
            assert (response.status, response.headers["Retry-After"]) == (503, "60")
        response, body = await get(f"{address}/month/2027-03")
        assert response.status == 200
        assert b"<table" in body


async def test_the_files_and_feeds_of_a_topic_hold_the_same_events(address: str) -> None:
    """In calendars, too; without alarms."""
    _, atom = await get(f"{address}/topics/conferences.atom")
    _, tree = await get(f"{address}/topics/conferences.json")
    _, file = await get(f"{address}/topics/conferences.ics")
    titles = {one.title for one in reading.parse(atom).items}
    assert titles == {one["title"] for one in json.loads(tree)["items"]}
    calendar = icalendar.Calendar.from_ical(file)
    assert titles == {str(one["SUMMARY"]) for one in calendar.walk("VEVENT")}
    assert calendar.walk("VALARM") == []


async def test_a_topic_of_an_admin_has_a_stable_address(
    address: str, sqlite: Database, clock: FakeClock
) -> None:
    """Its number, which stays when it is renamed; one that is retired is gone."""
    async with sqlite.begin() as session:
        topic = await topics.create(session, "Klima / Climate", now=BEGIN)
        number = topic.id
    event = made.OFF.model_copy(update={"uid": "k", "topic": "klima", "kind": Kind.EVENT})
    await take(sqlite, [event])
    clock.advance(timedelta(seconds=6))
    _, body = await get(f"{address}/topics/{number}")
    assert texts(read(body.decode()), ".lines li a") == ["Werkstatt"]
    async with sqlite.begin() as session:
        await topics.rename(session, "Klima: Wetter")
    clock.advance(timedelta(seconds=6))
    _, body = await get(f"{address}/topics/{number}")
    assert texts(read(body.decode()), "h1") == ["Wetter"]


async def test_nothing_is_published_unless_the_operator_wants_it(
    sqlite: Database, clock: FakeClock, tmp_path: Path
) -> None:
    """Privacy comes first."""
    await take(sqlite, EVENTS)
    async with serving(sqlite, clock, settings(tmp_path, public_pages=False)) as base:
        for path in ("/", "/month/2027-03", "/events/1", "/topics/conferences.ics"):
            response, _ = await get(base + path)
            assert response.status == 404
        response, _ = await get(f"{base}/livez")
        assert response.status == 200


async def test_pages_take_no_path_from_others(address: str) -> None:
    """Though they answer every path that nobody else takes."""
    for path in ("/livez", "/metrics"):
        response, body = await get(address + path)
        assert (response.status, b"<html" in body) == (200, False)


def test_the_language_that_is_liked_most_is_chosen() -> None:
    """Weights decide, not the order; nonsense counts for nothing."""
    assert asked.language("de;q=0.2, en;q=0.7") == "en"
    assert asked.language("xx, *;q=0.1") is None
    assert asked.language("," * 100_000) is None
