"""SQLite's file itself: putting the log beside it into it, and what was deleted out of both."""

import contextlib
import os
import sqlite3
from pathlib import Path

from bot.errors import StorageError

SQLITE_WAIT = 5.0
"""Seconds that a writer waits for another one before the database counts as locked."""

_LARGEST = 256 * 1024 * 1024
"""Bytes; writing a larger file anew would keep everybody waiting, and what is deleted in it is
overwritten anyway."""


def consolidate(file: Path) -> None:
    """Put everything into a SQLite file itself that stands in the log beside it.

    Raises:
        StorageError: Somebody else uses it, or the disk is full.
    """
    try:
        with contextlib.closing(sqlite3.connect(file, timeout=SQLITE_WAIT)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with file.open("rb") as written:
            os.fsync(written.fileno())
    except (sqlite3.Error, OSError) as error:
        raise StorageError(f"{file} can't be written: {error}") from None


def clean(file: Path) -> None:
    """Write a SQLite file anew, so that nothing is left in it of what was deleted.

    The log beside it, which has the pages as they were, is emptied.

    Raises:
        StorageError: Somebody else uses it, or the disk is full.

    Source: https://www.sqlite.org/pragma.html#pragma_secure_delete and
    https://www.sqlite.org/pragma.html#pragma_wal_checkpoint
    """
    try:
        with contextlib.closing(
            sqlite3.connect(file, timeout=SQLITE_WAIT, isolation_level=None)
        ) as connection:
            connection.execute("PRAGMA secure_delete=ON").fetchall()
            if file.stat().st_size <= _LARGEST:
                connection.execute("VACUUM")
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except (sqlite3.Error, OSError) as error:
        raise StorageError(f"{file} can't be cleaned: {error}") from None
    if busy:
        raise StorageError(f"{file} can't be cleaned: others are reading it")
