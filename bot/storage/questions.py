"""Questions, what became of them, and whether the answers helped."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, delete, exists, func, select

from bot.messages import Address, MessageId
from bot.storage.engine import Session
from bot.storage.models import Feedback, Question, QuestionState

_LARGEST_ID = 2**63 - 1
"""Members write numbers as they like; the databases refuse to compare larger ones."""
_ALIVE = (QuestionState.ANSWERED, QuestionState.SUGGESTED, QuestionState.OPEN)

# What an editor has answered since was disliked for another answer than it has now.
_MENDED = and_(~Feedback.helpful, Question.item_id.is_not(None), Question.state == "answered")
_RATED = (
    select(Question.text, Question.entry, Feedback.helpful)
    .join(Feedback, Feedback.question_id == Question.id)
    # Of who is erased only the count is left, of which there is nothing to learn.
    .where(Question.entry.is_not(None), Question.text != "", ~_MENDED)
)


async def add(
    session: Session,
    *,
    text: str,
    address: Address,
    message: MessageId,
    member_id: int,
    asked_in: str,
    language: str,
    state: QuestionState,
    confidence: float,
    entry: str | None,
    candidates: Sequence[str],
    now: datetime,
) -> Question:
    """Keep a question; its id is the number that members read."""
    question = Question(
        text=text,
        channel=address.channel,
        chat=address.chat,
        thread=address.thread,
        message=message,
        member_id=member_id,
        asked_in=asked_in,
        language=language,
        state=state.value,
        confidence=confidence,
        entry=entry,
        candidates=list(candidates),
        asked_at=now,
        answered_at=None if entry is None else now,
    )
    session.add(question)
    await session.flush()
    return question


async def find(session: Session, *, number: int, channel: str, chat: str) -> Question | None:
    """Return the question with this *number*, if it was asked in this chat, as it is now."""
    if not 0 < number <= _LARGEST_ID:
        return None
    query = select(Question).where(
        Question.id == number, Question.channel == channel, Question.chat == chat
    )
    return await session.scalar(query.execution_options(populate_existing=True))


async def by_number(session: Session, *, number: int) -> Question | None:
    """Return the question with this *number*, wherever it was asked."""
    return await session.get(Question, number) if 0 < number <= _LARGEST_ID else None


async def latest(
    session: Session, *, address: Address, member_id: int, after: datetime
) -> Question | None:
    """Return what a member asked last, if they asked or were answered there after an instant.

    Only what is answered, suggested or open: who has withdrawn a question has dropped it.
    """
    touched = func.coalesce(Question.answered_at, Question.asked_at)
    query = (
        select(Question)
        .where(
            Question.member_id == member_id,
            Question.channel == address.channel,
            Question.chat == address.chat,
            Question.thread == address.thread,
            Question.state.in_(_ALIVE),
            touched > after,
        )
        .order_by(touched.desc(), Question.id.desc())
        .limit(1)
    )
    return await session.scalar(query)


async def was_given(session: Session, *, address: Address, entry: str, after: datetime) -> bool:
    """Tell whether anybody was given an entry in a chat after an instant, whatever the thread."""
    given = exists().where(
        Question.answered_at > after,
        Question.entry == entry,
        Question.channel == address.channel,
        Question.chat == address.chat,
    )
    return bool(await session.scalar(select(given)))


async def rate(
    session: Session, *, number: int, member_id: int, helpful: bool, now: datetime
) -> None:
    """Remember whether an answer helped a member; the last word counts."""
    await session.merge(
        Feedback(question_id=number, member_id=member_id, helpful=helpful, given_at=now)
    )


async def count_rated(session: Session) -> int:
    """Return how many ratings there are of answers that came from an entry."""
    query = select(func.count()).select_from(_RATED.subquery())
    return await session.scalar(query) or 0


async def rated(session: Session, *, most: int) -> Sequence[tuple[str, str, bool]]:
    """Return the *most* recent ratings: the question, the entry, and whether it helped."""
    rows = await session.execute(_RATED.order_by(Feedback.given_at.desc()).limit(most))
    return [(text, entry, helpful) for text, entry, helpful in rows if entry is not None]


async def forget(session: Session, *, before: datetime) -> int:
    """Delete questions asked before an instant, with their feedback."""
    old = select(Question.id).where(Question.asked_at < before).scalar_subquery()
    await session.execute(delete(Feedback).where(Feedback.question_id.in_(old)))
    result = await session.execute(delete(Question).where(Question.asked_at < before))
    return result.rowcount  # type: ignore[attr-defined, no-any-return] # a DELETE gives a CursorResult
