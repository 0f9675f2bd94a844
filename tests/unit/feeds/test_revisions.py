"""Successive revisions of a calendar, as programs publish them: only real changes are changes."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.feeds.matching import ChangeKind, match
from bot.feeds.reading import parse
from tests.unit.feeds.samples import calendar

NOW = datetime(2027, 1, 4, tzinfo=UTC)
TITLES = ("Ratssitzung", "Stammtisch Digitales", "Fachtagung Daten & Stadt", "Lesung", "Messe")
PLACES = ("", "Rathaus", "Köln, Saal 2", "online")
ZONE = """BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
"""


@st.composite
def events(draw: st.DrawFn) -> list[str]:
    """Events with different days, some of them whole days, series or without place."""
    days = draw(st.lists(st.integers(0, 300), min_size=1, max_size=8, unique=True))
    return [_event(draw, number, day) for number, day in enumerate(days)]


def _event(draw: st.DrawFn, number: int, day: int) -> str:
    on = date(2027, 1, 10) + timedelta(days=day)
    lines = [f"UID:{number}@example.org", "DTSTAMP:20270101T000000Z"]
    lines.append(f"SUMMARY:{draw(st.sampled_from(TITLES))}")
    if place := draw(st.sampled_from(PLACES)):
        lines.append("LOCATION:" + place.replace(",", "\\,"))
    if draw(st.booleans()):
        lines.append(
            "DESCRIPTION:Mit & ohne Anmeldung. Kaffee\\, Kuchen\\nund „Gäste“ aus Köln. " * 2
        )
    if draw(st.booleans()):
        lines.append(f"DTSTART;VALUE=DATE:{on:%Y%m%d}")
        lines.append(f"DTEND;VALUE=DATE:{on + timedelta(days=2):%Y%m%d}")
    else:
        lines.append(f"DTSTART;TZID=Europe/Berlin:{on:%Y%m%d}T100000")
        lines.append(f"DTEND;TZID=Europe/Berlin:{on:%Y%m%d}T120000")
    return "\n".join(lines)


def changes(old: bytes, new: bytes) -> list[ChangeKind]:
    """Return what is not unchanged."""
    found = match(parse(old).items, parse(new).items, now=NOW)
    return [one.kind for one in found if one.kind is not ChangeKind.UNCHANGED]


def _each(change: Callable[[str], str]) -> Callable[[Sequence[str]], bytes]:
    return lambda those: calendar(*(change(one) for one in those))


def _folded(width: int) -> Callable[[Sequence[str]], bytes]:
    def fold(those: Sequence[str]) -> bytes:
        lines = calendar(*those).split(b"\r\n")
        cuts = ((line[at : at + width] for at in range(0, len(line), width)) for line in lines)
        return b"\r\n".join(b"\r\n ".join(cut) for cut in cuts)

    return fold


def _ended(mark: bytes) -> Callable[[Sequence[str]], bytes]:
    return lambda those: calendar(*those).replace(b"\r\n", mark)


def _sorted_backwards(event: str) -> str:
    return "\n".join(sorted(event.split("\n"), reverse=True))


def _in_utc(event: str) -> str:
    """Return the times as instants, as programs write that know no zones."""

    def instant(found: re.Match[str]) -> str:
        summer = "20270328" <= found[2] < "20271031"
        return f"{found[1]}:{found[2]}T{int(found[3]) - (2 if summer else 1):02}0000Z"

    return re.sub(r"(DTSTART|DTEND);TZID=Europe/Berlin:(\d{8})T(\d\d)0000", instant, event)


REVISED: dict[str, Callable[[Sequence[str]], bytes]] = {
    "shuffled": lambda those: calendar(*reversed(those)),
    "new ids": _each(lambda one: re.sub("UID:", "UID:neu-", one)),
    "some new ids": lambda those: calendar(those[0].replace("UID:", "UID:x"), *those[1:]),
    "exported again": _each(lambda one: one.replace("DTSTAMP:2027", "DTSTAMP:2028")),
    "times of change": _each(
        lambda one: f"{one}\nLAST-MODIFIED:20270202T020202Z\nCREATED:20270202T020202Z\nSEQUENCE:4"
    ),
    "its own properties": _each(
        lambda one: f"{one}\nX-APPLE-X;A=B:1\nTRANSP:OPAQUE\nCLASS:PUBLIC"
    ),
    "alarms": _each(lambda one: f"{one}\nBEGIN:VALARM\nACTION:DISPLAY\nSUMMARY:x\nEND:VALARM"),
    "order of properties": _each(_sorted_backwards),
    "entities": _each(lambda one: one.replace("&", "&amp;").replace("ö", "&ouml;")),
    "twice escaped": _each(lambda one: one.replace("&", "&amp;amp;")),
    "commas not escaped": _each(lambda one: one.replace("\\,", ",")),
    "a zone defined": lambda those: calendar(*those, head=ZONE),
    "in UTC": _each(_in_utc),
    "without zone": _each(lambda one: one.replace(";TZID=Europe/Berlin", "")),
    "Windows' zone": _each(lambda one: one.replace("Europe/Berlin", "W. Europe Standard Time")),
    "a confirmed status": _each(lambda one: f"{one}\nSTATUS:CONFIRMED"),
    **{f"line ends {mark!r}": _ended(mark) for mark in (b"\n", b"\r", b"\r\r\n")},
    **{f"folded at {width}": _folded(width) for width in (20, 61, 74)},
    "with a mark": lambda those: b"\xef\xbb\xbf" + calendar(*those),
}


@pytest.mark.parametrize("how", REVISED)
@given(those=events())
@settings(max_examples=20, deadline=None, derandomize=True)
def test_what_only_looks_different_is_no_change(how: str, those: list[str]) -> None:
    """Whatever the calendar holds."""
    assert changes(calendar(*those), REVISED[how](those)) == []


@pytest.mark.parametrize("id_changes", [False, True])
@given(those=events(), data=st.data())
@settings(max_examples=40, deadline=None, derandomize=True)
def test_a_moved_event_is_one_change(
    id_changes: bool,  # noqa: FBT001 # pytest hands it over
    those: list[str],
    data: st.DataObject,
) -> None:
    """Under its old id, and under a new one if its title and place are its own."""
    number = data.draw(st.integers(0, len(those) - 1))
    own = those[number].replace("SUMMARY:", "SUMMARY:Einzige ")
    before = [*those[:number], own, *those[number + 1 :]]
    days = data.draw(st.integers(400, 500))
    moved = re.sub(r"2027\d{4}(?=T1|$)", lambda day: _later(day[0], days), own, flags=re.MULTILINE)
    if id_changes:
        moved = moved.replace("UID:", "UID:neu-")
    after = [*those[:number], moved, *those[number + 1 :]]
    assert changes(calendar(*before), calendar(*after)) == [ChangeKind.MOVED]


def _later(day: str, days: int) -> str:
    return f"{date.fromisoformat(day) + timedelta(days=days):%Y%m%d}"


@given(those=events(), days=st.integers(2, 5))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_days_that_become_one_entry_are_not_called_off(those: list[str], days: int) -> None:
    """Nor gone, nor new: each single day is merged into the range, or has become it."""
    single = [
        f"UID:k{day}\nSUMMARY:Kongress {day + 1}. Tag\nDTSTART;VALUE=DATE:202711{18 + day}"
        for day in range(days)
    ]
    whole = (
        f"UID:k\nSUMMARY:Kongress\nDTSTART;VALUE=DATE:20271118\nDTEND;VALUE=DATE:202711{18 + days}"
    )
    kinds = changes(calendar(*those, *single), calendar(*those, whole))
    assert not {ChangeKind.CANCELLED, ChangeKind.GONE, ChangeKind.NEW} & set(kinds)
    assert kinds.count(ChangeKind.MERGED) == days - 1


def test_a_series_that_is_split_is_neither_called_off_nor_told_for_every_date() -> None:
    """This and following: the old series ends before, a new one begins."""
    head = "SUMMARY:Sprechstunde\nLOCATION:Rathaus\n"
    old = f"UID:s\n{head}DTSTART:20270105T160000\nRRULE:FREQ=WEEKLY"
    ended = f"UID:s\n{head}DTSTART:20270105T160000\nRRULE:FREQ=WEEKLY;UNTIL=20270301T000000Z"
    follows = f"UID:s_R20270302\n{head}DTSTART:20270302T170000\nRRULE:FREQ=WEEKLY"
    kinds = changes(calendar(old), calendar(ended, follows))
    assert sorted(kinds) == [ChangeKind.CHANGED, ChangeKind.NEW]


def test_a_date_of_a_series_that_is_moved_is_one_change() -> None:
    """It comes as an entry of its own beside the series."""
    head = "SUMMARY:Sprechstunde\nLOCATION:Rathaus\n"
    series = f"UID:s\n{head}DTSTART:20270105T160000\nRRULE:FREQ=WEEKLY"
    other = f"UID:s\n{head}RECURRENCE-ID:20270112T160000\nDTSTART:20270113T160000"
    assert len(changes(calendar(series), calendar(series, other))) == 1
