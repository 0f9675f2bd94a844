"""One process per data directory, with a name that outlives it."""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import ConfigurationError, StorageError

_OWNER_LENGTH = 64
"""Characters, of ``deliveries.claimed_by``."""


@contextmanager
def claimed(directory: Path, *, role: str) -> Iterator[str]:
    """Hold *directory* for one process in this *role*, and give the process's name.

    The name is the same after a restart, so that a process recognises what it had claimed. The
    lock ends with the process, however that ends.

    Raises:
        ConfigurationError: Another process has this role here.
        StorageError: The directory can't be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = os.open(directory / f"{role}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StorageError(f"hub.data_dir can't be written: {error}") from None
    try:
        _lock(lock, directory, role)
        yield _owner(_name(directory), role)
    finally:
        os.close(lock)


def is_running(directory: Path, *, role: str = "hub") -> bool:
    """Tell whether a process has this role here; changes nothing."""
    try:
        lock = os.open(directory / f"{role}.lock", os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False


def _lock(lock: int, directory: Path, role: str) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        line = f"hub.data_dir: another process holds {directory} ({role}.lock)"
        raise ConfigurationError([line]) from None
    except OSError as error:
        raise StorageError(f"hub.data_dir can't be locked: {error}") from None


def _owner(name: str, role: str) -> str:
    """Return a name that fits the column of claims; a long role becomes its hash."""
    owner = f"{name}-{role}"
    if len(owner) <= _OWNER_LENGTH:
        return owner
    return hashlib.sha256(owner.encode()).hexdigest()[:_OWNER_LENGTH]


def _name(directory: Path) -> str:
    """Return the name kept in *directory*; the first process there makes it up."""
    path = directory / "instance"
    try:
        with path.open("a+", encoding="ascii") as file:
            # Processes of different roles may start at once, and are to agree on one name.
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            name = file.read().strip()
            if not name:
                name = secrets.token_hex(6)
                file.write(name + "\n")
            return name
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"{path} can't be read or written: {error}") from None
