"""What editors decide about an item of the inbox, and what who asked hears of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.delivery import outbox
from bot.delivery.outbox import Outgoing
from bot.errors import UserError
from bot.knowledge.entry import Entry
from bot.messages import Address, ChatKind, MessageId
from bot.services import audit, entry_words, inbox, inbox_learning, inbox_words, teaching
from bot.services.inbox import InboxItem, InboxState, source
from bot.services.knowledge import KnowledgeBase
from bot.storage import chats
from bot.storage import inbox as stored
from bot.storage.engine import Session
from bot.storage.models import Question, QuestionState
from bot.text import markdown
from bot.text.document import Document
from bot.text.moments import Moment

LONGEST = teaching.LONGEST_ANSWER
_MORNING = 8 * 60
_NIGHT = timedelta(hours=4)
"""Until this hour of the night the next morning is that of the same day."""


@dataclass(frozen=True, slots=True)
class Reached:
    """To whom an answer went.

    Attributes:
        number: The item's.
        people: How many people.
        lost: How many can't be reached any more.
    """

    number: int
    people: int
    lost: int


def source_of_answer(number: int) -> str:
    """Return what the messages to those who asked tell about."""
    return f"answer:{number}"


def key_of_answer(item: InboxItem) -> str:
    """Return the beginning of the keys of those messages, of an item's latest turn."""
    return f"{source_of_answer(item.id)}:{item.turn}:"


def read(text: str) -> Document:
    """Return what an editor wrote, which is Markdown.

    Raises:
        UserError: It is empty or too long.
    """
    if len(text) > LONGEST:  # before anything reads it, for which everybody would wait
        raise UserError("inbox-answer-long", limit=LONGEST)
    written = markdown.parse(text)
    if not written.blocks:
        raise UserError("inbox-answer-empty")
    return written


async def answer(session: Session, *, number: int, text: str, by: int, now: datetime) -> Reached:
    """Send what an editor wrote to everybody who asked, once to each chat.

    Args:
        session: The transaction.
        number: The item's.
        text: Markdown.
        by: The editor.
        now: The present.

    Raises:
        UserError: The text is empty or too long, or somebody else was first.
    """
    written = read(text)
    item = await inbox.locked(session, number)
    item.answer = text.strip()
    return await _answered(session, item, lambda _: written, None, by=by, now=now)


async def link(
    session: Session,
    knowledge: KnowledgeBase,
    *,
    number: int,
    entry: str,
    learn: bool,
    by: int,
    now: datetime,
    today: date,
) -> tuple[Reached, Entry]:
    """Send an entry to everybody who asked, and with *learn* add their words to its phrasings.

    Raises:
        UserError: There is no such entry, or somebody else was first.
    """
    found = await teaching.find(session, knowledge, entry=entry)
    item = await inbox.locked(session, number)
    asked = await stored.questions(session, number=item.id, state=QuestionState.OPEN)

    def word(language: str) -> Document:
        return entry_words.answer(found, language, today=today)

    reached = await _answered(session, item, word, found.id, by=by, now=now)
    if learn:
        await inbox_learning.learn(session, knowledge, asked, entry=found.id, by=by, now=now)
    return reached, found


async def _answered(
    session: Session,
    item: InboxItem,
    word: Callable[[str], Document],
    entry: str | None,
    *,
    by: int,
    now: datetime,
) -> Reached:
    asked = await _waiting(session, item)

    def worded(one: Question) -> Document:
        return inbox_words.answer(one.text, word(one.language), one.language, number=one.id)

    reached = await _tell(session, item, asked, worded, now=now)
    for one in asked:
        one.state, one.entry, one.answered_at = QuestionState.ANSWERED, entry, now
    item.entry, item.reached = entry, reached.people
    action = "question-answered" if entry is None else "question-linked"
    await _decide(session, item, InboxState.ANSWERED, action, by=by, now=now)
    return reached


async def _waiting(session: Session, item: InboxItem) -> Sequence[Question]:
    return await stored.questions(session, number=item.id, state=QuestionState.OPEN, lock=True)


async def _tell(
    session: Session,
    item: InboxItem,
    asked: Sequence[Question],
    word: Callable[[Question], Document],
    *,
    only_direct: bool = False,
    now: datetime,
) -> Reached:
    """Tell everybody who asked, once in each chat; in a room in reply to the first question."""
    by_chat: dict[Address, list[Question]] = {}
    for one in asked:
        by_chat.setdefault(Address(one.channel, one.chat, one.thread), []).append(one)
    told: set[int] = set()
    for address, here in by_chat.items():
        row = await chats.find(session, channel=address.channel, chat=address.chat)
        if row is None or row.left_at is not None:
            continue
        is_room = row.kind != ChatKind.DIRECT
        if is_room and only_direct:
            continue
        first = here[0]
        outgoing = Outgoing(
            key=f"{key_of_answer(item)}{first.id}",
            address=address,
            body=word(first),
            reply_to=MessageId(first.message) if is_room and first.message else None,
            notify=True,
            source=source_of_answer(item.id),
        )
        await outbox.enqueue(session, outgoing, now=now)
        told |= {one.member_id for one in here}
    everybody = {one.member_id for one in asked}
    return Reached(item.id, len(told), len(everybody - told))


async def _decide(
    session: Session,
    item: InboxItem,
    state: InboxState,
    action: str,
    *,
    by: int,
    now: datetime,
) -> None:
    item.state, item.hidden_until = state, None
    item.decided_by, item.decided_at = by, now
    item.version += 1
    await audit.note(
        session, action=action, subject=source(item.id), member_id=by, now=now, number=item.id
    )


async def dismiss(session: Session, *, number: int, by: int, now: datetime) -> None:
    """Close an item that is none for this team; who asked alone with the bot hears where to turn.

    Raises:
        UserError: Somebody else was first.
    """
    item = await inbox.locked(session, number)
    asked = await _waiting(session, item)

    def word(one: Question) -> Document:
        return inbox_words.dismissal(one.text, one.language)

    await _tell(session, item, asked, word, only_direct=True, now=now)
    for one in asked:
        one.state = QuestionState.DISMISSED
    await _decide(session, item, InboxState.DISMISSED, "question-dismissed", by=by, now=now)


async def postpone(session: Session, *, number: int, zone: ZoneInfo, now: datetime) -> datetime:
    """Hide an item until the next morning, and return when that is.

    Raises:
        UserError: It is not open any more.
    """
    item = await inbox.locked(session, number)
    until = _next_morning(zone, now)
    if item.hidden_until is None or item.hidden_until < until:
        item.hidden_until, item.version = until, item.version + 1
    return until


def _next_morning(zone: ZoneInfo, now: datetime) -> datetime:
    day = (now.astimezone(zone) - _NIGHT).date() + timedelta(days=1)
    return Moment(day=day, minute=_MORNING).begins(zone)


async def candidates(
    session: Session, knowledge: KnowledgeBase, *, number: int, words: str = ""
) -> list[Entry]:
    """Return the entries that are nearest to *words*, or else to an item; best first.

    The id of an entry finds that one.

    Raises:
        UserError: The item is not open any more, or there is no entry.
    """
    item = await inbox.locked(session, number)
    entries = knowledge.engine.entries
    if words.strip() in entries:
        return [entries[words.strip()]]
    asked = await stored.questions(session, number=item.id, state=QuestionState.OPEN)
    verdict = knowledge.engine.ask(words or asked[0].text)
    if not verdict.candidates:
        raise UserError("inbox-link-none")
    return [entries[one.entry] for one in verdict.candidates]
