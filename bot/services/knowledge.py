"""The knowledge base in use: loaded, watched, and never worse than the last good one.

It is made of the knowledge files and of what was taught in chat, which is in the database.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import structlog

from bot.errors import ModelError, StorageError
from bot.knowledge.combining import Taught, combined
from bot.knowledge.embedding import INSTALL_THOROUGH, Memo, SentenceEncoder, ThoroughEncoder
from bot.knowledge.engine import Engine, Lessons
from bot.knowledge.entry import Entry, Problem
from bot.knowledge.loading import Loaded, fingerprint, load
from bot.knowledge.local_model import LocalModel
from bot.knowledge.scoring import MOST_FOR_THOROUGH
from bot.services import taught
from bot.services.building import BuildError, Notebook, Notebooks, build, build_apart
from bot.storage import entries as stored
from bot.storage.engine import Database

_log = structlog.get_logger(__name__)

_GLANCE = 1.0
"""Seconds after which is looked again what was taught while an engine is built."""

_LARGE = 200
"""Phrasings of which an engine is built in less time than it takes to start a process."""

_ANY = "Wann?"
"""Whatever an encoder reads, it loads its weights first."""


class KnowledgeBase:
    """The entries in use and the engine built from them.

    A file with a mistake keeps its previous entries until it is mended, so that one slip of an
    editor costs neither that file's answers nor anybody else's. After a restart the previous
    entries come from the copy in the database.

    What was taught in chat stays in use as well, whatever becomes of the files; and while the
    database is away, what it held last.

    Attributes:
        engine: Replaced as a whole when the knowledge changes; never half built.

    Args:
        paths: Files and folders with entries.
        encoder: Whether to load the quick sentence encoder beside the lexical core.
        thorough: Whether the thorough one reads along as well. Where it is not installed, the
            quick one is used alone, and if it was surely wanted, an error is logged.
        model: A model of the operator's own in the place of the thorough one; where it can't be
            used, an error is logged, and the quick one is used alone.
        vectors: A folder in which it is kept what the encoders have read, so that the next start
            is quick.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        encoder: bool,
        thorough: bool | Literal["auto"] = False,
        model: LocalModel | None = None,
        vectors: Path | None = None,
    ) -> None:
        self._paths = tuple(paths)
        self._vectors = vectors
        # They remember what they have read, so that a change of one entry is taken in at once.
        self._notebooks = {"quick": Notebook(SentenceEncoder())} if encoder else {}
        self._model = model if encoder else None
        second = (model or _installed(wanted=thorough)) if encoder else None
        if second is not None:
            self._notebooks["thorough"] = Notebook(second)
        # Beside the other one, which may be at work in a thread while the engine is built.
        self._questions = Memo(self._notebooks["quick"].encoder) if encoder else None
        self._turn = asyncio.Lock()
        self._unread = frozenset(self._notebooks)
        self._is_whole = True
        self._files = Loaded((), (), "")
        self._taught = Taught()
        self.engine = Engine.build(())

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries in use: those of the files in their order, then the taught ones."""
        return tuple(self.engine.entries.values())

    @property
    def of_questions(self) -> Memo | None:
        """What tells how near the meanings of members' questions are, if there is an encoder."""
        return self._questions

    @property
    def files(self) -> Mapping[str, Entry]:
        """The entries of the files by id, without what was added to them."""
        return {entry.id: entry for entry in self._files.entries}

    def place(self, entry: Entry) -> str | None:
        """Return the file of an entry as editors know it, with the line; ``None`` for none."""
        if entry.file is None:
            return None
        return f"{relative(Path(entry.file), self._paths)}:{entry.line}"

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What editors have to change, from the last reading."""
        return (*self._files.problems, *self._taught.problems)

    def load(self, known: Taught | None = None) -> None:
        """Read the files once, and add what is *known* from chat; for commands that only ask."""
        files = load(self._paths)
        known = known or self._taught
        entries = combined(files.entries, known)
        lessons = Lessons(known.ratings, files.synonyms)
        self._recall(entries)
        self._take(files, known, build(entries, self._notebooks, lessons))
        self._keep()

    async def refresh(self, database: Database, *, now: datetime) -> bool:
        """Read again what has changed, in files or database; ``False`` if nothing has.

        The files are read in a thread, and a large engine is built in another process; the old
        engine answers until the new one is there.
        """
        async with self._turn:
            files = await self._read_files(database)
            known = await self._read_taught(database, known=self._taught)
            if files is self._files and known is self._taught and self._is_whole:
                return False
            engine = await self._rebuilt(database, files, known)
            is_new = files is not self._files
            self._take(files, known, engine)
        if is_new:
            await self._store(database, files.entries, now=now)
        _log.info("knowledge.loaded", entries=len(self.entries), problems=len(self.problems))
        return True

    async def _rebuilt(self, database: Database, files: Loaded, known: Taught) -> Engine:
        """Build an engine; what is taught meanwhile is known in the words in which it was taught.

        That does not wait for the engine, nor for the one after it.
        """
        entries = combined(files.entries, known)
        lessons = Lessons(known.ratings, files.synonyms)
        latest = known
        async with asyncio.TaskGroup() as group:
            building = group.create_task(self._built(entries, lessons))
            while not building.done():
                if self.entries:
                    self.engine = self.engine.amended(combined(files.entries, latest))
                await asyncio.wait({building}, timeout=_GLANCE)
                latest = await self._read_taught(database, known=latest)
        engine = building.result()
        return engine if latest is known else engine.amended(combined(files.entries, latest))

    async def _read_files(self, database: Database) -> Loaded:
        """Return what the files say now; the same object as before if they have not changed."""
        seen = await asyncio.to_thread(fingerprint, self._paths)
        if seen == self._files.fingerprint:
            return self._files
        loaded = await asyncio.to_thread(load, self._paths)
        _log_problems(loaded.problems)
        previous = self._files.entries or await self._stored(database)
        return replace(loaded, entries=merge(loaded, previous))

    async def _read_taught(self, database: Database, *, known: Taught) -> Taught:
        """Return what was taught, or *known* if that has not changed since.

        While the database is away, nothing has changed.
        """
        try:
            async with database.begin() as session:
                seen = await taught.fingerprint(session)
                if seen == known.fingerprint:
                    return known
                found = await taught.load(session, seen=seen)
        except StorageError as error:
            _log.warning("knowledge.taught-unreadable", error=str(error))
            return known
        _log_problems(found.problems)
        return found

    async def _built(self, entries: Sequence[Entry], lessons: Lessons) -> Engine:
        """Build an engine apart, or here.

        The first one does without the thorough encoder if that would have to read everything:
        better an answer now than a better one in half a minute. The next reading makes up for it.
        """
        await asyncio.to_thread(self._recall, entries)
        used = self._used(entries)
        at_hand = {name: book for name, book in used.items() if not self._is_late(book, entries)}
        engine = await self._built_apart(entries, at_hand, lessons)
        if engine is None:
            engine = await asyncio.to_thread(build, entries, at_hand, lessons)
        self._is_whole = len(at_hand) == len(used)
        if self._is_whole:
            await asyncio.to_thread(self._keep)
        return engine

    async def _built_apart(
        self, entries: Sequence[Entry], notebooks: Notebooks, lessons: Lessons
    ) -> Engine | None:
        """Build it in a process that takes along the memory it needed; ``None`` for not."""
        is_large = _phrasings(entries) > _LARGE
        if not is_large and not (notebooks and self.entries):
            return None
        try:
            async with asyncio.TaskGroup() as group:
                # Meanwhile, so that nobody's first question waits for it.
                group.create_task(asyncio.to_thread(_warm, notebooks))
                return await build_apart(entries, notebooks, lessons)
        except* BuildError as errors:
            _log.error("knowledge.unbuildable-apart", error=str(errors.exceptions[0]))
        return None

    def _used(self, entries: Sequence[Entry]) -> Notebooks:
        """What is read with where there are so many entries."""
        if _phrasings(entries) <= MOST_FOR_THOROUGH:
            return self._notebooks
        return {name: book for name, book in self._notebooks.items() if name != "thorough"}

    def _is_late(self, notebook: Notebook, entries: Sequence[Entry]) -> bool:
        """Tell whether the first engine would have to wait for this encoder."""
        if self.entries or notebook is not self._notebooks.get("thorough"):
            return False
        return not notebook.knows(question for entry in entries for question in entry.questions)

    def _open_model(self) -> None:
        """Load the operator's model, or leave it out until a restart."""
        if self._model is None:
            return
        try:
            self._model.open()
        except ModelError as error:
            _log.error("knowledge.model-unusable", key="knowledge.model", error=str(error))
            self._model = None
            del self._notebooks["thorough"]

    def _recall(self, entries: Sequence[Entry]) -> None:
        """Remember what earlier processes have read, as far as *entries* need it.

        Comparing the probe loads an encoder, which takes as much memory as answering with it.
        """
        self._open_model()
        if self._vectors is None:
            return
        wanted = self._unread & self._used(entries).keys()
        for name in wanted:
            self._notebooks[name].recall(self._vectors / f"{name}.npz")
        self._unread -= wanted

    def _keep(self) -> None:
        """Write down what the encoders have read; if that fails, the next start is slow."""
        if self._vectors is None:
            return
        try:
            for name, notebook in self._notebooks.items():
                notebook.keep(self._vectors / f"{name}.npz")
        except OSError as error:
            _log.warning("knowledge.vectors-unwritable", error=str(error))

    def _take(self, files: Loaded, known: Taught, engine: Engine) -> None:
        self._files, self._taught, self.engine = files, known, engine

    async def _stored(self, database: Database) -> tuple[Entry, ...]:
        try:
            async with database.begin() as session:
                trees = await stored.load(session)
            return tuple(Entry.model_validate(tree) for tree in trees)
        except (StorageError, ValueError) as error:
            _log.warning("knowledge.copy-unreadable", error=type(error).__name__)
            return ()

    async def _store(self, database: Database, entries: Iterable[Entry], *, now: datetime) -> None:
        rows = [(entry.id, entry.model_dump(mode="json")) for entry in entries]
        try:
            async with database.begin() as session:
                await stored.replace(session, entries=rows, now=now)
        except StorageError as error:
            # The files themselves are there; only the copy for a bad day is old.
            _log.warning("knowledge.copy-unwritable", error=str(error))


def _phrasings(entries: Iterable[Entry]) -> int:
    return sum(len(entry.questions) for entry in entries)


def _warm(notebooks: Notebooks) -> None:
    """Load the encoders."""
    for notebook in notebooks.values():
        notebook.encoder.read(_ANY)


def _installed(*, wanted: bool | Literal["auto"]) -> ThoroughEncoder | None:
    reader = ThoroughEncoder.installed() if wanted else None
    if wanted is True and reader is None:
        _log.error("knowledge.thorough-missing", hint=INSTALL_THOROUGH)
    return reader


def relative(file: Path, paths: Iterable[Path]) -> Path:
    """Return *file* beginning with the folder of *paths* that it is in."""
    roots = (path.parent for path in paths if file.is_relative_to(path))
    return next((file.relative_to(root) for root in roots), file)


def _log_problems(problems: Iterable[Problem]) -> None:
    for problem in problems:
        _log.error("knowledge.problem", where=str(problem))


def merge(loaded: Loaded, previous: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return what to use after reading: of a file with problems, its *previous* entries.

    A folder that is missing, for instance a share that is not mounted, keeps the entries of all
    its files. A file that had no entries before contributes what could be read of it.
    """
    broken = {problem.file for problem in loaded.problems}
    kept = [entry for entry in previous if entry.file and _is_among(entry.file, broken)]
    known = {entry.file for entry in kept}
    fresh = [entry for entry in loaded.entries if entry.file not in known]
    merged: dict[str, Entry] = {}
    for entry in (*fresh, *kept):
        merged.setdefault(entry.id, entry)
    return tuple(merged.values())


def _is_among(file: str, places: Collection[str]) -> bool:
    """Tell whether *file* or a folder above it is one of *places*."""
    return file in places or any(str(folder) in places for folder in Path(file).parents)
