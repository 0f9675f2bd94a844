"""Putting a hub back from a backup: everything is checked and made ready before anything moves."""

import asyncio
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bot.backups.archive import About, Entry, Reader, Summary, reading
from bot.backups.collecting import CONFIG, EVENTS, KNOWLEDGE, MATRIX
from bot.backups.sealing import Key
from bot.clock import SystemClock
from bot.config import Settings, load
from bot.errors import BackupError, ConfigurationError, SchemaError, StorageError
from bot.services import erasure, restored
from bot.services.erasure import Buried
from bot.services.restored import Settled
from bot.storage import dumping, moving, schema
from bot.storage.cleaning import consolidate
from bot.storage.dumping import Shape
from bot.storage.engine import Database, Session
from bot.storage.instance import claimed
from bot.storage.moving import Move

_STAGED = ".restoring"
_PREFIX = "sqlite:///"


@dataclass(frozen=True, slots=True)
class Wish:
    """How a backup is to be restored.

    Attributes:
        replace: Whether a hub that is there is moved aside.
        resend: Whether nothing was sent after the backup.
    """

    replace: bool = False
    resend: bool = False


@dataclass(slots=True)
class Restored:
    """What was restored.

    Attributes:
        settled: What was under way, and is not done again.
        erased: How many people were erased again, since they were after the backup.
        beside: Where what was there before is kept.
        kept: Files that were there already and stay as they are.
    """

    settled: Settled
    erased: int = 0
    beside: list[str] = field(default_factory=list)
    kept: list[Path] = field(default_factory=list)


def check(path: Path, key: Key) -> tuple[About, Summary]:
    """Read a whole backup, and say what is in it.

    Raises:
        BackupError: It can't be read, is damaged, or *key* does not open it.
    """
    with reading(path, key) as reader:
        for _ in reader.entries():
            pass
        return reader.about, reader.summary


def configuration(path: Path, key: Key, directory: Path) -> Path:
    """Return the configuration in *directory*; if there is none, that of the backup is put there.

    Raises:
        BackupError: The backup has none, or can't be read.
    """
    config = directory / CONFIG
    if config.exists():
        return config
    found = None
    with reading(path, key) as reader:
        for entry in reader.entries():
            if entry.name == CONFIG:
                found = entry.content()
    if found is None:
        raise BackupError(f"{path} has no configuration: write {config} first")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        config.write_bytes(found)
    except OSError as error:
        raise BackupError(f"{config} can't be written: {error.strerror}") from None
    return config


def settings_for(config: Path) -> Settings:
    """Read a configuration that may have come without its secrets.

    Raises:
        ConfigurationError: Every problem, and where secrets are to be written.
    """
    try:
        return load(config)
    except ConfigurationError as error:
        hint = f"{config}: a backup has no secrets; write them there or set their variables"
        raise ConfigurationError([*error.problems, hint]) from None


async def restore(settings: Settings, path: Path, key: Key, wish: Wish) -> Restored:
    """Restore a hub that does not run.

    Until everything is ready nothing of what is there is touched; then it is moved aside, and
    what is ready takes its place. A process that ends in between leaves a note from which the
    next ``restore``, or the hub's start, goes on.

    Raises:
        BackupError: The backup can't be used, or there is a hub already.
        ConfigurationError: The hub runs.
        StorageError: The database or the folder can't be written.
    """
    about, _ = await asyncio.to_thread(check, path, key)
    if not schema.knows(about.schema):
        line = f"its schema ({about.schema}) is newer than this program: update the program"
        raise BackupError(f"{path}: {line}")
    with claimed(settings.hub.data_dir, role="hub"):
        moving.finish(settings.hub.data_dir)
        plan = _Plan(settings, wish, now=SystemClock().now())
        await plan.refuse_to_overwrite()
        with plan.cleaned():
            return await _carry_out(plan, path, key)


async def _carry_out(plan: "_Plan", path: Path, key: Key) -> Restored:
    directory = plan.settings.hub.data_dir
    with plan.spoken(path):
        settled, erased = await _fill(plan, path, key)
        beside = [str(new) for _, new in plan.giving_way()]
        done = Restored(settled, erased, beside, plan.kept)
        if plan.cleared:
            done.beside.append(f"schema {plan.cleared}")
        moving.prepare(directory, aside=plan.giving_way(), ready=plan.ready())
    moving.finish(directory)
    return done


class _Plan:
    """Where everything goes, and what is in the way.

    Attributes:
        settings: The hub's.
        now: When it is restored.
        cleared: What the schema of a PostgreSQL database that was in the way is called now.
        kept: Files that were there already.
    """

    def __init__(self, settings: Settings, wish: Wish, *, now: datetime) -> None:
        self.settings = settings
        self.wish = wish
        self.now = now
        self.cleared = ""
        self.kept: list[Path] = []
        self._stamp = f"before-{now:%Y%m%dT%H%M%S-%f}"
        store = settings.channels.matrix.store_dir or settings.hub.data_dir / "matrix"
        self._store = store.absolute()
        self._places = {
            KNOWLEDGE: [path.absolute() for path in settings.knowledge.paths],
            EVENTS: [path.absolute() for path in settings.events.paths],
        }
        url = settings.database_url
        self._file = Path(url.removeprefix(_PREFIX)) if url.startswith(_PREFIX) else None
        self._staged: dict[Path, Path] = {}

    async def refuse_to_overwrite(self) -> None:
        """Look for a hub that is there.

        Raises:
            BackupError: There is one, and it is not to be moved aside.
        """
        found = [str(one) for one in self._in_the_way()]
        if self._file is None and not await self._is_empty():
            found.append("database.url")
            self.cleared = self._stamp.replace("-", "_").lower()
        if found and not self.wish.replace:
            line = "there is a hub already; --replace keeps it beside"
            raise BackupError(f"{', '.join(found)}: {line}")

    def _in_the_way(self) -> list[Path]:
        files = [*_parts(self._file)] if self._file else []
        return [one for one in (*files, self._store) if one.exists()]

    async def _is_empty(self) -> bool:
        database = Database(self.settings.database_url)
        try:
            async with database.begin() as session:
                return await dumping.is_empty(session)
        finally:
            await database.close()

    @property
    def is_new(self) -> bool:
        """Whether there is no database of a hub that was here before."""
        return not (self.cleared if self._file is None else self._file.exists())

    @property
    def url(self) -> str:
        """The database to fill: a new file beside the present one, or the server's."""
        staged = self.staged_file
        return self.settings.database_url if staged is None else f"{_PREFIX}{staged}"

    @property
    def staged_file(self) -> Path | None:
        """The new SQLite file, if the database is one."""
        return None if self._file is None else self._ready(self._file)

    def _ready(self, target: Path) -> Path:
        staged = target.with_name(target.name + _STAGED)
        self._staged[target] = staged
        return staged

    def take(self, entry: Entry) -> None:
        """Put a file beside its place, if that is free."""
        if entry.name.startswith(MATRIX):
            self._put(entry, self._store, entry.name.removeprefix(MATRIX))
        for kind, paths in self._places.items():
            number, _, below = entry.name.removeprefix(kind).partition("/")
            if entry.name.startswith(kind) and int(number) < len(paths):
                self._put_if_absent(entry, paths[int(number)], below)

    def _put_if_absent(self, entry: Entry, target: Path, below: str) -> None:
        if not target.exists():
            self._put(entry, target, below)
        elif target not in self.kept:
            self.kept.append(target)

    def _put(self, entry: Entry, target: Path, below: str) -> None:
        staged = self._ready(target)
        try:
            entry.copy_to(staged / below if below else staged)
        except OSError as error:
            raise BackupError(f"{staged} can't be written: {error.strerror}") from None

    def giving_way(self) -> list[Move]:
        """Return what is in the way, and where it is moved to."""
        return [(one, self._beside(one)) for one in self._in_the_way()]

    def _beside(self, one: Path) -> Path:
        if self._file is not None and one in _parts(self._file):
            # SQLite finds a log by the name of its database.
            kept = f"{self._file.name}.{self._stamp}"
            return one.with_name(one.name.replace(self._file.name, kept, 1))
        return one.with_name(f"{one.name}.{self._stamp}")

    def ready(self) -> list[Move]:
        """Return what is made ready, and its place."""
        return [(staged, target) for target, staged in self._staged.items()]

    @contextmanager
    def cleaned(self) -> Iterator[None]:
        """Leave nothing half done beside the places, before and if it fails."""
        self._clean()
        try:
            yield
        except BaseException:
            if not moving.is_prepared(self.settings.hub.data_dir):
                self._clean()
            raise

    def _clean(self) -> None:
        places = [self._store, *self._places[KNOWLEDGE], *self._places[EVENTS]]
        files = [self._file] if self._file else []
        for place in (*places, *files):
            for one in _parts(place.with_name(place.name + _STAGED)):
                shutil.rmtree(one) if one.is_dir() else one.unlink(missing_ok=True)

    @contextmanager
    def spoken(self, path: Path) -> Iterator[None]:
        """Word what the disk and the database refuse."""
        try:
            yield
        except OSError as error:
            where = self.settings.hub.data_dir
            raise BackupError(f"{where}: can't be written: {error.strerror or error}") from None
        except SchemaError as error:
            raise BackupError(f"{path}: {error}") from None


def _parts(file: Path) -> tuple[Path, ...]:
    """Return a database's file and those that SQLite keeps beside it."""
    return file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")


async def _buried(plan: _Plan) -> Sequence[Buried]:
    """Return who was erased in the database that is in the way, as far as it can be read."""
    if plan.is_new:
        return ()
    database = Database(plan.settings.database_url)
    try:
        async with database.begin(reading=True) as session:
            return await erasure.buried(session)
    except StorageError:
        return ()
    finally:
        await database.close()


async def _fill(plan: _Plan, path: Path, key: Key) -> tuple[Settled, int]:
    """Load the rows in one transaction, and put the files beside their places."""
    buried = await _buried(plan)
    database = Database(plan.url)
    try:
        with reading(path, key) as reader:
            async with database.begin() as session:
                if plan.cleared:
                    await schema.clear_away(session, plan.cleared)
                await schema.upgrade_to(session, reader.about.schema)
                await _load(session, reader, plan)
                await schema.upgrade_to(session, "head")
                settled = await restored.settle(session, resend=plan.wish.resend, now=plan.now)
                erased = await erasure.erase_again(
                    session, buried, settings=plan.settings, now=plan.now
                )
    finally:
        await database.close()
    if plan.staged_file is not None:
        await asyncio.to_thread(consolidate, plan.staged_file)
    return settled, erased


async def _load(session: Session, reader: Reader, plan: _Plan) -> None:
    shapes = {name: Shape(name, columns) for name, columns in reader.about.tables}
    entries = reader.entries()
    while (entry := await asyncio.to_thread(next, entries, None)) is not None:
        if entry.table is None:
            await asyncio.to_thread(plan.take, entry)
        elif entry.table in shapes:
            lines = await asyncio.to_thread(entry.lines)
            await dumping.load(session, shapes[entry.table], lines)
    for shape in shapes.values():
        await dumping.count_on(session, shape)


def described(done: Restored) -> list[str]:
    """Say what was restored, and what the operator has to know about it, a line each."""
    settled = done.settled
    lines = ["restored"]
    if settled.expired:
        lines.append(f"not sent, as they may have been since: {settled.expired} messages")
    if settled.kept:
        lines.append(f"still to be sent: {settled.kept} messages")
    if done.erased:
        lines.append(f"erased again, as they were after the backup: {done.erased} people")
    for number in settled.paused:
        lines.append(f"announcement {number} is paused: its author decides")  # noqa: PERF401 # reads better
    for number in settled.missed:
        lines.append(f"announcement {number} was due since, and is not sent")  # noqa: PERF401 # the same
    lines += [f"kept as it is: {path}" for path in done.kept]
    return lines + [f"what was there is now {name}" for name in done.beside]
