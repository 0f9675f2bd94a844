"""Private files beside the encryption store: written whole or not at all, readable by us alone."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from peewee import DatabaseError, DataError, IntegrityError  # type: ignore[import-untyped]

from bot.errors import ChannelDownError


class StoreError(Exception):
    """The disk below the store failed us; the text says how."""


@contextmanager
def storing() -> Iterator[None]:
    """Tell the failures of the store from those of the network, which are ``OSError`` too.

    Raises:
        StoreError: Full, read-only, or broken; an operator has to make room.
    """
    try:
        yield
    except (DataError, IntegrityError):
        raise  # it is what was to be stored that is wrong
    except DatabaseError as error:
        raise StoreError(str(error)) from error
    except OSError as error:
        raise StoreError(error.strerror or type(error).__name__) from error


def read_json(path: Path) -> Any:
    """Return what :func:`write_json` wrote; ``None`` if the file is absent or damaged.

    Raises:
        StoreError: It is there and can't be read.
    """
    with storing():
        try:
            return json.loads(path.read_text())
        except (FileNotFoundError, ValueError):
            return None


def write_json(path: Path, value: Any) -> None:
    """Replace the file in one step, mode 0600; a crash leaves the old file or the new one.

    Raises:
        StoreError: It can't be written; the old file is still there.
    """
    with storing():
        _replace(path, value)


def _replace(path: Path, value: Any) -> None:
    draft = path.with_suffix(".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        os.fchmod(handle, 0o600)
        json.dump(value, file)
        file.flush()
        os.fsync(handle)
    draft.replace(path)
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    # Without this the rename itself can be lost with the power.
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class StoreLock:
    """The right of one process to use a store; two of them would corrupt it.

    The kernel gives it back when the process dies, so a crash leaves nothing to clean up.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._handle: int | None = None

    def take(self) -> None:
        """Take the lock, making the directory (mode 0700) if need be; once is enough.

        Raises:
            ChannelDownError: Another process holds it, or the directory can't be written.
        """
        if self._handle is not None:
            return
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self._directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            msg = f"the store {self._directory} can't be used ({error.strerror})"
            raise ChannelDownError(f"{msg}: channels.matrix.store_dir") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            msg = f"another process uses the store {self._directory}: channels.matrix.store_dir"
            raise ChannelDownError(msg) from error
        self._handle = handle

    def release(self) -> None:
        """Give the lock back, if it is held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
