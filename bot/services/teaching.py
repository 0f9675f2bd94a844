"""Teaching in chat: new entries, more phrasings, and taking either back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.errors import UserError
from bot.knowledge.combining import completed, new_phrasings
from bot.knowledge.entry import Entry, slug
from bot.knowledge.tokens import fold
from bot.services import audit, taught
from bot.services.knowledge import KnowledgeBase
from bot.storage import teaching
from bot.storage.engine import Session
from bot.storage.models import TaughtEntry

LONGEST_PHRASING: Final = 300
"""Characters; no more of a message is looked at."""
LONGEST_ANSWER: Final = 8_000
LONGEST_SOURCE: Final = 500
MOST_PHRASINGS: Final = 100
"""Of an entry, taught in chat; more make it no easier to find."""

_LONGEST_NUMBERED: Final = 100
"""Entries of the same words; whoever teaches more of them does something else."""
_WORDLESS: Final = "eintrag"
"""The id of an entry whose question has no Latin letter."""
_NO_SOURCE: Final = frozenset(
    map(fold, ("", "keine", "kein", "ohne", "ohne Quelle", "keine Quelle", "none", "no source"))
)
_CONTENT: Final = {"file", "line"}


@dataclass(frozen=True, slots=True)
class Added:
    """A phrasing that was taught in chat, with the number by which it is taken back."""

    number: int
    text: str


async def teach(
    session: Session,
    knowledge: KnowledgeBase,
    *,
    question: str,
    answer: str,
    source: str | None,
    language: str,
    by: int,
    phrasings: Sequence[str] = (),
    now: datetime,
) -> Entry:
    """Add an entry, which is in use as soon as the knowledge base is refreshed.

    Args:
        session: The transaction.
        knowledge: Whose ids are taken.
        question: Its title.
        answer: Markdown.
        source: Where the answer comes from; ``None`` for nowhere in particular.
        language: ISO 639-1 code of question and answer.
        by: The member who teaches it.
        phrasings: Other wordings of the question.
        now: The present.

    Raises:
        UserError: A text is empty or too long.
    """
    title = phrasing(question)
    others = [phrasing(text) for text in phrasings]
    entry = Entry(
        id=slug(title) or _WORDLESS,
        questions=(title, *new_phrasings([title], others)),
        answer=read_answer(answer),
        source=read_source(source),
        reviewed=now.date(),
        language=language,
    )
    entry = await _kept(session, knowledge, entry, by=by, now=now)
    await _note(session, "entry-taught", entry.id, by=by, now=now)
    return entry


async def change(
    session: Session,
    *,
    entry: str,
    by: int,
    now: datetime,
    question: str | None = None,
    answer: str | None = None,
    source: str | None = None,
) -> Entry:
    """Change a taught entry; ``None`` leaves a field as it is, and an empty source removes it.

    Raises:
        UserError: It is not a taught one, or a text is empty or too long.
    """
    row = await _taught(session, entry)
    old = _of(row)
    update: dict[str, Any] = {"reviewed": now.date()}
    if question is not None:
        title = phrasing(question)
        update["questions"] = (title, *new_phrasings([title], old.questions[1:]))
    if answer is not None:
        update["answer"] = read_answer(answer)
    if source is not None:
        update["source"] = read_source(source)
    new = old.model_copy(update=update)
    row.content, row.version, row.changed_at = _tree(new), row.version + 1, now
    await _note(session, "entry-changed", entry, by=by, now=now)
    return new


async def retire(session: Session, *, entry: str, by: int, now: datetime) -> None:
    """Take a taught entry out of use.

    Raises:
        UserError: It is not a taught one, or was retired already.
    """
    row = await _taught(session, entry)
    row.retired_at, row.version, row.changed_at = now, row.version + 1, now
    await _note(session, "entry-retired", entry, by=by, now=now)


async def add_phrasing(
    session: Session,
    knowledge: KnowledgeBase,
    *,
    entry: str,
    text: str,
    by: int,
    question_id: int | None = None,
    now: datetime,
) -> bool:
    """Add a phrasing to an entry, taught or of a file; ``False`` if it is there already.

    Args:
        session: The transaction.
        knowledge: Where the entry is.
        entry: Its id.
        text: The phrasing.
        by: The member who adds it.
        question_id: The question that it was taken from.
        now: The present.

    Raises:
        UserError: There is no such entry, it has very many already, or the text is no phrasing.
    """
    text = phrasing(text)
    found = await find(session, knowledge, entry=entry)
    if not new_phrasings(found.questions, [text]):
        return False
    if len(await teaching.phrasings(session, entry=entry)) >= MOST_PHRASINGS:
        raise UserError("phrasing-too-many", limit=MOST_PHRASINGS)
    number = await teaching.add_phrasing(
        session, entry=entry, text=text, member_id=by, question_id=question_id, now=now
    )
    if number is None:
        return False
    await _note(session, "phrasing-added", entry, by=by, now=now)
    return True


async def phrasings(session: Session, *, entry: str) -> list[Added]:
    """Return the phrasings of an entry that were taught in chat, in the order they were added."""
    return [Added(row.id, row.text) for row in await teaching.phrasings(session, entry=entry)]


async def remove_phrasing(session: Session, *, number: int, by: int, now: datetime) -> str:
    """Take back a taught phrasing, and return the id of its entry.

    Raises:
        UserError: It is not there any more.
    """
    row = await teaching.phrasing(session, number=number)
    if row is None:
        raise UserError("phrasing-gone")
    await teaching.remove_phrasing(session, number=number)
    await _note(session, "phrasing-removed", row.entry, by=by, now=now)
    return row.entry


async def find(session: Session, knowledge: KnowledgeBase, *, entry: str) -> Entry:
    """Return an entry by its id, with everything that was taught up to now.

    Raises:
        UserError: There is none.
    """
    found = knowledge.files.get(entry)
    if found is None:
        row = await teaching.find(session, name=entry)
        found = _of(row) if row else None
    if found is None:
        raise UserError("entry-unknown", entry=entry[:LONGEST_PHRASING])
    return completed(found, await taught.added(session, entry=entry))


async def is_taught(session: Session, knowledge: KnowledgeBase, *, entry: str) -> bool:
    """Tell whether an entry is one that was taught in chat, and so can be changed there."""
    if entry in knowledge.files:
        return False
    return await teaching.find(session, name=entry) is not None


def phrasing(text: str) -> str:
    """Return *text* as a phrasing: one line.

    Raises:
        UserError: It is too long, or holds nothing to be found by.
    """
    line = " ".join(text.split())
    if len(line) > LONGEST_PHRASING:
        raise UserError("phrasing-too-long", limit=LONGEST_PHRASING)
    if not fold(line):
        raise UserError("phrasing-empty")
    return line


def read_answer(text: str) -> str:
    """Return *text* as an answer.

    Raises:
        UserError: It is empty or too long.
    """
    answer = re.sub(r"\r\n?", "\n", text).strip()
    if not answer:
        raise UserError("teach-answer-empty")
    if len(answer) > LONGEST_ANSWER:
        raise UserError("teach-answer-long", limit=LONGEST_ANSWER)
    return answer


def read_source(text: str | None) -> str | None:
    """Return *text* as a source: one line, or ``None`` if there is nothing.

    Raises:
        UserError: It is too long.
    """
    source = " ".join((text or "").split())
    if len(source) > LONGEST_SOURCE:
        raise UserError("teach-source-long", limit=LONGEST_SOURCE)
    return source or None


def named_source(text: str) -> str:
    """Return the source that somebody named; empty for words that mean none."""
    return "" if fold(text) in _NO_SOURCE else text


async def _kept(
    session: Session, knowledge: KnowledgeBase, entry: Entry, *, by: int, now: datetime
) -> Entry:
    """Keep an entry under the first free id."""
    for number in range(1, _LONGEST_NUMBERED + 1):
        name = entry.id if number == 1 else f"{entry.id}-{number}"
        if name in knowledge.engine.entries:
            continue
        named = entry.model_copy(update={"id": name})
        if await teaching.add(session, name=name, content=_tree(named), member_id=by, now=now):
            return named
    raise UserError("teach-too-many-alike")


async def _taught(session: Session, entry: str) -> TaughtEntry:
    row = await teaching.find(session, name=entry)
    if row is None:
        raise UserError("entry-not-taught")
    return row


def _tree(entry: Entry) -> Any:
    return entry.model_dump(mode="json", exclude=_CONTENT)


def _of(row: TaughtEntry) -> Entry:
    return Entry.model_validate({**row.content, "id": row.id})


async def _note(session: Session, action: str, entry: str, *, by: int, now: datetime) -> None:
    await audit.note(
        session, action=action, subject=audit.of_entry(entry), member_id=by, now=now, entry=entry
    )
