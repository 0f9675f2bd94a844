"""Members and their accounts."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import exists, func, or_, select, tuple_

from bot.messages import Identity, Sender, network
from bot.storage.engine import Session
from bot.storage.models import ChatRow, Grant, IdentityRow, Member, Subscription


async def note(session: Session, *, sender: Sender, now: datetime) -> tuple[Member, IdentityRow]:
    """Return the member behind *sender* and the account used; make or refresh them."""
    identity = sender.identity
    query = (
        select(IdentityRow, Member)
        .join(Member, Member.id == IdentityRow.member_id)
        .where(IdentityRow.channel == identity.channel, IdentityRow.user == identity.user)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        member = Member(created_at=now)
        session.add(member)
        await session.flush()
        row = IdentityRow(channel=identity.channel, user=identity.user, member_id=member.id)
        session.add(row)
    else:
        row, member = found
    if member.seen_on != now.date():
        member.seen_on = now.date()
    row.name = sender.name
    row.language = sender.language or row.language
    await session.flush()
    return member, row


async def by_number(session: Session, *, member_id: int) -> Member:
    """Return the member of this number, who surely is one."""
    return await session.get_one(Member, member_id)


async def find(session: Session, *, identity: Identity) -> int | None:
    """Return the id of the member behind an account, if the account was ever seen."""
    query = select(IdentityRow.member_id).where(
        IdentityRow.channel == identity.channel, IdentityRow.user == identity.user
    )
    return await session.scalar(query)


async def grants(session: Session, *, member_id: int) -> Sequence[str]:
    """Return the names of the roles that a member was given."""
    query = select(Grant.role).where(Grant.member_id == member_id)
    return (await session.scalars(query)).all()


async def account(session: Session, *, channel: str, user: str) -> IdentityRow | None:
    """Return an account, if its person has ever written to the bot."""
    query = select(IdentityRow).where(IdentityRow.channel == channel, IdentityRow.user == user)
    return await session.scalar(query)


async def accounts(session: Session, *, member_ids: Collection[int]) -> Sequence[IdentityRow]:
    """Return the accounts of members, the oldest first."""
    query = select(IdentityRow).where(IdentityRow.member_id.in_(member_ids))
    return (await session.scalars(query.order_by(IdentityRow.id))).all()


async def named(session: Session, *, name: str) -> Sequence[IdentityRow]:
    """Return the accounts that show this name; capitals make no difference."""
    alike = or_(IdentityRow.name == name, func.lower(IdentityRow.name) == name.lower())
    return (await session.scalars(select(IdentityRow).where(alike))).all()


async def inactive(
    session: Session, *, before: date, admins: Collection[Identity], limit: int
) -> Sequence[int]:
    """Return members who wrote last before a day, have no role and no subscription.

    Args:
        session: The transaction.
        before: The day.
        admins: Who stays in any case.
        limit: How many at most.
    """
    named = tuple_(IdentityRow.channel, IdentityRow.user).in_(
        [(one.channel, one.user) for one in admins]
    )
    is_admin = exists().where(IdentityRow.member_id == Member.id, named)
    has_role = exists().where(Grant.member_id == Member.id)
    theirs = or_(ChatRow.member_id == Member.id, ChatRow.partner_id == Member.id)
    is_told = exists().where(Subscription.chat_id == ChatRow.id, theirs)
    query = select(Member.id).where(
        Member.erased_at.is_(None), Member.seen_on < before, ~has_role, ~is_told
    )
    if admins:
        query = query.where(~is_admin)
    return (await session.scalars(query.order_by(Member.id).limit(limit))).all()


async def same_person(session: Session, *, member_id: int) -> Sequence[int]:
    """Return the members who surely are one person, this one first.

    That is whoever writes under the same number or name to several of the hub's accounts on one
    network.
    """
    mine = (
        await session.scalars(select(IdentityRow).where(IdentityRow.member_id == member_id))
    ).all()
    users = {(network(one.channel), one.user) for one in mine}
    alike = select(IdentityRow).where(IdentityRow.user.in_({user for _, user in users}))
    found = [
        one.member_id
        for one in await session.scalars(alike.order_by(IdentityRow.id))
        if (network(one.channel), one.user) in users
    ]
    return tuple(dict.fromkeys([member_id, *found]))


async def every_account(session: Session) -> Sequence[tuple[Identity, int, datetime]]:
    """Return every account with its member, and since when that is one."""
    query = select(IdentityRow, Member.created_at).join(Member, Member.id == IdentityRow.member_id)
    rows = await session.execute(query)
    return [(Identity(one.channel, one.user), one.member_id, since) for one, since in rows]
