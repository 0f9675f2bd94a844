from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bot.messages import Address, Identity, MessageId, Sender
from bot.storage import members, questions
from bot.storage.engine import Database
from bot.storage.models import Feedback, Question, QuestionState
from tests.fakes import START


async def a_member(database: Database, user: str = "anna") -> int:
    async with database.begin() as session:
        sender = Sender(Identity("fake", user), user.title())
        member, _ = await members.note(session, sender=sender, now=START)
        return member.id


HERE = Address("fake", "room", "topic")
MINUTE = timedelta(minutes=1)


async def ask(
    database: Database,
    member: int,
    *,
    text: str = "Wann öffnet das Bürgerbüro? 🏛",
    address: Address = HERE,
    entry: str | None = None,
    now: datetime,
) -> int:
    async with database.begin() as session:
        question = await questions.add(
            session,
            text=text,
            address=address,
            message=MessageId("q"),
            member_id=member,
            asked_in="room",
            language="de",
            state=QuestionState.SUGGESTED,
            confidence=0.625,
            entry=entry,
            candidates=["öffnung", "termine"],
            now=now,
        )
        return question.id


async def test_a_question_is_found_by_its_number_in_its_chat_only(database: Database) -> None:
    """The number that one chat reads tells nothing in another."""
    number = await ask(database, await a_member(database), now=START)
    async with database.begin() as session:
        found = await questions.find(session, number=number, channel="fake", chat="room")
        assert found is not None
        assert found.text == "Wann öffnet das Bürgerbüro? 🏛"
        assert found.candidates == ["öffnung", "termine"]
        assert (found.confidence, found.thread) == (0.625, "topic")
        assert await questions.find(session, number=number, channel="fake", chat="b") is None
        assert await questions.find(session, number=number, channel="b", chat="room") is None


@pytest.mark.parametrize("number", [0, -1, 2**63 - 1, 2**63, 10**30])
async def test_a_number_that_nobody_gave_finds_nothing(database: Database, number: int) -> None:
    """Members type any number; none of them makes the database refuse the query."""
    async with database.begin() as session:
        assert await questions.find(session, number=number, channel="fake", chat="room") is None


async def latest(
    database: Database, member: int, *, address: Address = HERE, after: datetime = START - MINUTE
) -> int | None:
    async with database.begin() as session:
        found = await questions.latest(session, address=address, member_id=member, after=after)
        return found.id if found else None


async def test_the_latest_question_is_ones_own_in_its_chat_and_thread(database: Database) -> None:
    """What others ask, and what one asked elsewhere or long ago, is another conversation."""
    anna = await a_member(database)
    bert = await a_member(database, "bert")
    assert await latest(database, anna) is None
    mine = await ask(database, anna, now=START)
    await ask(database, bert, now=START + MINUTE)
    for other in (Address("fake", "room"), Address("fake", "b", "topic"), Address("b", "room")):
        await ask(database, anna, address=other, now=START + MINUTE)
    assert await latest(database, anna) == mine
    assert await latest(database, anna, after=START) is None
    unthreaded = Address("fake", "room")
    plain = await ask(database, anna, address=unthreaded, now=START + 2 * MINUTE)
    assert await latest(database, anna, address=unthreaded) == plain


async def test_an_answer_makes_its_question_the_latest(database: Database) -> None:
    """Until it is withdrawn or dismissed."""
    anna = await a_member(database)
    first = await ask(database, anna, now=START)
    second = await ask(database, anna, now=START + MINUTE)
    assert await latest(database, anna) == second
    async with database.begin() as session:
        row = await session.get_one(Question, first)
        row.answered_at = START + 2 * MINUTE
    assert await latest(database, anna) == first
    assert await latest(database, anna, after=START + MINUTE) == first
    for state in (QuestionState.WITHDRAWN, QuestionState.DISMISSED):
        async with database.begin() as session:
            (await session.get_one(Question, first)).state = state
        assert await latest(database, anna) == second


async def test_an_entry_was_given_in_a_chat_whatever_the_thread(database: Database) -> None:
    """For as long as is asked for, and nowhere else."""
    anna = await a_member(database)
    await ask(database, anna, entry="öffnung", now=START)
    await ask(database, anna, now=START)
    told = (
        (Address("fake", "room"), "öffnung", START - MINUTE, True),
        (Address("fake", "room", "other"), "öffnung", START - MINUTE, True),
        (HERE, "öffnung", START, False),
        (HERE, "termine", START - MINUTE, False),
        (Address("fake", "b"), "öffnung", START - MINUTE, False),
    )
    for address, entry, after, expected in told:
        async with database.begin() as session:
            given = await questions.was_given(session, address=address, entry=entry, after=after)
        assert given is expected


async def test_of_two_ratings_by_a_member_the_last_counts(database: Database) -> None:
    """Somebody who tapped the wrong button taps the other one."""
    member = await a_member(database)
    number = await ask(database, member, now=START)
    for helpful in (True, False):
        async with database.begin() as session:
            await questions.rate(
                session, number=number, member_id=member, helpful=helpful, now=START
            )
    async with database.begin() as session:
        assert [one.helpful for one in await session.scalars(select(Feedback))] == [False]


async def test_old_questions_are_forgotten_with_their_ratings(database: Database) -> None:
    """What a person asked is not kept longer than promised."""
    member = await a_member(database)
    old = await ask(database, member, now=START)
    fresh = await ask(database, member, now=START + timedelta(days=1))
    for number in (old, fresh):
        async with database.begin() as session:
            await questions.rate(session, number=number, member_id=member, helpful=True, now=START)

    async with database.begin() as session:
        assert await questions.forget(session, before=START + timedelta(days=1)) == 1

    async with database.begin() as session:
        assert [one.id for one in await session.scalars(select(Question))] == [fresh]
        assert [one.question_id for one in await session.scalars(select(Feedback))] == [fresh]


async def test_what_a_member_said_is_in_no_error(database: Database) -> None:
    """An error of the database ends in the log, where nobody's words belong."""
    with pytest.raises(IntegrityError) as caught:
        await ask(database, member=4711, text="a very private question", now=START)
    assert "private" not in str(caught.value)
