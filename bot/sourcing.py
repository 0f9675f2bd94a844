"""`stadtfunk feeds add|list|check|remove`: the sources that a hub reads, at its terminal."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.clock import SystemClock
from bot.config import Settings
from bot.errors import StadtfunkError, UserError
from bot.feeds.matching import Change, ChangeKind
from bot.services import (
    source_changes,
    source_files,
    source_posting,
    source_reading,
    source_words,
    sources,
    topics,
)
from bot.services.source_reading import Outcome
from bot.services.sources import Source, Wish
from bot.storage import schema
from bot.storage.engine import Database
from bot.text import catalogue
from bot.text.dates import format_datetime
from bot.text.moments import format_line

_LANGUAGE = "en"
"""In which the command speaks, as all others do."""
_QUIET = {ChangeKind.UNCHANGED, ChangeKind.MERGED}


class SourceError(StadtfunkError):
    """A source can't be added, or there is none; says what to do instead."""


async def add(
    settings: Settings, *, address: str, topic: str, wanted: Mapping[str, str]
) -> Source:
    """Keep a new source, which the hub reads as soon as it runs.

    Args:
        settings: The operator's.
        address: A feed or calendar, or a folder of this machine.
        topic: Who hears of it.
        wanted: What else is said, by the names of :data:`bot.services.sources.SETTABLE`.

    Raises:
        SourceError: Something in it can't be used.
        SchemaError: The database does not fit this program.
        StorageError: The database can't be reached or written.
    """
    async with _opened(settings) as database:
        with _worded():
            now = SystemClock().now()
            async with database.begin() as session:
                await topics.ship(session, now=now)  # the hub may never have run
                return await sources.add(
                    session,
                    Wish(address, topic, wanted),
                    member_id=None,
                    settings=settings,
                    now=now,
                    local=True,
                )


async def add_webhook(
    settings: Settings, *, name: str, topic: str, wanted: Mapping[str, str]
) -> list[str]:
    """Keep a source to which a program sends; return lines with its address and its token.

    Raises:
        SourceError: Something in it can't be used.
        SchemaError: The database does not fit this program.
        StorageError: The database can't be reached or written.
    """
    async with _opened(settings) as database:
        with _worded():
            async with database.begin() as session:
                now = SystemClock().now()
                await topics.ship(session, now=now)  # a hub that never ran offers the usual ones
                row, token = await source_posting.create(
                    session, name=name, topic=topic, typed=wanted, settings=settings, now=now
                )
    return _told(settings, row, token)


async def renew_token(settings: Settings, number: int) -> list[str]:
    """Give a source that sends another token; return lines with its address and the token.

    Raises:
        SourceError: There is no such source, or nothing is sent to it.
        SchemaError: The database does not fit this program.
        StorageError: The database can't be reached or written.
    """
    async with _opened(settings) as database:
        with _worded():
            async with database.begin() as session:
                now = SystemClock().now()
                row, token = await source_posting.renew(session, number, now=now)
    return _told(settings, row, token)


def _told(settings: Settings, row: Source, token: str) -> list[str]:
    path = f"/sources/{row.id}/items"
    lines = [
        f"{row.id}: {row.name}",
        f"address: {settings.web.public(path) or path}",
        f"token:   {token}",
        "The token is shown only now; it goes into the header “Authorization: Bearer <token>”.",
    ]
    if not settings.web.enabled:
        lines.append("web.enabled is false: nothing can be sent before it is true")
    return lines


async def listed(settings: Settings) -> list[str]:
    """Return the sources, a line each, by number.

    Raises:
        SchemaError: The database does not fit this program.
        StorageError: The database can't be reached.
    """
    async with _opened(settings) as database, database.begin() as session:
        return [_line(row, settings.hub.zone) for row in await sources.listed(session)]


def _line(row: Source, zone: ZoneInfo) -> str:
    state = "paused" if row.paused_at else "failing" if row.failures else "ok"
    read = format_datetime(row.ok_at, _LANGUAGE, zone) if row.ok_at else "never read"
    where, problem = sources.shown_address(row), source_words.problem(row, _LANGUAGE)
    parts = (f"{row.id:>4}", f"{state:<7}", f"{row.mode:<8}", row.name, where, read, problem)
    return "  ".join(part for part in parts if part)


async def check(settings: Settings, number: int | None) -> list[str]:
    """Read sources without keeping anything; return what would be new, a line each.

    Args:
        settings: The operator's.
        number: Only this source.

    Raises:
        SourceError: There is no such source.
        SchemaError: The database does not fit this program.
        StorageError: The database can't be reached.
    """
    clock = SystemClock()
    reader = source_files.gatherer(settings, clock=clock)
    lines: list[str] = []
    try:
        async with _opened(settings) as database:
            for row in await _chosen(database, number):
                due = replace(source_reading.due_of(row), etag="", last_modified="")
                outcome = await reader.read(due)
                lines += await _compared(database, row, outcome)
    finally:
        await reader.close()
    return lines


async def _chosen(database: Database, number: int | None) -> Sequence[Source]:
    with _worded():
        async with database.begin() as session:
            if number is None:
                return await sources.listed(session)
            return [await sources.find(session, number)]


async def _compared(database: Database, row: Source, outcome: Outcome) -> list[str]:
    reading = outcome.reading
    problem = outcome.text or (reading.problem if reading else "nothing came")
    if reading is None or reading.problem:
        return [f"{row.id}: {row.name}: {problem}"]
    async with database.begin() as session:
        changes = await source_changes.compared(session, row, reading, now=SystemClock().now())
    told = [one for one in changes if one.kind not in _QUIET]
    head = f"{row.id}: {row.name}: {len(reading.items)} items, {len(told)} new or different"
    return [head, *(f"  {one.kind.value:<9}  {_named(one)}" for one in told)]


def _named(change: Change) -> str:
    item = change.new or change.old
    assert item is not None, "a change has an item"  # noqa: S101 # for mypy
    if item.when is None:
        return item.title
    return f"{format_line(item.when.moment, None, _LANGUAGE)}  {item.title}"


async def remove(settings: Settings, number: int) -> Source:
    """Read a source never again; what was made of its items stays.

    Raises:
        SourceError: There is no such source.
        SchemaError: The database does not fit this program.
        StorageError: The database can't be reached or written.
    """
    async with _opened(settings) as database:
        with _worded():
            async with database.begin() as session:
                return await sources.remove(
                    session, number, member_id=None, now=SystemClock().now()
                )


@contextmanager
def _worded() -> Iterator[None]:
    """Say in words what a member would be told."""
    try:
        yield
    except UserError as error:
        raise SourceError(catalogue.text(_LANGUAGE, error.message, **error.values)) from None


def _opened(settings: Settings) -> AbstractAsyncContextManager[Database]:
    fill = settings.database.migrate_at_start
    return schema.opened(settings.database_url, fill=fill)
