"""`stadtfunk backup` and `restore`: what an operator types and reads."""

import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest
from typer.testing import CliRunner, Result

from bot.channels.matrix import keeping
from bot.cli import app
from bot.config import without_secrets
from bot.errors import StorageError
from bot.storage import moving

Stadtfunk = Callable[..., Result]
IDENTITY = pyrage.x25519.Identity.generate()
RECIPIENT = str(IDENTITY.to_public())


@pytest.fixture
def stadtfunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stadtfunk:
    """The command, in a directory with a hub."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STADTFUNK_KNOWLEDGE__ENCODER", "false")
    (tmp_path / "identity").write_text(str(IDENTITY))
    (tmp_path / "knowledge.md").write_text("## Was ist die KTS?\n\nDas.\n")
    (tmp_path / "config.toml").write_text('[knowledge]\npaths = ["knowledge.md"]\n')

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments)

    assert invoke("migrate").exit_code == 0
    return invoke


def problem(result: Result) -> str:
    """Return the one line that a refused command says."""
    assert result.exit_code == 1, result.output
    (line,) = result.stderr.splitlines()
    return line


def test_a_backup_says_what_is_in_it(stadtfunk: Stadtfunk) -> None:
    assert "wrote backup" in stadtfunk("backup", "backup", "--recipient", RECIPIENT).stdout
    said = stadtfunk("backup", "--check", "backup", "--identity", "identity").stdout
    assert "database: sqlite, schema" in said
    assert "knowledge/0" in said


def test_a_passphrase_comes_from_a_variable(
    stadtfunk: Stadtfunk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a wrong one is refused in one line."""
    monkeypatch.setenv("STADTFUNK_BACKUP__PASSPHRASE", "korrekt pferd")
    assert stadtfunk("backup", "backup").exit_code == 0
    Path("wrong").write_text("falsch\n")
    refused = stadtfunk("backup", "--check", "backup", "--passphrase-file", "wrong")
    assert "the passphrase is wrong" in problem(refused)
    assert stadtfunk("restore", "backup", "--into", "new").exit_code == 0
    assert Path("new/knowledge.md").exists()


def test_without_a_passphrase_it_says_how_to_give_one(stadtfunk: Stadtfunk) -> None:
    assert "--passphrase-file" in problem(stadtfunk("backup", "backup"))
    assert not Path("backup").exists()


def test_a_hub_that_is_there_is_kept(stadtfunk: Stadtfunk) -> None:
    stadtfunk("backup", "backup", "--recipient", RECIPIENT)
    refused = stadtfunk("restore", "backup", "--identity", "identity")
    assert "--replace" in problem(refused)
    done = stadtfunk("restore", "backup", "--identity", "identity", "--replace")
    assert done.exit_code == 0, done.output
    (kept,) = Path("data").glob("hub.sqlite3.before-*")
    assert str(kept) in done.stdout
    assert f"kept as it is: {Path('knowledge.md').absolute()}" in done.stdout


def test_a_file_that_is_not_there_is_one_line(stadtfunk: Stadtfunk) -> None:
    assert "can't be read" in problem(stadtfunk("backup", "--check", "nothing"))


def test_the_configuration_is_kept_without_its_secrets(tmp_path: Path) -> None:
    """Comments and all other keys stay."""
    path = tmp_path / "config.toml"
    path.write_text(
        '# ours\n[hub]\nname = "Ulm"\n[channels.telegram]\ntoken = "4711:AA" # secret\n'
        '[database]\nurl = "postgresql://a:b@c/d"\n'
    )
    shown = without_secrets(path)
    assert shown.startswith('# ours\n[hub]\nname = "Ulm"\n')
    assert "4711" not in shown
    assert "a:b" not in shown


def test_no_secret_of_a_further_account_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        '[channels.telegram.accounts.west]\nmode = "polling"\ntoken = "4712:BB"\n'
        '[channels.matrix.accounts.north]\npassword = "geheim"\n'
    )
    shown = without_secrets(path)
    assert 'mode = "polling"' in shown
    assert "4712" not in shown
    assert "geheim" not in shown


def test_a_secret_in_an_unusual_place_leaves_the_whole_file_out(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('channels = { telegram = { token = "4711:AA" } }\n')
    assert "4711" not in without_secrets(path)


def test_the_store_is_copied_without_login_and_ratchets(tmp_path: Path) -> None:
    """Also while somebody has it open."""
    store, target = tmp_path / "store", tmp_path / "target"
    store.mkdir()
    target.mkdir()
    (store / "session.json").write_text("{}")
    (store / "lock").touch()
    (store / "cross_signing.json").write_text('{"master": ""}')
    opened = sqlite3.connect(store / "hub_DEVICE.db")
    opened.execute("CREATE TABLE olmsessions (session)")
    opened.execute("CREATE TABLE megolminboundsessions (session)")
    opened.execute("INSERT INTO olmsessions VALUES ('a')")
    opened.execute("INSERT INTO megolminboundsessions VALUES ('b')")
    opened.commit()
    opened.execute("INSERT INTO megolminboundsessions VALUES ('uncommitted')")
    copied = list(keeping.copy(store, target))
    opened.close()
    assert [one.name for one in copied] == ["cross_signing.json", "hub_DEVICE.db"]
    copy = sqlite3.connect(target / "hub_DEVICE.db")
    assert copy.execute("SELECT count(*) FROM olmsessions").fetchone() == (0,)
    assert copy.execute("SELECT session FROM megolminboundsessions").fetchall() == [("b",)]
    copy.close()
    assert all(stat.S_IMODE(one.stat().st_mode) == 0o600 for one in copied)


@pytest.mark.parametrize("steps", range(5))
def test_moves_that_were_interrupted_are_finished(tmp_path: Path, steps: int) -> None:
    """Whatever was done of them before."""
    for name in ("a", "b"):
        (tmp_path / name).write_text("old")
        (tmp_path / f"{name}.ready").write_text("new")
    aside = [(tmp_path / name, tmp_path / f"{name}.kept") for name in ("a", "b")]
    ready = [(tmp_path / f"{name}.ready", tmp_path / name) for name in ("a", "b")]
    moving.prepare(tmp_path, aside=aside, ready=ready)
    for old, new in [*aside, *ready][:steps]:
        old.rename(new)
    assert moving.finish(tmp_path)
    for name in ("a", "b"):
        assert (tmp_path / name).read_text() == "new"
        assert (tmp_path / f"{name}.kept").read_text() == "old"
    assert not moving.finish(tmp_path)


def test_what_came_in_the_way_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("somebody's")
    (tmp_path / "a.ready").write_text("new")
    moving.prepare(tmp_path, aside=[], ready=[(tmp_path / "a.ready", tmp_path / "a")])
    with pytest.raises(StorageError, match="is in the way"):
        moving.finish(tmp_path)
    assert (tmp_path / "a").read_text() == "somebody's"
