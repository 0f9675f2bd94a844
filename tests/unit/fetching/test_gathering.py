"""Sources are read from real servers and real folders, by the process that reads files."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.fetching.fetcher import Fetcher
from bot.fetching.reading_worker import ReadingWorker
from bot.services.source_files import Gatherer
from bot.services.source_reading import PROBLEMS, Due
from tests.fakes import FakeClock
from tests.servers import feed_files
from tests.servers.feeds import FeedServer
from tests.unit.feeds.samples import calendar

TALK, FAIR = "UID:1\nSUMMARY:Rat\nDTSTART:20270301T100000", "UID:1\nSUMMARY:Messe"


@pytest.fixture
async def gatherer(fetcher: Fetcher, clock: FakeClock) -> AsyncIterator[Gatherer]:
    """What reads sources."""
    gatherer = Gatherer(fetcher, ReadingWorker(), clock=clock)
    yield gatherer
    await gatherer.close()


def feed(server: FeedServer, path: str) -> Due:
    """Return a feed of the server, to be read."""
    return Due(1, "feed", server.url(path), "Europe/Berlin")


async def test_a_feed_is_read_and_not_sent_again(gatherer: Gatherer, server: FeedServer) -> None:
    """What its server called the version is what is asked with the next time."""
    due = feed(server, "/rss/3")
    first = await gatherer.read(due)
    assert first.reading is not None
    assert [one.title for one in first.reading.items] == feed_files.titles(3)
    again = await gatherer.read(replace(due, etag=first.etag, last_modified=first.last_modified))
    assert (again.reading, again.problem, again.etag) == (None, "", first.etag)
    assert server.unchanged["/rss/3"] == 1


@pytest.mark.parametrize("how", ["missing", "large", "garbage", "redirect_circle"])
async def test_what_goes_wrong_is_an_outcome(
    gatherer: Gatherer, server: FeedServer, how: str
) -> None:
    """Of a kind that editors can be told in words."""
    outcome = await gatherer.read(feed(server, f"/broken/{how}/1"))
    assert outcome.problem in PROBLEMS
    assert outcome.text


async def test_a_web_page_is_no_feed(gatherer: Gatherer, server: FeedServer) -> None:
    """Its server answers as if everything was well."""
    outcome = await gatherer.read(feed(server, "/broken/page/1"))
    assert outcome.reading is not None
    assert outcome.reading.problem


async def test_a_folder_is_one_source(gatherer: Gatherer, tmp_path: Path) -> None:
    """Equal ids in different files are different items; other files are passed over."""
    (tmp_path / "a.ics").write_bytes(calendar(TALK))
    (tmp_path / "b.ics").write_bytes(calendar(FAIR))
    (tmp_path / ".c.ics").write_bytes(calendar(FAIR))
    (tmp_path / "readme.txt").write_text("nothing", encoding="utf-8")
    due = Due(1, "folder", str(tmp_path), "Europe/Berlin")
    outcome = await gatherer.read(due)
    assert outcome.reading is not None
    assert [one.id for one in outcome.reading.items] == ["a.ics/1", "b.ics/1"]
    unchanged = await gatherer.read(replace(due, etag=outcome.etag))
    assert (unchanged.reading, unchanged.problem) == (None, "")
    (tmp_path / "b.ics").write_bytes(calendar(FAIR, "UID:2\nSUMMARY:Neu"))
    changed = await gatherer.read(replace(due, etag=outcome.etag))
    assert changed.reading is not None
    assert len(changed.reading.items) == 3


async def test_half_a_folder_is_no_reading(gatherer: Gatherer, tmp_path: Path) -> None:
    """What stands in a file that is being written would look as if it was taken out."""
    (tmp_path / "a.ics").write_bytes(calendar(TALK))
    (tmp_path / "b.ics").write_bytes(b"")
    outcome = await gatherer.read(Due(1, "folder", str(tmp_path), "Europe/Berlin"))
    assert outcome.reading is not None
    assert outcome.reading.problem == "b.ics: this file is empty"
    missing = await gatherer.read(Due(1, "folder", str(tmp_path / "x"), "Europe/Berlin"))
    assert missing.problem == "folder"
