"""Making one member of two, and two of one; carrying what a chat wants over to another."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Column, Table, UniqueConstraint, delete, exists, insert, select, update
from sqlalchemy.orm import aliased

from bot.storage import calendars, digests, events, linking, subscriptions
from bot.storage.engine import Session
from bot.storage.link_models import Link, LinkCode
from bot.storage.models import (
    AuditEntry,
    Base,
    CalendarFeed,
    ChatRow,
    ChatSettings,
    Consent,
    DialogRow,
    DigestItem,
    EventWish,
    Grant,
    IdentityRow,
    Member,
    Question,
    Subscription,
    SubscriptionFilter,
)

_STAYS = {AuditEntry.__tablename__, Link.__tablename__, LinkCode.__tablename__}
"""What goes on naming the member that somebody was: the audit log is only ever added to."""
_OF_ACCOUNT = (IdentityRow, ChatRow, Question, Consent, DialogRow)
"""What belongs to an account, by its network, and goes with it."""
_OF_CHAT = (ChatSettings, Subscription, EventWish, CalendarFeed, DigestItem)


# Members


def _naming() -> Iterator[tuple[Table, Column[int]]]:
    """Yield every column that names a member and is to follow them."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            refers = any(key.column.table is Member.__table__ for key in column.foreign_keys)
            if refers and table.name not in _STAYS:
                yield table, column


async def merge(session: Session, *, member: Member, joining: Member) -> None:
    """Let everything that names *joining* name *member*; of what may be there once, theirs stays.

    The row of *joining* stays without anything about the person.
    """
    for table, column in _naming():
        await _drop_doubles(session, table, column, member.id, joining.id)
        await session.execute(
            update(table).where(column == joining.id).values({column.name: member.id})
        )
    member.language = member.language or joining.language
    if member.project is None:
        member.project, member.phase = joining.project, joining.phase
    joining.language = joining.project = joining.phase = None
    _forget(session, IdentityRow, Grant, Question, DialogRow)
    await session.flush()


async def _drop_doubles(
    session: Session, table: Table, column: Column[int], kept: int, joining: int
) -> None:
    """Delete the rows of who joins that the member has already, where there may be only one."""
    keys: list[Sequence[Column[object]]] = [list(table.primary_key.columns)]
    keys += [list(one.columns) for one in table.constraints if isinstance(one, UniqueConstraint)]
    for key in keys:
        if column not in key:
            continue
        theirs = table.alias()
        same = [theirs.c[one.name] == one for one in key if one is not column]
        double = exists().where(theirs.c[column.name] == kept, *same).correlate(table)
        await session.execute(delete(table).where(column == joining, double))


async def separate(session: Session, *, member: Member, leaving: Member, channel: str) -> None:
    """Give *leaving* back what belongs to the account on a network, and the same language."""
    for model in _OF_ACCOUNT:
        await session.execute(
            update(model)
            .where(model.member_id == member.id, model.channel == channel)
            .values(member_id=leaving.id)
        )
    leaving.language = member.language
    leaving.project, leaving.phase = member.project, member.phase
    await session.flush()


def _forget(session: Session, *models: type[Base]) -> None:
    """Read rows anew: statements have changed them behind the session's back."""
    for row in list(session.identity_map.values()):
        if isinstance(row, models):
            session.expunge(row)


# Chats


async def rehome(session: Session, *, old: ChatRow, new: ChatRow) -> None:
    """Tell a linked person in *new* from now on, and no more in *old*.

    All that *old* wants goes over. The two chats change their names in the keys of notices, so
    that nothing that was told in the one is told again in the other.
    """
    await session.execute(delete(ChatSettings).where(ChatSettings.chat_id == new.id))
    await carry_over(session, old=old, new=new)
    old.known_as, new.known_as = new.keyed, old.keyed
    await linking.regard(session, home=new, other=old)


async def carry_over(session: Session, *, old: ChatRow, new: ChatRow) -> None:
    """Let *new* want what *old* wants, and *old* nothing; what *new* has of its own stays."""
    await session.flush()
    new.language = new.language or old.language
    old.language = new.language
    await subscriptions.move(session, old=old, new=new)
    await events.move(session, old=old.id, new=new.id)
    await session.execute(delete(EventWish).where(EventWish.chat_id == old.id))
    await _drop_told(session, old=old, new=new)
    await digests.move(session, old=old.id, new=new.id)
    await calendars.move(session, old=old.id, new=new.id)
    _forget(session, *_OF_CHAT)
    await session.flush()


async def has_two_calendars(session: Session, *, one: ChatRow, other: ChatRow) -> bool:
    """Tell whether both chats have a private calendar, of which only that of *one* can stay."""
    found = [await calendars.of_chat(session, chat_id=chat.id) for chat in (one, other)]
    return None not in found


async def _drop_told(session: Session, *, old: ChatRow, new: ChatRow) -> None:
    """Forget what waits for the digest of *old* and is, or was, in that of *new* as well."""
    waiting = select(DigestItem.id, DigestItem.key).where(
        DigestItem.chat_id == old.id, DigestItem.digest.is_(None)
    )
    ending, other = f":c{old.keyed}", f":c{new.keyed}"
    twins = {
        key.removesuffix(ending) + other: number
        for number, key in await session.execute(waiting)
        if key.endswith(ending)
    }
    there = await session.scalars(select(DigestItem.key).where(DigestItem.key.in_(twins)))
    doubles = [twins[key] for key in there]
    await session.execute(delete(DigestItem).where(DigestItem.id.in_(doubles)))


async def copy(
    session: Session, *, old: ChatRow, new: ChatRow, member_id: int, words: str, now: datetime
) -> None:
    """Let *new* want what *old* wants, each for itself; the record of consent says by what."""
    settings = await session.get(ChatSettings, old.id)
    if settings is not None:
        values = {
            column.name: getattr(settings, column.name)
            for column in ChatSettings.__table__.columns
            if column.name != "chat_id"
        }
        await session.merge(ChatSettings(chat_id=new.id, **values))
    new.language = old.language
    theirs = aliased(Subscription)
    query = select(theirs.id, theirs.topic_id, theirs.since).where(theirs.chat_id == old.id)
    for number, topic_id, since in (await session.execute(query)).all():
        row = Subscription(chat_id=new.id, topic_id=topic_id, since=since)
        session.add(row)
        session.add(
            Consent(
                channel=new.channel, chat=new.chat, topic_id=topic_id, member_id=member_id,
                given=True, words=words, at=now,
            )
        )  # fmt: skip
        await session.flush()
        await _copy_filters(session, old=number, new=row.id)
    await _copy_wishes(session, old=old, new=new)
    await session.flush()


async def _copy_filters(session: Session, *, old: int, new: int) -> None:
    found = await session.execute(
        select(SubscriptionFilter.field, SubscriptionFilter.value).where(
            SubscriptionFilter.subscription_id == old
        )
    )
    rows = [{"subscription_id": new, "field": one.field, "value": one.value} for one in found]
    if rows:
        await session.execute(insert(SubscriptionFilter), rows)


async def _copy_wishes(session: Session, *, old: ChatRow, new: ChatRow) -> None:
    found = await session.scalars(select(EventWish).where(EventWish.chat_id == old.id))
    rows = [
        {"event_id": one.event_id, "chat_id": new.id, "wanted": one.wanted, "since": one.since}
        for one in found
    ]
    if rows:
        await session.execute(insert(EventWish), rows)
