"""Who was erased after a backup does not come back with it."""

from datetime import timedelta
from pathlib import Path

from bot.backups import restoring
from bot.backups.restoring import Wish
from bot.backups.sealing import Key
from bot.config import Settings
from bot.messages import Identity, Sender
from bot.services import erasure
from bot.storage import members, schema
from bot.storage.engine import Database
from tests.backups import test_restoring as whole
from tests.fakes import START

key, settings = whole.key, whole.settings
VERA = Sender(Identity("telegram", "4711000001"), "Vera")
ANNA = Sender(Identity("telegram", "4711000002"), "Anna")


async def erased_since(settings: Settings, path: Path) -> Path:
    """Return a backup of a hub that two people know, of whom one was erased afterwards."""
    database = Database(settings.database_url)
    await schema.upgrade(database)
    async with database.begin() as session:
        for sender in (VERA, ANNA):
            await members.note(session, sender=sender, now=START)
    backup = await whole.made(settings, path)
    async with database.begin() as session:
        number = await members.find(session, identity=VERA.identity)
        assert number is not None
        later = START + timedelta(days=1)
        await erasure.erase(session, member_id=number, settings=settings, now=later)
    await database.close()
    return backup


async def known(settings: Settings) -> list[str]:
    """Return which of the two the hub knows."""
    database = Database(settings.database_url)
    async with database.begin() as session:
        accounts = await members.every_account(session)
    await database.close()
    return sorted(account.user for account, _, _ in accounts)


async def test_restoring_erases_them_again(settings: Settings, tmp_path: Path, key: Key) -> None:
    """As long as the database that gives way, and its key, are there."""
    backup = await erased_since(settings, tmp_path / "backup")
    done = await restoring.restore(settings, backup, key, Wish(replace=True))
    assert await known(settings) == [ANNA.identity.user]
    assert done.erased == 1
    assert "erased again, as they were after the backup: 1 people" in restoring.described(done)


async def test_without_the_key_nobody_can_tell(
    settings: Settings, tmp_path: Path, key: Key
) -> None:
    """The documentation says so."""
    backup = await erased_since(settings, tmp_path / "backup")
    other = settings.hub.model_copy(update={"data_dir": tmp_path / "elsewhere"})
    moved = settings.model_copy(update={"hub": other})
    done = await restoring.restore(moved, backup, key, Wish(replace=True))
    assert done.erased == 0
    assert len(await known(moved)) == 2
