"""What the bot has asked, on both databases."""

from datetime import datetime, timedelta

import pytest

from bot.messages import Address
from bot.storage import dialogs, members
from bot.storage.engine import Database, Session
from tests.fakes import START, FakeChannel, FakeClock, Person
from tests.storage.rows import ROOM

HOUR = timedelta(hours=1)


@pytest.fixture
async def member(database: Database) -> int:
    """The number of a member."""
    person = Person(FakeChannel(FakeClock()), "anna")
    async with database.begin() as session:
        row, _ = await members.note(session, sender=person.sender, now=START)
        return row.id


async def ask(session: Session, member: int, subject: str, *, address: Address = ROOM) -> None:
    await dialogs.put(
        session,
        address=address,
        member_id=member,
        subject=subject,
        content={"subject": subject},
        expires_at=START + HOUR,
    )


async def asked(
    database: Database, member: int, *, address: Address = ROOM, now: datetime = START
) -> object:
    async with database.begin() as session:
        row = await dialogs.find(session, address=address, member_id=member, now=now)
        return row.content if row else None


async def test_only_the_last_question_is_open(database: Database, member: int) -> None:
    """In its own chat, and for who was asked, until it expires."""
    for subject in ("land", "leads"):
        async with database.begin() as session:
            await ask(session, member, subject)
    assert await asked(database, member) == {"subject": "leads"}
    assert await asked(database, member + 1) is None
    assert await asked(database, member, address=Address("fake", "elsewhere")) is None
    assert await asked(database, member, now=START + HOUR) is None


async def test_a_question_belongs_to_the_chat_whatever_the_thread(
    database: Database, member: int
) -> None:
    """An answer may come beside the thread in which was asked."""
    async with database.begin() as session:
        await ask(session, member, "land", address=Address("fake", "room", "7"))
    assert await asked(database, member) == {"subject": "land"}


async def test_a_question_ends_once(database: Database, member: int) -> None:
    """The second time there is nothing to end."""
    async with database.begin() as session:
        await ask(session, member, "land")
    for expected in (True, False):
        async with database.begin() as session:
            assert await dialogs.end(session, address=ROOM, member_id=member) is expected
    assert await asked(database, member) is None


async def test_what_nobody_answered_is_forgotten(database: Database, member: int) -> None:
    """But not before it has expired."""
    async with database.begin() as session:
        await ask(session, member, "land")
    for before, expected in ((START + HOUR, {"subject": "land"}), (START + 2 * HOUR, None)):
        async with database.begin() as session:
            await dialogs.forget(session, before=before)
        assert await asked(database, member) == expected
