"""The outermost layer of a backup: encrypted with age, written whole or not at all.

For recipients the file is an age file, which ``age -d -i KEY FILE`` opens. With a passphrase it
is a tar of two age files: a new identity that the passphrase opens, and what that identity opens.
age knows such identity files, so ``tar xf FILE`` and ``age -d -i identity.age backup.age`` open it
without this program. (pyrage encrypts with a passphrase only what is in memory, and a database
need not fit there.)

Source: https://age-encryption.org/v1
"""

import os
import tarfile
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import pyrage

from bot.errors import BackupError

_AGE = b"age-encryption.org/v1"
_IDENTITY, _CONTENT = "identity.age", "backup.age"
_BLOCK = tarfile.BLOCKSIZE
_DAMAGED = "is damaged or cut off"


@dataclass(frozen=True, slots=True)
class Lock:
    """How a backup is encrypted: for age recipients, or else with a passphrase."""

    recipients: tuple[str, ...] = ()
    passphrase: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """What opens a backup: a file with age identities, or a passphrase, asked for if needed."""

    passphrase: Callable[[], str]
    identity: Path | None = None


@contextmanager
def sealed(path: Path, lock: Lock) -> Iterator[BinaryIO]:
    """Give a stream whose content is in *path* afterwards, encrypted; nothing if it fails.

    Raises:
        BackupError: The file can't be written, or a recipient is none.
    """
    recipients, identity = _recipients(lock)
    draft = path.with_name(f".{path.name}.part")
    try:
        handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise BackupError(f"{path} can't be written: {error.strerror}") from None
    try:
        with os.fdopen(handle, "r+b") as file:
            os.fchmod(handle, 0o600)
            with _framed(file, identity), _encrypting(file, recipients, path) as stream:
                yield stream
            file.flush()
            os.fsync(handle)
        draft.replace(path)
        _keep(path.parent)
    except OSError as error:
        raise BackupError(f"{path} can't be written: {_reason(error)}") from None
    finally:
        draft.unlink(missing_ok=True)


def _keep(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reason(error: BaseException) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _recipients(lock: Lock) -> tuple[list[pyrage.x25519.Recipient], bytes]:
    """Return for whom it is encrypted, and the encrypted identity if that is a passphrase."""
    if not lock.recipients:
        identity = pyrage.x25519.Identity.generate()
        encrypted = pyrage.passphrase.encrypt(f"{identity}\n".encode(), lock.passphrase)
        return [identity.to_public()], encrypted
    return [recipient(text) for text in lock.recipients], b""


def recipient(text: str) -> pyrage.x25519.Recipient:
    """Read an age recipient.

    Raises:
        BackupError: It is none.
    """
    try:
        return pyrage.x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError:
        raise BackupError(f"{text!r} is no age recipient, such as age1…") from None


def _header(name: str, size: int) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry.tobuf(tarfile.GNU_FORMAT)


@contextmanager
def _framed(file: BinaryIO, identity: bytes) -> Iterator[None]:
    """Put *identity* and what is written meanwhile side by side, if there is one."""
    if not identity:
        yield
        return
    file.write(_header(_IDENTITY, len(identity)) + identity + bytes(-len(identity) % _BLOCK))
    place = file.tell()
    file.write(bytes(_BLOCK))
    yield
    size = file.tell() - place - _BLOCK
    file.write(bytes(-size % _BLOCK + 2 * _BLOCK))
    file.seek(place)
    file.write(_header(_CONTENT, size))


class _Worker(threading.Thread):
    """Does one thing in a thread of its own and keeps what went wrong."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 # the thread that waits raises it
            self.error = error


@contextmanager
def _encrypting(
    file: BinaryIO, recipients: list[pyrage.x25519.Recipient], path: Path
) -> Iterator[BinaryIO]:
    reading, writing = os.pipe()

    def encrypt() -> None:
        with os.fdopen(reading, "rb") as source:
            pyrage.encrypt_io(source, file, recipients)

    worker = _Worker(encrypt)
    worker.start()
    try:
        with suppress(BrokenPipeError), os.fdopen(writing, "wb") as stream:
            yield stream
    finally:
        worker.join()
    if worker.error is not None:
        raise BackupError(f"{path} can't be written: {_reason(worker.error)}")


@contextmanager
def opened(path: Path, key: Key) -> Iterator[BinaryIO]:
    """Give the decrypted content of *path* as a stream.

    That it was whole is known only at the end of the block.

    Raises:
        BackupError: It can't be read, is none, is damaged, or *key* does not open it.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise BackupError(f"{path} can't be read: {error.strerror}") from None
    with file:
        source, identities = _source(file, path, key)
        with _decrypting(source, identities, path) as stream:
            yield stream


def _source(file: BinaryIO, path: Path, key: Key) -> tuple[BinaryIO, list[pyrage.x25519.Identity]]:
    beginning = file.read(len(_AGE))
    file.seek(0)
    if beginning == _AGE:
        return file, _identities(path, key.identity)
    try:
        archive = tarfile.open(fileobj=file, mode="r:")  # noqa: SIM115 # closed with its file
        encrypted = archive.extractfile(_IDENTITY)
        content = archive.extractfile(_CONTENT)
    except (tarfile.TarError, KeyError, OSError, ValueError):
        raise BackupError(f"{path} is no backup of a hub, or it {_DAMAGED}") from None
    assert encrypted is not None, "a file, as we wrote it"  # noqa: S101 # for mypy
    assert content is not None, "the same"  # noqa: S101 # for mypy
    return content, [_unlocked(encrypted.read(), path, key.passphrase())]  # type: ignore[return-value] # a reader


@lru_cache(maxsize=1)
def _unlocked(encrypted: bytes, path: Path, passphrase: str) -> pyrage.x25519.Identity:
    try:
        found = pyrage.passphrase.decrypt(encrypted, passphrase).decode()
        return pyrage.x25519.Identity.from_str(found.strip())
    except (pyrage.DecryptError, pyrage.IdentityError, UnicodeDecodeError):
        raise BackupError(f"{path}: the passphrase is wrong, or the file is damaged") from None


def _identities(path: Path, identity: Path | None) -> list[pyrage.x25519.Identity]:
    if identity is None:
        raise BackupError(f"{path} is encrypted for an age key: name its file with --identity")
    try:
        lines = identity.read_text(encoding="utf-8").splitlines()
        keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        found = [pyrage.x25519.Identity.from_str(key) for key in keys]
    except (OSError, UnicodeDecodeError, pyrage.IdentityError):
        found = []
    if not found:
        raise BackupError(f"{identity}: no age identity (AGE-SECRET-KEY-1…) can be read there")
    return found


@contextmanager
def _decrypting(
    source: BinaryIO, identities: list[pyrage.x25519.Identity], path: Path
) -> Iterator[BinaryIO]:
    reading, writing = os.pipe()

    def decrypt() -> None:
        with suppress(BrokenPipeError), os.fdopen(writing, "wb") as target:
            pyrage.decrypt_io(source, target, identities)

    worker = _Worker(decrypt)
    worker.start()
    failed: BaseException | None = None
    try:
        with os.fdopen(reading, "rb") as stream:
            try:
                yield stream
                # Only what comes behind the last byte says that this was the last one.
                while stream.read(1 << 16):
                    pass
            except (EOFError, OSError, tarfile.TarError, zlib.error, ValueError) as error:
                failed = error
    finally:
        worker.join()
    if isinstance(worker.error, pyrage.DecryptError):
        raise BackupError(f"{path}: this key does not open it, or it {_DAMAGED}")
    if worker.error is not None or failed is not None:
        raise BackupError(f"{path} {_DAMAGED}")
