"""`stadtfunk feeds`: what an operator types and reads."""

import json
from pathlib import Path

from tests.unit.feeds.samples import calendar, rss
from tests.unit.test_cli import Stadtfunk, stadtfunk

__all__ = ["stadtfunk"]  # the fixture


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
    assert lines[-2:] == ["! 2: DTSTART: “x” is no date", "2 items of icalendar: without title"]


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
    refused = stadtfunk("feeds", "read", "k.ics", "--zone", "Mond")
    assert (refused.exit_code, "“Mond” is no IANA time zone" in refused.stderr) == (1, True)


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
