from datetime import datetime, timedelta

from bot.messages import Address, Identity, MessageId, Sender
from bot.storage import inbox, members, questions, statistics
from bot.storage.engine import Database, Session
from bot.storage.models import InboxState, Question, QuestionState
from bot.storage.statistics import Outcome
from tests.fakes import START

WEEK = timedelta(weeks=1)


async def asked(
    session: Session,
    *,
    at: datetime,
    state: QuestionState = QuestionState.ANSWERED,
    entry: str | None = None,
    name: str = "anna",
) -> Question:
    sender = Sender(Identity("fake", name), name)
    member, _ = await members.note(session, sender=sender, now=START)
    return await questions.add(
        session,
        text="Was?",
        address=Address("fake", name),
        message=MessageId("q"),
        member_id=member.id,
        asked_in="direct",
        language="de",
        state=state,
        confidence=0.0,
        entry=entry,
        candidates=[],
        now=at,
    )


async def test_a_question_belongs_to_the_span_in_which_it_was_asked(database: Database) -> None:
    """The first instant of a span is in it, the first one after the last is not."""
    bounds = [START, START + WEEK, START + 2 * WEEK]
    moment = timedelta(microseconds=1)
    async with database.begin() as session:
        for at in (START - moment, START, START + WEEK - moment, START + WEEK, START + 2 * WEEK):
            await asked(session, at=at)
        await asked(session, at=START, state=QuestionState.OPEN)
        found = await statistics.outcomes(session, bounds=bounds)
    assert sorted(found) == [
        Outcome(0, QuestionState.ANSWERED, by_editor=False, questions=2),
        Outcome(0, QuestionState.OPEN, by_editor=False, questions=1),
        Outcome(1, QuestionState.ANSWERED, by_editor=False, questions=1),
    ]


async def test_what_an_editor_has_answered_is_told_apart(database: Database) -> None:
    """Of an item that is answered; one that was withdrawn from it is no answer."""
    async with database.begin() as session:
        for state in (QuestionState.ANSWERED, QuestionState.WITHDRAWN):
            question = await asked(session, at=START, state=state)
            item = await inbox.begin(session, number=question.id, now=START)
            item.state, question.item_id = InboxState.ANSWERED, item.id
        found = await statistics.outcomes(session, bounds=[START, START + WEEK])
    assert sorted(found) == [
        Outcome(0, QuestionState.ANSWERED, by_editor=True, questions=1),
        Outcome(0, QuestionState.WITHDRAWN, by_editor=False, questions=1),
    ]


async def test_ratings_count_when_they_were_given(database: Database) -> None:
    """Whenever the question was asked; of one person the last word."""
    async with database.begin() as session:
        question = await asked(session, at=START - WEEK)
        assert await statistics.ratings(session, since=START) == (0, 0)
        for name, helpful, at in (
            ("anna", False, START),
            ("anna", True, START),
            ("bert", False, START),
            ("carla", True, START - WEEK),
        ):
            other = await asked(session, at=START, name=name)
            await questions.rate(
                session, number=question.id, member_id=other.member_id, helpful=helpful, now=at
            )
            await session.flush()
        assert await statistics.ratings(session, since=START) == (1, 2)


async def test_the_entries_given_most_come_first(database: Database) -> None:
    """Of equal ones by their id; questions without an entry are none."""
    async with database.begin() as session:
        for entry in ("b", "a", "b", "c", None):
            await asked(session, at=START, entry=entry)
        await asked(session, at=START - WEEK, entry="c")
        found = await statistics.entries(session, since=START, limit=2)
    assert found == [("b", 2), ("a", 1)]
