"""The knowledge base in use: loaded, watched, and never worse than the last good one."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from pathlib import Path

import structlog

from bot.errors import ModelError, StorageError
from bot.knowledge.embedding import INSTALL_THOROUGH, Memo, SentenceEncoder, ThoroughEncoder
from bot.knowledge.engine import Engine
from bot.knowledge.entry import Entry, Problem
from bot.knowledge.loading import Loaded, fingerprint, load
from bot.knowledge.local_model import LocalModel
from bot.storage import entries as stored
from bot.storage.engine import Database

_log = structlog.get_logger(__name__)


class KnowledgeBase:
    """The entries in use and the engine built from them.

    A file with a mistake keeps its previous entries until it is mended, so that one slip of an
    editor costs neither that file's answers nor anybody else's. After a restart the previous
    entries come from the copy in the database.

    Attributes:
        engine: Replaced as a whole when the files change; never half built.
        problems: What editors have to change, from the last reading.

    Args:
        paths: Files and folders with entries.
        encoder: Whether to load the quick sentence encoder beside the lexical core.
        thorough: Whether the thorough one reads along as well; where it is not installed, an
            error is logged, and the quick one is used alone.
        model: A model of the operator's own in the place of the thorough one; where it can't be
            used, likewise.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        encoder: bool,
        thorough: bool = False,
        model: LocalModel | None = None,
    ) -> None:
        self._paths = tuple(paths)
        # They remember what they have read, so that a change of one entry is taken in at once.
        self._quick = Memo(SentenceEncoder()) if encoder else None
        second = (model or _thorough(wanted=thorough)) if encoder else None
        self._thorough = Memo(second) if second else None
        self._fingerprint: str | None = None
        self.engine = Engine.build(())
        self.problems: tuple[Problem, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries in use, in the order of the files."""
        return tuple(self.engine.entries.values())

    def load(self) -> None:
        """Read the files once, without a database; for commands that only ask."""
        loaded = load(self._paths)
        self._take(loaded, self._build(loaded.entries))

    async def refresh(self, database: Database, *, now: datetime) -> bool:
        """Read the files again if they changed; ``False`` if there was nothing to do.

        Reading and indexing run in a thread; the old engine answers until the new one is there.
        """
        seen = await asyncio.to_thread(fingerprint, self._paths)
        if seen == self._fingerprint:
            return False
        loaded = await asyncio.to_thread(load, self._paths)
        for problem in loaded.problems:
            _log.error("knowledge.problem", where=str(problem))
        previous = self.entries or await self._stored(database)
        entries = merge(loaded, previous)
        self._take(loaded, await asyncio.to_thread(self._build, entries))
        await self._store(database, entries, now=now)
        _log.info("knowledge.loaded", entries=len(entries), problems=len(loaded.problems))
        return True

    def _build(self, entries: Sequence[Entry]) -> Engine:
        try:
            return Engine.build(entries, embedder=self._quick, thorough=self._thorough)
        except ModelError as error:
            _log.error("knowledge.model-unusable", key="knowledge.model", error=str(error))
            self._thorough = None  # until a restart, so that this is logged once
            return Engine.build(entries, embedder=self._quick)

    def _take(self, loaded: Loaded, engine: Engine) -> None:
        self._fingerprint = loaded.fingerprint
        self.problems = loaded.problems
        self.engine = engine

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


def _thorough(*, wanted: bool) -> ThoroughEncoder | None:
    reader = ThoroughEncoder.installed() if wanted else None
    if wanted and reader is None:
        _log.error("knowledge.thorough-missing", hint=INSTALL_THOROUGH)
    return reader


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
