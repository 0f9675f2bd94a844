"""A whole hub to a file and back, also when the process ends in between."""

from pathlib import Path
from typing import Any

import pyrage
import pytest

from bot.backups import collecting, restoring
from bot.backups.archive import About, writing
from bot.backups.restoring import Wish
from bot.backups.sealing import Key, Lock
from bot.config import Settings, load
from bot.errors import BackupError, ConfigurationError
from bot.storage import cursors, moving, schema
from bot.storage.engine import Database
from bot.storage.instance import claimed
from bot.storage.models import Member
from tests.backups.rows import content, fill
from tests.fakes import START

IDENTITY = pyrage.x25519.Identity.generate()
LOCK = Lock(recipients=(str(IDENTITY.to_public()),))
CONFIG = """\
[hub]
data_dir = "data"
[channels.telegram]
enabled = true
token = "4711:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"
[channels.matrix]
enabled = true
homeserver = "http://localhost"
user_id = "@hub:localhost"
password = "geheim"
[knowledge]
paths = ["knowledge", "more.md"]
encoder = false
"""


@pytest.fixture
def key(tmp_path: Path) -> Key:
    """Opens what :data:`LOCK` closed."""
    path = tmp_path / "key"
    path.write_text(str(IDENTITY))
    return Key(lambda: "", path)


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """A hub in a folder of its own, on each of both databases."""
    home = tmp_path / "home"
    (home / "knowledge" / "deep").mkdir(parents=True)
    (home / "knowledge" / "deep" / "a.md").write_text("## Was?\n\nDas.\n")
    (home / "more.md").write_text("## Wer?\n\nWir.\n")
    database_url = database_url.replace("+asyncpg", "")
    url = "" if database_url.startswith("sqlite") else f'[database]\nurl = "{database_url}"\n'
    (home / "config.toml").write_text(CONFIG + url)
    store = home / "data" / "matrix"
    store.mkdir(parents=True)
    (store / "cross_signing.json").write_text("{}")
    (store / "session.json").write_text('{"access_token": "geheim"}')
    return load(home / "config.toml")


@pytest.fixture
async def backup(settings: Settings, tmp_path: Path) -> Path:
    """A backup of a hub that has rows in every table."""
    database = Database(settings.database_url)
    await schema.upgrade(database)
    await fill(database, seed=1)
    await database.close()
    return await made(settings, tmp_path / "backup")


async def made(settings: Settings, path: Path) -> Path:
    await collecting.make(settings, settings.hub.data_dir.parent / "config.toml", path, LOCK)
    return path


def files(folder: Path) -> list[str]:
    """Return the names in a folder."""
    return [one.name for one in folder.iterdir()]


def configured(home: Path, text: str) -> Settings:
    """Write a configuration and read it."""
    (home / "config.toml").write_text(text)
    return load(home / "config.toml")


async def rows(settings: Settings) -> dict[str, str]:
    database = Database(settings.database_url)
    try:
        return await content(database)
    finally:
        await database.close()


@pytest.fixture
async def later(settings: Settings, backup: Path) -> dict[str, str]:
    """What is in the hub some time after the backup."""
    assert backup.name
    await later_on(settings)
    return await rows(settings)


async def later_on(settings: Settings) -> None:
    """Let the hub learn of another member."""
    database = Database(settings.database_url)
    async with database.begin() as session:
        session.add(Member(created_at=START))
    await database.close()


def unsettled(tables: dict[str, str]) -> dict[str, str]:
    """Return the tables whose rows no rule about the past concerns."""
    concerned = {
        "cursors", "deliveries", "digest_items", "event_changes", "inbox_items", "entry_care",
        "announcements", "audit", "bodies",
    }  # fmt: skip
    return {name: lines for name, lines in tables.items() if name not in concerned}


async def test_a_hub_comes_back_with_its_rows_and_files(
    settings: Settings, backup: Path, later: dict[str, str], key: Key
) -> None:
    """The hub that was there is kept beside it."""
    before = await rows(settings)
    assert before == later
    done = await restoring.restore(settings, backup, key, Wish(replace=True))
    restored = await rows(settings)
    assert len(restored["members"].splitlines()) == 3
    same = unsettled(later) | {"members": "".join(later["members"].splitlines(keepends=True)[:3])}
    assert unsettled(restored) == same
    assert done.beside
    assert not list(settings.hub.data_dir.parent.rglob("*.restoring*"))
    assert files(settings.hub.data_dir / "matrix") == ["cross_signing.json"], "no login"


async def test_a_hub_that_is_there_is_not_overwritten(
    settings: Settings, backup: Path, later: dict[str, str], key: Key
) -> None:
    with pytest.raises(BackupError, match="there is a hub already"):
        await restoring.restore(settings, backup, key, Wish())
    assert await rows(settings) == later


async def test_a_hub_that_runs_is_not_touched(
    settings: Settings, backup: Path, later: dict[str, str], key: Key
) -> None:
    with (
        claimed(settings.hub.data_dir, role="hub"),
        pytest.raises(ConfigurationError, match="another process"),
    ):
        await restoring.restore(settings, backup, key, Wish(replace=True))
    assert await rows(settings) == later


async def test_a_damaged_backup_changes_nothing(
    settings: Settings, backup: Path, later: dict[str, str], key: Key
) -> None:
    cut_off(backup)
    with pytest.raises(BackupError, match="damaged"):
        await restoring.restore(settings, backup, key, Wish(replace=True))
    assert await rows(settings) == later


def cut_off(file: Path) -> None:
    """Leave out the last bytes."""
    file.write_bytes(file.read_bytes()[:-20])


class PowerCut(BaseException):
    """The process ends here."""


async def test_a_power_cut_between_any_two_moves_loses_nothing(
    settings: Settings,
    backup: Path,
    key: Key,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Then there is the old hub, or what the hub's start finishes."""
    await later_on(settings)
    rename, steps, cuts = Path.rename, 0, 0
    for allowed in range(12):
        steps = 0

        def cut(self: Path, target: Any, allowed: int = allowed) -> Path:
            nonlocal steps
            if steps == allowed:
                raise PowerCut
            steps += 1
            return rename(self, target)

        with monkeypatch.context() as patched:
            patched.setattr(Path, "rename", cut)
            patched.setattr(Path, "replace", cut)
            try:
                await restoring.restore(settings, backup, key, Wish(replace=True))
            except PowerCut:
                cuts += 1
        finished = moving.finish(settings.hub.data_dir)
        found = await rows(settings)
        if allowed and not settings.database_url.startswith("sqlite"):
            assert finished or steps
        assert len(found["members"].splitlines()) in {3, 4}
        if finished or steps < allowed:
            assert len(found["members"].splitlines()) == 3
        assert (settings.hub.data_dir / "matrix" / "cross_signing.json").exists()
        if steps < allowed:
            break
    assert cuts >= 2


async def test_a_new_folder_gets_the_configuration_without_secrets(
    settings: Settings, backup: Path, key: Key, tmp_path: Path
) -> None:
    config = restoring.configuration(backup, key, tmp_path / "new")
    text = config.read_text()
    assert "geheim" not in text
    assert "4711" not in text
    assert 'paths = ["knowledge", "more.md"]' in text
    with pytest.raises(ConfigurationError, match="a backup has no secrets"):
        restoring.settings_for(config)
    assert settings.secrets


async def test_a_backup_moves_a_hub_from_sqlite_to_postgresql(
    tmp_path: Path, key: Key, postgres_database: str
) -> None:
    home = tmp_path
    small = configured(home, "[knowledge]\nencoder = false\n")
    database = Database(small.database_url)
    await schema.upgrade(database)
    await fill(database, seed=2)
    await database.close()
    path = await made(small, tmp_path / "backup")
    address = postgres_database.replace("+asyncpg", "")
    large = configured(home, f'[database]\nurl = "{address}"\n')
    await restoring.restore(large, path, key, Wish(resend=True))
    before, after = await rows(small), await rows(large)
    mark = after.pop("cursors").splitlines(), before.pop("cursors").splitlines()
    assert after == before
    assert len(mark[0]) == len(mark[1]) + 1
    database = Database(large.database_url)
    async with database.begin() as session:
        assert await cursors.restored_at(session) is not None
    await database.close()


async def test_a_backup_of_a_newer_version_is_refused(
    settings: Settings, key: Key, tmp_path: Path
) -> None:
    with writing(tmp_path / "newer", LOCK) as writer:
        writer.begin(About("9.0", "9999", "sqlite", START, ()))
    with pytest.raises(BackupError, match="newer than this program"):
        await restoring.restore(settings, tmp_path / "newer", key, Wish(replace=True))
