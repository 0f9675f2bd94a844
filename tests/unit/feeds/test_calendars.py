"""Calendars (RFC 5545), sound and as programs break them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.events.event import Event
from bot.events.ics import to_ics
from bot.feeds.item import Kind, Status
from bot.feeds.reading import parse
from bot.text.moments import Moment
from tests.unit.feeds.samples import calendar, only, reasons, times, titles

DAYS = "DTSTART;VALUE=DATE:20271118\nDTEND;VALUE=DATE:20271120"
TEN = "DTSTART;TZID=Europe/Berlin:20270301T100000"
TIMES = [
    # RFC 5545, 3.3.4 and 3.3.5: the forms of dates and times
    (DAYS, "2027-11-18", "2027-11-19"),
    ("DTSTART;VALUE=DATE:20271118", "2027-11-18", None),
    ("DTSTART;VALUE=DATE:20271118\nDTEND;VALUE=DATE:20271119", "2027-11-18", None),
    ("DTSTART;VALUE=DATE:20271118\nDTEND;VALUE=DATE:20271118", "2027-11-18", None),
    ("DTSTART;VALUE=DATE:20271118\nDURATION:P2D", "2027-11-18", "2027-11-19"),
    (TEN, "2027-03-01T10:00:00+01:00", None),
    (f"{TEN}\nDURATION:PT90M", "2027-03-01T10:00:00+01:00", "2027-03-01T11:30:00+01:00"),
    ("DTSTART:20270301T090000Z", "2027-03-01T10:00:00+01:00", None),
    ("DTSTART:20270301T235959", "2027-03-01T23:59:59+01:00", None),
    # over both changes of clocks: 3.6.1, a length in hours is exact
    (
        "DTSTART;TZID=Europe/Berlin:20270328T013000\nDURATION:PT2H",
        "2027-03-28T01:30:00+01:00",
        "2027-03-28T04:30:00+02:00",
    ),
    ("DTSTART:20271031T003000Z", "2027-10-31T02:30:00+02:00", None),
    ("DTSTART:20271031T013000Z", "2027-10-31T02:30:00+01:00", None),
    # what programs write
    ("DTSTART:20271118\nDTEND:20271120", "2027-11-18", "2027-11-19"),
    ("DTSTART;VALUE=DATE:20271118T000000", "2027-11-18", None),
    ("DTSTART:2027-03-01T10:00:00+01:00", "2027-03-01T10:00:00+01:00", None),
    ("DTSTART;TZID=W. Europe Standard Time:20270701T100000", "2027-07-01T10:00:00+02:00", None),
    (
        'DTSTART;TZID="(UTC+01:00) Amsterdam, Berlin, Bern, Rom, Wien":20270701T100000',
        "2027-07-01T10:00:00+02:00",
        None,
    ),
    (
        "DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20270701T100000",
        "2027-07-01T10:00:00+02:00",
        None,
    ),
    ('DTSTART;TZID"Europe/Berlin":20270701T100000', "2027-07-01T10:00:00+02:00", None),
    ("DTSTART;TZID=(UTC-03:00) Irgendwo:20270701T100000", "2027-07-01T15:00:00+02:00", None),
    ("DTSTART;TZID=GMT+0200:20270701T100000", "2027-07-01T10:00:00+02:00", None),
    (
        "DTSTART:20270301T000000\nDTEND:20270302T000000\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE",
        "2027-03-01",
        None,
    ),
]


@pytest.mark.parametrize(("lines", "start", "end"), TIMES)
def test_a_time_is_read_in_every_form(lines: str, start: str, end: str | None) -> None:
    """The end of whole days is their last one."""
    item = only(calendar(f"UID:1\nSUMMARY:x\n{lines}"))
    assert times([item]) == [(start, end, None)]
    assert item.all_day == ("T" not in start)
    assert item.zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (f"{TEN}\nDTEND;TZID=Europe/Berlin:20270301T090000", "before the start"),
        ("DTSTART;VALUE=DATE:20270301\nDTEND:20270301T110000", "a day and the end a time"),
        (f"{TEN}\nDTEND;VALUE=DATE:20270302", "a time and the end a day"),
        (f"{TEN}\nRRULE:FREQ=SOMETIMES", "only the first date"),
        (f"{TEN}\nRRULE:WEEKLY", "has no FREQ: WEEKLY"),
        (f"{TEN}\nRRULE:FREQ=DAILY\nEXDATE:gestern", "EXDATE"),
        (f"{TEN}\nDURATION:lang", "DURATION"),
    ],
)
def test_a_mistake_costs_only_what_it_is_in(lines: str, why: str) -> None:
    """The event stays, without it, and the mistake is told."""
    found = parse(calendar(f"UID:1\nSUMMARY:x\n{lines}", f"UID:2\nSUMMARY:y\n{TEN}"))
    assert titles(found) == ["x", "y"]
    assert why in reasons(found)
    assert found.items[0].start is not None
    assert found.items[0].series is None or not found.items[0].series.excluded


@pytest.mark.parametrize("start", ["DTSTART:20270231", "DTSTART:x", "DTSTART;TZID=Mond:bald"])
def test_an_event_without_a_time_that_can_be_read_is_kept(start: str) -> None:
    """Somebody who reads its title may know."""
    found = parse(calendar(f"UID:1\nSUMMARY:x\n{start}"))
    assert titles(found) == ["x"]
    assert "DTSTART" in reasons(found)


def test_a_zone_that_nobody_knows_is_told_and_that_of_the_calendar_taken() -> None:
    """Once, however often it is used."""
    found = parse(calendar(*["DTSTART;TZID=Rathaus:20270301T100000\nSUMMARY:x"] * 2))
    assert times(found.items)[0][0] == "2027-03-01T10:00:00+01:00"
    assert reasons(found) == "the time zone “Rathaus” is not known; Europe/Berlin is taken"


def test_floating_times_are_in_the_zone_of_the_calendar() -> None:
    """Google writes it as X-WR-TIMEZONE; times in UTC are shown in it too."""
    events = ("UID:1\nDTSTART:20270301T100000", "UID:2\nDTSTART:20270301T090000Z")
    found = parse(calendar(*events, head="X-WR-TIMEZONE:America/New_York\n"))
    assert [one[0] for one in times(found.items)] == [
        "2027-03-01T10:00:00-05:00",
        "2027-03-01T04:00:00-05:00",
    ]
    assert (
        times([only(calendar(events[0]), zone="Asia/Tokyo")])[0][0] == "2027-03-01T10:00:00+09:00"
    )


def test_a_zone_that_only_the_calendar_knows_is_read_from_it() -> None:
    """RFC 5545, 3.6.5."""
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Rathaus\nBEGIN:STANDARD\nDTSTART:19701025T030000\n"
        "TZOFFSETFROM:+0300\nTZOFFSETTO:+0300\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    item = only(calendar("UID:1\nDTSTART;TZID=Rathaus:20270301T100000", head=zone))
    assert times([item])[0][0] == "2027-03-01T08:00:00+01:00"


SERIES = f"""UID:s
SUMMARY:Sprechstunde
LOCATION:Rathaus
{TEN}
DTEND;TZID=Europe/Berlin:20270301T110000
RRULE:FREQ=WEEKLY;COUNT=8
EXDATE;TZID=Europe/Berlin:20270308T100000,20270315T100000"""


def test_a_series_keeps_its_rule_and_what_is_left_out() -> None:
    """Also over the change of clocks: its times are local."""
    tree = only(calendar(SERIES)).tree()
    assert tree["rule"] == "FREQ=WEEKLY;COUNT=8"
    assert tree["excluded"] == ["2027-03-08T10:00:00+01:00", "2027-03-15T10:00:00+01:00"]


def test_a_date_of_a_series_that_is_moved_is_an_item_of_its_own() -> None:
    """It says what it replaces, and has from the series what it does not say itself."""
    moved = "UID:s\nRECURRENCE-ID;TZID=Europe/Berlin:20270329T100000\nDTSTART:20270330T080000Z"
    off = "UID:s\nRECURRENCE-ID:20270405T080000Z\nSTATUS:CANCELLED"
    found = parse(calendar(SERIES, moved, off)).items
    assert [one.id for one in found] == ["s", "s#20270329T100000", "s#20270405T100000"]
    assert found[1].tree()["original"] == "2027-03-29T10:00:00+02:00"
    assert times(found[1:]) == [
        ("2027-03-30T10:00:00+02:00", None, None),
        ("2027-04-05T10:00:00+02:00", None, None),
    ]
    assert [(one.title, one.place) for one in found[1:]] == [("Sprechstunde", "Rathaus")] * 2
    assert found[2].status is Status.CANCELLED


def test_an_event_is_read_field_by_field() -> None:
    """As RFC 5545, 3.8.1 has them; HTML and escapes are gone."""
    item = only(
        calendar(
            "UID:1\nSUMMARY:Größe\\, Raum\\; mehr\nLOCATION:Kiel\\, Rathaus\n"
            "DESCRIPTION:<p>Erste &amp;amp; zweite</p><br>Zeile\\n\\n"
            '<a href="https://example.org/a">hier</a>\nURL:https://example.org/e;jsessionid=1F?a=1\n'
            f"STATUS:TENTATIVE\n{DAYS}\nBEGIN:VALARM\nDESCRIPTION:Wecker\nEND:VALARM"
        )
    )
    assert (item.title, item.place) == ("Größe, Raum; mehr", "Kiel, Rathaus")
    assert item.text == "Erste & zweite\n\nZeile\n\nhier (https://example.org/a)"
    assert item.url == "https://example.org/e?a=1"
    assert item.status is Status.TENTATIVE


def test_todos_and_journals_are_read_too() -> None:
    """A to-do (VTODO in RFC 5545) is due, a journal entry is news."""
    parts = (
        b"BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:1\nSUMMARY:Bericht\nDUE;VALUE=DATE:20270301\nEND:VTODO\n"
        b"BEGIN:VJOURNAL\nUID:2\nSUMMARY:Protokoll\nEND:VJOURNAL\nEND:VCALENDAR"
    )
    found = parse(parts).items
    assert [one.kind for one in found] == [Kind.DEADLINE, Kind.NEWS]
    assert times(found)[0] == (None, None, "2027-03-01")


def test_an_entry_that_is_called_a_deadline_is_one() -> None:
    """Of whole days the last one counts, of an hour its beginning."""
    days = only(calendar(f"UID:1\nSUMMARY:Bewerbungsfrist Fonds\n{DAYS}"))
    assert days.kind is Kind.DEADLINE
    assert times([days]) == [("2027-11-18", None, "2027-11-19")]
    hour = only(calendar(f"UID:1\nSUMMARY:Einsendeschluss\n{TEN}\nDURATION:PT1H"))
    assert times([hour]) == [(None, None, "2027-03-01T10:00:00+01:00")]


BREAKS: dict[str, Callable[[bytes], bytes]] = {
    "no version and no product": lambda data: data.replace(b"VERSION:2.0\r\n", b"").replace(
        b"PRODID:-//x//y//DE\r\n", b""
    ),
    "line feeds": lambda data: data.replace(b"\r\n", b"\n"),
    "carriage returns": lambda data: data.replace(b"\r\n", b"\r"),
    "doubled returns": lambda data: data.replace(b"\r\n", b"\r\r\n"),
    "blank lines": lambda data: data.replace(b"\r\n", b"\r\n\r\n"),
    "a byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "UTF-16 without a mark": lambda data: data.decode().encode("utf-16-le"),
    "Windows-1252": lambda data: data.decode().encode("cp1252"),
    "control characters": lambda data: data.replace(b"Gr", b"\x00G\x07\x1br"),
    "small letters": lambda data: data.replace(b"SUMMARY", b"summary").replace(b"UID", b"Uid"),
    "cut off": lambda data: data[: data.rindex(b"END:VEVENT")],
    "one end missing": lambda data: data.replace(b"END:VEVENT\r\n", b"", 1),
    "a fold inside a letter": lambda data: data.replace("ö".encode(), b"\xc3\r\n \xb6"),
    "a line that is none": lambda data: data.replace(b"UID:2", b"UID:2\r\n;;;\r\n:::"),
    "spaces before it": lambda data: b"\r\n  " + data,
    "two calendars": lambda data: data.replace(
        b"END:VEVENT\r\nBEGIN:VEVENT",
        b"END:VEVENT\r\nEND:VCALENDAR\r\nBEGIN:VCALENDAR\r\nBEGIN:VEVENT",
    ),
}


@pytest.mark.parametrize("how", BREAKS)
def test_a_broken_calendar_loses_no_event(how: str) -> None:
    """Both are there, with their titles and times."""
    data = BREAKS[how](calendar(f"UID:1\n{TEN}\nSUMMARY:Größe", f"UID:2\n{DAYS}\nSUMMARY:Zwei"))
    found = parse(data)
    assert titles(found) == ["Größe", "Zwei"], reasons(found)
    assert [one[0] for one in times(found.items)] == ["2027-03-01T10:00:00+01:00", "2027-11-18"]


def test_lines_that_were_not_folded_belong_to_the_one_before() -> None:
    """Commas unescaped and line ends unescaped, as sf_event_mgt writes them."""
    item = only(calendar(f"UID:1\nSUMMARY:a, b\nDESCRIPTION:Erste\nHinweis: zweite\n{TEN}"))
    assert (item.title, item.text) == ("a, b", "Erste\nHinweis: zweite")


def test_the_same_uid_twice_is_two_items_whatever_the_order() -> None:
    """Their ids are made of what they say."""
    events = (f"UID:1\nSUMMARY:a\n{TEN}", f"UID:1\nSUMMARY:b\n{DAYS}")
    one, other = parse(calendar(*events)).items, parse(calendar(*reversed(events))).items
    assert len({item.id for item in one}) == 2
    assert {item.id: item.title for item in one} == {item.id: item.title for item in other}


def test_a_cancelled_calendar_cancels_its_events() -> None:
    """METHOD:CANCEL of RFC 5546."""
    item = only(calendar(f"UID:1\nSUMMARY:x\n{TEN}", head="METHOD:CANCEL\n"))
    assert item.status is Status.CANCELLED


@st.composite
def sound_events(draw: st.DrawFn) -> Event:
    """An event as our own calendars have it."""
    day = draw(st.dates(min_value=date(2001, 1, 1), max_value=date(2090, 1, 1)))
    minute = draw(st.none() | st.integers(min_value=0, max_value=1439))
    length = draw(st.integers(min_value=0, max_value=5))
    start = Moment(day=day, minute=minute)
    return Event(
        uid=draw(st.uuids()).hex,
        title=draw(st.text("abc ÄÖ,;:\\\"'", min_size=1, max_size=80).filter(str.strip)),
        start=start,
        end=start.shifted(length) if length else None,
        zone=draw(st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])),
    )


@given(st.lists(sound_events(), min_size=1, max_size=3))
@settings(max_examples=60, deadline=timedelta(seconds=2))
def test_what_icalendar_writes_is_read_with_the_same_times(events: list[Event]) -> None:
    """As many items as the library has events, and each at the same instant."""
    for event in events:
        data = to_ics(event, changed_at=datetime(2026, 1, 1, tzinfo=UTC))
        theirs: list[Any] = icalendar.Calendar.from_ical(data).walk("VEVENT")
        found = parse(data).items
        assert len(found) == len(theirs)
        tree = found[0].tree()
        assert found[0].start is not None
        assert tree["start"] == theirs[0]["DTSTART"].dt.isoformat()
        if event.end is not None and not event.start.is_day:
            assert tree["end"] == theirs[0]["DTEND"].dt.isoformat()
        if event.end is not None and event.start.is_day:
            assert tree["end"] == (theirs[0]["DTEND"].dt - timedelta(days=1)).isoformat()
        assert found[0].title.split() == event.title.split()
