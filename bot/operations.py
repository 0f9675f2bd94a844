"""What an operator does beside running the hub: set up, check, migrate, look for trouble."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

from bot.app import make_channels
from bot.channels.port import Channel, Finding, Level
from bot.clock import SystemClock
from bot.config import Settings
from bot.errors import (
    ChannelDownError,
    ChannelUnavailableError,
    ConfigurationError,
    ModelError,
    SchemaError,
    StorageError,
)
from bot.events.calendar import Kept, Title, to_calendar
from bot.events.formats.table import to_csv
from bot.knowledge.combining import Taught, combined
from bot.knowledge.embedding import INSTALL_THOROUGH, ThoroughEncoder
from bot.knowledge.loading import load
from bot.knowledge.local_model import LocalModel
from bot.messages import Address
from bot.services import event_files, events, inbox, inbox_posts, taught
from bot.services.events import Imported
from bot.storage import deliveries, schema
from bot.storage.engine import Database
from bot.storage.models import DeliveryState
from bot.text.moments import format_line

_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_SAMPLE = ("config.toml", "events.json", "mpsc_73.csv", "knowledge")


def write_sample(directory: Path) -> Iterator[tuple[Path, bool]]:
    """Copy the sample into *directory*; yield each file and whether it was written.

    A file that is there already is kept as it is.

    Raises:
        ConfigurationError: The directory can't be written.
    """
    try:
        for name in _SAMPLE:
            yield from _copy(files("bot") / "sample" / name, directory / name)
    except OSError as error:
        raise ConfigurationError([f"{directory}: can't be written: {error}"]) from None


def _copy(source: Traversable, target: Path) -> Iterator[tuple[Path, bool]]:
    if source.is_dir():
        for child in sorted(source.iterdir(), key=lambda one: one.name):
            if not child.name.startswith("_"):
                yield from _copy(child, target / child.name)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with as_file(source) as file, target.open("xb") as new:
            new.write(file.read_bytes())
    except FileExistsError:
        yield target, False
    else:
        yield target, True


def check(settings: Settings) -> list[str]:
    """Return what is wrong with the files that the settings name, a line each."""
    problems = [
        f"knowledge.paths: {path} does not exist"
        for path in settings.knowledge.paths
        if not path.exists()
    ]
    if not settings.knowledge.paths:
        problems.append("knowledge.paths: names no file or folder, so nothing can be answered")
    present = [path for path in settings.knowledge.paths if path.exists()]
    problems += [str(problem) for problem in load(present).problems]
    problems += _missing_encoder(settings) + _unwritable(settings.hub.data_dir)
    return problems + [str(one) for one in event_files.load(settings.events.paths).problems]


def _unwritable(folder: Path) -> list[str]:
    """Look whether *folder* can be written, or made if it is not there yet."""
    existing = next(one for one in (folder, *folder.parents) if one.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return []
    return [f"hub.data_dir: {existing} can't be written"]


def _missing_encoder(settings: Settings) -> list[str]:
    if settings.knowledge.model:
        return _unusable_model(settings.knowledge.model, used=settings.knowledge.encoder)
    wanted = settings.knowledge.encoder and settings.knowledge.thorough is True
    if not wanted or ThoroughEncoder.installed():
        return []
    return [f"knowledge.thorough: the encoder is not installed: {INSTALL_THOROUGH}"]


def _unusable_model(folder: Path, *, used: bool) -> list[str]:
    if not used:
        return ["knowledge.model: is not used, because knowledge.encoder is false"]
    try:
        LocalModel(folder).open()
    except ModelError as error:
        return [f"knowledge.model: {error}"]
    return []


async def check_online(settings: Settings) -> list[str]:
    """Ask each network and the database whether they let us in; return what failed, a line each.

    Changes nothing, so it may run beside the hub.
    """
    problems = []
    try:
        await _check_database(settings)
    except StorageError as error:
        problems.append(f"database.url: {error}")
    except SchemaError as error:
        problems.append(f"database: {error}")
    for channel in make_channels(settings, SystemClock()):
        try:
            await channel.probe()
        except (ChannelDownError, ChannelUnavailableError) as error:
            problems.append(f"channels.{channel.name}: {error}")
        finally:
            await channel.close()
    return problems


async def _check_database(settings: Settings) -> None:
    """Look at the database, which may be empty if the hub is to fill it at its start."""
    fills = settings.database.migrate_at_start
    if _is_absent(settings.database_url) and fills:
        return
    async with _existing(settings.database_url) as database:
        if not (fills and await schema.current(database) is None):
            await schema.check(database)


@asynccontextmanager
async def _existing(url: str) -> AsyncIterator[Database]:
    """Open the database, but make none.

    Raises:
        SchemaError: There is none.
        StorageError: It can't be reached.
    """
    if _is_absent(url):
        raise SchemaError("there is no database yet: run `stadtfunk migrate`")
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


def _is_absent(url: str) -> bool:
    """Tell whether *url* names a SQLite file that is not there; connecting would make it."""
    dialect, _, file = url.partition(":///")
    file = file.partition("?")[0]
    return (
        dialect.startswith("sqlite") and file not in {"", ":memory:"} and not Path(file).exists()
    )


async def migrate(settings: Settings) -> str:
    """Bring the database to the newest schema, and say from where to where it went.

    Raises:
        SchemaError: The database is of a newer version of this program.
        StorageError: The database can't be reached or written.
    """
    database = Database(settings.database_url)
    try:
        before = await schema.current(database)
        await schema.upgrade(database)
        return f"{database.dialect}: {before or 'empty'} → {await schema.current(database)}"
    finally:
        await database.close()


async def import_events(settings: Settings, path: Path) -> Imported:
    """Take in the events of a file or folder: all of them, or none if there is a problem.

    Raises:
        ConfigurationError: Every problem of the files.
        SchemaError: The database does not fit this program.
        StorageError: The database can't be reached or written.
    """
    loaded = await asyncio.to_thread(event_files.load, [path])
    if loaded.problems:
        raise ConfigurationError([str(problem) for problem in loaded.problems])
    async with _opened(settings) as database, database.begin() as session:
        return await events.take(session, found=loaded.events, now=SystemClock().now())


async def list_events(settings: Settings, *, past: bool) -> list[str]:
    """Return the events that are kept, a line each, by their first date.

    Raises:
        SchemaError: The database does not fit this program.
        StorageError: The database can't be reached.
    """
    since = _EVER if past else SystemClock().now()
    async with _opened(settings) as database, database.begin() as session:
        found = await events.everything(session, since=since)
    return [
        f"{entry.number:>4}  {format_line(entry.event.start, entry.event.end, 'en'):<24}  "
        f"{entry.event.kind.value:<10}  {entry.event.status.value:<9}  {entry.event.title}"
        for entry in found
    ]


@dataclass(frozen=True, slots=True)
class Exported:
    """All events as one file.

    Attributes:
        inexact: The ids of events of which the format can't hold everything.
    """

    content: bytes
    count: int
    inexact: tuple[str, ...] = ()


def form_of(target: Path) -> Literal["ics", "csv"]:
    """Return what a file of this name holds.

    Raises:
        ConfigurationError: Its name does not say.
    """
    match target.suffix.lower():
        case ".ics":
            return "ics"
        case ".csv":
            return "csv"
    raise ConfigurationError([f"{target}: ends with neither .ics nor .csv; add --format"])


def write(found: Exported, target: Path, *, force: bool) -> None:
    """Write what was exported into a file, or to the standard output if that is ``-``.

    Raises:
        ConfigurationError: The file is there already, or can't be written.
    """
    if str(target) == "-":
        sys.stdout.buffer.write(found.content)
        return
    try:
        with target.open("wb" if force else "xb") as file:
            file.write(found.content)
    except FileExistsError:
        raise ConfigurationError([f"{target}: is there already; add --force"]) from None
    except OSError as error:
        raise ConfigurationError([f"{target}: can't be written: {error.strerror}"]) from None


async def export_events(settings: Settings, form: Literal["ics", "csv"]) -> Exported:
    """Return all events that are kept, as a calendar or as a table.

    Raises:
        SchemaError: The database does not fit this program.
        StorageError: The database can't be reached.
    """
    async with _opened(settings) as database, database.begin() as session:
        found = await events.everything(session, since=_EVER)
    if form == "csv":
        table = to_csv(entry.event for entry in found)
        return Exported(table.text.encode(), len(found), table.inexact)
    kept = [Kept(entry.event, entry.version, entry.changed_at) for entry in found]
    title = Title(settings.hub.name, zone=settings.hub.timezone)
    return Exported(to_calendar(kept, title), len(found))


def _opened(settings: Settings) -> AbstractAsyncContextManager[Database]:
    fill = settings.database.migrate_at_start
    return schema.opened(settings.database_url, fill=fill)


async def diagnose(settings: Settings) -> list[Finding]:
    """Look at every part; each finding says what to do."""
    findings = []
    for channel in make_channels(settings, SystemClock()):
        findings += await _diagnose_channel(channel)
    if not findings:
        hint = "no network is enabled: channels.matrix.enabled, channels.telegram.enabled"
        findings.append(Finding("channels", Level.WARN, hint))
    findings += await _diagnose_database(settings)
    findings += _diagnose_hub(settings)
    known = await _taught(settings)
    findings.append(await asyncio.to_thread(_diagnose_knowledge, settings, known))
    return findings


async def _taught(settings: Settings) -> Taught:
    """Read what was taught in chat; nothing, where another finding says what is wrong."""
    if _is_absent(settings.database_url):
        return Taught()
    try:
        async with _existing(settings.database_url) as database:
            await schema.check(database)
            async with database.begin() as session:
                return await taught.load(session, seen="")
    except (SchemaError, StorageError):
        return Taught()


async def _diagnose_channel(channel: Channel) -> list[Finding]:
    try:
        return await channel.diagnose()
    finally:
        await channel.close()


async def _diagnose_database(settings: Settings) -> list[Finding]:
    if settings.database.migrate_at_start and _is_absent(settings.database_url):
        return [Finding("database", Level.OK, "none yet; `stadtfunk run` makes it")]
    try:
        async with _existing(settings.database_url) as database:
            await schema.check(database)
            given_up = await _count_given_up(database)
            inboxed = await _diagnose_inbox(database, settings)
    except StorageError as error:
        return [Finding("database", Level.FAIL, f"{error}: database.url")]
    except SchemaError as error:
        return [Finding("database", Level.WARN, str(error))]
    findings = [Finding("database", Level.OK, f"{database.dialect}, schema up to date")]
    if given_up:
        text = f"messages given up lately: {given_up}; the log says why (delivery.failed)"
        findings.append(Finding("outbox", Level.WARN, text))
    return findings + inboxed


async def _count_given_up(database: Database) -> int:
    async with database.begin() as session:
        counts = await deliveries.count_by_state(session)
    return sum(count for (_, state), count in counts.items() if state == DeliveryState.DEAD)


async def _diagnose_inbox(database: Database, settings: Settings) -> list[Finding]:
    async with database.begin() as session:
        waiting = await inbox.count(session)
        findings = [Finding("inbox", Level.OK, f"open questions: {waiting}")]
        for subject, section, rooms in (
            ("inbox", "knowledge", settings.knowledge.editors),
            ("feeds", "feeds", settings.feeds.editors),
        ):
            named = [Address.parse(text) for text in rooms]
            for address in await inbox_posts.strange_rooms(session, settings, named=named):
                text = f"the bot is not in {address}, so that no editor reads there"
                findings.append(Finding(subject, Level.WARN, f"{text}: {section}.editors"))
    return findings


def _diagnose_hub(settings: Settings) -> list[Finding]:
    if settings.hub.operator:
        return []
    text = "hub.operator is empty, so /impressum names nobody who is responsible"
    return [Finding("hub", Level.WARN, text)]


def _diagnose_knowledge(settings: Settings, known: Taught) -> Finding:
    loaded = load(settings.knowledge.paths)
    entries = combined(loaded.entries, known)
    single = sum(len(entry.questions) == 1 for entry in entries)
    counted = f"{len(entries)} entries, {single} with a single phrasing"
    problems = [*loaded.problems, *known.problems]
    if problems:
        text = f"{counted}; {len(problems)} problems: run `stadtfunk check`"
        return Finding("knowledge", Level.FAIL, text)
    if missing := _missing_encoder(settings):
        return Finding("knowledge", Level.FAIL, f"{counted}; {missing[0]}")
    if single:
        counted += ": stadtfunk knowledge check"
    level = Level.OK if entries else Level.WARN
    return Finding("knowledge", level, counted)


def has_failures(findings: Sequence[Finding]) -> bool:
    """Tell whether anything is broken."""
    return any(finding.level is Level.FAIL for finding in findings)
