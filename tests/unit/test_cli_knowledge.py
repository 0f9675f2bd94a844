"""`stadtfunk knowledge`: what an operator types and reads."""

import asyncio
import json
from pathlib import Path

import pytest

from bot.knowledge.entry import Entry
from bot.knowledge.loading import load
from bot.messages import Identity, Sender
from bot.services import entries, teaching
from bot.services.knowledge import KnowledgeBase
from bot.storage import members, schema
from bot.storage.engine import Database
from tests.fakes import START
from tests.unit.test_cli import ENTRIES, Stadtfunk, stadtfunk, write

__all__ = ["stadtfunk"]  # the fixture

CONFIG = '[knowledge]\npaths = ["knowledge"]\n[hub]\ndata_dir = "data"\n'
GOOD = (
    "## Was ist A?\n\n- A erklärt\n\n| Feld | Wert |\n|---|---|\n| Quelle | Amt |\n\nDas ist A.\n"
)


@pytest.fixture
def _files(stadtfunk: Stadtfunk) -> None:  # noqa: ARG001 # it changes the directory
    write("config.toml", CONFIG)
    write("knowledge/sub/kts.md", ENTRIES)


def teach() -> None:
    """Teach an entry, a phrasing and a review, as in chat."""

    async def run() -> None:
        database = Database("sqlite:///data/hub.sqlite3")
        await schema.upgrade(database)
        base = KnowledgeBase([Path("knowledge")], encoder=False)
        base.load()
        sender = Sender(Identity("console", "anna"), "Anna", None)
        async with database.begin() as session:
            member, _ = await members.note(session, sender=sender, now=START)
            await teaching.teach(
                session,
                base,
                question="Was ist ein Reallabor?",
                answer="- Ein Versuch\n- mit Menschen",
                source="Amt",
                language="de",
                by=member.id,
                now=START,
            )
            await teaching.add_phrasing(
                session, base, entry="kts", text="Wozu die KTS?", by=member.id, now=START
            )
            owner = "console:anna"
            await entries.assign(session, base, entry="kts", owner=owner, by=member.id, now=START)
        await database.close()

    asyncio.run(run())


def read(*paths: str) -> dict[str, Entry]:
    return {entry.id: entry for entry in load([Path(path) for path in paths]).entries}


@pytest.mark.usefixtures("_files")
def test_what_was_taught_is_written_as_files(stadtfunk: Stadtfunk) -> None:
    """The files that differ as a whole, under the same names; put in their place they count."""
    teach()
    result = stadtfunk("knowledge", "export", "out")
    assert result.output.splitlines() == [
        "wrote out/sub/kts.md: 2 entries",
        "wrote out/taught.md: 1 entry",
    ]
    found = read("out")
    assert sorted(found) == ["kts", "was-ist-ein-reallabor", "wie-hoch-ist-die-foerderquote"]
    assert found["kts"].questions == ("Was ist die KTS?", "Wozu die KTS?")
    assert found["kts"].owner == "console:anna"
    assert found["was-ist-ein-reallabor"].answer == "- Ein Versuch\n- mit Menschen"
    write("knowledge/taught.md", Path("out/taught.md").read_text(encoding="utf-8"))
    again = stadtfunk("knowledge", "export", "out2")
    assert again.output == "wrote out2/sub/kts.md: 2 entries\n"
    write("knowledge/sub/kts.md", Path("out/sub/kts.md").read_text(encoding="utf-8"))
    assert stadtfunk("knowledge", "export", "out3").output.startswith("nothing to write")


@pytest.mark.usefixtures("_files")
def test_asking_knows_what_was_taught(stadtfunk: Stadtfunk) -> None:
    """As the hub does; the files given on the command line are asked alone."""
    teach()
    question = "Was ist ein Reallabor?"
    assert stadtfunk("ask", question).output.startswith("answer")
    assert "reallabor" not in stadtfunk("ask", question, "--knowledge", "knowledge").output
    Path("data/hub.sqlite3").write_bytes(b"no database at all, but long enough to look at" * 99)
    spoilt = stadtfunk("ask", "Was ist die KTS?")
    assert "what was taught in chat is left out: " in spoilt.stderr
    assert spoilt.stdout.startswith("answer")


def test_asking_without_a_knowledge_base_says_that_it_is_the_sample(stadtfunk: Stadtfunk) -> None:
    asked = stadtfunk("ask", "Was ist die KTS?")
    assert "the sample answers" in asked.stderr


@pytest.mark.usefixtures("_files")
def test_all_of_it_is_written_into_one_file(stadtfunk: Stadtfunk) -> None:
    """For another program, or to begin anew."""
    teach()
    assert stadtfunk("knowledge", "export", "--all", "all.md").output == (
        "wrote all.md: 3 entries\n"
    )
    assert list(read("all.md")) == [
        "kts",
        "wie-hoch-ist-die-foerderquote",
        "was-ist-ein-reallabor",
    ]


@pytest.mark.usefixtures("_files")
def test_nothing_is_lost_by_writing(stadtfunk: Stadtfunk) -> None:
    """Neither a file of the knowledge base nor, unless that is wanted, another one."""
    teach()
    result = stadtfunk("knowledge", "export", "knowledge")
    assert result.exit_code == 1
    assert "knowledge/sub/kts.md: is part of the knowledge base" in result.stderr
    assert not Path("knowledge/taught.md").exists()
    write("out.md", "mine")
    result = stadtfunk("knowledge", "export", "out.md")
    assert result.stderr == "out.md: exists already; --force writes it anew\n"
    assert stadtfunk("knowledge", "export", "--force", "out.md").exit_code == 0
    write("file", "")
    result = stadtfunk("knowledge", "export", "file")
    assert result.exit_code == 1
    assert "can't be written" in result.stderr


@pytest.mark.usefixtures("_files")
def test_a_hub_that_has_never_run_has_nothing_to_write(stadtfunk: Stadtfunk) -> None:
    """And no database is made by asking."""
    assert stadtfunk("knowledge", "export", "out").output == (
        "nothing to write: the files have everything that was taught\n"
    )
    assert not Path("data").exists()


@pytest.mark.usefixtures("_files")
def test_check_tells_the_worst_first(stadtfunk: Stadtfunk) -> None:
    """With file and line, also of what was taught; something serious is exit code 1."""
    teach()
    write("knowledge/z.md", "## Was ist ein Reallabor\n\nSiehe [dort](#weg).\n")
    result = stadtfunk("knowledge", "check")
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert lines[0] == (
        "FAIL  knowledge/z.md:1: was-ist-ein-reallabor: The link “#weg” leads nowhere: no entry "
        "or file is called so."
    )
    assert any(line.startswith("note  knowledge/sub/kts.md:1: kts: There is no") for line in lines)
    assert lines[-2] == "3 entries, 2 with a single phrasing; 4 phrasings"
    assert lines[-1].startswith("each phrasing left out once and asked: ")


def test_check_reads_other_files_without_a_configuration(stadtfunk: Stadtfunk) -> None:  # the same
    """As a review of a colleague's file does."""
    write("a.md", GOOD)
    result = stadtfunk("knowledge", "check", "a.md", "--quick")
    assert (result.exit_code, result.output) == (
        0,
        "1 entry, 0 with a single phrasing; 2 phrasings\n",
    )
    write("b.md", "## Was?\n")
    result = stadtfunk("knowledge", "check", "a.md", "b.md", "--quick")
    assert result.exit_code == 1
    assert result.output.startswith("FAIL  b.md:1: “Was?” has no answer")
    assert "there is no entry" in stadtfunk("knowledge", "check", "c.md").stderr


def test_check_is_read_by_programs(stadtfunk: Stadtfunk) -> None:  # the same
    """Every remark with what it is about, and what became of each phrasing."""
    write("a.md", GOOD + "\n## Was ist B?\n\nDas ist B.\n")
    tree = json.loads(stadtfunk("knowledge", "check", "a.md", "--json").output)
    assert (tree["entries"], tree["phrasings"], tree["single_phrasing"]) == (2, 3, 1)
    assert [one["kind"] for one in tree["remarks"]][-2:] == ["single phrasing", "no source"]
    assert sum(tree["left_out"].values()) == len(tree["tried"]) == 2
    assert {one["phrasing"] for one in tree["tried"]} == {"Was ist A?", "A erklärt"}


@pytest.mark.usefixtures("_files")
def test_the_doctor_counts_what_was_taught(stadtfunk: Stadtfunk) -> None:
    """As the check does, to which it points."""
    teach()
    lines = stadtfunk("doctor").output.splitlines()
    assert [line for line in lines if line.startswith("knowledge")] == [
        "knowledge ok    3 entries, 2 with a single phrasing: stadtfunk knowledge check"
    ]
