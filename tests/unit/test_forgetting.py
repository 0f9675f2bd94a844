"""An operator erases somebody who can't, or won't, write to the bot any more."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.config import Settings
from bot.messages import Identity, Sender
from bot.storage import grants, members, schema
from bot.storage.engine import Database
from bot.storage.models import AuditEntry, Grant, IdentityRow

ANNA = Sender(Identity("matrix", "@anna:x"), "Anna")
NOW = datetime(2027, 1, 15, tzinfo=UTC)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A hub that Anna has written to, who is an editor."""
    file = tmp_path / "config.toml"
    file.write_text(f'[hub]\ndata_dir = "{tmp_path / "data"}"\n', encoding="utf-8")
    (tmp_path / "data").mkdir()
    asyncio.run(_known(tmp_path))
    return file


def url(tmp_path: Path) -> str:
    return Settings.model_validate({"hub": {"data_dir": tmp_path / "data"}}).database_url


async def _known(tmp_path: Path) -> None:
    database = Database(url(tmp_path))
    await schema.upgrade(database)
    async with database.begin() as session:
        member, _ = await members.note(session, sender=ANNA, now=NOW)
        await grants.add(
            session, member_id=member.id, role="editor", granted_by=member.id, now=NOW
        )
    await database.close()


def erase(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["erase", *arguments, "--config", str(config)])


async def _left(tmp_path: Path) -> tuple[list[str], list[AuditEntry], int]:
    database = Database(url(tmp_path))
    async with database.begin() as session:
        accounts = [one.user for one in (await session.scalars(select(IdentityRow))).all()]
        entries = list((await session.scalars(select(AuditEntry))).all())
        roles = len((await session.scalars(select(Grant))).all())
    await database.close()
    return accounts, entries, roles


def test_without_a_yes_it_is_only_shown(config: Path, tmp_path: Path) -> None:
    """With what it would mean, and what to add."""
    result = erase(config, "matrix", "@anna:x")
    assert (result.exit_code, result.output.splitlines()) == (
        1, ["1 roles end", "nothing was erased yet; to do it, add --yes"],
    )  # fmt: skip
    assert asyncio.run(_left(tmp_path)) == (["@anna:x"], [], 1)


def test_with_a_yes_nothing_is_left_and_the_log_names_nobody(config: Path, tmp_path: Path) -> None:
    """It says that somebody was erased, and by whom: the operator."""
    result = erase(config, "Matrix", "@anna:x", "--yes")
    assert result.exit_code == 0, result.output
    accounts, (entry,), roles = asyncio.run(_left(tmp_path))
    assert (accounts, roles) == ([], 0)
    assert (entry.action, entry.member_id) == ("person-erased", None)
    assert "anna" not in str(entry.details).casefold()
    assert erase(config, "matrix", "@anna:x", "--yes").exit_code == 1


def test_an_unknown_account_and_an_absent_database_are_said(config: Path, tmp_path: Path) -> None:
    """Nothing is made by it."""
    result = erase(config, "telegram", "4711", "--yes")
    assert "telegram:4711: nobody of this account is known" in result.output
    for file in (tmp_path / "data").iterdir():
        file.unlink()
    result = erase(config, "telegram", "4711", "--yes")
    assert "there is no database yet" in result.output
    assert list((tmp_path / "data").iterdir()) == []
