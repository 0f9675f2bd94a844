"""The knowledge base in use is never worse than the last good one."""

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.config import Settings
from bot.knowledge.embedding import ThoroughEncoder
from bot.knowledge.local_model import LocalModel
from bot.services.knowledge import KnowledgeBase
from bot.storage import entries as stored
from bot.storage.engine import Database
from tests.unit.knowledge import models

NOW = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)
BROKEN = b"\xff\xfe\x00 no text"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two files of one entry each."""
    folder = tmp_path / "knowledge"
    folder.mkdir()
    write(folder / "a.md", "Was ist die KTS?", "Eine Stelle.")
    write(folder / "b.md", "Wie hoch ist die Förderquote?", "65 Prozent.")
    return folder


def write(file: Path, question: str, answer: str) -> None:
    file.write_text(f"## {question}\n\n{answer}\n", encoding="utf-8")


def base(*paths: Path) -> KnowledgeBase:
    return KnowledgeBase(paths, encoder=False)


def answers(knowledge: KnowledgeBase) -> list[str]:
    return [entry.answer for entry in knowledge.entries]


async def test_changed_files_are_taken_into_use(sqlite: Database, folder: Path) -> None:
    """And nothing is done as long as nothing has changed."""
    knowledge = base(folder)
    assert await knowledge.refresh(sqlite, now=NOW)
    assert answers(knowledge) == ["Eine Stelle.", "65 Prozent."]
    assert not await knowledge.refresh(sqlite, now=NOW)
    write(folder / "a.md", "Was ist die KTS?", "Die Transferstelle.")
    write(folder / "c.md", "Wann ist die Konferenz?", "Im Mai.")
    assert await knowledge.refresh(sqlite, now=NOW)
    assert answers(knowledge) == ["Die Transferstelle.", "65 Prozent.", "Im Mai."]
    assert knowledge.engine.ask("Wann ist die Konferenz?").entry == "wann-ist-die-konferenz"


def test_the_slow_encoder_is_missed_only_where_it_was_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where it is asked for and missing, that is logged once, and the quick one does alone."""
    monkeypatch.setattr(ThoroughEncoder, "installed", lambda: None)
    assert Settings().knowledge.thorough == "auto"
    with capture_logs() as logged:
        KnowledgeBase([], encoder=True, thorough="auto")
        KnowledgeBase([], encoder=False, thorough=True)
        assert logged == []
        KnowledgeBase([], encoder=True, thorough=True)
    assert [one["event"] for one in logged] == ["knowledge.thorough-missing"]


def test_a_model_that_can_not_be_used_costs_no_answer(folder: Path) -> None:
    """That is logged once, with the key, and the quick encoder does alone."""
    knowledge = KnowledgeBase([folder], encoder=True, model=LocalModel(folder / "nowhere"))
    with capture_logs() as logged:
        knowledge.load()
        knowledge.load()
    (line,) = [one for one in logged if one["event"] == "knowledge.model-unusable"]
    assert line["key"] == "knowledge.model"
    assert line["error"].endswith("nowhere: there is no such folder")
    assert knowledge.engine.ask("Was ist die KTS?").decision == "answer"


async def test_a_model_of_ones_own_reads_along_as_the_thorough_encoder_does(
    sqlite: Database, folder: Path, tmp_path: Path
) -> None:
    """From the second engine on; after a restart at once, by what it has read before."""
    own, kept = models.write_model(tmp_path / "model"), tmp_path / "vectors"

    def mode(base: KnowledgeBase) -> str:
        return base.engine.explain("Wo kann ich parken?")[1].mode

    first = KnowledgeBase([folder], encoder=True, model=LocalModel(own), vectors=kept)
    await first.refresh(sqlite, now=NOW)
    assert mode(first) == "quick"
    assert await first.refresh(sqlite, now=NOW)
    assert mode(first) == "thorough"
    again = KnowledgeBase([folder], encoder=True, model=LocalModel(own), vectors=kept)
    await again.refresh(sqlite, now=NOW)
    assert mode(again) == "thorough"
    (own / "tokenizer.json").unlink()
    broken = KnowledgeBase([folder], encoder=True, model=LocalModel(own), vectors=kept)
    with capture_logs() as logged:
        await broken.refresh(sqlite, now=NOW)
    assert mode(broken) == "quick"
    assert "knowledge.model-unusable" in [one["event"] for one in logged]
    assert not await broken.refresh(sqlite, now=NOW)


async def test_a_broken_file_keeps_its_old_entries(sqlite: Database, folder: Path) -> None:
    """The problem is named, the other files' changes are taken, and mending it is enough."""
    knowledge = base(folder)
    await knowledge.refresh(sqlite, now=NOW)
    (folder / "a.md").write_bytes(BROKEN)
    write(folder / "b.md", "Wie hoch ist die Förderquote?", "90 Prozent.")
    await knowledge.refresh(sqlite, now=NOW)
    assert sorted(answers(knowledge)) == ["90 Prozent.", "Eine Stelle."]
    assert [Path(problem.file).name for problem in knowledge.problems] == ["a.md"]
    write(folder / "a.md", "Was ist die KTS?", "Wieder da.")
    await knowledge.refresh(sqlite, now=NOW)
    assert answers(knowledge) == ["Wieder da.", "90 Prozent."]
    assert knowledge.problems == ()


async def test_a_mistake_in_one_entry_keeps_the_files_old_entries(
    sqlite: Database, tmp_path: Path
) -> None:
    """Half a table would be half an answer."""
    file = tmp_path / "k.csv"
    file.write_text("id;frage;antwort\nx;Was ist x?;X\ny;Was ist y?;Y\n", encoding="utf-8")
    knowledge = base(file)
    await knowledge.refresh(sqlite, now=NOW)
    file.write_text("id;frage;antwort\nx;Was ist x?;XX\ny;;Y\n", encoding="utf-8")
    await knowledge.refresh(sqlite, now=NOW)
    assert answers(knowledge) == ["X", "Y"]


async def test_after_a_restart_the_copy_stands_in_for_a_broken_file(
    sqlite: Database, folder: Path
) -> None:
    """A slip on Friday evening and an update at night cost no answer."""
    await base(folder).refresh(sqlite, now=NOW)
    (folder / "a.md").write_bytes(BROKEN)
    restarted = base(folder)
    await restarted.refresh(sqlite, now=NOW)
    assert sorted(answers(restarted)) == ["65 Prozent.", "Eine Stelle."]
    assert restarted.engine.ask("Was ist die KTS?").decision == "answer"


async def test_a_file_that_was_always_broken_gives_what_can_be_read(
    sqlite: Database, tmp_path: Path
) -> None:
    """There is nothing better to fall back to."""
    file = tmp_path / "k.csv"
    file.write_text("id;frage;antwort\nx;Was ist x?;X\ny;;Y\n", encoding="utf-8")
    knowledge = base(file)
    await knowledge.refresh(sqlite, now=NOW)
    assert answers(knowledge) == ["X"]
    assert len(knowledge.problems) == 1


async def test_deleted_files_are_forgotten(sqlite: Database, folder: Path) -> None:
    """Deleting is how an editor takes an answer back, also after a restart."""
    knowledge = base(folder)
    await knowledge.refresh(sqlite, now=NOW)
    for name in ("a.md", "b.md"):
        (folder / name).unlink()
    await knowledge.refresh(sqlite, now=NOW)
    assert knowledge.entries == ()
    assert knowledge.engine.ask("Was ist die KTS?").decision == "silent"
    async with sqlite.begin() as session:
        assert await stored.load(session) == []


async def test_a_folder_that_vanishes_keeps_its_entries(sqlite: Database, folder: Path) -> None:
    """A share that is not mounted for a minute, or not yet, is no wish to delete everything."""
    knowledge = base(folder)
    await knowledge.refresh(sqlite, now=NOW)
    away = folder.with_name("unmounted")
    shutil.move(folder, away)
    for one in (knowledge, base(folder)):
        await one.refresh(sqlite, now=NOW)
        assert answers(one) == ["Eine Stelle.", "65 Prozent."]
        assert [problem.file for problem in one.problems] == [str(folder)]
    shutil.move(away, folder)
    await knowledge.refresh(sqlite, now=NOW)
    assert knowledge.problems == ()


async def test_a_renamed_file_is_no_second_copy(sqlite: Database, folder: Path) -> None:
    """Nor is an entry that moves from a broken file to another."""
    knowledge = base(folder)
    await knowledge.refresh(sqlite, now=NOW)
    (folder / "a.md").rename(folder / "c.md")
    (folder / "a.md").write_bytes(BROKEN)
    await knowledge.refresh(sqlite, now=NOW)
    assert sorted(answers(knowledge)) == ["65 Prozent.", "Eine Stelle."]


async def test_questions_are_answered_while_files_are_read(sqlite: Database, folder: Path) -> None:
    """Old or new, but never half of either."""
    knowledge = base(folder)
    await knowledge.refresh(sqlite, now=NOW)
    done = False

    async def change() -> None:
        nonlocal done
        for number in range(3):
            write(folder / "a.md", "Was ist die KTS?", f"Fassung {number}")
            await knowledge.refresh(sqlite, now=NOW)
        done = True

    seen: list[str] = []
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(change())
        while not done:
            engine = knowledge.engine
            entry = engine.ask("Was ist die KTS?").entry
            assert entry is not None
            seen.append(engine.entries[entry].answer)
            await asyncio.sleep(0)
    assert set(seen) <= {"Eine Stelle.", "Fassung 0", "Fassung 1", "Fassung 2"}
    assert answers(knowledge)[0] == "Fassung 2"


async def test_a_database_that_is_away_costs_no_answer(folder: Path) -> None:
    """The files are enough; only the copy for a bad day is missing."""
    database = Database("postgresql://hub@127.0.0.1:9/hub")
    knowledge = base(folder)
    await knowledge.refresh(database, now=NOW)
    assert answers(knowledge) == ["Eine Stelle.", "65 Prozent."]
    await database.close()


async def test_a_copy_that_can_not_be_read_is_ignored(sqlite: Database, folder: Path) -> None:
    """For instance one that a later version of the program wrote."""
    async with sqlite.begin() as session:
        await stored.replace(session, entries=[("x", {"colour": "red"})], now=NOW)
    knowledge = base(folder)
    await knowledge.refresh(sqlite, now=NOW)
    assert answers(knowledge) == ["Eine Stelle.", "65 Prozent."]
