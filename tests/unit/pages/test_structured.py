"""Events as schema.org/Event, field by field."""

from typing import Any

import pytest

from bot.events.event import Event, Series, Status
from bot.pages.structured import structured
from tests.unit.pages import made

URL = f"{made.ADDRESS}/events/1"


def of(event: Event) -> dict[str, Any]:
    found = structured(made.shown(1, event), url=URL, now=made.NOW)
    assert found is not None
    return found


def test_days_are_dates_and_the_last_one_is_included() -> None:
    """Not the day after, as calendars have it."""
    assert of(made.CONGRESS) == {
        "@context": "https://schema.org",
        "@type": "Event",
        "@id": URL,
        "url": URL,
        "name": "9. Kongress: Vom Machen ins Wirken",
        "description": made.CONGRESS.text,
        "startDate": "2027-03-17",
        "endDate": "2027-03-19",
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": {"@type": "Place", "name": "Rathaus, Kiel", "address": "Rathaus, Kiel"},
    }


def test_hours_have_their_distance_from_utc_and_what_held_before() -> None:
    """Also across the change to summer time."""
    found = of(made.EXPO)
    assert found["startDate"] == "2027-03-26T10:00:00-04:00"
    assert found["endDate"] == "2027-03-26T18:00:00-04:00"
    assert found["eventStatus"] == "https://schema.org/EventRescheduled"
    assert found["previousStartDate"] == "2027-02-26T10:00:00-05:00"


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (Status.CANCELLED, "EventCancelled"),
        (Status.TENTATIVE, "EventScheduled"),
        (Status.POSTPONED, "EventPostponed"),
    ],
)
def test_what_holds_now_is_said(status: Status, name: str) -> None:
    """Without an earlier date a postponed event has not got a new one."""
    event = made.CONGRESS.model_copy(update={"status": status})
    assert of(event)["eventStatus"] == f"https://schema.org/{name}"


def test_a_deadline_is_no_event() -> None:
    """Nobody can go there."""
    assert structured(made.shown(1, made.CALL), url=URL, now=made.NOW) is None


def test_a_series_has_its_rule_and_its_next_dates() -> None:
    """With those that are cancelled or moved."""
    found = of(made.OFFICE_HOUR)
    assert found["startDate"] == "2027-03-03T10:00:00+01:00"
    assert "endDate" not in found
    assert found["eventSchedule"] == {
        "@type": "Schedule",
        "repeatFrequency": "P1W",
        "startDate": "2027-03-03",
        "repeatCount": 6,
        "byDay": ["WE"],
        "startTime": "10:00:00",
        "endTime": "11:00:00",
        "scheduleTimezone": "Europe/Berlin",
        "exceptDate": [
            "2027-03-17T10:00:00+01:00",
            "2027-03-24T10:00:00+01:00",
            "2027-03-31T10:00:00+02:00",
        ],
    }
    assert [
        (one["startDate"], one["eventStatus"].rsplit("/")[-1]) for one in found["subEvent"]
    ] == [
        ("2027-03-10T10:00:00+01:00", "EventScheduled"),
        ("2027-03-17T10:00:00+01:00", "EventCancelled"),
        ("2027-03-25T10:30:00+01:00", "EventRescheduled"),
        ("2027-04-07T10:00:00+02:00", "EventScheduled"),
    ]
    assert found["subEvent"][2]["previousStartDate"] == "2027-03-24T10:00:00+01:00"


def test_a_rule_that_schema_org_has_no_words_for_is_left_to_its_dates() -> None:
    """Half a rule would be wrong."""
    rule = "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"
    event = made.OFFICE_HOUR.model_copy(update={"series": Series(rule=rule)})
    found = of(event)
    assert "eventSchedule" not in found
    assert len(found["subEvent"]) == 20


@pytest.mark.parametrize(
    ("place", "kinds"),
    [
        ("online", ["VirtualLocation"]),
        ("Videokonferenz (BigBlueButton)", ["VirtualLocation"]),
        ("hybrid: Rathaus Jena und online", ["Place", "VirtualLocation"]),
        ("Digitalhaus, Soest", ["Place"]),
        ("Online-Akademie", ["VirtualLocation"]),
    ],
)
def test_where_it_is_tells_the_sort_of_place(place: str, kinds: list[str]) -> None:
    """A link to join belongs to what is online."""
    found = of(made.CONGRESS.model_copy(update={"place": place}))["location"]
    places = found if isinstance(found, list) else [found]
    assert [one["@type"] for one in places] == kinds
    assert all(one["url"] == made.CONGRESS.link for one in places if "url" in one)


def test_an_event_without_a_place_claims_none() -> None:
    """Rather nothing than something wrong."""
    found = of(made.CONGRESS.model_copy(update={"place": ""}))
    assert "location" not in found
    assert "eventAttendanceMode" not in found
