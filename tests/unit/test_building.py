"""A large engine is built apart: the same engine, and nobody who asks waits for it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.errors import StorageError
from bot.knowledge.embedding import SentenceEncoder
from bot.knowledge.entry import Entry
from bot.knowledge.loading import load
from bot.knowledge.local_model import LocalModel
from bot.services import building
from bot.services.building import BuildError, Notebook, build, build_apart
from bot.services.knowledge import KnowledgeBase
from bot.storage.engine import Database
from tests.fakes import START
from tests.unit.knowledge import models

SAMPLE = Path(building.__file__).parents[1] / "sample" / "knowledge"
ASKED = ("Was ist die KTS?", "wie hoch ist die quote", "VN Phase A", "Danke", "qrxx vvyy")


@pytest.fixture(scope="module")
def entries() -> Sequence[Entry]:
    """The entries of the sample."""
    return load([SAMPLE]).entries


async def test_what_is_built_apart_is_the_same(entries: Sequence[Entry]) -> None:
    """Verdict for verdict, with the encoder of this process, which learns what was encoded."""
    few = entries[:12]
    here, there = Notebook(SentenceEncoder()), Notebook(SentenceEncoder())
    expected = build(few, {"quick": here})
    engine = await build_apart(few, {"quick": there})
    for text in ASKED:
        mine, theirs = expected.ask(text), engine.ask(text)
        assert (mine.decision, mine.entry) == (theirs.decision, theirs.entry)
        # Sums in another order differ in their last digits.
        assert mine.confidence == pytest.approx(theirs.confidence, abs=0.001)
    assert set(there.pages()[0]) == set(here.pages()[0])
    assert list(engine.entries) == [entry.id for entry in few]
    # What is known already travels along and is not encoded again.
    again = await build_apart(entries[: len(few) + 1], {"quick": there})
    assert len(again.entries) == len(few) + 1


async def test_what_fails_there_is_built_here(
    tmp_path: Path, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For instance where memory is short: slower is better than never."""
    file = tmp_path / "k.md"
    base = KnowledgeBase([file], encoder=False)
    for monkey, count in ((None, 1), ("no-such-python", 300), ("false", 301)):
        if monkey:
            monkeypatch.setattr("bot.services.building.sys.executable", monkey)
        lines = [f"## Frage {number}?\n\nAntwort.\n" for number in range(count)]
        await asyncio.to_thread(file.write_text, "\n".join(lines))
        with capture_logs() as logged:
            assert await base.refresh(sqlite, now=START)
        assert len(base.entries) == count
        failed = [one["event"] for one in logged if one["log_level"] == "error"]
        assert failed == (["knowledge.unbuildable-apart"] if monkey else [])


async def test_a_hub_that_stops_does_not_wait_for_an_engine(
    entries: Sequence[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other process is ended with it."""
    started = []
    start = asyncio.create_subprocess_exec

    async def noted(*command: object, **options: object) -> asyncio.subprocess.Process:
        process = await start(*command, **options)  # type: ignore[arg-type] # as it was called
        started.append(process)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(build_apart(entries, {}))
        while not started:
            await asyncio.sleep(0.01)
        task.cancel()
    (process,) = started
    assert await process.wait() < 0


def test_half_an_engine_is_none() -> None:
    """What can't be read is never taken into use."""
    for answer in (b"", b"\x80\x05", b"no pickle"):
        with pytest.raises(BuildError):
            building._engine(answer, {})
    assert not issubclass(BuildError, StorageError)


async def test_the_other_process_loads_the_operators_model_for_itself(
    entries: Sequence[Entry], tmp_path: Path
) -> None:
    """From the same folder; a model can't travel."""
    model = LocalModel(models.write_model(tmp_path))
    books = {"quick": Notebook(SentenceEncoder()), "thorough": Notebook(model)}
    few = entries[:3]
    apart, here = await build_apart(few, books), build(few, books)
    asked = "Wo kann ich parken?"
    assert apart.explain(asked)[1].mode == "thorough"
    assert apart.ask(asked).confidence == pytest.approx(here.ask(asked).confidence, abs=0.001)
