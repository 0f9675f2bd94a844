"""The outer layer: what opens a backup, and what happens to one that is not whole."""

import os
import resource
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyrage
import pytest

from bot.backups.archive import About, Summary, reading, writing
from bot.backups.sealing import Key, Lock
from bot.errors import BackupError
from tests.fakes import START

ABOUT = About("0.1.0", "0008", "sqlite", START, (("cursors", (("channel", "text"),)),))
PASSPHRASE = "korrekt pferd batterie"


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with an age identity, as age-keygen writes it."""
    made = pyrage.x25519.Identity.generate()
    path = tmp_path_factory.mktemp("identity") / "key.txt"
    path.write_text(f"# public key: {made.to_public()}\n{made}\n")
    return path


@pytest.fixture
def lock(identity: Path) -> Lock:
    """Encrypts for that identity."""
    return Lock(recipients=(identity.read_text().splitlines()[0].split()[-1],))


@pytest.fixture
def key(identity: Path) -> Key:
    """Opens with that identity."""
    return Key(lambda: "", identity)


def write(path: Path, lock: Lock, *, pieces: int = 3) -> None:
    with writing(path, lock) as writer:
        writer.begin(ABOUT)
        for number in range(pieces):
            writer.add_rows("cursors", 2, f'["a{number}"]\n["b"]\n')
        writer.add_bytes("config.toml", b"[hub]\n")


def read(path: Path, key: Key) -> Summary:
    with reading(path, key) as reader:
        for _ in reader.entries():
            pass
        assert reader.about == ABOUT
        return reader.summary


def test_what_is_written_is_read(tmp_path: Path, lock: Lock, key: Key) -> None:
    """A backup says how many rows and which files it holds."""
    write(tmp_path / "backup", lock)
    assert read(tmp_path / "backup", key) == Summary({"cursors": 6}, {"config.toml": 6})


def test_a_backup_is_readable_by_its_owner_alone(tmp_path: Path, lock: Lock) -> None:
    write(tmp_path / "backup", lock)
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["backup"]


def test_a_passphrase_opens_it_and_another_does_not(tmp_path: Path) -> None:
    """And age itself opens it: an identity file, and what that opens."""
    path = tmp_path / "backup"
    write(path, Lock(passphrase=PASSPHRASE))
    assert read(path, Key(lambda: PASSPHRASE)).rows == {"cursors": 6}
    with pytest.raises(BackupError, match="the passphrase is wrong"):
        read(path, Key(lambda: "falsch"))
    with tarfile.open(path) as archive:
        archive.extractall(tmp_path, filter="data")
    opened = pyrage.passphrase.decrypt((tmp_path / "identity.age").read_bytes(), PASSPHRASE)
    found = pyrage.x25519.Identity.from_str(opened.decode().strip())
    assert pyrage.decrypt((tmp_path / "backup.age").read_bytes(), [found])[:2] == b"\x1f\x8b"


def test_another_key_does_not_open_it(tmp_path: Path, lock: Lock) -> None:
    write(tmp_path / "backup", lock)
    (tmp_path / "other").write_text(str(pyrage.x25519.Identity.generate()))
    with pytest.raises(BackupError, match="this key does not open it"):
        read(tmp_path / "backup", Key(lambda: "", tmp_path / "other"))


def test_without_a_key_it_says_what_is_needed(tmp_path: Path, lock: Lock) -> None:
    write(tmp_path / "backup", lock)
    with pytest.raises(BackupError, match="--identity"):
        read(tmp_path / "backup", Key(lambda: ""))


def test_a_file_that_ends_early_is_no_backup(tmp_path: Path, lock: Lock, key: Key) -> None:
    """Wherever it was cut off."""
    write(tmp_path / "backup", lock)
    whole = (tmp_path / "backup").read_bytes()
    for size in (0, 10, 100, 250, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut").write_bytes(whole[:size])
        with pytest.raises(BackupError):
            read(tmp_path / "cut", key)


def test_a_changed_byte_is_noticed_wherever_it_is(tmp_path: Path, lock: Lock, key: Key) -> None:
    write(tmp_path / "backup", lock)
    whole = (tmp_path / "backup").read_bytes()
    for place in range(0, len(whole), 7):
        changed = bytearray(whole)
        changed[place] ^= 1
        (tmp_path / "changed").write_bytes(changed)
        with pytest.raises(BackupError):
            read(tmp_path / "changed", key)


def test_something_else_is_no_backup(tmp_path: Path, key: Key) -> None:
    (tmp_path / "text").write_text("Guten Tag\n" * 200)
    with pytest.raises(BackupError, match="is no backup of a hub"):
        read(tmp_path / "text", key)


def test_a_backup_that_fails_leaves_the_last_one(tmp_path: Path, lock: Lock, key: Key) -> None:
    """A half-written file never looks like a backup."""
    path = tmp_path / "backup"
    write(path, lock)

    def fail() -> None:
        with writing(path, lock) as writer:
            writer.begin(ABOUT)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert read(path, key).rows == {"cursors": 6}
    assert [one.name for one in tmp_path.iterdir()] == ["backup"]


@contextmanager
def _room(size: int) -> Iterator[None]:
    """Let no file become longer than this many bytes, which is how a full disk feels."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_one_line_and_no_file(tmp_path: Path, lock: Lock) -> None:
    content = tmp_path / "noise"
    content.write_bytes(os.urandom(2_000_000))

    def fill() -> None:
        with writing(tmp_path / "backup", lock) as writer:
            writer.begin(ABOUT)
            writer.add_file("noise", content)

    with _room(300_000), pytest.raises(BackupError, match="can't be written") as caught:
        fill()
    assert "\n" not in str(caught.value)
    assert [one.name for one in tmp_path.iterdir()] == ["noise"]


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path, lock: Lock) -> None:
    with pytest.raises(BackupError, match="can't be written"):
        write(tmp_path / "nowhere" / "backup", lock)


def test_what_is_no_recipient_is_named(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="'age1x' is no age recipient"):
        write(tmp_path / "backup", Lock(recipients=("age1x",)))
