"""Entries as editors look at them and look after them: found, reviewed, given to an owner."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.config import Settings
from bot.errors import UserError
from bot.knowledge.entry import Entry
from bot.knowledge.formats.fields import interval
from bot.knowledge.tokens import fold
from bot.services import audit, entry_words, roles, teaching
from bot.services.knowledge import KnowledgeBase
from bot.services.teaching import Added
from bot.storage import teaching as stored
from bot.storage.engine import Session

_MOST_FOUND = 8
_PLAUSIBLE = 0.2
"""Least score of an entry that may be meant by what an editor is looking for."""
_ALIKE = 0.5
"""Confidence from which a question may be one that an entry answers already."""


@dataclass(frozen=True, slots=True)
class Looked:
    """An entry with what editors want to know of it.

    Attributes:
        entry: As it is now, with what was added to it.
        place: Its file and line; ``None`` for a taught one.
        added: Its phrasings that were taught in chat.
        due: When it has to be reviewed next.
        overdue: Since when it has been due, or has not held any more.
    """

    entry: Entry
    place: str | None
    added: Sequence[Added]
    due: date | None
    overdue: date | None

    @property
    def is_taught(self) -> bool:
        """Whether it was taught in chat, and so can be changed there."""
        return self.place is None


async def look(
    session: Session, knowledge: KnowledgeBase, *, entry: str, settings: Settings, now: datetime
) -> Looked:
    """Return an entry with everything that was taught up to now.

    Raises:
        UserError: There is none.
    """
    found = await teaching.find(session, knowledge, entry=entry)
    added = await teaching.phrasings(session, entry=entry)
    every = settings.knowledge.review_every
    since = overdue(found, every, local_day(now, settings))
    return Looked(found, knowledge.place(found), added, found.due(every), since)


def local_day(now: datetime, settings: Settings) -> date:
    """Return the day that it is at the hub."""
    return now.astimezone(settings.hub.zone).date()


def overdue(entry: Entry, every: timedelta | None, today: date) -> date | None:
    """Return since when an entry needs somebody: its review was due, or it does not hold any more.

    Args:
        entry: The entry.
        every: How often entries are reviewed that don't say it themselves.
        today: The present day.
    """
    days = [day for day in (entry.due(every), entry.expires) if day is not None and day < today]
    return max(days, default=None)


async def search(session: Session, knowledge: KnowledgeBase, words: str) -> list[Entry]:
    """Return the entries that are named by *words* or fit them, best first, a few at most.

    One whose id they are is the only one, also if it was taught a moment ago.
    """
    entries = knowledge.engine.entries
    if words in entries or await teaching.is_taught(session, knowledge, entry=words):
        return [await teaching.find(session, knowledge, entry=words)]
    wanted = fold(words)
    named = [
        name for name, entry in entries.items() if wanted and wanted in fold(_title(name, entry))
    ]
    verdict = knowledge.engine.ask(words)
    near = [one.entry for one in verdict.candidates if one.score >= _PLAUSIBLE]
    return [entries[name] for name in dict.fromkeys([*named, *near])][:_MOST_FOUND]


def _title(name: str, entry: Entry) -> str:
    return f"{name} {entry.questions[0]}"


def alike(knowledge: KnowledgeBase, question: str) -> Entry | None:
    """Return the entry that seems to answer a question already."""
    verdict = knowledge.engine.ask(question)
    if not verdict.candidates or verdict.confidence < _ALIKE:
        return None
    return knowledge.engine.entries[verdict.candidates[0].entry]


def literal(knowledge: KnowledgeBase, text: str, *, but: str) -> Entry | None:
    """Return another entry than *but* that has a phrasing word for word."""
    verdict = knowledge.engine.ask(text)
    near = [knowledge.engine.entries[one.entry] for one in verdict.candidates]
    wanted = fold(text)
    return next(
        (one for one in near if one.id != but and wanted in map(fold, one.questions)), None
    )


async def referred(session: Session, knowledge: KnowledgeBase, value: str) -> str | None:
    """Return the id of the entry that a button means, also of one taught a moment ago."""
    known = entry_words.referred(value, knowledge.engine.entries)
    if known is not None:
        return known
    return entry_words.referred(value, [name for name, _ in await stored.entries(session)])


def stale(knowledge: KnowledgeBase, *, settings: Settings, now: datetime) -> list[Entry]:
    """Return the entries that need somebody, the longest overdue first."""
    every, today = settings.knowledge.review_every, local_day(now, settings)
    found = [(overdue(entry, every, today), entry) for entry in knowledge.entries]
    due = [(day, entry) for day, entry in found if day is not None]
    return [entry for _, entry in sorted(due, key=lambda pair: pair[0])]


async def review(
    session: Session,
    knowledge: KnowledgeBase,
    *,
    entry: str,
    by: int,
    settings: Settings,
    now: datetime,
) -> None:
    """Note that an entry is still right today.

    Raises:
        UserError: There is no such entry.
    """
    await teaching.find(session, knowledge, entry=entry)
    row = await stored.care(session, entry=entry)
    row.reviewed_on = local_day(now, settings)
    await _note(session, "entry-reviewed", entry, by=by, now=now)


async def assign(
    session: Session, knowledge: KnowledgeBase, *, entry: str, owner: str, by: int, now: datetime
) -> str:
    """Let somebody look after an entry, and return their account.

    Args:
        session: The transaction.
        knowledge: Where the entry is.
        entry: Its id.
        owner: Whom, see :func:`bot.services.roles.person`.
        by: The member who says so.
        now: The present.

    Raises:
        UserError: There is no such entry or person, or several people of that name.
    """
    await teaching.find(session, knowledge, entry=entry)
    who = await roles.person(session, owner)
    (await stored.care(session, entry=entry)).owner_id = who.member_id
    account = who.accounts[0]
    await _note(session, "entry-owned", entry, by=by, now=now, account=account)
    return account


async def account(session: Session, *, member_id: int) -> str:
    """Return the account by which a member is named as an owner."""
    return (await roles.accounts_of(session, member_id=member_id))[0]


async def pace(
    session: Session, knowledge: KnowledgeBase, *, entry: str, every: str, by: int, now: datetime
) -> timedelta:
    """Say how often an entry is to be reviewed, and return that.

    Raises:
        UserError: There is no such entry, or *every* is no interval.
    """
    await teaching.find(session, knowledge, entry=entry)
    found = interval(every)
    if found is None:
        raise UserError("entry-no-interval", typed=every[:40])
    (await stored.care(session, entry=entry)).review_days = found.days
    await _note(session, "entry-paced", entry, by=by, now=now, days=found.days)
    return found


async def _note(
    session: Session, action: str, entry: str, *, by: int, now: datetime, **more: str | int
) -> None:
    await audit.note(
        session,
        action=action,
        subject=audit.of_entry(entry),
        member_id=by,
        now=now,
        entry=entry,
        **more,
    )
