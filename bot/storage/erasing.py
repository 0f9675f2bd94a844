"""Erasing a person: most of it follows from :mod:`bot.storage.personal`, the rest is said here.

- *Questions* stay as counts: without words, place and person.
- *What was taught* stays, but for phrasings that are the words of a question of theirs.
- *Announcements* that were not released are deleted; others stay, without their author.
- *The audit log* stays; a number that leads to nobody takes the person's place.
- *Messages*: see :mod:`bot.storage.erased_messages`.

Everything is one transaction, so that a process that dies in between has erased nothing.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, not_, or_, select, update

from bot.storage import erased_messages, naming
from bot.storage.engine import Session
from bot.storage.models import (
    Announcement,
    AnnouncementState,
    AuditEntry,
    Base,
    ChatRow,
    DialogRow,
    EntryCare,
    Feedback,
    InboxItem,
    Member,
    Question,
    QuestionState,
    TaughtPhrasing,
)
from bot.storage.naming import needles
from bot.storage.personal import TABLES, Held
from bot.storage.persons import Who, own

_UNRELEASED = (
    AnnouncementState.DRAFT.value,
    AnnouncementState.AWAITING.value,
    AnnouncementState.DISCARDED.value,
)
_LEAVES_NOTHING = {"synchronize_session": False}


async def erase(session: Session, person: Who, *, now: datetime) -> None:
    """Erase a member, whose open questions have left the inbox already.

    Args:
        session: The transaction.
        person: Locked; see :func:`bot.storage.persons.who`.
        now: The present.
    """
    nobody = Member(created_at=now, erased_at=now)
    session.add(nobody)
    await session.flush()
    texts = await _words(session, person)
    await erased_messages.forget_events(session, person)
    await _forget_wordings(session, person)
    await _empty_questions(session, person, nobody.id)
    contents = await _drop_announcements(session, person)
    bodies = await erased_messages.settle_own(session, person, now=now)
    bodies |= await erased_messages.settle_mirrored(session, person, now=now)
    await erased_messages.settle_answers(session, person)
    await _settle_audit(session, person, nobody.id)
    await erased_messages.strike_out_of_bodies(session, person, *texts)
    await _strike_out_of_records(session, person)
    await _let_go(session, person)
    for held in TABLES:
        await _pass_on(session, held, person, nobody.id)
    await _delete_own(session, person)
    await erased_messages.sweep(session, bodies=bodies, contents=contents)
    await forget_nobodies(session)
    session.expire_all()


async def _words(session: Session, person: Who) -> list[str]:
    """Return what a person asked and missed, as it may stand in messages to others."""
    rows = await session.execute(
        select(Question.text, Question.missing).where(Question.member_id == person.member_id)
    )
    found = [text for row in rows for text in row if text]
    return [form for text in found for form in (text, " ".join(text.split()))]


async def _forget_wordings(session: Session, person: Who) -> None:
    asked = select(Question.id).where(Question.member_id == person.member_id)
    await session.execute(
        delete(TaughtPhrasing)
        .where(TaughtPhrasing.question_id.in_(asked))
        .execution_options(**_LEAVES_NOTHING)
    )


async def _empty_questions(session: Session, person: Who, nobody: int) -> None:
    """Leave of questions and ratings what is counted; editors see them no more."""
    mine = Question.member_id == person.member_id
    items = select(Question.item_id).where(mine, Question.item_id.is_not(None))
    await session.execute(
        update(InboxItem)
        .where(InboxItem.id.in_(items))
        .values(version=InboxItem.version + 1)
        .execution_options(**_LEAVES_NOTHING)
    )
    await session.execute(
        update(Question)
        .where(mine)
        .values(text="", chat="", thread=None, message="", missing=None, member_id=nobody)
        .execution_options(**_LEAVES_NOTHING)
    )
    await session.execute(
        update(Feedback)
        .where(Feedback.member_id == person.member_id)
        .values(member_id=nobody)
        .execution_options(**_LEAVES_NOTHING)
    )


async def _drop_announcements(session: Session, person: Who) -> set[str]:
    """Delete what was never released, and let nobody be told how the rest is going.

    Returns:
        The files that may be needed no more.
    """
    mine = Announcement.author_id == person.member_id
    drafts = and_(mine, Announcement.state.in_(_UNRELEASED))
    files = await erased_messages.attached_to(session, drafts)
    await session.execute(delete(Announcement).where(drafts).execution_options(**_LEAVES_NOTHING))
    places = [and_(Announcement.channel == one, Announcement.chat == chat)
              for one, chat in person.places]  # fmt: skip
    if places:
        await session.execute(
            update(Announcement)
            .where(or_(*places))
            .values(channel="", chat="", thread=None)
            .execution_options(**_LEAVES_NOTHING)
        )
    return files


async def _settle_audit(session: Session, person: Who, nobody: int) -> None:
    """Put a number in the place of a person, in what they did and in what was done to them."""
    subject = f"member:{person.member_id}"
    await session.execute(
        update(AuditEntry)
        .where(AuditEntry.subject == subject)
        .values(subject=f"member:{nobody}")
        .execution_options(**_LEAVES_NOTHING)
    )
    details = Base.metadata.tables[AuditEntry.__tablename__].c.details
    somebody = or_(
        AuditEntry.member_id == person.member_id,
        AuditEntry.subject == f"member:{nobody}",
        naming.mentions(details, [str(one) for one in person.accounts]),
    )
    await naming.strike_out(
        session, details, needles(person), where=somebody, instead=f"#{nobody}"
    )


async def _strike_out_of_records(session: Session, person: Who) -> None:
    """Strike names out of records of rooms, and end what others were just asked about them."""
    words = Base.metadata.tables["consents"].c.words
    mine = words.table.c.member_id == person.member_id
    await naming.strike_out(session, words, needles(person), where=mine)
    content: ColumnElement[Any] = DialogRow.__table__.c.content
    if found := needles(person):
        await session.execute(
            delete(DialogRow)
            .where(naming.mentions(content, found))
            .execution_options(**_LEAVES_NOTHING)
        )


async def _let_go(session: Session, person: Who) -> None:
    """Let entries have no owner, who could not be asked, and shared chats no partner."""
    await session.execute(
        update(EntryCare)
        .where(EntryCare.owner_id == person.member_id)
        .values(owner_id=None, told_at=None)
        .execution_options(**_LEAVES_NOTHING)
    )
    for column in (ChatRow.member_id, ChatRow.partner_id):
        await session.execute(
            update(ChatRow)
            .where(column == person.member_id, ChatRow.id.not_in(person.chats))
            .values({column: None})
            .execution_options(**_LEAVES_NOTHING)
        )


async def _pass_on(session: Session, held: Held, person: Who, nobody: int) -> None:
    table = Base.metadata.tables[held.table]
    for name in held.doers.split():
        column = table.c[name]
        await session.execute(
            update(table).where(column == person.member_id).values({column: nobody})
        )


async def _delete_own(session: Session, person: Who) -> None:
    """Delete what is a person's own, those rows first that refer to others."""
    named = {held.table: held for held in TABLES}
    for table in reversed(Base.metadata.sorted_tables):
        held = named.get(table.name)
        if held is not None and held.whose:
            await session.execute(delete(table).where(own(held, person)))


async def forget_nobodies(session: Session) -> None:
    """Delete the rows that took somebody's place, once nothing names them any more."""
    unnamed = [
        not_(exists().where(column == Member.id))
        for table in Base.metadata.sorted_tables
        for column in table.c
        if any(key.column is Member.__table__.c.id for key in column.foreign_keys)
    ]
    await session.execute(
        delete(Member)
        .where(Member.erased_at.is_not(None), *unnamed)
        .execution_options(**_LEAVES_NOTHING)
    )


async def count_open(session: Session, *, member_id: int) -> int:
    """Count the questions of a member that wait for an editor."""
    query = select(func.count()).where(
        Question.member_id == member_id, Question.state == QuestionState.OPEN.value
    )
    return await session.scalar(query) or 0


async def count_announcements(session: Session, *, member_id: int) -> tuple[int, int]:
    """Count the announcements of a member that would be deleted, and those that would stay."""
    unreleased = Announcement.state.in_(_UNRELEASED)
    query = (
        select(unreleased, func.count())
        .where(Announcement.author_id == member_id)
        .group_by(unreleased)
    )
    counts = {bool(is_draft): number for is_draft, number in await session.execute(query)}
    return counts.get(True, 0), counts.get(False, 0)
