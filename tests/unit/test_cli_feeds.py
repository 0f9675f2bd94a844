"""`stadtfunk feeds`: what an operator types and reads."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import feed_files
from tests.servers.processes import ServerProcess, accepts_connections, free_port
from tests.unit.feeds.samples import calendar, rss
from tests.unit.test_cli import Stadtfunk, stadtfunk

__all__ = ["stadtfunk"]  # the fixture

ROOT = Path(__file__).parents[2]


def test_a_file_is_read_without_any_configuration(stadtfunk: Stadtfunk) -> None:  # the fixture
    """A line for each item, then what was skipped."""
    Path("k.ics").write_bytes(
        calendar(
            "UID:1\nSUMMARY:Rat\nLOCATION:Kiel\nDTSTART;VALUE=DATE:20271118", "UID:2\nDTSTART:x"
        )
    )
    result = stadtfunk("feeds", "read", "k.ics")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split() == [
        "event",
        "Thursday,",
        "18",
        "November",
        "2027",
        "confirmed",
        "Rat",
        "Kiel",
    ]
    assert lines[-3:] == [
        "! 2: DTSTART: “x” is no date",
        "! VEVENT 2: it says nothing",
        "2 items of icalendar: without title",
    ]


def test_json_has_every_field(stadtfunk: Stadtfunk) -> None:  # the same
    """Also through a pipe."""
    feed = rss("<title>Bewerbungsfrist 1.5.2027, 12 Uhr</title><guid>7</guid>")
    result = stadtfunk("feeds", "read", "-", "--json", stdin=feed)
    (item,) = json.loads(result.stdout)["items"]
    assert item["id"] == "7"
    assert (item["kind"], item["due"]) == ("deadline", "2027-05-01T12:00:00+02:00")
    assert item["deadline"]["words"] == "1.5.2027, 12 Uhr"
    assert {"title", "start", "end", "precision", "zone", "all_day", "status"} <= item.keys()
    assert {"place", "url", "text", "fingerprint"} <= item.keys()


def test_times_without_zone_are_in_the_one_that_is_given(stadtfunk: Stadtfunk) -> None:  # the same
    """And a zone that is none is refused."""
    Path("k.ics").write_bytes(calendar("UID:1\nDTSTART:20270301T100000"))
    result = stadtfunk("feeds", "read", "k.ics", "--json", "--zone", "Asia/Tokyo")
    assert json.loads(result.stdout)["items"][0]["start"] == "2027-03-01T10:00:00+09:00"
    for zone in ("Mond", "../passwd", "Europe", ""):
        refused = stadtfunk("feeds", "read", "k.ics", "--zone", zone)
        assert (refused.exit_code, f"“{zone}” is no IANA" in refused.stderr) == (1, True)


def test_what_is_no_feed_is_refused(stadtfunk: Stadtfunk) -> None:  # the same
    """Exit code 1, and what it is instead."""
    Path("x.html").write_text("<html></html>", encoding="utf-8")
    assert (
        stadtfunk("feeds", "read", "x.html").stderr == "x.html: this is a web page, not a feed\n"
    )
    result = stadtfunk("feeds", "read", "fehlt.xml")
    assert (result.exit_code, result.stderr) == (1, "fehlt.xml: No such file or directory\n")
    refused = stadtfunk("feeds", "read", "x.html", "--json")
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["problem"]


@pytest.fixture(scope="module")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of feeds, in a process of its own."""
    folder = tmp_path_factory.mktemp("feeds")
    port = free_port()
    command = [sys.executable, "-m", "tests.servers.feeds", "--port", str(port)]
    server = ServerProcess(
        ["env", f"PYTHONPATH={ROOT}", *command],
        directory=folder,
        ready=lambda: accepts_connections(port),
    )
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()


def test_an_address_is_read_as_its_file_would_be(
    stadtfunk: Stadtfunk, feeds: str
) -> None:  # the same
    """The output is the same, but that relative addresses are whole."""
    result = stadtfunk("feeds", "read", f"{feeds}/rss/3", "--json", "--allow-private")
    fetched = json.loads(result.stdout)
    Path("3.xml").write_bytes(feed_files.feed("rss", 3))
    read = json.loads(stadtfunk("feeds", "read", "3.xml", "--json").stdout)
    assert [one["title"] for one in fetched["items"]] == feed_files.titles(3)
    assert fetched.keys() == read.keys()
    assert [one["id"] for one in fetched["items"]] == [one["id"] for one in read["items"]]
    assert fetched["items"][0]["url"] == f"{feeds}/meldung/3/0"
    lines = stadtfunk("feeds", "read", f"{feeds}/ics/3", "--allow-private").stdout.splitlines()
    assert lines[-1] == "5 items of icalendar: without title"


def test_a_private_address_is_refused_with_a_way_out(
    stadtfunk: Stadtfunk, feeds: str
) -> None:  # the same
    """Also one that a public address redirects to."""
    result = stadtfunk("feeds", "read", f"{feeds}/rss/3")
    assert result.exit_code == 1
    assert result.stderr == (
        "127.0.0.1: this is an address of a private network; "
        "--allow-private reads it all the same\n"
    )


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/broken/missing/1", "127.0.0.1: the server answers 404\n"),
        ("/broken/large/1", "127.0.0.1: the file is larger than 16777216 bytes\n"),
        ("/broken/reset/1", "127.0.0.1: the answer was cut off\n"),
        ("/broken/garbage/1", "127.0.0.1: what came is no sound HTTP\n"),
        ("/broken/redirect_circle/a", "127.0.0.1: redirects in a circle\n"),
        ("/broken/page/1", "{}: this is a web page, not a feed\n"),
        ("/broken/empty/1", "{}: this file is empty\n"),
    ],
)
def test_what_goes_wrong_is_one_line(
    stadtfunk: Stadtfunk, feeds: str, path: str, told: str
) -> None:  # the same
    """And exit code 1."""
    address = f"{feeds}{path}"
    result = stadtfunk("feeds", "read", address, "--allow-private")
    assert (result.exit_code, result.stderr) == (1, told.format(address))


def test_what_is_no_address_of_the_web_is_refused(stadtfunk: Stadtfunk) -> None:  # the same
    """Whatever else there is."""
    result = stadtfunk("feeds", "read", "ftp://example.org/feed")
    assert (result.exit_code, result.stderr) == (
        1,
        "ftp:// is not asked; an address begins with https:// or http://\n",
    )
