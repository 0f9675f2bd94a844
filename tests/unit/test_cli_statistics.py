"""`stadtfunk statistics`: what an operator types and reads."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from bot.messages import Address, Identity, MessageId, Sender
from bot.storage import entries, members, questions, schema
from bot.storage.engine import Database
from bot.storage.models import QuestionState
from tests.fakes import FakeClock
from tests.unit.test_cli import Stadtfunk, stadtfunk, write

__all__ = ["stadtfunk"]  # the fixture


async def _fill(clock: FakeClock) -> None:
    database = Database("sqlite:///data/hub.sqlite3")
    await schema.upgrade(database)
    async with database.begin() as session:
        trees = [("kts", {"id": "kts", "questions": ["Was ist die KTS?"], "answer": "Ja."}),
                 ("x", {"colour": "red"})]  # fmt: skip
        await entries.replace(session, entries=trees, now=clock.now())
        sender = Sender(Identity("fake", "anna"), "Anna Beispiel")
        member, _ = await members.note(session, sender=sender, now=clock.now())
        for state, entry in ((QuestionState.ANSWERED, "kts"), (QuestionState.SUGGESTED, None)):
            await questions.add(
                session, text="Was?", address=Address("fake", "anna"), message=MessageId("q"),
                member_id=member.id, asked_in="direct", language="de", state=state,
                confidence=0.0, entry=entry, candidates=[], now=clock.now(),
            )  # fmt: skip
    await database.close()


@pytest.fixture
def filled(stadtfunk: Stadtfunk, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Stadtfunk:
    """The command, where two questions were asked, at the time of the tests."""
    write("config.toml", "")
    Path("data").mkdir()
    asyncio.run(_fill(clock))
    monkeypatch.setattr("bot.counting.SystemClock", lambda: clock)
    return stadtfunk


def test_statistics_are_printed_in_words(filled: Stadtfunk) -> None:
    """As in chat, in the language of the hub or the one that is wished for."""
    text = filled("statistics").stdout
    assert text.startswith("Fragen der letzten 8 Wochen\n\n23.11.2026 bis 15.01.2027: 2 Fragen\n")
    assert "- „Was ist die KTS?“ (1-mal)" in text
    assert filled("statistics", "--lang", "en").stdout.startswith("Questions of the last 8 weeks")


def test_statistics_are_printed_for_programs(filled: Stadtfunk) -> None:
    """Counts and questions, and nothing of members."""
    printed = filled("statistics", "--json").stdout
    tree = json.loads(printed)
    assert (tree["questions"], tree["answered"], tree["offered"]) == (2, 1, 1)
    assert tree["weeks"][-1] == {
        "begins": "2027-01-11",
        "questions": 2,
        "answered": 1,
        "offered": 1,
        "open": 0,
        "closed": 0,
    }  # fmt: skip
    assert tree["entries"] == [{"title": "Was ist die KTS?", "questions": 1}]
    assert "anna" not in printed.casefold()


def test_statistics_are_drawn_into_a_file(filled: Stadtfunk) -> None:
    """Beside the words; where it can't be written, that is one line."""
    assert filled("statistics", "--png", "s.png").stdout.startswith("Fragen der letzten")
    with Image.open("s.png") as image:
        assert (image.format, image.width) == ("PNG", 1080)
    refused = filled("statistics", "--png", "no/such/folder.png")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("no/such/folder.png: can't be written")


def test_an_empty_database_is_no_trouble(stadtfunk: Stadtfunk) -> None:  # the fixture
    """On the first day; a script that draws each night gets its file."""
    write("config.toml", "")
    none = stadtfunk("statistics")
    assert (none.exit_code, none.stderr.startswith("there is no database yet")) == (1, True)
    assert not Path("data").exists()
    Path("data").mkdir()
    stadtfunk("migrate")
    done = stadtfunk("statistics", "--png", "s.png")
    assert (done.exit_code, done.stdout) == (0, "In den letzten 8 Wochen wurde nichts gefragt.\n")
    with Image.open("s.png") as image:
        assert image.width == 1080
        assert len(image.convert("RGB").getcolors(1 << 24) or ()) > 1
    tree = json.loads(stadtfunk("statistics", "--json").stdout)
    assert tree["questions"] == 0
    assert len(tree["weeks"]) == 8


def test_nothing_is_loaded_for_pictures_before_one_is_drawn() -> None:
    """It costs 40 MB of memory."""
    code = "import sys, bot.app, bot.counting; sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
