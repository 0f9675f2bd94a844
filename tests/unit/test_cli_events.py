"""`stadtfunk events`: what an operator types and reads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.events.rfc5545 import problems
from tests.unit.test_cli import Stadtfunk, stadtfunk, write

__all__ = ["stadtfunk"]  # the fixture

EVENT = '[[event]]\nid = "a"\ntitel = "Kongress"\nstart = "18.–19.11.2199"\n'


def test_a_file_is_taken_in_once(stadtfunk: Stadtfunk) -> None:  # the fixture
    """The second time there is nothing to do, and a change is one."""
    write("config.toml", "")
    file = write("e.toml", EVENT)
    assert stadtfunk("events", "import", "e.toml").output == "1 new, 0 changed, 0 unchanged\n"
    assert stadtfunk("events", "import", "e.toml").output == "0 new, 0 changed, 1 unchanged\n"
    file.write_text(EVENT + 'ort = "Kiel"\n', encoding="utf-8")
    assert stadtfunk("events", "import", "e.toml").output == "0 new, 1 changed, 0 unchanged\n"
    listed = stadtfunk("events", "list").output
    assert listed.split() == [
        "1",
        "18–19",
        "November",
        "2199",
        "conference",
        "confirmed",
        "Kongress",
    ]


def test_a_file_with_a_mistake_is_not_taken_in_at_all(stadtfunk: Stadtfunk) -> None:  # the same
    """Every mistake is named, and nothing is kept."""
    write("config.toml", "")
    write("e.toml", EVENT + '[[event]]\nid = "b"\ntitel = "x"\nstart = "31.2.2027"\n')
    result = stadtfunk("events", "import", "e.toml")
    assert result.exit_code == 1
    assert result.stderr.startswith("e.toml:event[2] b: start: “31.2.2027” is no date")
    assert stadtfunk("events", "list", "--all").output == ""


def test_what_is_over_is_listed_when_asked_for(stadtfunk: Stadtfunk) -> None:  # the same
    """As in chat."""
    write("config.toml", "")
    write("e.csv", "id,titel,start\na,Vorbei,1.2.2020\n")
    stadtfunk("events", "import", "e.csv")
    assert stadtfunk("events", "list").output == ""
    assert "Vorbei" in stadtfunk("events", "list", "--all").output


def test_check_lists_the_problems_of_the_events(stadtfunk: Stadtfunk) -> None:  # the same
    """With those of everything else."""
    stadtfunk("init", ".")
    Path("events.json").write_text("[", encoding="utf-8")
    result = stadtfunk("check")
    assert result.exit_code == 1
    assert "events.json:1: this is no JSON" in result.stderr


def test_the_sample_brings_its_events_into_the_chat(stadtfunk: Stadtfunk) -> None:
    """`make run` shows them at once."""
    stadtfunk("init", ".")
    done = subprocess.run(
        [sys.executable, "-m", "bot", "chat", "--as", "gast"],
        input="/fristen 2028\n/termine 2025\n",
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
    )
    assert "3. Staffel: Ende des verlängerten Förderzeitraums" in done.stdout
    assert "24. Regionalkonferenz Smart Cities" in done.stdout


ROWS = """id,titel,start,ende,wiederholung
a,Kongress,18.11.2199,19.11.2199,
b,Vorbei,"1.2.2020, 10 Uhr",,
c,Sprechstunde,2199-01-20T10:00,2199-01-20T11:00,RRULE:FREQ=WEEKLY;COUNT=4; CANCELLED 2199-01-27
"""


@pytest.mark.parametrize("name", ["all.csv", "all.ics"])
def test_everything_is_exported_and_can_be_taken_in_again(stadtfunk: Stadtfunk, name: str) -> None:
    """Also what is over; by another hub, which then lists the same."""
    write("config.toml", 'hub.data_dir = "one"')
    write("other.toml", 'hub.data_dir = "other"')
    write("e.csv", ROWS)
    stadtfunk("events", "import", "e.csv")
    assert stadtfunk("events", "export", name).output == f"wrote {name}: 3 events\n"
    again = stadtfunk("events", "import", name, "-c", "other.toml")
    assert again.output == "3 new, 0 changed, 0 unchanged\n"
    assert listed(stadtfunk, "other.toml") == listed(stadtfunk, "config.toml")


def listed(stadtfunk: Stadtfunk, config: str) -> list[str]:
    """Return the lines of the list without the numbers, which each hub gives itself."""
    lines = stadtfunk("events", "list", "--all", "-c", config).output.splitlines()
    return [line.lstrip(" 0123456789") for line in lines]


def test_an_export_goes_into_a_pipe(stadtfunk: Stadtfunk) -> None:
    """Nothing but the file is written there."""
    write("config.toml", "")
    write("e.csv", ROWS)
    stadtfunk("events", "import", "e.csv")
    found = stadtfunk("events", "export", "-", "--format", "ics")
    assert problems(found.stdout_bytes) == []


def test_an_export_overwrites_nothing(stadtfunk: Stadtfunk) -> None:
    """Unless it is told to; and a name has to say what the file is."""
    write("config.toml", "")
    file = write("all.csv", "mine")
    refused = stadtfunk("events", "export", "all.csv")
    assert (refused.exit_code, refused.stderr) == (1, "all.csv: is there already; add --force\n")
    assert file.read_text(encoding="utf-8") == "mine"
    assert stadtfunk("events", "export", "all.csv", "--force").exit_code == 0
    assert "add --format" in stadtfunk("events", "export", "all.txt").stderr


def test_what_a_table_cannot_hold_is_named(stadtfunk: Stadtfunk) -> None:
    """The calendar holds it."""
    write("config.toml", "")
    write("e.ics", MOVED)
    stadtfunk("events", "import", "e.ics")
    found = stadtfunk("events", "export", "all.csv")
    assert found.stderr == "a: a table can't hold all of it; a calendar can\n"


MOVED = """BEGIN:VCALENDAR
BEGIN:VEVENT
UID:a
SUMMARY:Sprechstunde
DTSTART:21990120T100000
DTEND:21990120T110000
RRULE:FREQ=WEEKLY;COUNT=4
END:VEVENT
BEGIN:VEVENT
UID:a
SUMMARY:Sprechstunde
RECURRENCE-ID:21990127T100000
DTSTART:21990128T100000
DTEND:21990128T150000
END:VEVENT
END:VCALENDAR
"""
