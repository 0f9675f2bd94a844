"""The files of events that the operator names: read, compared, taken in."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from bot.events.event import Event
from bot.events.fields import Problem
from bot.events.formats import PARSERS, parse
from bot.services import events
from bot.services.events import Imported
from bot.storage.engine import Database

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What files hold: the events of those without a mistake, and what has to be mended."""

    events: tuple[Event, ...]
    problems: tuple[Problem, ...]


def load(paths: Sequence[Path]) -> Loaded:
    """Read the files in *paths*, which are files or folders.

    Of a file with a mistake nothing is taken, nor of two files that claim one id. Nothing is
    raised.
    """
    found: dict[str, tuple[Event, str]] = {}
    problems: list[Problem] = []
    for file in files(paths):
        events_, wrong = _read(file)
        wrong += _repeated(events_, file, found)
        problems += wrong
        if not wrong:
            found |= {event.uid: (event, str(file)) for event in events_}
    return Loaded(tuple(event for event, _ in found.values()), tuple(problems))


def _repeated(
    found: Sequence[Event], file: Path, known: dict[str, tuple[Event, str]]
) -> list[Problem]:
    problems = []
    seen: set[str] = set()
    for event in found:
        if event.uid in seen or event.uid in known:
            other = known[event.uid][1] if event.uid in known else "another entry of this file"
            message = f"the id “{event.uid}” is taken by {other}; please choose another"
            problems.append(Problem(file=str(file), where=event.uid, message=message))
        seen.add(event.uid)
    return problems


def _read(file: Path) -> tuple[list[Event], list[Problem]]:
    try:
        return parse(file.read_bytes(), str(file))
    except OSError as error:
        message = f"can't be read: {error.strerror}"
        return [], [Problem(file=str(file), where="", message=message)]


def files(paths: Sequence[Path]) -> list[Path]:
    """Return the files in *paths*: a file itself, of a folder those with a known ending."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = (one for one in path.iterdir() if one.suffix.lower() in PARSERS)
            found += sorted(one for one in inside if not one.name.startswith("."))
        else:
            found.append(path)
    return list(dict.fromkeys(found))


class EventFiles:
    """The operator's files of events, read again when they change."""

    def __init__(self, paths: Sequence[Path] = ()) -> None:
        self._paths = tuple(paths)
        self._fingerprint: list[tuple[str, int, int]] | None = None

    async def refresh(self, database: Database, *, now: datetime) -> Imported | None:
        """Take in what changed in the files; ``None`` if nothing did.

        Raises:
            StorageError: Nothing was taken in; call again.
        """
        seen = await asyncio.to_thread(self._look)
        if seen == self._fingerprint:
            return None
        loaded = await asyncio.to_thread(load, self._paths)
        for problem in loaded.problems:
            _log.error("events.problem", where=str(problem))
        async with database.begin() as session:
            done = await events.take(session, found=loaded.events, now=now)
        self._fingerprint = seen
        _log.info("events.loaded", added=done.added, changed=done.changed)
        return done

    def _look(self) -> list[tuple[str, int, int]]:
        found = []
        for file in files(self._paths):
            try:
                state = file.stat()
            except OSError:
                continue
            found.append((str(file), state.st_size, state.st_mtime_ns))
        return found
