"""Whatever the bytes are: no exception, no hang."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.feeds import deadlines, statuses
from bot.feeds.item import Reading
from bot.feeds.matching import match
from bot.feeds.reading import parse
from bot.text import html_text
from tests.fuzz import entries
from tests.fuzz.seeds import SEEDS
from tests.unit.feeds.samples import calendar, rss

MANY = 40_000
PIECES = [
    *(
        "BEGIN:VCALENDAR\r\n",
        "BEGIN:VEVENT\r\n",
        "END:VEVENT\r\n",
        "END:VCALENDAR\r\n",
        "UID:1\r\n",
    ),
    *("DTSTART:20270301T100000\r\n", "DTSTART;TZID=", "DTEND;VALUE=DATE:", "20271118", "SUMMARY:"),
    *(
        "RRULE:FREQ=",
        "SECONDLY",
        ";UNTIL=",
        ";COUNT=-1",
        "RDATE:",
        "EXDATE:",
        "DURATION:-P",
        "RECURRENCE-ID:",
    ),
    *(
        "99999999T999999Z",
        "00000101",
        "00010101T000000",
        "99991231T235959Z",
        "\n ",
        ";",
        ":",
        '"',
        "\\",
    ),
    *(
        "<rss>",
        "<channel>",
        "<item>",
        "</item>",
        "<title>",
        "</title>",
        "<guid>",
        "<pubDate>",
        "<feed>",
    ),
    *(
        "<entry>",
        "</entry>",
        "<link href='",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "&",
        "&#",
        "&amp;lt;",
        "<",
    ),
    *(
        "<!DOCTYPE x [<!ENTITY a 'b'>]>",
        "<?xml version='1.0' encoding='utf-7'?>",
        "xmlns:a='b'",
        "<a:b/>",
    ),
    *(
        '{"items":[',
        '{"id":',
        '"content_html":"',
        "}",
        "]",
        ",",
        "null",
        "1e999",
        "Frist bis 31.12.2027",
    ),
    *(
        " 24:00 Uhr",
        "bis Ende März 2027",
        "abgesagt",
        "\x00",
        "\ud800",
        "\ufeff",
        "ü",
        "İ",
        "٣",
        "\u2028",
    ),
]


def check(data: bytes) -> Reading:
    """Read *data*, and everything that can be asked of what was read."""
    found = entries.feed(data)
    match(found.items, found.items)
    return found


@pytest.mark.parametrize("name", entries.ENTRIES)
@given(data=st.data())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_no_entry_of_a_parser_raises(name: str, data: st.DataObject) -> None:
    """Damaged seeds of `make fuzz`, the same ones in every run."""
    pieces = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
    whole = bytearray(data.draw(st.sampled_from(SEEDS[name])))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(whole)))
        put = data.draw(st.binary(max_size=9) | pieces.map(_encoded))
        whole[at : at + data.draw(st.integers(0, 30))] = put
    entries.ENTRIES[name](bytes(whole))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Nothing is raised."""
    check(data)


@given(st.lists(st.sampled_from(PIECES), max_size=40))
@settings(max_examples=400, deadline=None, derandomize=True)
def test_any_pieces_of_feeds_are_read_or_refused(pieces: list[str]) -> None:
    """Put together at random."""
    check("".join(pieces).encode("utf-8", "surrogatepass"))


@given(st.sampled_from(SEEDS["feed"]), st.data())
@settings(max_examples=300, deadline=None, derandomize=True)
def test_any_damage_is_survived(feed: bytes, data: st.DataObject) -> None:
    """Bytes replaced, left out or put in."""
    whole = bytearray(feed)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole)))
        whole[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    check(bytes(whole))


@given(st.text(max_size=300) | st.lists(st.sampled_from(PIECES)).map("".join))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_any_words_are_read(text: str) -> None:
    """As title, as text, as HTML."""
    deadlines.find(text, text, today=None, zone="Europe/Berlin")
    statuses.find(text, text, takes_place=True)
    assert "\n\n\n" not in html_text.plain(text)


HOSTILE = {
    "elements inside elements": rss("<a>" * MANY),
    "items inside items": rss("<item>" * MANY),
    "deep but closed": rss("<title>x</title>" + "<a>" * MANY + "</a>" * MANY),
    "sections never closed": rss("<![CDATA[<item>" * MANY),
    "comments never closed": rss("<!--" * MANY),
    "tags never closed": rss("<" * MANY),
    "quotes never closed": rss("<a b='" * MANY),
    "entities of nothing": rss("<title>" + "&" * MANY + "</title>"),
    "declarations": b"<!DOCTYPE [" * MANY + b"<rss/>",
    "escaped scripts": rss("<title>x</title><description>" + "&lt;script&gt;&lt;!--" * MANY),
    "spaces": rss("<title>" + " " * MANY + "</title>"),
    "digits": rss("<title>" + "1." * MANY + "</title>"),
    "dates": rss("<title>" + "bis 1.2. " * MANY + "</title>"),
    "prefixes": rss(*(f"<x{number}:y/>" for number in range(MANY // 10))),
    "brackets": b"[" * MANY,
    "objects": b'{"items":[' + b'{"a":' * MANY,
    "events never closed": b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nUID:1\n" * MANY,
    "components never closed": b"BEGIN:VCALENDAR\n" + b"BEGIN:X\n" * MANY,
    "a line of many folds": calendar("SUMMARY:x" + "\n x" * MANY),
    "a line of many parameters": calendar("DTSTART" + ";A=B" * MANY + ":20270101"),
    "many excluded dates": calendar(
        "DTSTART:20270101\nRRULE:FREQ=DAILY\nEXDATE:" + ",".join(["20270102"] * MANY)
    ),
    "a rule without dates": calendar(
        "DTSTART:20270101T000000Z\nRRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"
    ),
    "zeros": b"\x00" * MANY,
}


@pytest.mark.parametrize("how", HOSTILE)
def test_a_hostile_file_takes_no_longer_than_a_sound_one(how: str) -> None:
    """Time grows with its length only."""
    check(HOSTILE[how])


def test_a_huge_file_is_read_in_part() -> None:
    """And that is told."""
    found = check(b"BEGIN:VCALENDAR\n" + b"X-LONG:" + b"x" * 17_000_000)
    assert "16 MiB" in str(found.skipped[0])


def test_many_items_are_read_up_to_a_limit() -> None:
    """And how many were not is told."""
    found = parse(rss(*["<title>x</title>"] * 10_050))
    assert len(found.items) == 10_000
    assert "50 items more" in str(found.skipped[0])


def test_one_item_of_too_many_elements_is_cut() -> None:
    """The items beside it are read."""
    trap = "<title>x</title>" + "<a>1</a>" * 100_000
    found = parse(rss("<title>vor</title>", trap, "<title>nach</title>"))
    assert [one.title for one in found.items] == ["vor", "x", "nach"]


def test_what_podcasts_say_beside_is_not_needed() -> None:
    """A large feed is read without it, and says the same."""
    beside = "<itunes:duration>1:02</itunes:duration><category><![CDATA[a]]></category>" * 20
    words = "<title>Folge</title><itunes:summary>Inhalt</itunes:summary>"
    found = parse(rss(*[f"{words}{beside}<guid>{number}</guid>" for number in range(400)]))
    assert {(one.title, one.text) for one in found.items} == {("Folge", "Inhalt")}
    assert len(found.items) == 400
