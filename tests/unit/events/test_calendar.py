"""Many events as one calendar: valid by the letter, and the same to other programs."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.events.calendar import Kept, Title, assembled, part
from bot.events.dues import Due
from bot.events.event import DeadlineKind, Deviation, Event, Kind, Series, Stage, Status
from bot.events.occurrences import occurrences
from bot.text.moments import Moment
from bot.timing.leads import read_leads, remind_at
from tests.unit.events.made import events
from tests.unit.events.rfc5545 import problems
from tests.unit.events.test_ics import (
    CONGRESS,
    DUE,
    EVERYTHING,
    MIDNIGHT,
    MONTHLY,
    OFFICE_HOUR,
    ROLLING,
    TALK,
    at,
)

BERLIN = ZoneInfo("Europe/Berlin")
CHANGED = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
TITLE = Title("Stadtfunk; Termine, „Kürzel“", refresh=timedelta(hours=1))
NINE = time(9)

SPRING = OFFICE_HOUR.model_copy(
    update={
        "uid": "spring",
        "start": at("2027-03-21", 210),
        "end": at("2027-03-21", 270),
        "series": Series(
            rule="FREQ=WEEKLY;COUNT=34",
            deviations=(
                Deviation(original=at("2027-04-04", 210)),
                Deviation(original=at("2027-04-11", 210), start=at("2027-04-12", 600)),
                Deviation(original=at("2027-04-18", 210), cancelled=True),
            ),
        ),
    }
)
"""Every week over both changes of clocks: half past three is half an hour after the one in
spring, and half an hour after it in autumn, too."""


def written(*found: Event, leads: str = "aus", version: int = 3, zone: ZoneInfo = BERLIN) -> str:
    def reminded(due: Due) -> Collection[datetime]:
        day = due.day(zone)
        return [remind_at(day, one, at=NINE, zone=zone, laender=()) for one in read_leads(leads)]

    kept = [Kept(event, version, CHANGED) for event in found]
    data = assembled([part(one, reminded=reminded) for one in kept], TITLE)
    assert problems(data) == []
    return data.decode()


def entries(text: str) -> list[Any]:
    return list(icalendar.Calendar.from_ical(text).walk("VEVENT"))


def triggers(event: Event, leads: str, **others: Any) -> list[str]:
    """Return when the entries of an event ring, as the file says it."""
    lines = written(event, leads=leads, **others).splitlines()
    return [line.removeprefix("TRIGGER") for line in lines if line.startswith("TRIGGER")]


def renamed(found: Sequence[Event]) -> list[Event]:
    return [one.model_copy(update={"uid": f"{one.uid}-{n}"}) for n, one in enumerate(found)]


# What the file is


def test_a_calendar_says_what_it_is() -> None:
    """Its name and how often to ask, in the old and the new words for that."""
    head, _, _ = written(CONGRESS).partition("\r\nBEGIN:VEVENT")
    assert set(head.split("\r\n")) == {
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Stadtfunk//stadtfunk//DE",
        "CALSCALE:GREGORIAN",
        "NAME:Stadtfunk\\; Termine\\, „Kürzel“",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        "X-WR-CALNAME:Stadtfunk\\; Termine\\, „Kürzel“",
        "X-WR-TIMEZONE:Europe/Berlin",
    }


def test_a_series_in_utc_is_not_moved_by_the_zone_of_the_calendar() -> None:
    """Programs read times in UTC as times of that zone, and repeat them by its clocks."""
    utc = OFFICE_HOUR.model_copy(update={"zone": "UTC"})
    assert "X-WR-TIMEZONE" not in written(utc)
    assert "X-WR-TIMEZONE" in written(TALK.model_copy(update={"zone": "UTC"}))


def test_an_empty_calendar_is_one() -> None:
    """Whoever subscribed to nothing yet can still have it."""
    assert entries(written()) == []


def test_everything_at_once_is_valid_and_always_the_same() -> None:
    """In whatever order the events come; that is what tells a reader that nothing changed."""
    found = renamed(EVERYTHING)
    text = written(*found, leads="30, 14, 1 Tage")
    assert text == written(*reversed(found), leads="30, 14, 1 Tage")
    assert text != written(*found, leads="30, 14, 1 Tage", version=4)


def test_each_zone_is_explained_once_and_no_other() -> None:
    """However many events use it; whole days use none."""
    abroad = TALK.model_copy(update={"uid": "abroad", "zone": "America/New_York"})
    utc = TALK.model_copy(update={"uid": "utc", "zone": "UTC"})
    lines = written(TALK, OFFICE_HOUR, abroad, utc, CONGRESS).splitlines()
    zones = [line for line in lines if line.startswith("TZID:")]
    assert zones == ["TZID:America/New_York", "TZID:Europe/Berlin"]
    assert "VTIMEZONE" not in written(CONGRESS)


def test_versions_are_those_of_the_event() -> None:
    """So a program knows the newer one."""
    for entry in entries(written(OFFICE_HOUR)):
        assert (entry["UID"], entry["SEQUENCE"]) == ("office-hour", 2)
        assert entry["DTSTAMP"].dt == entry["LAST-MODIFIED"].dt == CHANGED


def test_what_is_cancelled_stays_and_says_so() -> None:
    """Whoever planned for it should see that it is off; one date of a series as well."""
    off = CONGRESS.model_copy(update={"status": Status.CANCELLED})
    (entry,) = entries(written(off))
    assert entry["STATUS"] == "CANCELLED"
    statuses = {str(one["STATUS"]) for one in entries(written(SPRING))}
    assert statuses == {"CONFIRMED", "CANCELLED"}
    doubtful = CONGRESS.model_copy(update={"status": Status.TENTATIVE})
    (entry,) = entries(written(doubtful))
    assert entry["STATUS"] == "TENTATIVE"


def test_a_name_that_two_entries_claim_is_given_once() -> None:
    """A file that was made of our calendar calls the stage of a deadline an event of its own."""
    call = DUE.model_copy(update={"stages": (Stage(title="Vorher", due=at("2027-02-05")),)})
    again = CONGRESS.model_copy(update={"uid": "call#1"})
    assert [str(one["UID"]) for one in entries(written(call, again))] == ["call", "call#1"]


def test_names_that_differ_in_what_no_calendar_holds_stay_two() -> None:
    """What is taken out of them still tells them apart."""
    two = [TALK.model_copy(update={"uid": uid}) for uid in ("\x1a", "\x1b")]
    names = {str(one["UID"]) for one in entries(written(*two))}
    assert len(names) == len(two)
    assert names.isdisjoint({"", "\x1a", "\x1b"})


def test_what_ends_when_it_begins_has_no_end() -> None:
    """An end has to be later, also where the clocks go forward in between."""
    short = TALK.model_copy(update={"end": TALK.start})
    gap = TALK.model_copy(update={"start": at("2027-03-28", 150), "end": at("2027-03-28", 185)})
    for event in (short, gap):
        (entry,) = entries(written(event))
        assert "DTEND" not in entry


# When it rings

AFTERNOON = TALK.model_copy(update={"start": at("2027-05-03", 840), "end": None})


@pytest.mark.parametrize(
    ("event", "offsets"),
    [
        (CONGRESS, ["-P13DT15H", "-PT15H", "PT9H"]),
        (AFTERNOON, ["-P14DT5H", "-P1DT5H", "-PT5H"]),
        (DUE, ["RELATED=END:-P14DT14H59M", "RELATED=END:-P1DT14H59M", "RELATED=END:-PT14H59M"]),
        (MIDNIGHT, ["RELATED=END:-P14DT15H", "RELATED=END:-P1DT15H", "RELATED=END:-PT15H"]),
        (ROLLING, ["RELATED=END:-P14DT15H", "RELATED=END:-P1DT15H", "RELATED=END:-PT15H"]),
        (DUE.model_copy(update={"start": at("2027-02-12")}), ["-P13DT15H", "-PT15H", "PT9H"]),
        (MONTHLY, ["-P14DT14H59M", "-P1DT14H59M", "-PT14H59M"]),
    ],
    ids=["days", "time", "deadline", "midnight", "rolling", "deadline-of-a-day", "series"],
)  # fmt: skip
def test_it_rings_at_nine_so_many_days_before(event: Event, offsets: list[str]) -> None:
    """From its start; of a deadline from its end, where only the end is when it is due."""
    found = [one.lstrip(":;") for one in triggers(event, "14 Tage, 1 Tag, 0 Tage")]
    assert sorted(found) == sorted(offsets)


def test_it_rings_by_the_clocks_of_the_chat() -> None:
    """Nine o'clock in Berlin is three in New York."""
    abroad = TALK.model_copy(
        update={"zone": "America/New_York", "start": at("2027-05-03", 840), "end": None}
    )
    assert triggers(abroad, "1d") == [":-P1DT11H"]


def test_a_working_day_before_monday_is_friday() -> None:
    """As the hub itself counts."""
    monday = CONGRESS.model_copy(update={"start": at("2027-05-03"), "end": None})
    assert triggers(monday, "1 Werktag") == [":-P2DT15H"]


def test_nothing_rings_that_is_cancelled_and_nothing_where_nobody_wants_it() -> None:
    """One date of a series that is off is silent, the others ring."""
    assert triggers(CONGRESS.model_copy(update={"status": Status.CANCELLED}), "1d") == []
    assert triggers(CONGRESS, "aus") == []
    off = [one for one in entries(written(SPRING, leads="1d")) if one["STATUS"] == "CANCELLED"]
    assert [one.walk("VALARM") for one in off] == [[]]
    endless = ROLLING.model_copy(update={"end": None})
    assert triggers(endless, "1d") == []


def test_a_stage_rings_as_well() -> None:
    """Whoever misses the registration can't take part."""
    call = DUE.model_copy(update={"stages": (Stage(title="Vorher", due=at("2027-02-05")),)})
    assert triggers(call, "1d") == [";RELATED=END:-P1DT14H59M", ":-PT15H"]


# Read by others


def vevents(text: str) -> list[Any]:
    return list(vobject.readOne(text).vevent_list)


def instants(text: str) -> list[tuple[str, object, object, bool]]:
    """Return every date that another library finds: of what, from when to when, whether it is off.

    It knows no zones but those that the file explains.
    """
    masters, changed = [], {}
    for one in vevents(text):
        if hasattr(one, "recurrence_id"):
            changed[one.uid.value, _utc(one.recurrence_id.value)] = one
        else:
            masters.append(one)
    found = []
    for master in masters:
        for start in _starts(master):
            one = changed.pop((master.uid.value, _utc(start)), None)
            found.append(_date(one or master, one.dtstart.value if one else start))
    return sorted([*found, *(_date(one, one.dtstart.value) for one in changed.values())], key=str)


def _starts(master: Any) -> list[Any]:
    start = master.dtstart.value
    if not hasattr(master, "rrule"):
        return [start]
    dates = list(master.getrruleset(addRDate=False))
    return dates if isinstance(start, datetime) else [one.date() for one in dates]


def _date(one: Any, start: Any) -> tuple[str, object, object, bool]:
    length = one.dtend.value - one.dtstart.value if hasattr(one, "dtend") else None
    end = None if length is None else _utc(start + length)
    return one.uid.value, _utc(start), end, one.status.value == "CANCELLED"


def _utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def expected(event: Event) -> list[tuple[str, object, object, bool]]:
    """Return the same of our own dates."""
    off = event.status is Status.CANCELLED
    found = []
    for one in occurrences(event, after=LONG_AGO, limit=999):
        start: object = (
            one.start.begins(event.tz) if one.start.minute is not None else one.start.day
        )
        end: object = one.end.ends(event.tz) if one.end else None
        if one.start.is_day:
            end = (one.end or one.start).day + timedelta(days=1)
        found.append((event.uid, start, end, off or one.cancelled))
    return sorted(found, key=str)


@pytest.mark.parametrize("event", [SPRING, OFFICE_HOUR, CONGRESS, TALK], ids=lambda one: one.uid)
def test_another_library_finds_the_same_instants(event: Event) -> None:
    """Over both changes of clocks: a series, a talk in the night of the change, and whole days."""
    assert instants(written(event)) == expected(event)


def test_half_past_three_is_half_past_three_after_the_change() -> None:
    """In spring an hour earlier by the sun, in autumn again as before."""
    starts = {start for _, start, _, _ in instants(written(SPRING))}
    assert datetime(2027, 3, 21, 2, 30, tzinfo=UTC) in starts
    assert datetime(2027, 3, 28, 1, 30, tzinfo=UTC) in starts
    assert datetime(2027, 10, 24, 1, 30, tzinfo=UTC) in starts
    assert datetime(2027, 10, 31, 2, 30, tzinfo=UTC) in starts


def test_what_is_due_in_an_hour_that_is_skipped_is_due_an_hour_later() -> None:
    """By a clock on the wall as well, on which the half hour before it is not later."""
    skipped = DUE.model_copy(update={"start": at("2027-03-28", 150), "stages": ()})
    (one,) = vevents(written(skipped, leads="1d"))
    assert one.dtstart.value.astimezone(UTC) == datetime(2027, 3, 28, 1, tzinfo=UTC)
    assert one.dtend.value.astimezone(UTC) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert one.valarm.trigger.value == -timedelta(hours=18, minutes=30)


def test_every_day_around_the_changes_is_the_same_to_another_library() -> None:
    """Each hour of both weeks, but the one that is there twice: only one of the two is meant."""
    found = [
        TALK.model_copy(
            update={
                "uid": f"{day}-{hour}",
                "start": Moment(day=day, minute=hour * 60),
                "end": None,
            }
        )
        for first in (date(2027, 3, 25), date(2027, 10, 28))
        for day in (first + timedelta(days=count) for count in range(7))
        for hour in range(24)
        if (day.month, day.day, hour) not in {(3, 28, 2), (10, 31, 2)}
    ]
    wanted = sorted([one for event in found for one in expected(event)], key=str)
    assert instants(written(*found)) == wanted


def test_another_library_reads_every_field() -> None:
    """A range of days and a cancelled event, field by field."""
    off = CONGRESS.model_copy(update={"uid": "off", "status": Status.CANCELLED})
    for one in vevents(written(CONGRESS, off, leads="14d")):
        assert one.summary.value == CONGRESS.title
        assert one.description.value == CONGRESS.text
        assert one.location.value == CONGRESS.place
        assert one.url.value == CONGRESS.link
        assert one.categories.value == ["conference"]
        assert (one.dtstart.value, one.dtend.value) == (date(2027, 11, 18), date(2027, 11, 20))
        assert one.last_modified.value == CHANGED
        assert one.sequence.value == "2"
        cancelled = one.uid.value == "off"
        assert one.status.value == ("CANCELLED" if cancelled else "CONFIRMED")
        assert hasattr(one, "valarm") is not cancelled
        if not cancelled:
            assert one.valarm.trigger.value == -timedelta(days=13, hours=15)
            assert (one.valarm.action.value, one.valarm.description.value) == (
                "DISPLAY",
                CONGRESS.title,
            )


# Any event


@settings(max_examples=120)
@given(
    st.lists(events(), max_size=4, unique_by=lambda one: one.uid),
    st.sampled_from(["aus", "0d", "30, 14, 1 Tage", "3 Werktage", "2 Wochen"]),
)
def test_any_events_make_a_valid_calendar(found: list[Event], leads: str) -> None:
    """Whatever words, times and rules they have."""
    written(*found, leads=leads)


@settings(max_examples=80)
@given(events())
def test_any_event_is_read_back_with_all_its_dates(event: Event) -> None:
    """By a program that knows nothing but the file."""
    event = event.model_copy(update={"stages": ()})
    calendar = icalendar.Calendar.from_ical(written(event, leads="1d"))
    entries_ = recurring_ical_events.of(calendar).between((2024, 1, 1), (2034, 1, 1))
    wanted = [
        one.start.day if one.start.is_day else one.start.begins(event.tz)
        for one in occurrences(event, after=LONG_AGO, limit=999)
        if one.start.day.year < 2034
    ]
    assert sorted(_utc(one[_begins(event)].dt) for one in entries_) == sorted(wanted)


def _begins(event: Event) -> str:
    """Return where the instant stands by which an event is sorted: a deadline ends then."""
    timed = event.series is None and not event.start.is_day
    due = event.kind is Kind.DEADLINE and event.deadline is not DeadlineKind.ROLLING
    return "DTEND" if timed and due else "DTSTART"
