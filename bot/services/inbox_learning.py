"""Keeping what editors have answered: as an entry, or the words as phrasings of one."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from bot.errors import UserError
from bot.knowledge.entry import Entry
from bot.services import entry_words, inbox, teaching
from bot.services.inbox import InboxItem, InboxState, Nearest
from bot.services.knowledge import KnowledgeBase
from bot.storage import inbox as stored
from bot.storage.engine import Session
from bot.storage.models import Question, QuestionState

_NEAR = 0.2
"""From this confidence on the nearest entry is offered for the wording of a question."""


async def near(session: Session, knowledge: KnowledgeBase, *, number: int) -> Nearest | None:
    """Return the entry to which the wording of an item may belong, if one fits."""
    asked = await stored.questions(session, number=number)
    found = inbox.nearest(knowledge, asked[0].text) if asked else None
    return found if found is not None and found.confidence >= _NEAR else None


async def to_take_over(session: Session, *, number: int) -> InboxItem:
    """Return an item whose answer may become an entry.

    Raises:
        UserError: It has none, or it is one already.
    """
    item = await inbox.find(session, number)
    if item.answer is None or item.state != InboxState.ANSWERED:
        raise UserError("inbox-unknown", number=number)
    if item.entry is not None:
        raise UserError("inbox-taken-over", number=number)
    return item


async def title(session: Session, *, number: int) -> str:
    """Return what an entry of an item's answer would be called, which everybody reads.

    Raises:
        UserError: As for :func:`to_take_over`, or its questions are forgotten.
    """
    item = await to_take_over(session, number=number)
    texts = _phrasings(await stored.questions(session, number=item.id))
    if not texts:
        raise UserError("inbox-unknown", number=number)
    return texts[0]


async def take_over(
    session: Session,
    knowledge: KnowledgeBase,
    *,
    number: int,
    origin: str | None,
    language: str,
    by: int,
    now: datetime,
) -> Entry:
    """Make an entry of an answer; what was asked first is its title.

    Args:
        session: The transaction.
        knowledge: Whose ids are taken.
        number: The item's.
        origin: Where the answer comes from.
        language: Of the answer.
        by: The editor.
        now: The present.

    Raises:
        UserError: As for :func:`to_take_over` and :func:`bot.services.teaching.teach`.
    """
    item = await inbox.find(session, number)
    item = await stored.find(session, number=item.id, lock=True) or item
    await to_take_over(session, number=item.id)
    asked = await stored.questions(session, number=item.id)
    texts = _phrasings(asked)
    if not texts:
        raise UserError("inbox-unknown", number=number)
    entry = await teaching.teach(
        session,
        knowledge,
        question=texts[0],
        answer=item.answer or "",
        source=origin,
        language=language,
        by=by,
        phrasings=texts[1:],
        now=now,
    )
    _belong(item, asked, entry.id)
    return entry


async def adopt(
    session: Session,
    knowledge: KnowledgeBase,
    *,
    number: int,
    entry: str,
    by: int,
    now: datetime,
) -> Entry:
    """Add the words of a question that was answered to the phrasings of an entry.

    Raises:
        UserError: There is no such entry, or the item belongs to one already.
    """
    found = await teaching.find(session, knowledge, entry=entry)
    item = await to_take_over(session, number=number)
    asked = await stored.questions(session, number=item.id)
    await learn(session, knowledge, asked, entry=found.id, by=by, now=now)
    _belong(item, asked, found.id)
    return found


def _belong(item: InboxItem, asked: Sequence[Question], entry: str) -> None:
    item.entry = entry
    for one in asked:
        if one.state == QuestionState.ANSWERED and one.entry is None:
            one.entry = entry


def _phrasings(asked: Sequence[Question]) -> list[str]:
    """Return the wordings of questions that are short enough for a phrasing, else a beginning."""
    texts = inbox.wordings(asked)
    fitting = [text for text in texts if len(text) <= teaching.LONGEST_PHRASING]
    return fitting or [entry_words.short(text, teaching.LONGEST_PHRASING) for text in texts[:1]]


async def learn(
    session: Session,
    knowledge: KnowledgeBase,
    asked: Sequence[Question],
    *,
    entry: str,
    by: int,
    now: datetime,
) -> None:
    """Add the words of questions to the phrasings of an entry, as far as they are some."""
    for text in _phrasings(asked):
        # What is no phrasing, or one too many, is no reason to leave an answer unsent.
        with suppress(UserError):
            await teaching.add_phrasing(
                session,
                knowledge,
                entry=entry,
                text=text,
                by=by,
                question_id=asked[0].id,
                now=now,
            )
