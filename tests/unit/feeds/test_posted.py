import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds import posted, reading
from bot.feeds.item import Item, Kind, Reading, Status

EVENT = {
    "id": "kongress-2027",
    "title": "Regionalkongress",
    "start": "2027-03-09T10:00",
    "end": "2027-03-09T16:30:00+00:00",
    "place": "Ulm",
    "url": "https://example.org/kongress",
}


def post(*items: dict[str, Any]) -> Reading:
    return posted.parse(json.dumps({"items": items}).encode(), zone="Europe/Berlin")


def only(*items: dict[str, Any]) -> Item:
    found = post(*items)
    assert (found.problem, found.skipped) == ("", [])
    return found.items[0]


def told(*items: dict[str, Any]) -> list[str]:
    """Post something wrong and return what its sender reads."""
    found = post(*items)
    assert found.items == [], "of a request with a mistake nothing is taken"
    assert found.problem
    return [str(one) for one in found.skipped]


def test_an_event_is_read_with_its_times() -> None:
    """A time without offset is meant in the source's zone."""
    item = only(EVENT)
    assert (item.kind, item.id, item.place) == (Kind.EVENT, "kongress-2027", "Ulm")
    tree = item.tree()
    assert tree["start"] == "2027-03-09T10:00:00+01:00"
    assert tree["end"] == "2027-03-09T17:30:00+01:00"


def test_one_item_needs_no_list() -> None:
    """What a form sends is one thing."""
    found = posted.parse(json.dumps(EVENT).encode(), zone="Europe/Berlin")
    assert [one.title for one in found.items] == ["Regionalkongress"]


def test_a_due_date_makes_a_deadline_and_words_are_read() -> None:
    """As of any other source."""
    item = only({"id": "a", "title": "Aufruf", "due": "2027-01-29"})
    assert (item.kind, item.all_day) == (Kind.DEADLINE, True)
    read = only({"id": "b", "title": "Aufruf", "text": "<p>Frist: 29. Januar 2027, 12 Uhr</p>"})
    assert read.kind is Kind.DEADLINE
    assert read.tree()["due"] == "2027-01-29T12:00:00+01:00"
    cancelled = only({**EVENT, "status": "cancelled"})
    assert cancelled.status is Status.CANCELLED


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"titel": "Kongress"}, "items[0].titel: unknown key"),
        ({"title": ""}, "items[0].title: "),
        ({"id": None}, "items[0].id: "),
        ({"start": "9.3.2027"}, "is no day such as 2027-01-29"),
        ({"start": 20270309}, "is a text"),
        ({"end": "2027-03-08T10:00"}, "it lies before the start"),
        ({"end": "2027-03-10"}, "both days or both times of day"),
        ({"start": None}, "there is an end without it"),
        ({"start": None, "end": None, "kind": "event"}, "an event has one"),
        ({"kind": "deadline"}, "a deadline has one"),
        ({"zone": "Berlin"}, "no IANA time zone"),
        ({"status": "off"}, "items[0].status: "),
    ],
)
def test_a_mistake_is_told_with_its_place(wrong: dict[str, Any], words: str) -> None:
    """And costs the whole request, which is sent again when it is mended."""
    lines = told({**EVENT, **wrong}, {**EVENT, "id": "other"})
    assert any(words in line for line in lines), lines


def test_an_id_stands_once_in_a_request() -> None:
    """Else nobody knows which one holds."""
    assert told(EVENT, EVENT) == ["items[1].id: 'kongress-2027' stands twice in this request"]


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[]", b"3", b'{"items": 3}', b"{}"])
def test_what_is_no_request_is_a_problem(data: bytes) -> None:
    """Nothing is raised."""
    found = posted.parse(data, zone="Europe/Berlin")
    assert found.problem
    assert found.items == []


def test_too_many_items_are_refused() -> None:
    """A program that wants to send more sends several requests."""
    items = [{"id": str(number), "title": "x"} for number in range(posted.MOST_ITEMS + 1)]
    assert told(*items)


def test_what_we_print_can_be_posted() -> None:
    """The same words on both sides."""
    calendar = (
        "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:a\nSUMMARY:Jour fixe\n"
        "DTSTART;TZID=Europe/Berlin:20270104T100000\nRRULE:FREQ=WEEKLY;COUNT=5\n"
        "EXDATE;TZID=Europe/Berlin:20270111T100000\nEND:VEVENT\n"
        "BEGIN:VEVENT\nUID:b\nSUMMARY:Messe\nDTSTART;VALUE=DATE:20271118\n"
        "DTEND;VALUE=DATE:20271120\nSTATUS:CANCELLED\nLOCATION:Köln\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    now = datetime(2026, 11, 27, tzinfo=UTC)
    read = reading.parse(calendar.encode(), now=now)
    again = post(*(one.tree() for one in read.items))
    assert again.skipped == []
    assert [one.fingerprint for one in again.items] == [one.fingerprint for one in read.items]


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from([*EVENT, "items", "due", "rule"]), inner, max_size=5)
        ),
        max_leaves=20,
    ).map(lambda tree: json.dumps(tree).encode())
)
def test_nothing_is_raised(data: bytes) -> None:
    """Whatever is sent."""
    found = posted.parse(data, zone="Europe/Berlin", now=date(2026, 11, 27))
    assert found.items or found.problem or not found.skipped


def test_the_schema_names_every_field() -> None:
    """It is given out, so that others can check what they send."""
    tree = posted.schema()
    assert {"id", "title", "start", "due", "url"} <= set(tree["$defs"]["PostedItem"]["properties"])
