"""`stadtfunk events`: what an operator types and reads."""

import os
import subprocess
import sys
from pathlib import Path

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
