"""A large engine is built apart: the same engine, and nobody who asks waits for it."""

import asyncio
import gc
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from bot.errors import StorageError
from bot.knowledge.embedding import SentenceEncoder, Vectors
from bot.knowledge.engine import Engine, Lessons
from bot.knowledge.entry import Entry
from bot.knowledge.loading import load
from bot.knowledge.local_model import LocalModel
from bot.services import building
from bot.services.building import BuildError, Notebook, Notebooks, build, build_apart
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


async def test_what_is_no_engine_is_an_error_of_the_builder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entries: Sequence[Entry]
) -> None:
    """For instance words that a library has printed: pickle fails in many ways at those."""
    for words in ("hello", "Nonsense", "(ibot\nnothing\n."):
        python = tmp_path / "python"
        python.write_text(f"#!/bin/sh\nprintf '%s' '{words}'\n", encoding="utf-8")
        python.chmod(0o755)
        monkeypatch.setattr("bot.services.building.sys.executable", str(python))
        with pytest.raises(BuildError, match="can't be read"):
            await build_apart(entries[:2], {})


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


def test_half_an_engine_is_none(tmp_path: Path) -> None:
    """What can't be read is never taken into use."""
    file = tmp_path / "engine"
    for answer in (None, b"", b"\x80\x05", b"no pickle"):
        if answer is not None:
            file.write_bytes(answer)
        with pytest.raises(BuildError):
            building._engine(file, {})
    assert gc.isenabled()
    assert not issubclass(BuildError, StorageError)


class Letters:
    """An encoder that counts the letters of a text and which texts it was given."""

    def __init__(self, letters: str = "abcd") -> None:
        self._letters = letters
        self.read_texts: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.read_texts += texts
        rows = [[text.count(letter) for letter in self._letters] for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(texts), len(self._letters))

    def read(self, text: str) -> Vectors:
        return np.asarray(self.encode([text])[0])


def test_what_was_read_is_known_at_the_next_start(tmp_path: Path) -> None:
    file = tmp_path / "vectors" / "quick.npz"
    first = Notebook(Letters())
    rows = first.encode(["abba", "dada"])
    first.keep(file)
    encoder = Letters()
    second = Notebook(encoder)
    assert second.recall(file)
    assert second.knows(["abba", "dada"])
    assert not second.knows(["abba", "cab"])
    assert np.array_equal(second.encode(["abba", "dada"]), rows)
    assert not {"abba", "dada"} & set(encoder.read_texts)
    assert [path.name for path in file.parent.iterdir()] == ["quick.npz"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half a file", b"\x93NUMPY"])
def test_a_file_that_is_not_whole_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "quick.npz"
    file.write_bytes(content)
    notebook = Notebook(Letters())
    assert not notebook.recall(file)
    assert not notebook.recall(tmp_path / "missing.npz")
    assert notebook.encode(["abba"]).tolist() == [[2, 2, 0, 0]]


def test_what_another_encoder_has_read_is_of_no_use(tmp_path: Path) -> None:
    """For instance an older version of this one, or one whose vectors are longer."""
    file = tmp_path / "quick.npz"
    notebook = Notebook(Letters())
    notebook.encode(["abba"])
    notebook.keep(file)
    for letters in ("dcba", "abcde"):
        assert not Notebook(Letters(letters)).recall(file)


async def test_the_first_answer_does_not_wait_for_the_thorough_encoder(
    tmp_path: Path, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second engine has it; after a restart the first one, too."""
    monkeypatch.setattr("bot.services.knowledge.SentenceEncoder", Letters)
    monkeypatch.setattr("bot.services.knowledge.ThoroughEncoder.installed", Letters)
    file = tmp_path / "k.md"
    lines = [f"## Was ist {letter * 3}?\n\n- {letter * 3}\n\nEtwas.\n" for letter in "abcdef"]
    await asyncio.to_thread(file.write_text, "\n".join(lines))

    def modes(base: KnowledgeBase) -> str:
        return base.engine.explain("Was ist das, ab?")[1].mode

    async def apart(entries: Sequence[Entry], notebooks: Notebooks, lessons: Lessons) -> Engine:
        return build(entries, notebooks, lessons)

    monkeypatch.setattr("bot.services.knowledge.build_apart", apart)
    base = KnowledgeBase([file], encoder=True, thorough="auto", vectors=tmp_path / "vectors")
    assert await base.refresh(sqlite, now=START)
    assert modes(base) == "quick"
    assert await base.refresh(sqlite, now=START)
    assert modes(base) == "thorough"
    assert not await base.refresh(sqlite, now=START)
    again = KnowledgeBase([file], encoder=True, thorough="auto", vectors=tmp_path / "vectors")
    assert await again.refresh(sqlite, now=START)
    assert modes(again) == "thorough"


async def test_an_encoder_that_nothing_is_read_with_is_never_loaded(
    tmp_path: Path, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A knowledge base too large for the thorough one has no use for its 180 MB."""
    thorough, kept = Letters(), tmp_path / "vectors"
    monkeypatch.setattr("bot.services.knowledge.SentenceEncoder", Letters)
    monkeypatch.setattr("bot.services.knowledge.ThoroughEncoder.installed", lambda: thorough)
    for module in ("bot.services.knowledge", "bot.knowledge.engine", "bot.knowledge.scoring"):
        monkeypatch.setattr(f"{module}.MOST_FOR_THOROUGH", 1)
    file, before = tmp_path / "k.md", Notebook(Letters())
    await asyncio.to_thread(file.write_text, "## Was ist aaa?\n\n- aaa\n\nEtwas.\n")
    before.encode(["aaa"])  # while it was smaller
    before.keep(kept / "thorough.npz")
    base = KnowledgeBase([file], encoder=True, thorough="auto", vectors=kept)
    assert await base.refresh(sqlite, now=START)
    assert base.engine.explain("Was ist das, aa?")[1].mode == "quick"
    assert thorough.read_texts == []
    assert sorted(one.name for one in kept.iterdir()) == ["quick.npz", "thorough.npz"]


@pytest.mark.parametrize(("phrasings", "times"), [(200, 0), (201, 1)])
async def test_the_first_engine_is_built_apart_from_a_size_on(
    tmp_path: Path,
    sqlite: Database,
    monkeypatch: pytest.MonkeyPatch,
    *,
    phrasings: int,
    times: int,
) -> None:
    """The memory that building needs, such as scipy's, ends with the other process."""
    built: list[int] = []

    async def apart(entries: Sequence[Entry], notebooks: Notebooks, lessons: Lessons) -> Engine:
        built.append(len(notebooks))
        return build(entries, notebooks, lessons)

    monkeypatch.setattr("bot.services.knowledge.SentenceEncoder", Letters)
    monkeypatch.setattr("bot.services.knowledge.build_apart", apart)
    file = tmp_path / "k.md"
    lines = [f"- {'a' * (2 + number)}\n" for number in range(phrasings - 1)]
    await asyncio.to_thread(file.write_text, f"## a\n\n{''.join(lines)}\nEtwas.\n")
    base = KnowledgeBase([file], encoder=True, vectors=tmp_path / "vectors")
    assert await base.refresh(sqlite, now=START)
    assert built == [1] * times


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


def test_a_message_is_read_once_for_an_answer_and_then_forgotten() -> None:
    encoder = Letters()
    notebook = Notebook(encoder)
    for _ in range(3):
        notebook.read("dada")
    assert encoder.read_texts == ["dada"]
    for text in "abcd":
        notebook.read(text)
    notebook.read("dada")
    assert encoder.read_texts == ["dada", *"abcd", "dada"]
    assert notebook.pages() == ([], None)
