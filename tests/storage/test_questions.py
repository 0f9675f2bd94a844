from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bot.messages import Address, Identity, MessageId, Sender
from bot.storage import members, questions
from bot.storage.engine import Database
from bot.storage.models import Feedback, Question, QuestionState
from tests.fakes import START


async def a_member(database: Database) -> int:
    async with database.begin() as session:
        sender = Sender(Identity("fake", "anna"), "Anna")
        member, _ = await members.note(session, sender=sender, now=START)
        return member.id


async def ask(
    database: Database, member: int, *, text: str = "Wann öffnet das Bürgerbüro? 🏛", now: datetime
) -> int:
    async with database.begin() as session:
        question = await questions.add(
            session,
            text=text,
            address=Address("fake", "room", "topic"),
            message=MessageId("q"),
            member_id=member,
            asked_in="room",
            language="de",
            state=QuestionState.SUGGESTED,
            confidence=0.625,
            entry=None,
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
