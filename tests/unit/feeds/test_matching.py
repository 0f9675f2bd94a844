"""Successive readings of one source: only real changes are changes."""

import re
from datetime import UTC, datetime

import pytest

from bot.feeds.item import Item
from bot.feeds.matching import Change, ChangeKind, match
from bot.feeds.reading import parse
from tests.unit.feeds.samples import calendar, rss

NOW = datetime(2027, 1, 4, tzinfo=UTC)
EVENTS = (
    "UID:1\nDTSTAMP:20270101T000000Z\nSUMMARY:Ratssitzung\nLOCATION:Rathaus\nDTSTART:20270301T100000",
    "UID:2\nDTSTAMP:20270101T000000Z\nSUMMARY:Kongress\nDTSTART;VALUE=DATE:20271118\nDTEND;VALUE=DATE:20271120",
    "UID:3\nDTSTAMP:20270101T000000Z\nSUMMARY:Stammtisch\nDTSTART:20270401T180000\nRRULE:FREQ=MONTHLY",
    "UID:4\nDTSTAMP:20270101T000000Z\nSUMMARY:Sprechstunde\nDTSTART:20270201T090000",
    "UID:5\nDTSTAMP:20270101T000000Z\nSUMMARY:Sprechstunde\nDTSTART:20270208T090000",
)
OLD = calendar(*EVENTS)


def items(data: bytes) -> list[Item]:
    """Return the items of a feed."""
    return parse(data).items


def changes(old: bytes, new: bytes) -> list[Change]:
    """Return what is not unchanged."""
    found = match(items(old), items(new), now=NOW)
    return [one for one in found if one.kind is not ChangeKind.UNCHANGED]


def revised(pattern: str, by: str, data: bytes = OLD) -> bytes:
    """Return a calendar in which something was replaced."""
    text = re.sub(pattern, by, data.decode())
    assert text != data.decode()
    return text.encode()


@pytest.mark.parametrize(
    "new",
    [
        OLD,
        revised("DTSTAMP:2027", "DTSTAMP:2026"),
        revised("SUMMARY", "LAST-MODIFIED:20270303T030303Z\r\nSEQUENCE:7\r\nSUMMARY"),
        revised("UID:", "UID:neu-"),
        revised("UID:[345]", "UID:x"),
        OLD.replace(b"\r\n", b"\r\r\n"),
        OLD.replace(b"\r\n", b"\n"),
        calendar(*reversed(EVENTS)),
        calendar(*("\n".join(reversed(one.split("\n"))) for one in EVENTS)),
        revised("SUMMARY:Rats", "SUMMARY:  Rats"),
        revised("20270301T100000", "20270301T090000Z"),
    ],
    ids=range(11),
)
def test_what_readers_do_not_see_is_no_change(new: bytes) -> None:
    """Export times, ids, line ends, order, spaces."""
    assert changes(OLD, new) == []


@pytest.mark.parametrize(
    ("pattern", "by", "kind", "fields"),
    [
        ("20270301T100000", "20270302T100000", ChangeKind.MOVED, ("start",)),
        (
            "UID:1(.*\n.*\n.*\n.*\n)DTSTART:20270301",
            r"UID:9\1DTSTART:20270305",
            ChangeKind.MOVED,
            ("start",),
        ),
        ("20271120", "20271121", ChangeKind.MOVED, ("end",)),
        ("LOCATION:Rathaus", "LOCATION:Stadthalle", ChangeKind.CHANGED, ("place",)),
        ("SUMMARY:Kongress", "SUMMARY:Kongress in Kiel", ChangeKind.CHANGED, ("title",)),
        (
            "UID:2(.*\n.*\n)SUMMARY:Kongress",
            r"UID:8\1SUMMARY:Kongresse",
            ChangeKind.CHANGED,
            ("title",),
        ),
        (
            "SUMMARY:Kongress",
            "STATUS:CANCELLED\r\nSUMMARY:Kongress",
            ChangeKind.CANCELLED,
            ("status",),
        ),
        (
            "SUMMARY:Kongress",
            "SUMMARY:Kongress abgesagt",
            ChangeKind.CANCELLED,
            ("title", "status"),
        ),
        ("FREQ=MONTHLY", "FREQ=WEEKLY", ChangeKind.CHANGED, ("series",)),
    ],
)
def test_a_real_change_is_one(
    pattern: str, by: str, kind: ChangeKind, fields: tuple[str, ...]
) -> None:
    """Exactly one, also where the id is new too."""
    found = changes(OLD, revised(pattern, by))
    assert [(one.kind, one.fields) for one in found] == [(kind, fields)]


def test_what_is_gone_is_not_called_off() -> None:
    """It may only have left the window of the export."""
    assert [one.kind for one in changes(OLD, calendar(*EVENTS[1:]))] == [ChangeKind.GONE]


def test_what_is_new_is_new() -> None:
    """Also under a title that others have."""
    more = "UID:6\nSUMMARY:Sprechstunde\nDTSTART:20270215T090000"
    assert [one.kind for one in changes(OLD, calendar(*EVENTS, more))] == [ChangeKind.NEW]


def test_a_single_date_that_follows_another_is_not_moved() -> None:
    """The old one is over: the next regulars' table is a new one."""
    old = calendar("UID:1\nSUMMARY:Stammtisch\nDTSTART:20261201T180000")
    new = calendar("UID:2\nSUMMARY:Stammtisch\nDTSTART:20270201T180000")
    assert {one.kind for one in changes(old, new)} == {ChangeKind.GONE, ChangeKind.NEW}


def test_two_that_become_one_are_merged() -> None:
    """Two days of a congress that are one entry now: nothing is called off."""
    one = "UID:{0}\nSUMMARY:Kongress Tag {0}\nDTSTART;VALUE=DATE:2027111{0}"
    old = calendar(one.format(8), one.format(9))
    new = calendar(
        "UID:8\nSUMMARY:Kongress\nDTSTART;VALUE=DATE:20271118\nDTEND;VALUE=DATE:20271120"
    )
    kinds = [change.kind for change in changes(old, new)]
    assert ChangeKind.MERGED in kinds
    assert not {ChangeKind.CANCELLED, ChangeKind.GONE, ChangeKind.NEW} & set(kinds)


def test_a_double_is_not_new() -> None:
    """The same under another id, beside the first."""
    double = EVENTS[0].replace("UID:1", "UID:1b")
    assert [one.kind for one in changes(OLD, calendar(*EVENTS, double))] == [ChangeKind.MERGED]


def test_news_under_new_guids_are_the_same_news() -> None:
    """By their address, session or not."""
    old = rss("<title>a</title><guid>1</guid><link>https://example.org/a;jsessionid=1</link>")
    new = rss("<title>a</title><guid>2</guid><link>https://example.org/a;jsessionid=2</link>")
    assert changes(old, new) == []
