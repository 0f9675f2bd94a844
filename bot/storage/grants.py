"""Roles that were given, and where their holders are reached."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select, tuple_
from sqlalchemy.orm import aliased

from bot.messages import ChatKind, Identity
from bot.storage.engine import Session
from bot.storage.models import ChatRow, Grant, IdentityRow, Member


async def add(
    session: Session, *, member_id: int, role: str, granted_by: int, now: datetime
) -> bool:
    """Give a role to a member; ``False`` if they have it already."""
    if await session.get(Grant, (member_id, role)) is not None:
        return False
    row = Grant(member_id=member_id, role=role, granted_by=granted_by, granted_at=now)
    session.add(row)
    await session.flush()
    return True


async def remove(session: Session, *, member_id: int, role: str) -> bool:
    """Take a role from a member; ``False`` if they did not have it."""
    row = await session.get(Grant, (member_id, role))
    if row is None:
        return False
    await session.delete(row)
    await session.flush()
    return True


async def given(
    session: Session, *, role: str | None = None
) -> Sequence[tuple[str, int, IdentityRow]]:
    """Return (role, member, account) of everybody who was given *role*, or any role.

    A member with several accounts is returned once for each.
    """
    query = (
        select(Grant.role, Grant.member_id, IdentityRow)
        .join(IdentityRow, IdentityRow.member_id == Grant.member_id)
        .order_by(Grant.member_id, IdentityRow.id, Grant.role)
    )
    if role is not None:
        query = query.where(Grant.role == role)
    return [(name, member, account) for name, member, account in await session.execute(query)]


async def direct_chats(
    session: Session,
    *,
    roles: Collection[str],
    admins: Collection[Identity],
    but: str | None = None,
) -> Sequence[tuple[ChatRow, Member, str | None]]:
    """Return the direct chats of everybody who has one of *roles* or is one of *admins*.

    Args:
        session: The transaction.
        roles: Any of these.
        admins: Accounts.
        but: A network on which nobody is to be told anything now.

    Returns:
        On each network at most one for each member, of a linked person only the one in which
        they are told things, with the member and what the network says of their language.
    """
    named = tuple_(IdentityRow.channel, IdentityRow.user).in_(
        [(one.channel, one.user) for one in admins]
    )
    is_admin = exists().where(IdentityRow.member_id == ChatRow.member_id, named)
    return await _chats(session, or_(_has_role(roles), is_admin), _is_told(but))


async def chats_of(
    session: Session, *, member_id: int
) -> Sequence[tuple[ChatRow, Member, str | None]]:
    """Return a member's direct chats, likewise."""
    return await _chats(session, ChatRow.member_id == member_id, _is_told(None))


async def in_chat(
    session: Session, *, chat_id: int
) -> Sequence[tuple[ChatRow, Member, str | None]]:
    """Return a direct chat likewise, if it can be reached, whether they are told things there."""
    return await _chats(session, ChatRow.id == chat_id)


def _is_told(but: str | None) -> ColumnElement[bool]:
    """Leave out the chats of linked people in which they are told nothing."""
    if but is None:
        return ChatRow.home_id.is_(None)
    home = aliased(ChatRow)
    away = exists().where(home.id == ChatRow.home_id, home.channel == but)
    return and_(ChatRow.channel != but, or_(ChatRow.home_id.is_(None), away))


def _has_role(roles: Collection[str]) -> ColumnElement[bool]:
    return exists().where(Grant.member_id == ChatRow.member_id, Grant.role.in_(roles))


async def _chats(
    session: Session, *wanted: ColumnElement[bool]
) -> Sequence[tuple[ChatRow, Member, str | None]]:
    account = and_(
        IdentityRow.member_id == ChatRow.member_id, IdentityRow.channel == ChatRow.channel
    )
    language = select(IdentityRow.language).where(account).limit(1).correlate(ChatRow)
    query = (
        select(ChatRow, Member, language.scalar_subquery())
        .join(Member, Member.id == ChatRow.member_id)
        .where(ChatRow.kind == ChatKind.DIRECT, ChatRow.left_at.is_(None), *wanted)
        .order_by(Member.id, ChatRow.id)
    )
    return [(chat, member, spoken) for chat, member, spoken in await session.execute(query)]
