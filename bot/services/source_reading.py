"""Reading the sources that are due: claimed, read, and each taken over in its own transaction.

A claim, the reading and the taking over are three steps on purpose: other people's servers take
their time, and no transaction waits for them. Who dies in between has changed nothing, and the
claim runs out.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from random import SystemRandom
from typing import Final, Protocol
from urllib.parse import urlsplit

import structlog

from bot.clock import Clock
from bot.config import Settings
from bot.errors import StorageError
from bot.feeds.item import Reading
from bot.services import audit, source_changes, source_telling
from bot.services.source_changes import Taken
from bot.services.source_places import talk_of
from bot.storage import sources
from bot.storage.engine import Database, Session
from bot.storage.source_models import Source

_log = structlog.get_logger(__name__)

CLAIM: Final = timedelta(minutes=5)
"""How long a source belongs to who reads it; what takes longer is read again."""
FIRST_RETRY: Final = timedelta(minutes=5)
LAST_RETRY: Final = timedelta(days=1)
LONGEST_ASKED: Final = timedelta(hours=6)
"""So long, at most, a server may let us wait that answered well, so that changes are noticed."""
STALE_AFTER: Final = 3
"""Failures in a row, at least, of which editors are told."""
STALE_FOR: Final = timedelta(days=1)
"""For how long it has to have failed, if it may have been the network."""
MOVES: Final = 3
"""So many times in a row a server has to send us elsewhere for good until we go there at once."""
_JITTER: Final = 0.05
_CHANCE: Final = SystemRandom()

EMPTY, NO_FEED = "empty", "not_a_feed"
PROBLEMS: Final = (
    "temporary", "timeout", "gone", "denied", "refused", "redirects", "insecure", "too_large",
    "broken", "unreadable", NO_FEED, EMPTY, "folder",
)  # fmt: skip
"""Why a source can't be read; each has words in the catalogue, behind ``source-problem-``."""
_CERTAIN: Final = frozenset({NO_FEED, EMPTY, "gone", "denied", "refused", "folder"})
"""Problems that no network causes for a while."""


@dataclass(frozen=True, slots=True)
class Due:
    """A source to be read.

    Attributes:
        number: The source's.
        kind: How it is read.
        address: Where.
        zone: Of its times that have none.
        etag: What its server called the version that was read last.
        last_modified: The same by time.
    """

    number: int
    kind: str
    address: str
    zone: str
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of reading a source.

    Attributes:
        reading: What stands there; ``None`` if nothing changed, or it failed.
        problem: Why it failed, one of :data:`PROBLEMS`; empty if it did not.
        text: The same in the words of who noticed it.
        etag: For the next time.
        last_modified: The same.
        moved_to: Where the server sends us for good.
        wait: How long the server wants to be left alone.
    """

    reading: Reading | None = None
    problem: str = ""
    text: str = ""
    etag: str = ""
    last_modified: str = ""
    moved_to: str = ""
    wait: timedelta | None = None


class SourceReader(Protocol):
    """What reads a source, whatever kind it is of."""

    async def read(self, due: Due) -> Outcome:
        """Read it; nothing is raised, what goes wrong is the outcome."""
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...


def due_of(row: Source) -> Due:
    """Return what a reader has to know of a source."""
    return Due(row.id, row.kind, row.address, row.zone, row.etag, row.last_modified)


# A tick


async def read_due(
    database: Database, reader: SourceReader, *, settings: Settings, clock: Clock
) -> int:
    """Read the sources that are due, several at once; return how many.

    Memory and connections are bounded by ``feeds.concurrency``: who has read a source takes it
    over before claiming another.
    """
    tick = _Tick(database, reader, settings, clock, owner=secrets.token_hex(8))
    async with asyncio.TaskGroup() as tasks:
        for _ in range(settings.feeds.concurrency):
            tasks.create_task(tick.work())
    if tick.trouble is not None:
        raise tick.trouble
    return tick.done


@dataclass(slots=True)
class _Tick:
    """What those share who read sources at the same time."""

    database: Database
    reader: SourceReader
    settings: Settings
    clock: Clock
    owner: str
    done: int = 0
    trouble: StorageError | None = None

    async def work(self) -> None:
        """Read one source after another until none is due, or the database is in trouble."""
        try:
            while self.trouble is None and (due := await self._claim()) is not None:
                outcome = await self.reader.read(due)
                await self._keep(due, outcome)
                self.done += 1
        except StorageError as error:
            self.trouble = error  # the others end after what they have at hand

    async def _claim(self) -> Due | None:
        now = self.clock.now()
        async with self.database.begin() as session:
            rows = await sources.claim_due(
                session, owner=self.owner, now=now, until=now + CLAIM, limit=1
            )
            return due_of(rows[0]) if rows else None

    async def _keep(self, due: Due, outcome: Outcome) -> None:
        try:
            await self._take(due, outcome)
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 # one source must not stop the others
            _log.exception("source.crashed", source=due.number)
            crashed = Outcome(problem="unreadable", text=type(error).__name__)
            await self._take(due, crashed)

    async def _take(self, due: Due, outcome: Outcome) -> None:
        async with self.database.begin() as session:
            row = await sources.claimed(session, number=due.number, owner=self.owner)
            if row is None:  # removed, or claimed by others meanwhile
                _log.info("source.lost", source=due.number)
                return
            taken = await take(session, row, outcome, settings=self.settings, now=self.clock.now())
            problem = row.problem
        if problem:
            _log.warning("source.failed", source=due.number, problem=problem)
        elif taken is not None and not taken.unchanged:
            _log.info(
                "source.taken",
                source=due.number, told=taken.told, kept=taken.kept, held=taken.held,
            )  # fmt: skip


# Taking an outcome over


async def take(
    session: Session,
    row: Source,
    outcome: Outcome,
    *,
    settings: Settings,
    now: datetime,
    luck: Callable[[], float] = _CHANCE.random,
) -> Taken | None:
    """Take over what came of reading a source, and say when it is to be read next.

    Args:
        session: The transaction.
        row: The source, locked.
        outcome: What came of it.
        settings: The operator's.
        now: The present.
        luck: Gives numbers in [0, 1), so that sources do not stay together.

    Returns:
        What the reading changed; ``None`` if there is none.
    """
    row.checked_at, row.claimed_by, row.claimed_until = now, None, None
    problem, text = _problem(row, outcome)
    if problem:
        await _fail(session, row, problem, text, settings=settings, now=now)
        row.next_at = now + _retry(row, outcome.wait, luck)
        return None
    taken = None
    if outcome.reading is not None:
        talk = await talk_of(session, settings)
        taken = await source_changes.take(session, row, outcome.reading, talk=talk, now=now)
    await _succeed(session, row, outcome, settings=settings, now=now)
    row.next_at = next_slot(row.id, timedelta(seconds=row.every), now, luck())
    if outcome.wait is not None:
        row.next_at = max(row.next_at, now + min(outcome.wait, LONGEST_ASKED))
    await session.flush()
    return taken


def _problem(row: Source, outcome: Outcome) -> tuple[str, str]:
    reading = outcome.reading
    if outcome.problem or reading is None:
        return outcome.problem, outcome.text
    if reading.problem:
        return NO_FEED, reading.problem
    # An empty file where there was something is an accident more often than the truth.
    had_some = row.digest not in {"", source_changes.NOTHING}
    return (EMPTY, "") if had_some and not reading.items else ("", "")


async def _fail(
    session: Session, row: Source, problem: str, text: str, *, settings: Settings, now: datetime
) -> None:
    row.failures += 1
    row.problem, row.problem_text = problem, text[:500]
    since = row.ok_at or row.created_at
    long = problem in _CERTAIN or now - since >= STALE_FOR
    if row.failures >= STALE_AFTER and long and row.stale_told_at is None:
        row.stale_told_at = now
        await source_telling.tell_stale(session, row, settings=settings, now=now)


async def _succeed(
    session: Session, row: Source, outcome: Outcome, *, settings: Settings, now: datetime
) -> None:
    if row.stale_told_at is not None:
        await source_telling.tell_works(session, row, settings=settings, now=now)
    row.failures, row.problem, row.problem_text, row.stale_told_at = 0, "", "", None
    row.ok_at = now
    row.etag, row.last_modified = outcome.etag, outcome.last_modified
    await _follow(session, row, outcome.moved_to, now=now)


async def _follow(session: Session, row: Source, moved_to: str, *, now: datetime) -> None:
    """Go where the server sends us for good, once it has said so several times in a row."""
    # The new address has no password in it, so it could not be read there.
    if not moved_to or moved_to == row.address or "@" in urlsplit(row.address).netloc:
        row.moved_to, row.moves = "", 0
        return
    row.moves = row.moves + 1 if moved_to == row.moved_to else 1
    row.moved_to = moved_to
    if row.moves < MOVES or await sources.by_address(session, address=moved_to) is not None:
        return
    row.address, row.moved_to, row.moves = moved_to, "", 0
    row.etag, row.last_modified = "", ""
    await audit.note(
        session, action="source-moved", subject=f"source:{row.id}", member_id=None, now=now,
        number=row.id, name=row.name,
    )  # fmt: skip


# When next


def next_slot(number: int, every: timedelta, now: datetime, luck: float) -> datetime:
    """Return when a source is to be read next: at its own place within the interval.

    The place comes from its number, so thousands of sources are spread evenly and stay so after
    a stop; a little is added by chance. It is never later than one interval and a twentieth.
    """
    length = every.total_seconds()
    place = int.from_bytes(sha256(str(number).encode()).digest()[:4]) / 2**32 * length
    ahead = (place - now.timestamp()) % length
    if ahead < length * _JITTER * 2:  # this is the slot that it was just read in
        ahead += length
    return now + timedelta(seconds=min(ahead, length) + luck * length * _JITTER)


def _retry(row: Source, asked: timedelta | None, luck: Callable[[], float]) -> timedelta:
    """Return how long to wait after a failure: twice as long each time, as the server wants."""
    doubled = FIRST_RETRY * int(2 ** min(row.failures - 1, 12))
    wait = min(doubled, max(LAST_RETRY, timedelta(seconds=row.every)))
    return max(wait * (1 + _JITTER * 2 * luck()), asked or timedelta(0))
