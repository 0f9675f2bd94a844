"""Erasing people: because they want it, because they have not been here for long, or again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.config import Settings
from bot.delivery import outbox
from bot.messages import Identity
from bot.services import inbox, roles, tombstones
from bot.storage import erased_messages, erasing, members, persons, subscriptions
from bot.storage import questions as questions_
from bot.storage import tombstones as marks
from bot.storage.engine import Database, Session
from bot.storage.models import QuestionState
from bot.storage.persons import Who

Buried = tuple[str, datetime]
"""A tombstone: the mark of an account, and since when it holds."""

_AT_ONCE = 100
"""Inactive members that one tick erases; what it misses the next one takes."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What erasing somebody would mean.

    Attributes:
        questions: How many of their questions would be emptied.
        waiting: How many of these wait for an editor, and would be withdrawn.
        subscriptions: How many would end.
        roles: How many they would lose.
        drafts: Announcements that would be deleted, because nobody released them.
        released: Announcements that would stay, without their author.
        configured: Accounts that stand in ``admins`` of the configuration, and would stay there.
    """

    questions: int
    waiting: int
    subscriptions: int
    roles: int
    drafts: int
    released: int
    configured: tuple[str, ...]


async def outlook(session: Session, *, member_id: int, settings: Settings) -> Outlook:
    """Say what erasing a member would mean; nothing is changed."""
    admins = roles.configured_admins(settings)
    found = [
        await _outlook(session, one, admins)
        for one in await members.same_person(session, member_id=member_id)
    ]
    return Outlook(
        questions=sum(one.questions for one in found),
        waiting=sum(one.waiting for one in found),
        subscriptions=sum(one.subscriptions for one in found),
        roles=sum(one.roles for one in found),
        drafts=sum(one.drafts for one in found),
        released=sum(one.released for one in found),
        configured=tuple(account for one in found for account in one.configured),
    )


async def _outlook(session: Session, member_id: int, admins: frozenset[Identity]) -> Outlook:
    person = await persons.who(session, member_id=member_id)
    drafts, released = await erasing.count_announcements(session, member_id=member_id)
    return Outlook(
        questions=len(person.questions),
        waiting=await erasing.count_open(session, member_id=member_id),
        subscriptions=await subscriptions.count_in(session, chats=person.chats),
        roles=len(await members.grants(session, member_id=member_id)),
        drafts=drafts,
        released=released,
        configured=tuple(str(one) for one in person.accounts if one in admins),
    )


async def erase(session: Session, *, member_id: int, settings: Settings, now: datetime) -> None:
    """Erase a person everywhere, and see to it that nothing of before brings them back.

    Whoever writes to several of the hub's accounts on one network is erased from all.

    Args:
        session: The transaction; until it is committed nothing is erased.
        member_id: Whom.
        settings: The operator's.
        now: The present.

    Raises:
        StorageError: The key of the tombstones can't be kept; nothing was erased.
    """
    for one in await members.same_person(session, member_id=member_id):
        await _erase_one(session, one, settings=settings, now=now)


async def _erase_one(
    session: Session, member_id: int, *, settings: Settings, now: datetime
) -> None:
    person = await persons.who(session, member_id=member_id, lock=True)
    await _withdraw_questions(session, person)
    await tombstones.put(session, person.accounts, settings=settings, now=now)
    await erasing.erase(session, person, now=now)


async def _withdraw_questions(session: Session, person: Who) -> None:
    """Let editors see open questions no more; an item without any other closes."""
    for number in person.questions:
        question = await questions_.by_number(session, number=number)
        if question is None or question.state != QuestionState.OPEN:
            continue
        await inbox.hold(session, question)
        question.state = QuestionState.WITHDRAWN
        await inbox.leave(session, question)
    await session.flush()


async def erase_inactive(session: Session, *, settings: Settings, now: datetime) -> int:
    """Erase who has not written for long, is told nothing by the hub and has no role.

    Returns:
        How many these were.
    """
    before = (now - settings.privacy.keep_inactive).date()
    admins = roles.configured_admins(settings)
    found = await members.inactive(session, before=before, admins=admins, limit=_AT_ONCE)
    for member_id in found:
        await _erase_one(session, member_id, settings=settings, now=now)
    return len(found)


async def buried(session: Session) -> Sequence[Buried]:
    """Return the tombstones of a database; none of one from before there were any."""
    return await marks.every(session) if await marks.exist(session) else ()


async def erase_again(
    session: Session,
    buried: Collection[Buried],
    *,
    settings: Settings,
    now: datetime,
) -> int:
    """Erase from a restored database who was erased after its backup was made.

    Args:
        session: The transaction that restores the rows.
        buried: The tombstones of the database that was there before.
        settings: The operator's.
        now: The present.

    Returns:
        How many members were erased again.
    """
    for mark, at in buried:
        await marks.put(session, mark=mark, at=at)
    again = set[int]()
    for account, member_id, created_at in await members.every_account(session):
        erased_at = await tombstones.erased(session, account, settings=settings)
        # Who came back after it is somebody new, and stays.
        if erased_at is not None and created_at < erased_at:
            again.add(member_id)
    for member_id in sorted(again):
        await _erase_one(session, member_id, settings=settings, now=now)
    return len(again)


async def clean(database: Database, *, now: datetime) -> bool:
    """Clean the database's file of what erasures have left there; ``False`` if nothing was to do.

    Waits until the last message to who was erased is gone as well.

    Raises:
        StorageError: Others use the file; it is tried again.
    """
    async with database.begin() as session:
        found = await marks.uncleaned(session)
        if not found:
            return False
        await outbox.forget_farewells(session, now=now)
        await erased_messages.forget_landed(session)
        if await erased_messages.any_left(session, farewells=outbox.FAREWELL):
            return False
    await database.clean()
    async with database.begin() as session:
        await marks.note_cleaned(session, marks=found, now=now)
    return True
