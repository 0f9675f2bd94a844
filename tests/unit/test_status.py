"""What ``stadtfunk status`` tells."""

import json
from pathlib import Path

from typer.testing import CliRunner

from bot import status
from bot.cli import app
from bot.config import Settings
from bot.leasing import LASTING
from bot.storage import cursors, leases, schema
from bot.storage.engine import Database
from bot.storage.instance import claimed, is_running
from tests.fakes import START


async def fill(url: str) -> None:
    """Let a process take a lease."""
    database = Database(url)
    await schema.upgrade(database)
    async with database.begin() as session:
        await leases.introduce(session, name="one", host="h", pid=7, version="1")
        await leases.take(session, name="matrix", holder="one", lasting=LASTING)
        await cursors.save(session, channel="matrix", value="s1", now=START)
    await database.close()


async def test_on_sqlite_the_lock_tells_whether_a_hub_runs(tmp_path: Path) -> None:
    """A hub that died still stands in the tables, but leads nothing."""
    settings = Settings.model_validate({"hub": {"data_dir": tmp_path}})
    await fill(settings.database_url)
    dead = "\n".join(status.lines(await status.read(settings)))
    with claimed(tmp_path, role="hub"):
        alive = "\n".join(status.lines(await status.read(settings)))
    assert "matrix     held by nobody" in dead
    assert "one        gone" in dead
    assert "matrix     held by one" in alive
    assert "one        leads" in alive
    assert not is_running(tmp_path)


async def test_on_postgresql_the_leases_tell_who_leads(
    postgres_database: str, tmp_path: Path
) -> None:
    """Whichever machine it is asked on."""
    url = postgres_database.replace("+asyncpg", "")
    settings = Settings.model_validate({"hub": {"data_dir": tmp_path}, "database": {"url": url}})
    await fill(postgres_database)
    found = json.loads(status.as_json(await status.read(settings)))
    (lease,), (process,) = found["leases"], found["processes"]
    assert (lease["name"], lease["holder"], lease["term"]) == ("matrix", "one", 1)
    assert (process["name"], process["role"]) == ("one", "leads")
    assert set(found["cursors"]) == {"matrix"}


def test_without_a_database_it_says_what_to_do(tmp_path: Path) -> None:
    """Asking makes none."""
    (tmp_path / "config.toml").write_text('[hub]\ndata_dir = "data"\n')
    result = CliRunner().invoke(app, ["status", "--config", str(tmp_path / "config.toml")])
    assert result.exit_code != 0
    assert "stadtfunk migrate" in result.output
    assert not (tmp_path / "data").exists()
