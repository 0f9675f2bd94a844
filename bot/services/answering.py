"""Answering questions: ask the engine, keep the question, say what became of it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from bot.delivery import outbox
from bot.errors import UserError
from bot.knowledge import conversation
from bot.knowledge.engine import SMALL_TALK, Setting, Verdict
from bot.knowledge.entry import Entry
from bot.knowledge.tokens import fold
from bot.messages import Address, Chat, ChatKind, MessageId
from bot.services import inbox, projects
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
FOLLOWS = timedelta(minutes=10)
"""How long a question, or the answer to it, may be followed up."""
REPEATED = timedelta(hours=1)
"""How long an overheard question gets no answer that the room has just read."""


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
    today: date,
) -> Answer | None:
    """Answer *text*, suggest entries, or keep the question for the inbox.

    What goes on from the member's last question is read, and kept, together with that.

    ``None`` means that nothing is to be said: an overheard message that is no clear question
    with a sure answer is neither answered nor kept, and thanks in a room need no reply.
    """
    asked_in = _asked_in(chat, ambient=ambient)
    setting = await _setting(
        session, knowledge, chat=chat, member_id=member_id, ambient=ambient, now=now
    )
    verdict = conversation.ask(knowledge.engine, text, chat=asked_in, setting=setting)
    if ambient and not await _interrupts(
        session, knowledge, verdict, chat=chat, now=now, today=today
    ):
        return None
    if verdict.decision == "silent" and _says_nothing(text):
        return Chatter() if asked_in == "direct" else None
    question = await questions.add(
        session,
        text=conversation.whole(text, setting),
        address=chat.address,
        message=message,
        member_id=member_id,
        asked_in=asked_in,
        language=language,
        state=_STATES[verdict.decision],
        confidence=verdict.confidence,
        entry=verdict.entry,
        candidates=_suggestions(verdict),
        now=now,
    )
    return await _outcome(session, knowledge, question, now=now)


async def _outcome(
    session: Session, knowledge: KnowledgeBase, question: Question, *, now: datetime
) -> Answered | Suggested | Unanswered:
    """Return what becomes of a question that was just kept; an open one goes to the inbox."""
    entries = knowledge.engine.entries
    if question.entry is not None:
        return Answered(question.id, entries[question.entry])
    if question.state == QuestionState.SUGGESTED:
        return Suggested(question.id, tuple(entries[name] for name in question.candidates))
    item = await inbox.put(session, knowledge, question, now=now)
    return Unanswered(question.id, item.id)


async def _setting(
    session: Session,
    knowledge: KnowledgeBase,
    *,
    chat: Chat,
    member_id: int,
    ambient: bool,
    now: datetime,
) -> Setting:
    """Return by what a member's words are understood: their project, and what they asked before.

    What is overheard has to be clear by itself: it may go on from what somebody else has said.
    """
    scope = await projects.scope_of(session, member_id=member_id)
    last = None
    if not ambient:
        last = await questions.latest(
            session, address=chat.address, member_id=member_id, after=now - FOLLOWS
        )
    if last is None:
        return Setting(scope=scope)
    return conversation.setting(knowledge.engine, before=last.text, given=last.entry, scope=scope)


async def _interrupts(
    session: Session,
    knowledge: KnowledgeBase,
    verdict: Verdict,
    *,
    chat: Chat,
    now: datetime,
    today: date,
) -> bool:
    """Tell whether an overheard message is worth an answer: a sure, valid and new one."""
    if verdict.entry is None or knowledge.engine.entries[verdict.entry].expired(today):
        return False
    return not await questions.was_given(
        session, address=chat.address, entry=verdict.entry, after=now - REPEATED
    )


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
    session: Session,
    knowledge: KnowledgeBase,
    *,
    number: int,
    place: int,
    address: Address,
    now: datetime,
) -> Answered | None:
    """Answer a question with the entry that was chosen from the suggestions.

    ``None`` when the question or the entry is no longer there.

    Args:
        session: The transaction.
        knowledge: Where the entry is.
        number: The question's.
        place: Which suggestion, from 0.
        address: Where the button was pressed; questions of other chats are out of reach.
        now: The present.
    """
    question = await _held(session, number, address)
    if question is None or not 0 <= place < len(question.candidates):
        return None
    entry = knowledge.engine.entries.get(question.candidates[place])
    if entry is None:
        return None
    question.state, question.entry = QuestionState.ANSWERED, entry.id
    question.answered_at = now
    await inbox.leave(session, question)
    return Answered(number, entry)


async def reject(
    session: Session, knowledge: KnowledgeBase, *, number: int, address: Address, now: datetime
) -> Unanswered | None:
    """None of the suggestions was meant: the question waits in the inbox.

    ``None`` when it is not there any more, an editor was faster, or its author has withdrawn it.

    Raises:
        UserError: Its author has very many open questions already.
    """
    question = await _held(session, number, address)
    if question is None or question.state in {QuestionState.DISMISSED, QuestionState.WITHDRAWN}:
        return None
    if question.state == QuestionState.ANSWERED and question.item_id is not None:
        return None
    question.state, question.entry, question.answered_at = QuestionState.OPEN, None, None
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
    question = await _held(session, number, address)
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
    question = await _held(session, number, address)
    if question is None or (question.entry is None and question.item_id is None):
        return None
    entry = knowledge.engine.entries.get(question.entry or "")
    if question.entry is not None and entry is None:
        return None
    await questions.rate(session, number=number, member_id=member_id, helpful=helpful, now=now)
    # What is none for this team stays so, however often somebody says that it was no help.
    if question.member_id != member_id or question.state == QuestionState.DISMISSED:
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
    scope = await projects.scope_of(session, member_id=member_id)
    verdict = conversation.ask(knowledge.engine, text, chat="direct", setting=Setting(scope=scope))
    if verdict.decision == "answer" and verdict.entry != question.entry:
        return False
    await inbox.miss(session, question, text=text)
    return True


async def shown(session: Session, *, address: Address, message: MessageId) -> Document | None:
    """Return what a message of ours shows, or ``None`` if it is not ours."""
    return await outbox.shown(session, address=address, message=message)


async def _held(session: Session, number: int, address: Address) -> Question | None:
    """Return a question about which no editor decides before the transaction ends."""
    question = await _find(session, number, address)
    if question is None or question.item_id is None:
        return question
    await inbox.hold(session, question)
    return await _find(session, number, address)


async def _find(session: Session, number: int, address: Address) -> Question | None:
    return await questions.find(session, number=number, channel=address.channel, chat=address.chat)
