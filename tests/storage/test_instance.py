import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import String

from bot.errors import ConfigurationError, StorageError
from bot.storage.instance import claimed
from bot.storage.models import Delivery

HOLD = """
import sys
from pathlib import Path
from bot.storage.instance import claimed

with claimed(Path(sys.argv[1]), role="hub") as name:
    print(name, flush=True)
    sys.stdin.read()
"""


def name_of(directory: Path, role: str = "hub") -> str:
    with claimed(directory, role=role) as name:
        return name


def test_a_second_process_is_refused_in_one_clear_line(tmp_path: Path) -> None:
    """Two hubs on one directory would use the same keys and claims."""
    with (
        claimed(tmp_path, role="hub"),
        pytest.raises(ConfigurationError) as caught,
        claimed(tmp_path, role="hub"),
    ):
        pass
    assert caught.value.problems == [f"hub.data_dir: another process holds {tmp_path} (hub.lock)"]


def test_different_roles_share_a_directory(tmp_path: Path) -> None:
    """One may talk in the terminal while the hub runs; their claims do not mix."""
    with claimed(tmp_path, role="hub") as hub, claimed(tmp_path, role="chat-anna") as chat:
        assert hub != chat


def test_the_name_survives_a_restart(tmp_path: Path) -> None:
    """A process recognises what it had claimed before it died."""
    assert name_of(tmp_path) == name_of(tmp_path)


def test_two_directories_have_two_names(tmp_path: Path) -> None:
    """On one PostgreSQL nobody takes another's claims for its own."""
    assert name_of(tmp_path / "a") != name_of(tmp_path / "b")


def test_a_missing_directory_is_made(tmp_path: Path) -> None:
    """A first start needs no preparation."""
    assert name_of(tmp_path / "new" / "data")


def test_the_name_is_fixed_before_a_second_role_starts(tmp_path: Path) -> None:
    """Whoever starts first writes the name that all of them use."""
    with claimed(tmp_path, role="hub") as hub, claimed(tmp_path, role="chat-anna") as chat:
        assert hub.removesuffix("-hub") == chat.removesuffix("-chat-anna")


@pytest.mark.parametrize("role", ["hub", "chat-" + "a" * 64, "chat-" + "ä" * 64])
def test_the_name_fits_the_column_of_claims(tmp_path: Path, role: str) -> None:
    """PostgreSQL refuses what is too long; two long names still differ."""
    name = name_of(tmp_path, role)
    column = Delivery.__table__.c.claimed_by.type
    assert isinstance(column, String)
    assert column.length is not None
    assert len(name) <= column.length
    assert name != name_of(tmp_path, role + "b")
    assert name == name_of(tmp_path, role)


def test_a_crash_frees_the_directory(tmp_path: Path) -> None:
    """Nobody has to delete a lock file after a kill, and the name is the same."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        name = holder.stdout.readline().strip()
        with pytest.raises(ConfigurationError):
            name_of(tmp_path)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        assert name_of(tmp_path) == name


def test_a_place_that_is_no_directory_is_refused(tmp_path: Path) -> None:
    """The operator reads which key is wrong."""
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"^hub\.data_dir can't be written: "):
        name_of(tmp_path / "file")


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_an_unreadable_name_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """A guess would orphan what this process had claimed."""
    if content is None:
        (tmp_path / "instance").mkdir()
    else:
        (tmp_path / "instance").write_bytes(content)
    with pytest.raises(StorageError, match="instance can't be read or written"):
        name_of(tmp_path)


def test_an_empty_name_is_made_anew(tmp_path: Path) -> None:
    """A power cut may leave an empty file behind."""
    (tmp_path / "instance").touch()
    assert name_of(tmp_path) == name_of(tmp_path) != "-hub"
