"""The inbox: questions that wait for an editor, with those that ask the same as one item."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.errors import UserError
from bot.knowledge import similarity
from bot.knowledge.tokens import fold
from bot.services import audit
from bot.services.knowledge import KnowledgeBase
from bot.storage import inbox, questions
from bot.storage.engine import Session
from bot.storage.inbox import Listed
from bot.storage.models import InboxItem, InboxState, Question, QuestionState

__all__ = [
    "MOST_OPEN", "InboxItem", "InboxState", "Listed", "Nearest", "View", "count", "find", "hold",
    "leave", "listing", "locked", "miss", "put", "source", "view", "wordings",
]  # fmt: skip

MOST_OPEN = 20
"""Questions of one member that wait at the same time; editors are people."""
LONGEST_MISSING = 1000
"""Characters of what somebody missed in an answer."""


def source(number: int) -> str:
    """Return what the editors' messages about an item tell about."""
    return f"{inbox.SOURCE}{number}"


# Who asked


async def put(
    session: Session, knowledge: KnowledgeBase, question: Question, *, now: datetime
) -> InboxItem:
    """Put an open question to those that ask the same, or let it begin an item.

    Raises:
        UserError: The member has very many open questions already.
    """
    if await inbox.count_open_of(session, member_id=question.member_id) > MOST_OPEN:
        raise UserError("inbox-too-many", limit=MOST_OPEN)
    item = await _open(session, question.item_id) or await _alike(session, knowledge, question)
    if item is None:
        item = await inbox.begin(session, number=question.id, now=now)
    else:
        item.version += 1
    question.item_id = item.id
    await session.flush()
    return item


async def _open(session: Session, number: int | None) -> InboxItem | None:
    item = None if number is None else await inbox.find(session, number=number, lock=True)
    return item if item is not None and item.state == InboxState.OPEN else None


async def _alike(
    session: Session, knowledge: KnowledgeBase, question: Question
) -> InboxItem | None:
    known = await inbox.open_texts(session)
    texts = [text for _, text in known]
    place = similarity.nearest(question.text, texts, embedder=knowledge.of_questions)
    return None if place is None else await _open(session, known[place][0])


async def hold(session: Session, question: Question) -> None:
    """Let no editor decide about a question before the transaction ends; read it again then."""
    if question.item_id is not None:
        await inbox.find(session, number=question.item_id, lock=True)


async def leave(session: Session, question: Question) -> None:
    """Take a question that is not open any more out of its item, which closes with the last."""
    await session.flush()
    item = await _open(session, question.item_id)
    if item is None:
        return
    item.version += 1
    if not await inbox.questions(session, number=item.id, state=QuestionState.OPEN):
        item.state, item.hidden_until = InboxState.CLOSED, None


async def miss(session: Session, question: Question, *, text: str) -> None:
    """Keep what somebody missed in the answer to their question.

    Raises:
        UserError: It is too long.
    """
    if len(text) > LONGEST_MISSING:
        raise UserError("missing-too-long", limit=LONGEST_MISSING)
    question.missing = text
    item = await _open(session, question.item_id)
    if item is not None:
        item.version += 1


# Who answers


async def find(session: Session, number: int) -> InboxItem:
    """Return an item by its number, or by that of any of its questions.

    Raises:
        UserError: There is none.
    """
    item = await inbox.find(session, number=number)
    if item is None:
        question = await questions.by_number(session, number=number)
        if question is None or question.item_id is None:
            raise UserError("inbox-unknown", number=number)
        item = await inbox.find(session, number=question.item_id)
    if item is None:
        raise UserError("inbox-unknown", number=number)
    return item


async def locked(session: Session, number: int) -> InboxItem:
    """Return an open item that nobody else decides before the transaction ends.

    Raises:
        UserError: There is none, or it is not open any more; it says who was first.
    """
    item = await inbox.find(session, number=number, lock=True)
    if item is None:
        raise UserError("inbox-unknown", number=number)
    if item.state == InboxState.OPEN:
        return item
    if item.state == InboxState.CLOSED or item.decided_by is None:
        raise UserError("inbox-closed", number=number)
    who = await audit.name_of(session, member_id=item.decided_by)
    answered = item.state == InboxState.ANSWERED
    raise UserError("inbox-answered-by" if answered else "inbox-dismissed-by", who=who)


async def listing(session: Session, *, offset: int, limit: int) -> list[Listed]:
    """Return open items, those that most people wait for first."""
    return await inbox.listing(session, offset=offset, limit=limit)


async def count(session: Session) -> int:
    """Count the open items."""
    return await inbox.count_open(session)


@dataclass(frozen=True, slots=True)
class Nearest:
    """The entry that an item is most like.

    Attributes:
        entry: Its id.
        title: Its first phrasing.
        confidence: The probability that it answers, from 0 to 1.
    """

    entry: str
    title: str
    confidence: float


@dataclass(frozen=True, slots=True)
class View:
    """An item as editors see it; of its members nothing but how many they are.

    Attributes:
        number: What members read.
        state: What became of it.
        people: How many wait for the answer; of what is answered, how many got it.
        asked_at: When the first of them asked.
        text: What was asked first.
        others: Other wordings.
        missing: What was missing in the bot's answers.
        given: The titles of entries that did not help.
        nearest: The entry that fits best, if there is any.
        hidden_until: Until when nobody wants to see it.
        who: Who decided it.
        written: Whether an editor has written the answer that was sent.
    """

    number: int
    state: InboxState
    people: int
    asked_at: datetime
    text: str
    others: tuple[str, ...]
    missing: tuple[str, ...]
    given: tuple[str, ...]
    nearest: Nearest | None
    hidden_until: datetime | None
    who: str | None
    written: bool


async def view(session: Session, knowledge: KnowledgeBase, item: InboxItem) -> View:
    """Return what editors see of an item."""
    await session.flush()
    state = InboxState(item.state)
    is_open = state is InboxState.OPEN
    asked = await inbox.questions(
        session, number=item.id, state=QuestionState.OPEN if is_open else None
    )
    texts = wordings(asked)
    entries = knowledge.engine.entries
    given = dict.fromkeys(one.entry for one in asked if is_open and one.entry in entries)
    who = None if item.decided_by is None else item.decided_by
    return View(
        number=item.id,
        state=state,
        people=len({one.member_id for one in asked}) if is_open else item.reached,
        asked_at=asked[0].asked_at if asked else item.opened_at,
        text=texts[0] if texts else "",
        others=tuple(texts[1:]),
        missing=tuple(dict.fromkeys(one.missing for one in asked if one.missing)),
        given=tuple(entries[name].questions[0] for name in given if name),
        nearest=nearest(knowledge, texts[0]) if texts and is_open else None,
        hidden_until=item.hidden_until,
        who=None if who is None else await audit.name_of(session, member_id=who),
        written=item.answer is not None and item.reached > 0,
    )


def nearest(knowledge: KnowledgeBase, text: str) -> Nearest | None:
    """Return the entry that fits a question best, if there is any entry."""
    verdict = knowledge.engine.ask(text)
    if not verdict.candidates:
        return None
    entry = knowledge.engine.entries[verdict.candidates[0].entry]
    return Nearest(entry.id, entry.questions[0], verdict.confidence)


def wordings(asked: Sequence[Question]) -> list[str]:
    """Return the different wordings of questions, in the order they were asked."""
    found: dict[str, str] = {}
    for one in asked:
        found.setdefault(fold(one.text) or one.text, " ".join(one.text.split()))
    return list(found.values())
