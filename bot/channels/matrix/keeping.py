"""What of an account's store goes into a backup, while the hub goes on using it.

The login does not: a restored hub logs in anew, as a device of its own. The old device's ratchets
have moved on since the backup, and none of them may be used at one place twice; its one-time keys
were handed out; and what members' clients shared with it since is lost, which they would never
share with it again. With a new device they share at their next message.

Source: https://spec.matrix.org/latest/client-server-api/#end-to-end-encryption
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from bot.errors import StorageError

_LOGIN = "session.json"
_WITHOUT = frozenset({_LOGIN, "lock"})
_PASSING = (".new", "-journal", "-wal", "-shm")
"""Ends of the names of files that belong to a write that goes on."""
_SQLITE = b"SQLite format 3\0"


def copy(store_dir: Path, target: Path) -> Iterator[Path]:
    """Copy a store into the folder *target*; yield each new file.

    The encryption stores are of one moment each, without the sessions that encrypt for others.

    Raises:
        StorageError: Something can't be read, or copied.
    """
    try:
        names = sorted(one.name for one in store_dir.iterdir() if _is_kept(one))
        for name in names:
            with suppress(FileNotFoundError):  # replaced or removed meanwhile
                yield _copy(store_dir / name, target / name)
    except FileNotFoundError:
        return  # there is no store yet
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"the store {store_dir} can't be copied: {error}") from None


def _is_kept(path: Path) -> bool:
    return path.is_file() and path.name not in _WITHOUT and not path.name.endswith(_PASSING)


def _copy(source: Path, target: Path) -> Path:
    target.touch(mode=0o600)
    with source.open("rb") as file:
        is_database = file.read(len(_SQLITE)) == _SQLITE
    if is_database:
        _copy_database(source, target)
    else:
        shutil.copyfile(source, target)
    return target


def _copy_database(source: Path, target: Path) -> None:
    address = f"{source.absolute().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(address, uri=True)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)
        with suppress(sqlite3.OperationalError), new:  # a database of something else
            new.execute("DELETE FROM olmsessions")
        new.execute("VACUUM")
