from bot.storage import entries
from bot.storage.engine import Database
from tests.fakes import START

TREE = {"questions": ["Größe?", "Wie groß? 📏"], "tags": [], "weight": 1.5, "hidden": None}


async def test_before_the_first_copy_there_is_nothing(database: Database) -> None:
    """A first start with broken files begins with an empty knowledge base."""
    async with database.begin() as session:
        assert list(await entries.load(session)) == []


async def test_entries_come_back_as_they_were_and_in_order(database: Database) -> None:
    """The copy for a bad day is as good as the files."""
    pairs = [(f"id-{number}", TREE | {"number": number}) for number in (3, 1, 2)]
    async with database.begin() as session:
        await entries.replace(session, entries=pairs, now=START)
    async with database.begin() as session:
        assert list(await entries.load(session)) == [tree for _, tree in pairs]


async def test_a_new_copy_replaces_the_old_one_whole(database: Database) -> None:
    """An entry that was deleted from the files does not live on in the copy."""
    async with database.begin() as session:
        await entries.replace(session, entries=[("a", 1), ("b", 2)], now=START)
    async with database.begin() as session:
        await entries.replace(session, entries=[("b", 3)], now=START)
    async with database.begin() as session:
        assert list(await entries.load(session)) == [3]
        await entries.replace(session, entries=[], now=START)
        assert list(await entries.load(session)) == []
