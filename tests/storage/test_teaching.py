"""What was taught in chat, on both databases."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text, update

from bot.storage import members, teaching
from bot.storage.engine import Database, Session
from bot.storage.models import TaughtEntry
from tests.fakes import START, FakeChannel, FakeClock, Person

TREE = {"questions": ["Größe? 📏"], "answer": "Groß."}


@pytest.fixture
async def member(database: Database) -> int:
    """The number of a member."""
    person = Person(FakeChannel(FakeClock()), "anna")
    async with database.begin() as session:
        row, _ = await members.note(session, sender=person.sender, now=START)
        return row.id


async def add(session: Session, name: str, member: int) -> bool:
    return await teaching.add(session, name=name, content=TREE, member_id=member, now=START)


async def phrase(session: Session, words: str, member: int) -> int | None:
    return await teaching.add_phrasing(
        session, entry="kts", text=words, member_id=member, question_id=7, now=START
    )


async def test_an_id_is_given_once(database: Database, member: int) -> None:
    """Also when its entry was retired: links and feedback refer to it."""
    async with database.begin() as session:
        assert await add(session, "kts", member)
        assert not await add(session, "kts", member)
        row = await teaching.find(session, name="kts")
        assert row is not None
        row.retired_at = START
    async with database.begin() as session:
        assert not await add(session, "kts", member)
        assert await teaching.find(session, name="kts") is None
        assert await teaching.entries(session) == []


async def test_a_spoiled_row_can_be_told_from_the_others(database: Database, member: int) -> None:
    """The texts come as they are, so that who reads them decides what to do with one."""
    async with database.begin() as session:
        await add(session, "a", member)
        await add(session, "b", member)
        if database.dialect == "sqlite":  # PostgreSQL lets nobody write what is no JSON
            await session.execute(
                text("UPDATE taught_entries SET content = '{\"ques' WHERE id = 'a'")
            )
    async with database.begin() as session:
        rows = await teaching.entries(session)
    assert [name for name, _ in rows] == ["a", "b"]
    assert rows[1][1].startswith("{")


async def test_a_phrasing_is_kept_once(database: Database, member: int) -> None:
    """Two editors may add the same at once."""
    async with database.begin() as session:
        first = await phrase(session, "Was ist das?", member)
        assert first is not None
        assert await phrase(session, "Was ist das?", member) is None
    async with database.begin() as session:
        second = await phrase(session, "Was macht die?", member)
        assert [row.text for row in await teaching.phrasings(session, entry="kts")] == [
            "Was ist das?",
            "Was macht die?",
        ]
        assert await teaching.phrasings(session, entry="other") == []
        await teaching.remove_phrasing(session, number=first)
        assert await teaching.phrasing(session, number=first) is None
        assert [row.id for row in await teaching.phrasings(session)] == [second]


async def test_every_change_is_noticed(database: Database, member: int) -> None:
    """By a text that costs three small queries, although all of it happens in one instant."""
    seen = []

    async def look() -> None:
        async with database.begin() as session:
            seen.append(await teaching.fingerprint(session))

    await look()
    assert seen == [""]
    async with database.begin() as session:
        await add(session, "kts", member)
    await look()
    async with database.begin() as session:
        await session.execute(update(TaughtEntry).values(version=TaughtEntry.version + 1))
    await look()
    async with database.begin() as session:
        number = await phrase(session, "Was ist das?", member)
        assert number is not None
        await phrase(session, "Was macht die?", member)
    await look()
    async with database.begin() as session:
        await teaching.remove_phrasing(session, number=number)
    await look()
    for entry, field, value in (
        ("kts", "reviewed_on", date(2027, 1, 15)),
        ("vn", "reviewed_on", date(2027, 1, 14)),
        ("vn", "reviewed_on", date(2027, 1, 15)),
        ("kts", "owner_id", member),
        ("vn", "review_days", 30),
    ):
        async with database.begin() as session:
            setattr(await teaching.care(session, entry=entry), field, value)
        await look()
    assert len(set(seen)) == len(seen)
    before = seen[-1]
    await look()
    assert seen[-1] == before


async def test_what_is_known_of_the_care_of_an_entry_is_one_row(
    database: Database, member: int
) -> None:
    """Whoever looks for it first makes it; it comes with the owner's account."""
    async with database.begin() as session:
        (await teaching.care(session, entry="kts")).owner_id = member
        await teaching.care(session, entry="vn")
    async with database.begin() as session:
        row = await teaching.care(session, entry="kts")
        row.told_at = START + timedelta(days=1)
        row.reviewed_on = date(2027, 1, 15)
        assert row.owner_id == member
    async with database.begin() as session:
        ((care, account),) = await teaching.cares(session, entry="kts")
        assert (care.reviewed_on, care.told_at) == (
            date(2027, 1, 15),
            START + timedelta(days=1),
        )
        assert account is not None
        assert account.user == "anna"
        everything = {one.entry: who for one, who in await teaching.cares(session)}
        assert everything == {"kts": account, "vn": None}
