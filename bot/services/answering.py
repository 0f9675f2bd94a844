"""Answering questions: ask the engine, keep the question, say what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.delivery import outbox
from bot.errors import UserError
from bot.knowledge.engine import SMALL_TALK, Verdict
from bot.knowledge.entry import Entry
from bot.knowledge.tokens import fold
from bot.messages import Address, Chat, ChatKind, MessageId
from bot.services import inbox
from bot.services.knowledge import KnowledgeBase
from bot.storage import questions
from bot.storage.engine import Session
from bot.storage.models import Question, QuestionState
from bot.text.document import Document

MOST_SUGGESTIONS = 3
_NEAR = 0.7
"""Of the best score; what scores less was not meant."""
_SHORTEST = 2
"""Letters and digits of the shortest question."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The engine is sure of an entry; *number* is the question's."""

    number: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Suggested:
    """Several entries may be meant, best first."""

    number: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Nothing fits: the question waits in the inbox.

    Attributes:
        number: The question's.
        item: That of the item it waits in, which is what its author reads.
    """

    number: int
    item: int


@dataclass(frozen=True, slots=True)
class Chatter:
    """Thanks or a greeting, which nobody on the team has to answer; not kept."""


@dataclass(frozen=True, slots=True)
class Rated:
    """Somebody said whether an answer helped.

    Attributes:
        number: The question's.
        entry: The entry that was given; ``None`` for what an editor wrote.
        item: The item of the inbox in which the question waits again, if it does.
        ask: Whether its author is to be asked what was missing, which happens once.
    """

    number: int
    entry: Entry | None
    item: int | None = None
    ask: bool = False


Answer = Answered | Suggested | Unanswered | Chatter


async def ask(
    session: Session,
    knowledge: KnowledgeBase,
    *,
    text: str,
    chat: Chat,
    message: MessageId,
    member_id: int,
    language: str,
    ambient: bool,
    now: datetime,
) -> Answer | None:
    """Answer *text*, suggest entries, or keep the question for the inbox.

    ``None`` means that nothing is to be said: an overheard message that is no clear question
    with a sure answer is neither answered nor kept, and thanks in a room need no reply.
    """
    engine = knowledge.engine
    asked_in = _asked_in(chat, ambient=ambient)
    verdict = engine.ask(text, chat=asked_in)
    if ambient and verdict.decision != "answer":
        return None
    if verdict.decision == "silent" and _says_nothing(text):
        return Chatter() if asked_in == "direct" else None
    candidates = _suggestions(verdict)
    question = await questions.add(
        session,
        text=text,
        address=chat.address,
        message=message,
        member_id=member_id,
        asked_in=asked_in,
        language=language,
        state=_STATES[verdict.decision],
        confidence=verdict.confidence,
        entry=verdict.entry,
        candidates=candidates,
        now=now,
    )
    if verdict.decision == "answer" and verdict.entry is not None:
        return Answered(question.id, engine.entries[verdict.entry])
    if verdict.decision == "suggest":
        return Suggested(question.id, tuple(engine.entries[name] for name in candidates))
    item = await inbox.put(session, knowledge, question, now=now)
    return Unanswered(question.id, item.id)


def _suggestions(verdict: Verdict) -> list[str]:
    """Return the entries worth naming: few, and none that is far behind the best."""
    best = verdict.candidates[0].score if verdict.candidates else 0.0
    near = [one.entry for one in verdict.candidates if one.score >= best * _NEAR]
    return near[:MOST_SUGGESTIONS]


def _says_nothing(text: str) -> bool:
    """Tell thanks, greetings, smileys and lone letters from something to look up."""
    folded = fold(text)
    if len(folded) < _SHORTEST or folded in SMALL_TALK:
        return True
    return all(word in SMALL_TALK for word in folded.split())


_STATES = {
    "answer": QuestionState.ANSWERED,
    "suggest": QuestionState.SUGGESTED,
    "silent": QuestionState.OPEN,
}


def _asked_in(chat: Chat, *, ambient: bool) -> Literal["direct", "room", "ambient"]:
    if ambient:
        return "ambient"
    return "direct" if chat.kind is ChatKind.DIRECT else "room"


async def choose(
    session: Session, knowledge: KnowledgeBase, *, number: int, place: int, address: Address
) -> Answered | None:
    """Answer a question with the entry that was chosen from the suggestions.

    ``None`` when the question or the entry is no longer there.

    Args:
        session: The transaction.
        knowledge: Where the entry is.
        number: The question's.
        place: Which suggestion, from 0.
        address: Where the button was pressed; questions of other chats are out of reach.
    """
    question = await _find(session, number, address)
    if question is None or not 0 <= place < len(question.candidates):
        return None
    entry = knowledge.engine.entries.get(question.candidates[place])
    if entry is None:
        return None
    question.state, question.entry = QuestionState.ANSWERED, entry.id
    await inbox.leave(session, question)
    return Answered(number, entry)


async def reject(
    session: Session, knowledge: KnowledgeBase, *, number: int, address: Address, now: datetime
) -> Unanswered | None:
    """None of the suggestions was meant: the question waits in the inbox.

    ``None`` when it is not there any more, or an editor was faster.

    Raises:
        UserError: Its author has very many open questions already.
    """
    question = await _find(session, number, address)
    if question is None or question.state == QuestionState.DISMISSED:
        return None
    if question.state == QuestionState.ANSWERED and question.item_id is not None:
        return None
    question.state, question.entry = QuestionState.OPEN, None
    item = await inbox.put(session, knowledge, question, now=now)
    return Unanswered(number, item.id)


async def withdraw(
    session: Session, *, number: int, member_id: int, address: Address
) -> int | None:
    """Take an open question out of the inbox.

    Returns:
        The number that its author read, or ``None`` if the question is no longer there.

    Raises:
        UserError: Somebody else asked it, or it is not open any more.
    """
    question = await _find(session, number, address)
    if question is None:
        return None
    if question.member_id != member_id:
        raise UserError("withdraw-not-yours")
    if question.state not in {QuestionState.OPEN, QuestionState.WITHDRAWN}:
        raise UserError("withdraw-too-late")
    question.state = QuestionState.WITHDRAWN
    await inbox.leave(session, question)
    return question.item_id or number


async def rate(
    session: Session,
    knowledge: KnowledgeBase,
    *,
    number: int,
    member_id: int,
    helpful: bool,
    address: Address,
    now: datetime,
) -> Rated | None:
    """Keep whether an answer helped; one that did not help who asked goes to the inbox as well.

    Returns the rated answer, or ``None`` when it is no longer there.

    Raises:
        UserError: Its author has very many open questions already.
    """
    question = await _find(session, number, address)
    if question is None or (question.entry is None and question.item_id is None):
        return None
    entry = knowledge.engine.entries.get(question.entry or "")
    if question.entry is not None and entry is None:
        return None
    await questions.rate(session, number=number, member_id=member_id, helpful=helpful, now=now)
    if question.member_id != member_id:
        return Rated(number, entry)
    if helpful:
        question.state = QuestionState.ANSWERED
        await inbox.leave(session, question)
        return Rated(number, entry)
    question.state = QuestionState.OPEN
    item = await inbox.put(session, knowledge, question, now=now)
    ask = question.missing is None
    question.missing = question.missing or ""
    return Rated(number, entry, item.id, ask=ask)


async def miss(
    session: Session,
    knowledge: KnowledgeBase,
    *,
    number: int,
    member_id: int,
    text: str,
    address: Address,
) -> bool:
    """Keep what somebody missed in the answer to their question.

    ``False`` if *text* is rather another question, to which there is a sure answer.

    Raises:
        UserError: It is too long.
    """
    question = await _find(session, number, address)
    if question is None or question.member_id != member_id:
        return True
    verdict = knowledge.engine.ask(text)
    if verdict.decision == "answer" and verdict.entry != question.entry:
        return False
    await inbox.miss(session, question, text=text)
    return True


async def shown(session: Session, *, address: Address, message: MessageId) -> Document | None:
    """Return what a message of ours shows, or ``None`` if it is not ours."""
    return await outbox.shown(session, address=address, message=message)


async def _find(session: Session, number: int, address: Address) -> Question | None:
    return await questions.find(session, number=number, channel=address.channel, chat=address.chat)
