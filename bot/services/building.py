"""Building a large engine in a process of its own, so that meanwhile nobody waits for an answer.

In a thread it would share the interpreter with those who ask: each of their many short steps would
wait for its turn, and some steps of the builder are long.
"""

import asyncio
import gc
import json
import os
import pickle
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import IO, Any, Final
from zipfile import BadZipFile

import numpy as np

from bot.errors import StadtfunkError
from bot.knowledge.embedding import Memo, SentenceEncoder, ThoroughEncoder, Vectors
from bot.knowledge.engine import NOTHING_ELSE, Engine, Lessons
from bot.knowledge.entry import Entry
from bot.knowledge.local_model import LocalModel

_NICE: Final = 10
"""How much the builder steps back behind everything else on the machine."""

_PROBE: Final = "Wann beginnt die Konferenz?"
_SAME: Final = 1e-3
"""How far the vector of the probe may be off, for instance by another processor's rounding."""

Pages = tuple[list[str], Vectors | None]
"""Texts and their vectors, as they travel between processes."""


class BuildError(StadtfunkError):
    """The other process ended without an engine, for instance for want of memory."""


class Notebook(Memo):
    """A memory whose content can be handed to another process, and kept in a file."""

    def pages(self, *, but: frozenset[str] = frozenset()) -> Pages:
        """Return what is remembered, but not of these texts."""
        texts = [text for text in self._rows if text not in but]
        return texts, np.stack([self._rows[text] for text in texts]) if texts else None

    def learn(self, pages: Pages) -> None:
        """Remember what another process has encoded."""
        texts, vectors = pages
        if vectors is not None:
            self._rows = {**self._rows, **dict(zip(texts, vectors, strict=True))}

    def keep(self, file: Path) -> None:
        """Write down what is remembered, if anything; at once, so that there is never half a file.

        Raises:
            OSError: It can't be written.
        """
        texts, vectors = self.pages()
        if vectors is None:
            return  # an encoder that has read nothing would be loaded for the probe alone
        probe = self.encoder.encode([_PROBE])
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(f".{os.getpid()}.tmp")
        with unfinished.open("wb") as stream:
            np.savez(stream, probe=probe, texts=np.array(json.dumps(texts)), rows=vectors)
        unfinished.replace(file)

    def recall(self, file: Path) -> bool:
        """Remember what an earlier process has written down; ``False`` if that is of no use.

        It is of none when another encoder has made it, or another version of this one.
        """
        try:
            with np.load(file, allow_pickle=False) as kept:
                probe, texts, rows = kept["probe"], json.loads(str(kept["texts"])), kept["rows"]
            alike = np.allclose(probe, self.encoder.encode([_PROBE]), atol=_SAME)
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return False
        if not alike or len(texts) != len(rows):
            return False
        self.learn((texts, rows))
        return True

    def knows(self, texts: Iterable[str]) -> bool:
        """Tell whether nothing of this has to be encoded."""
        return all(text in self._rows for text in texts)


Notebooks = Mapping[str, Notebook]
"""Those that there are of ``quick`` and ``thorough``."""


def build(
    entries: Sequence[Entry], notebooks: Notebooks, lessons: Lessons = NOTHING_ELSE
) -> Engine:
    """Build an engine here."""
    engine = Engine.build(
        entries,
        embedder=notebooks.get("quick"),
        thorough=notebooks.get("thorough"),
        lessons=lessons,
    )
    gc.freeze()  # see _without_collection
    return engine


async def build_apart(
    entries: Sequence[Entry], notebooks: Notebooks, lessons: Lessons = NOTHING_ELSE
) -> Engine:
    """Build an engine in another process, which steps back behind everything else.

    What it encodes is remembered in *notebooks*.

    Raises:
        BuildError: It did not succeed there.
    """
    order = await asyncio.to_thread(_order, entries, notebooks, lessons)
    # A file, since putting together what comes through a pipe would hold everybody up.
    with TemporaryDirectory(prefix="stadtfunk-", ignore_cleanup_errors=True) as folder:
        answer = Path(folder, "engine")
        await _ask_apart(order, answer)
        return await asyncio.to_thread(_engine, answer, notebooks)


async def _ask_apart(order: bytes, answer: Path) -> None:
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-c", f"from {__name__} import work; work()", str(answer),
            stdin=asyncio.subprocess.PIPE, env=_environment(), start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise BuildError(f"no process can be started: {error.strerror}") from None
    try:
        await process.communicate(order)
    except asyncio.CancelledError:
        process.kill()
        raise
    if process.returncode:
        raise BuildError(f"the process that builds ended with {process.returncode}")


def _environment() -> dict[str, str]:
    """Let the other process find the same program, and work on one core."""
    home = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"}


def _order(entries: Sequence[Entry], notebooks: Notebooks, lessons: Lessons) -> bytes:
    pages = {name: book.pages() for name, book in notebooks.items()}
    encoders = [book.encoder for book in notebooks.values()]
    model = next((one for one in encoders if isinstance(one, LocalModel)), None)
    return pickle.dumps((list(entries), pages, model, lessons))


def _engine(answer: Path, notebooks: Notebooks) -> Engine:
    try:
        with answer.open("rb") as file, _without_collection():
            engine, pages = _Unpickler(file, notebooks).load()
    except Exception as error:  # noqa: BLE001 # what is no pickle fails in any way
        raise BuildError(f"what the process has built can't be read: {error}") from None
    for name, book in notebooks.items():
        book.learn(pages[name])
    assert isinstance(engine, Engine), "the builder sends nothing else"  # noqa: S101 # for mypy
    return engine


@contextmanager
def _without_collection() -> Iterator[None]:
    """Let nobody look through a hundred thousand new objects, which are there to stay.

    Looking for cycles among them would hold everybody up for a tenth of a second.
    """
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


def _lasting(notebooks: Notebooks) -> dict[str, Any]:
    """Return what stays in its process, by the name under which the other one knows it."""
    encoders = {f"{name} encoder": book.encoder for name, book in notebooks.items()}
    return {**notebooks, **encoders}


class _Pickler(pickle.Pickler):
    """Leaves the encoders where they are: they are large, and each process has its own."""

    def __init__(self, file: IO[bytes], notebooks: Notebooks) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._names = {id(thing): name for name, thing in _lasting(notebooks).items()}

    def persistent_id(self, obj: Any) -> str | None:
        return self._names.get(id(obj))

    def reducer_override(self, obj: Any) -> Any:
        """Read-only views are the one thing in an engine that pickle refuses."""
        return (_read_only, (dict(obj),)) if type(obj) is MappingProxyType else NotImplemented


def _read_only(mapping: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(mapping)


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: IO[bytes], notebooks: Notebooks) -> None:
        super().__init__(file)
        self._things = _lasting(notebooks)

    def persistent_load(self, pid: Any) -> Any:
        return self._things[pid]


def _notebooks(pages: Mapping[str, Pages], model: LocalModel | None) -> dict[str, Notebook]:
    """Return memories that know what the other process knows."""
    made: dict[str, Notebook] = {}
    if "quick" in pages:
        made["quick"] = Notebook(SentenceEncoder())
    thorough = (model or ThoroughEncoder.installed()) if "thorough" in pages else None
    if thorough is not None:
        made["thorough"] = Notebook(thorough)
    for name, book in made.items():
        book.learn(pages[name])
    return made


def work() -> None:
    """Be the other process: read an order from standard input, write the engine to a file."""
    os.nice(_NICE)
    order = pickle.load(sys.stdin.buffer)  # noqa: S301 # from the process that has started this one
    entries, pages, model, lessons = order
    notebooks = _notebooks(pages, model)
    engine = build(entries, notebooks, lessons)
    new = {name: book.pages(but=frozenset(pages[name][0])) for name, book in notebooks.items()}
    with Path(sys.argv[1]).open("wb") as answer:
        _Pickler(answer, notebooks).dump((engine, new))
