from sqlalchemy import select

from bot.messages import Identity, Sender
from bot.storage import members
from bot.storage.engine import Database
from bot.storage.models import IdentityRow, Member
from tests.fakes import START

ANNA = Identity("fake", "anna")


async def noted(database: Database, sender: Sender) -> tuple[Member, IdentityRow]:
    async with database.begin() as session:
        return await members.note(session, sender=sender, now=START)


async def test_a_stranger_becomes_a_member_who_chose_nothing_yet(database: Database) -> None:
    """What the network says of the language is kept beside what the person chose."""
    member, account = await noted(database, Sender(ANNA, "Anna", "en-GB"))
    assert (member.language, member.created_at) == (None, START)
    assert (account.member_id, account.name, account.language) == (member.id, "Anna", "en-GB")


async def test_a_known_account_stays_the_same_member(database: Database) -> None:
    """A new name counts; a language that the network no longer tells is remembered."""
    first, _ = await noted(database, Sender(ANNA, "Anna", "de"))
    again, account = await noted(database, Sender(ANNA, "Anna B.", None))
    assert again.id == first.id
    assert (account.name, account.language) == ("Anna B.", "de")
    async with database.begin() as session:
        assert len((await session.scalars(select(Member))).all()) == 1


async def test_the_same_name_on_two_networks_is_two_members(database: Database) -> None:
    """Only a link that both accounts confirm could make them one person."""
    first, _ = await noted(database, Sender(ANNA, "Anna"))
    other, _ = await noted(database, Sender(Identity("other", "anna"), "Anna"))
    assert first.id != other.id
