"""Files of events: what is understood, and what an editor has to mend."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events.event import DeadlineKind, Event, Kind, Status
from bot.events.formats import PARSERS, parse

SAMPLE = Path(__file__).parents[3] / "bot" / "sample" / "events.json"

TOML = """\
[[event]]
id = "a"
titel = "Regionalkonferenz"
start = 2027-05-11T09:30:00
ende = 2027-05-11T17:00:00
ort = "Halle"
land = ["ST", "Sachsen"]

[[event]]
id = "b"
typ = "Frist"
titel = "Skizze"
start = "29. Januar 2027, 24 Uhr"
status = "verlängert auf 12. Februar 2027, 24 Uhr"
art = "Ausschlussfrist"
stufen = "Registrierung bis 22.1.2027, 12 Uhr"
"""

ICS = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test
X-WR-TIMEZONE:Europe/Berlin
BEGIN:VEVENT
UID:congress
SUMMARY:Kongress
DTSTART;VALUE=DATE:20271118
DTEND;VALUE=DATE:20271120
CATEGORIES:Konferenz
STATUS:TENTATIVE
END:VEVENT
BEGIN:VEVENT
UID:weekly
SUMMARY:Sprechstunde
DTSTART;TZID=Europe/Berlin:20261014T100000
DTEND;TZID=Europe/Berlin:20261014T110000
RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=8
EXDATE;TZID=Europe/Berlin:20261223T100000
END:VEVENT
BEGIN:VEVENT
UID:weekly
RECURRENCE-ID;TZID=Europe/Berlin:20261125T100000
SUMMARY:Sprechstunde
DTSTART;TZID=Europe/Berlin:20261126T140000
DTEND;TZID=Europe/Berlin:20261126T150000
END:VEVENT
BEGIN:VEVENT
UID:utc
SUMMARY:Export in UTC
DTSTART:20270701T080000Z
END:VEVENT
END:VCALENDAR
"""

UNKNOWN_ZONE = "DTSTART;TZID=Mars/Olympus:20270701T080000"


def read(text: str, name: str) -> dict[str, Event]:
    """Return the events of a file without mistakes."""
    events, problems = parse(text.encode(), name)
    assert problems == []
    return {event.uid: event for event in events}


def problems(text: str | bytes, name: str) -> list[str]:
    """Return what is wrong with a file."""
    data = text.encode() if isinstance(text, str) else text
    return [str(problem) for problem in parse(data, name)[1]]


def test_the_sample_is_read_without_a_mistake() -> None:
    """Real events as they are; made-up ones are named as examples."""
    events = read(SAMPLE.read_text(encoding="utf-8"), "events.json")
    assert len(events) == 12
    assert all(event.title.endswith("(Beispiel)") is event.example for event in events.values())
    congress, call = events["kongress-7-kiel"], events["fik-aufruf-skizze"]
    assert (str(congress.start.day), str(congress.end and congress.end.day)) == (
        "2025-11-18",
        "2025-11-19",
    )
    assert (call.status, call.deadline) == (Status.EXTENDED, DeadlineKind.CUT_OFF)
    assert call.previous is not None
    assert (str(call.start.day), str(call.previous.day)) == ("2027-02-12", "2027-01-29")
    assert [stage.title for stage in call.stages] == ["Registrierung"]
    assert events["frist-bewerbung-2021"].start.minute == 24 * 60
    assert events["fik-eu-call"].zone == "Europe/Brussels"
    assert events["fik-mittelabruf"].laender == ("NW", "SN")
    series = events["fik-sprechstunde"].series
    assert series is not None
    assert len(series.deviations) == 2


def test_toml_has_dates_of_its_own() -> None:
    """They are read as the wall time of the event's zone."""
    events = read(TOML, "e.toml")
    assert events["a"].kind is Kind.CONFERENCE
    assert events["a"].laender == ("ST", "SN")
    assert (events["a"].start.minute, events["a"].end and events["a"].end.minute) == (570, 1020)
    assert events["b"].start.minute == 24 * 60
    assert events["b"].stages[0].due.minute == 12 * 60


def test_csv_is_read_as_spreadsheets_write_it() -> None:
    """With semicolons, a byte order mark and empty rows."""
    head, row = "\ufeffid;typ;titel;datum;ort;land", "a;Schulung;x;14.3.2027, 10–12 Uhr;online;NRW"
    text = f"{head}\r\n\r\n{row}\r\n"
    (event,) = read(text, "e.csv").values()
    assert (event.kind, event.place, event.laender) == (Kind.TRAINING, "online", ("NW",))
    assert (event.start.minute, event.end and event.end.minute) == (600, 720)


def test_icalendar_is_read_with_series_and_exceptions() -> None:
    """An all-day end is exclusive there and inclusive here; UTC is shown as Berlin's time."""
    events = read(ICS, "e.ics")
    congress = events["congress"]
    assert (congress.kind, congress.status) == (Kind.CONFERENCE, Status.TENTATIVE)
    assert (str(congress.start.day), str(congress.end and congress.end.day)) == (
        "2027-11-18",
        "2027-11-19",
    )
    series = events["weekly"].series
    assert series is not None
    left_out, moved = series.deviations
    assert left_out.start is None
    assert moved.start is not None
    assert (str(moved.start.day), moved.start.minute) == ("2026-11-26", 14 * 60)
    assert events["utc"].start.minute == 10 * 60


def test_a_zone_that_nobody_knows_is_a_mistake() -> None:
    """A time is never guessed."""
    (problem,) = problems(ICS.replace("DTSTART:20270701T080000Z", UNKNOWN_ZONE), "e.ics")
    assert problem.startswith("e.ics:utc: the time zone “Mars/Olympus” is not known")


def test_line_ends_of_old_exports_do_no_harm() -> None:
    """One published calendar had CR CR LF."""
    assert read(ICS.replace("\n", "\r\r\n"), "e.ics").keys() == {"congress", "weekly", "utc"}


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"start": "31.2.2027"}, "start: “31.2.2027” is no date"),
        ({"start": "14.3."}, "start: “14.3.” names no year"),
        ({"start": ""}, "start: this is missing"),
        ({"titel": ""}, "title: this is missing"),
        ({"land": "Bajern"}, "land: “Bajern” is no Land"),
        ({"status": "weg"}, "status: “weg” is none of"),
        ({"typ": "Fest"}, "typ: “fest” is none of"),
        ({"typ": "Frist", "art": "hart"}, "art: “hart” is none of"),
        ({"ende": "1.1.2027"}, "start: the end lies before the start"),
        ({"zeitzone": "Mars/Olympus"}, "zeitzone: “Mars/Olympus” is no IANA time zone"),
        ({"wiederholung": "RRULE:FREQ=OFTEN"}, "wiederholung: the rule of a series has one of"),
        ({"link": "javascript:alert(1)"}, "link: “javascript:alert(1)” is no address"),
        ({"farbe": "rot"}, "farbe: this field is not known"),
        ({"thema": "Zwei Wörter"}, "thema: "),
    ],
)
def test_a_mistake_is_named_with_its_key(row: dict[str, str], problem: str) -> None:
    """The editor finds it at once."""
    rows = [{"id": "a", "titel": "x", "start": "14.3.2027"} | row]
    (found,) = problems(json.dumps(rows), "e.json")
    assert found.startswith(f"e.json:[1] a: {problem}")


def test_a_mistake_in_a_table_is_named_with_its_line() -> None:
    """A cell with line breaks counts as many."""
    text = 'id,titel,start\na,"zwei\nZeilen",14.3.2027\nb,x,bald\n'
    assert [one.split(": ")[0] for one in problems(text, "e.csv")] == ["e.csv:4"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[", "e.json"),
        ("{}", "e.json"),
        ("[1]", "e.json"),
        ("= 1", "e.toml"),
        ("[foo]\nx=1", "e.toml"),
        ('id,titel,start\n"a', "e.csv"),
        ("BEGIN:VEVENT", "e.ics"),
        (b"\xff\xfe\x00", "e.toml"),
        ("x", "e.docx"),
    ],
)
def test_a_file_of_another_form_is_one_problem(text: str | bytes, name: str) -> None:
    """Nothing is raised, and nothing is taken."""
    assert len(problems(text, name)) == 1


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode), st.sampled_from([*PARSERS]))
def test_no_file_leads_to_an_error(data: bytes, ending: str) -> None:
    """Whatever an editor saves."""
    parse(data, f"e{ending}")
