"""Counting questions, answers and ratings."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, case, func, select

from bot.storage.engine import Session
from bot.storage.models import Feedback, InboxItem, InboxState, Question, QuestionState


class Outcome(NamedTuple):
    """How many questions of a span came to the same end.

    Attributes:
        span: Which of the spans, from 0.
        state: What became of them, as it is now.
        by_editor: Whether an editor has answered them.
        questions: How many.
    """

    span: int
    state: QuestionState
    by_editor: bool
    questions: int


async def outcomes(session: Session, *, bounds: Sequence[datetime]) -> list[Outcome]:
    """Count the questions asked between each of *bounds* and the next, by what became of them."""
    spans = [(Question.asked_at < end, number) for number, end in enumerate(bounds[1:])]
    # One query for all: so the spans are of one instant, and the index is read once.
    span = case(*spans, else_=len(bounds)).label("span")
    item_answered = InboxItem.state == InboxState.ANSWERED
    answered = and_(Question.state == QuestionState.ANSWERED, item_answered)
    by_editor = case((answered, 1), else_=0).label("by_editor")
    query = (
        select(span, Question.state, by_editor, func.count())
        .outerjoin(InboxItem, InboxItem.id == Question.item_id)
        .where(Question.asked_at >= bounds[0], Question.asked_at < bounds[-1])
        .group_by(span, Question.state, by_editor)
    )
    return [
        Outcome(number, QuestionState(state), bool(editor), count)
        for number, state, editor, count in await session.execute(query)
    ]


async def ratings(session: Session, *, since: datetime) -> tuple[int, int]:
    """Count who said since then that an answer helped, and who said anything about one."""
    helped = func.sum(case((Feedback.helpful.is_(True), 1), else_=0))
    query = select(helped, func.count()).where(Feedback.given_at >= since)
    found = (await session.execute(query)).one()
    return int(found[0] or 0), int(found[1])


async def entries(session: Session, *, since: datetime, limit: int) -> list[tuple[str, int]]:
    """Return the entries that were given most since then, each with how often."""
    count = func.count().label("count")
    query = (
        select(Question.entry, count)
        .where(Question.entry.is_not(None), Question.asked_at >= since)
        .group_by(Question.entry)
        .order_by(count.desc(), Question.entry)
        .limit(limit)
    )
    return [(name, number) for name, number in await session.execute(query) if name is not None]
