"""Making a backup of a hub, which may go on meanwhile."""

import asyncio
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from bot import __version__
from bot.app import copy_stores
from bot.backups.archive import About, Summary, Writer, writing
from bot.backups.sealing import Lock
from bot.clock import SystemClock
from bot.config import Settings, without_secrets
from bot.errors import BackupError
from bot.storage import dumping, schema
from bot.storage.engine import Database

MATRIX, KNOWLEDGE, EVENTS, CONFIG = "matrix/", "knowledge/", "events/", "config.toml"


async def make(settings: Settings, config: Path | None, path: Path, lock: Lock) -> Summary:
    """Write a backup to *path*, and say what is in it.

    The tables are all of one moment, and nobody who writes waits for it. Memory does not grow
    with the database.

    Args:
        settings: The hub's.
        config: Its configuration file, if it has one.
        path: Where to; replaced when the new file is whole.
        lock: How it is encrypted.

    Raises:
        BackupError: The file can't be written.
        SchemaError: The database does not fit this program.
        StorageError: The database or the stores can't be read.
    """
    database = Database(settings.database_url)
    try:
        # Of a newer schema this program would keep only what it knows.
        await schema.check(database, exactly=True)
        with writing(path, lock) as writer:
            await _add_tables(writer, database)
            await asyncio.to_thread(_add_files, writer, settings, config)
        return writer.summary
    finally:
        await database.close()


async def _add_tables(writer: Writer, database: Database) -> None:
    shapes = dumping.shapes()
    about = About(
        program=__version__,
        schema=schema.head(),
        dialect=database.dialect,
        made_at=SystemClock().now(),
        tables=tuple((shape.table, shape.columns) for shape in shapes),
    )
    await asyncio.to_thread(writer.begin, about)
    async with database.begin(snapshot=True, reading=True) as session:
        for shape in shapes:
            async for number, lines in dumping.dump(session, shape):
                await asyncio.to_thread(writer.add_rows, shape.table, number, lines)


def _add_files(writer: Writer, settings: Settings, config: Path | None) -> None:
    try:
        with tempfile.TemporaryDirectory(dir=settings.hub.data_dir, prefix=".backup-") as folder:
            for file in copy_stores(settings, Path(folder)):
                writer.add_file(f"{MATRIX}{file.relative_to(folder).as_posix()}", file)
                file.unlink()
        for kind, paths in (
            (KNOWLEDGE, settings.knowledge.paths),
            (EVENTS, settings.events.paths),
        ):
            for name, file in _below(paths):
                writer.add_file(f"{kind}{name}", file)
        if config is not None:
            writer.add_bytes(CONFIG, without_secrets(config).encode())
    except BrokenPipeError:
        raise  # the file can't be written, and the layer below knows why
    except OSError as error:
        raise BackupError(f"can't be read: {error}") from None


def _below(paths: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    """Yield each file, and its place: the number of its path, and from there on its name."""
    for number, path in enumerate(paths):
        if path.is_file():
            yield f"{number}", path
        for folder, _, names in os.walk(path):
            for name in sorted(names):
                file = Path(folder) / name
                if file.is_file():
                    yield f"{number}/{file.relative_to(path)}", file


def described(about: About, summary: Summary) -> list[str]:
    """Say what is in a backup, a line each."""
    tables = {name: number for name, number in asdict(summary)["rows"].items() if number}
    size = sum(summary.files.values())
    return [
        f"made {about.made_at:%Y-%m-%d %H:%M:%S} UTC by stadtfunk {about.program}",
        f"database: {about.dialect}, schema {about.schema}, {sum(tables.values())} rows",
        *(f"  {name}: {number}" for name, number in tables.items()),
        f"files: {len(summary.files)}, {size} bytes",
        *(f"  {name}" for name in sorted(summary.files)),
    ]
