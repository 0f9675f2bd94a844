"""Putting files in the place of others, all of them or none, however the process ends.

What is to be moved is written down first. Whoever comes next finishes it: each step is done once
and recognises that it was.
"""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from bot.errors import StorageError

Move = tuple[Path, Path]
"""From where to where."""
_JOURNAL = "restore.json"


def prepare(directory: Path, *, aside: Sequence[Move], ready: Sequence[Move]) -> None:
    """Write down what is to be moved; from now on it will be.

    Args:
        directory: Where it is written down.
        aside: First of all this gives way, as far as it is there.
        ready: Then this takes its place.

    Raises:
        StorageError: It can't be written; nothing will be moved.
    """
    draft = directory / f"{_JOURNAL}.new"
    try:
        with draft.open("w", encoding="utf-8") as file:
            json.dump({"aside": _written(aside), "ready": _written(ready)}, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(directory / _JOURNAL)
        _keep(directory)
    except OSError as error:
        raise StorageError(f"hub.data_dir can't be written: {error}") from None


def _written(moves: Sequence[Move]) -> list[list[str]]:
    return [[str(old.absolute()), str(new.absolute())] for old, new in moves]


def finish(directory: Path) -> bool:
    """Do what was prepared and is not done yet; ``False`` if there was nothing.

    Raises:
        StorageError: Something can't be moved; the same call may succeed later.
    """
    journal = directory / _JOURNAL
    try:
        moves = json.loads(journal.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        raise StorageError(f"{journal} can't be read: {error}") from None
    try:
        for old, new in moves["aside"]:
            if not Path(new).exists():
                _move(Path(old), Path(new))
        for old, new in moves["ready"]:
            _put(Path(old), Path(new))
        journal.unlink()
        _keep(directory)
    except OSError as error:
        raise StorageError(f"an interrupted restore can't be finished: {error}") from None
    return True


def _put(old: Path, new: Path) -> None:
    if old.exists() and new.exists():
        # Somebody worked here between the process's end and now.
        raise StorageError(f"an interrupted restore can't be finished: {new} is in the way")
    _move(old, new)


def _move(old: Path, new: Path) -> None:
    if not old.exists():
        return  # it was done before the process ended
    new.parent.mkdir(parents=True, exist_ok=True)
    old.rename(new)
    _keep(new.parent)
    if old.parent != new.parent:
        _keep(old.parent)


def _keep(directory: Path) -> None:
    """Let the names in *directory* survive a power cut."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        with suppress(OSError):  # some file systems can't, and need not
            os.fsync(handle)
    finally:
        os.close(handle)


def is_prepared(directory: Path) -> bool:
    """Tell whether something is to be moved that is not yet."""
    return (directory / _JOURNAL).exists()
