"""Events as calendar files, read back by our own importer and by others."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.events.event import DeadlineKind, Deviation, Event, Kind, Series, Stage, Status
from bot.events.formats.ics import parse_ics
from bot.events.ics import to_ics
from bot.events.occurrences import occurrences
from bot.text.moments import DAY_MINUTES, Moment

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
CHANGED = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
LINK = "https://www.example.org/termin"


def at(day: str, minute: int | None = None) -> Moment:
    return Moment(day=date.fromisoformat(day), minute=minute)


CONGRESS = Event(
    uid="congress",
    kind=Kind.CONFERENCE,
    title="Kongress, zweiter; mit Umlaut: Größe",
    text="Erste Zeile\nZweite, mit Komma",
    start=at("2027-11-18"),
    end=at("2027-11-19"),
    place="Kiel, Rathaus",
    link=LINK,
    source=LINK,
)
TALK = CONGRESS.model_copy(
    update={"start": at("2027-03-28", 90), "end": at("2027-03-28", 240), "kind": Kind.MEETING}
)
OFFICE_HOUR = Event(
    uid="office-hour",
    title="Sprechstunde",
    kind=Kind.MEETING,
    start=at("2026-10-14", 600),
    end=at("2026-10-14", 660),
    series=Series(
        rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=WE;COUNT=8",
        deviations=(
            Deviation(original=at("2026-12-23", 600)),
            Deviation(original=at("2027-01-06", 600)),
            Deviation(
                original=at("2026-11-25", 600),
                start=at("2026-11-26", 615),
                end=at("2026-11-26", 700),
            ),
            Deviation(original=at("2026-12-09", 600), cancelled=True),
        ),
    ),
)
DAYS = OFFICE_HOUR.model_copy(
    update={
        "start": at("2026-10-14"),
        "end": at("2026-10-15"),
        "series": Series(
            rule="FREQ=MONTHLY;UNTIL=20270301", deviations=(Deviation(original=at("2026-11-14")),)
        ),
    }
)
DUE = Event(
    uid="call",
    kind=Kind.DEADLINE,
    title="Skizze",
    start=at("2027-02-12", 23 * 60 + 59),
    deadline=DeadlineKind.CUT_OFF,
    source=LINK,
    link=LINK,
)
MIDNIGHT = DUE.model_copy(update={"start": at("2027-02-12", DAY_MINUTES)})
WHOLE_DAY = DUE.model_copy(update={"start": at("2027-02-12"), "deadline": None})
MONTHLY = DUE.model_copy(update={"series": Series(rule="FREQ=MONTHLY;COUNT=3")})
ROLLING = DUE.model_copy(
    update={"deadline": DeadlineKind.ROLLING, "start": at("2027-01-01"), "end": at("2027-12-31")}
)
ABROAD = TALK.model_copy(update={"zone": "America/New_York"})
EVERYTHING = [
    CONGRESS, TALK, OFFICE_HOUR, DAYS, DUE, MIDNIGHT, WHOLE_DAY, MONTHLY, ROLLING, ABROAD,
    CONGRESS.model_copy(update={"status": Status.TENTATIVE}),
    OFFICE_HOUR.model_copy(update={"status": Status.CANCELLED}),
]  # fmt: skip


def written(event: Event) -> str:
    return to_ics(event, changed_at=CHANGED, version=3).decode()


def components(event: Event) -> list[Any]:
    return list(icalendar.Calendar.from_ical(written(event)).walk("VEVENT"))


@pytest.mark.parametrize("event", EVERYTHING, ids=lambda event: event.uid)
def test_what_was_written_is_read_back(event: Event) -> None:
    """By our own importer, with every date of a series as it was."""
    (found,), problems = parse_ics(written(event), "a.ics")

    assert problems == []
    same = ("uid", "kind", "title", "text", "start", "end", "zone", "place", "link", "status")
    assert [getattr(found, name) for name in same] == [getattr(event, name) for name in same]
    assert found.deadline == event.deadline
    assert dates(found) == dates(event)


def dates(event: Event) -> list[tuple[object, ...]]:
    off = event.status is Status.CANCELLED
    return [
        (one.start, one.end, one.original, one.moved, one.cancelled or off)
        for one in occurrences(event, after=LONG_AGO, limit=50)
    ]


@settings(max_examples=60, deadline=None)
@given(
    day=st.dates(date(2026, 1, 1), date(2036, 12, 31)),
    minute=st.one_of(st.none(), st.integers(1, DAY_MINUTES)),
    zone=st.sampled_from(["Europe/Berlin", "Europe/London", "Asia/Kathmandu"]),
)
def test_a_deadline_is_due_when_it_was(day: date, minute: int | None, zone: str) -> None:
    """To the minute and on the same day, also at 24:00 and in the nights when clocks change."""
    due = DUE.model_copy(update={"start": Moment(day=day, minute=minute), "zone": zone})
    (found,), problems = parse_ics(written(due), "a.ics")

    assert problems == []
    assert found.start == due.start if minute is None else found.begins_at == due.begins_at
    (entry,) = components(due)
    begin = entry["DTSTART"].dt
    assert (begin.date() if isinstance(begin, datetime) else begin) in {day, day - timedelta(1)}


def test_a_deadline_at_midnight_stands_on_the_day_that_ends() -> None:
    """A calendar that shows the day after would make people late."""
    (entry,) = components(MIDNIGHT)
    assert entry["DTSTART"].dt.isoformat() == "2027-02-12T23:30:00+01:00"
    assert entry["DTEND"].dt.isoformat() == "2027-02-13T00:00:00+01:00"
    assert entry["TRANSP"] == "TRANSPARENT"


def test_whole_days_end_on_the_day_after() -> None:
    """As iCalendar has it: the end is exclusive."""
    (entry,) = components(CONGRESS)
    assert entry["DTSTART"].dt == date(2027, 11, 18)
    assert entry["DTEND"].dt == date(2027, 11, 20)
    (entry,) = components(WHOLE_DAY)
    assert (entry["DTSTART"].dt, entry["DTEND"].dt) == (date(2027, 2, 12), date(2027, 2, 13))


def test_a_program_that_knows_no_zones_learns_them() -> None:
    """Times keep their zone, whose rules are in the file; whole days need none."""
    assert "BEGIN:VTIMEZONE" in written(TALK)
    assert "TZID=America/New_York" in written(ABROAD)
    assert "VTIMEZONE" not in written(CONGRESS)


def test_nothing_rings_and_the_version_counts() -> None:
    """The hub reminds; a newer file replaces an older one under the same uid."""
    text = written(OFFICE_HOUR)
    assert "VALARM" not in text
    for entry in components(OFFICE_HOUR):
        assert (entry["UID"], entry["SEQUENCE"]) == ("office-hour", 2)
        assert entry["DTSTAMP"].dt == CHANGED
    assert text == written(OFFICE_HOUR)


@pytest.mark.parametrize("event", [OFFICE_HOUR, DAYS, MONTHLY], ids=lambda event: event.uid)
def test_other_programs_compute_the_same_dates(event: Event) -> None:
    """What a calendar shows that knows nothing of ours but the file."""
    calendar = icalendar.Calendar.from_ical(written(event))
    found = recurring_ical_events.of(calendar).between((2026, 1, 1), (2028, 1, 1))
    begins = sorted(str(one["DTSTART"].dt)[:10] for one in found)
    assert begins == [
        one.start.day.isoformat() for one in occurrences(event, after=LONG_AGO, limit=50)
    ]


def test_a_cancelled_date_is_marked_and_the_others_are_not() -> None:
    """It stays in the calendar, crossed out."""
    statuses = [str(entry["STATUS"]) for entry in components(OFFICE_HOUR)]
    assert statuses == ["CONFIRMED", "CONFIRMED", "CANCELLED"]


@pytest.mark.parametrize(
    ("rule", "start", "until"),
    [
        ("FREQ=WEEKLY;UNTIL=20261231", at("2026-10-14", 600), "20261231T225959Z"),
        ("FREQ=WEEKLY;UNTIL=20261231T100000", at("2026-10-14", 600), "20261231T090000Z"),
        ("FREQ=WEEKLY;UNTIL=20261231T100000Z", at("2026-10-14", 600), "20261231T100000Z"),
        ("FREQ=WEEKLY;UNTIL=20261231T100000Z", at("2026-10-14"), "20261231"),
    ],
)
def test_the_end_of_a_series_has_the_form_that_its_start_asks_for(
    rule: str, start: Moment, until: str
) -> None:
    """Times in UTC, days as days; strict programs refuse everything else."""
    event = OFFICE_HOUR.model_copy(
        update={"start": start, "end": None, "series": Series(rule=rule)}
    )
    assert f"UNTIL={until}\r\n" in written(event)


def test_what_is_due_before_is_an_entry_of_its_own() -> None:
    """Whoever takes the deadline along should not miss the registration."""
    call = DUE.model_copy(update={"stages": (Stage(title="Registrierung", due=at("2027-02-05")),)})
    _, stage = components(call)
    assert stage["SUMMARY"] == "Registrierung: Skizze"
    assert stage["DTSTART"].dt == date(2027, 2, 5)
    assert stage["UID"] == "call#1"
    found, problems = parse_ics(written(call), "a.ics")
    assert ([one.uid for one in found], problems) == (["call", "call#1"], [])
