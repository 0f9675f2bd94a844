"""Members and their accounts."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select

from bot.messages import Identity, Sender
from bot.storage.engine import Session
from bot.storage.models import Grant, IdentityRow, Member


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
    row.name = sender.name
    row.language = sender.language or row.language
    await session.flush()
    return member, row


async def by_number(session: Session, *, member_id: int) -> Member:
    """Return the member of this number, who surely is one."""
    return await session.get_one(Member, member_id)


async def lock(session: Session, *, member_ids: Collection[int]) -> None:
    """Let nobody else make one member of these, or two, before the transaction ends."""
    query = select(Member.id).where(Member.id.in_(member_ids)).order_by(Member.id)
    await session.execute(query.with_for_update())


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
