"""A key of this hub that is kept beside the database and in no backup."""

import os
import secrets
from pathlib import Path

from bot.errors import StorageError

_NAME = "privacy.key"
_known: dict[Path, bytes] = {}


def find(directory: Path) -> bytes | None:
    """Return the key kept in *directory*; ``None`` if none was ever made.

    Raises:
        StorageError: It can't be read.
    """
    path = directory / _NAME
    if path not in _known:
        try:
            kept = path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise StorageError(f"{path} can't be read: {error}") from None
        if not kept:
            raise StorageError(f"{path} is empty: delete it, and a new key is made")
        _known[path] = kept.encode()
    return _known[path]


def find_or_make(directory: Path) -> bytes:
    """Return the key kept in *directory*; whoever asks first makes it up.

    It is on the disk as a whole or not at all, and of several processes all get the same.

    Raises:
        StorageError: It can't be read or written.
    """
    key = find(directory)
    if key is None:
        _make(directory)
        key = find(directory)
    if key is None:
        raise StorageError(f"{directory / _NAME} was deleted while it was read")
    return key


def _make(directory: Path) -> None:
    path = directory / _NAME
    written = path.with_name(f".{_NAME}.{secrets.token_hex(4)}")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        handle = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(written, path)
        except FileExistsError:
            pass  # another process was first
        finally:
            written.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"{path} can't be written: {error}") from None
