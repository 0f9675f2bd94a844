"""Reading a source from where it is: fetched from its server, or from a folder of this machine."""

import asyncio
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from bot.clock import Clock
from bot.config import Settings
from bot.feeds.item import Item, Reading
from bot.feeds.reading import MOST_BYTES
from bot.fetching.exchange import Request
from bot.fetching.fetcher import Fetcher
from bot.fetching.reading_worker import ReadingWorker
from bot.fetching.trouble import FetchError
from bot.services.source_reading import Due, Outcome
from bot.storage.source_models import SourceKind

_ENDINGS: Final = frozenset({".ics", ".ical", ".ifb", ".xml", ".rss", ".atom", ".rdf", ".json"})
_MOST_FILES: Final = 1000


class Gatherer:
    """Reads feeds of other servers and folders of this machine; files in a process of its own.

    Args:
        fetcher: Gets files of other servers; closed with this.
        worker: Reads them; closed with this.
        clock: For dates without a year.
    """

    def __init__(self, fetcher: Fetcher, worker: ReadingWorker, *, clock: Clock) -> None:
        self._fetcher = fetcher
        self._worker = worker
        self._clock = clock

    async def read(self, due: Due) -> Outcome:
        """Read a source; nothing is raised, what goes wrong is the outcome."""
        try:
            if due.kind == SourceKind.FOLDER:
                return await self._read_folder(due)
            return await self._read_feed(due)
        except FetchError as error:
            return Outcome(problem=error.kind.value, text=str(error), wait=error.retry_after)
        except OSError as error:
            return Outcome(problem="folder", text=error.strerror or type(error).__name__)

    async def close(self) -> None:
        """Let go of everything."""
        await self._fetcher.close()
        await self._worker.close()

    async def _read_feed(self, due: Due) -> Outcome:
        found = await self._fetcher.fetch(Request(due.address, due.etag, due.last_modified))
        reading = None
        if found.body is not None:
            reading = await self._worker.read(
                found.body,
                content_type=found.content_type,
                address=found.address,
                zone=due.zone,
                now=self._clock.now(),
            )
        return Outcome(
            reading,
            etag=found.etag,
            last_modified=found.last_modified,
            moved_to=found.moved_to,
            wait=found.retry_after,
        )

    async def _read_folder(self, due: Due) -> Outcome:
        """Read the feed files of a folder as one source, if any of them has changed."""
        files, state = await asyncio.to_thread(_look, Path(due.address))
        if state == due.etag:
            return Outcome(etag=state)
        whole = Reading(form="folder", title=Path(due.address).name)
        for file in files:
            data = await asyncio.to_thread(_take_in, file)
            one = await self._worker.read(data, zone=due.zone, now=self._clock.now())
            if one.problem:
                # Half a folder would look as if the other half was taken out.
                return Outcome(Reading(problem=f"{file.name}: {one.problem}"))
            whole.items += [_named(item, file.name) for item in one.items]
            whole.skipped += one.skipped
        return Outcome(whole, etag=state)


def _named(item: Item, file: str) -> Item:
    """Put the file's name before an id, which is unique only in its file."""
    return replace(item, id=f"{file}/{item.id}")


def _look(folder: Path) -> tuple[list[Path], str]:
    """Return the feed files of a folder, and a text that changes when any of them does."""
    inside = (one for one in folder.iterdir() if one.suffix.lower() in _ENDINGS)
    files = sorted(one for one in inside if one.is_file() and not one.name.startswith("."))
    states = [(one.name, one.stat().st_mtime_ns, one.stat().st_size) for one in files]
    return files[:_MOST_FILES], sha256(repr(states).encode()).hexdigest()


def _take_in(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(MOST_BYTES + 1)


def gatherer(settings: Settings, *, clock: Clock) -> Gatherer:
    """Return what reads sources as the operator wants it."""
    return Gatherer(Fetcher.configured(settings, clock=clock), ReadingWorker(), clock=clock)
