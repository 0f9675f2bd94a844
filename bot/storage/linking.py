"""Two accounts that are one member: the codes that lead there, and the links."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select, update

from bot.storage.engine import Session
from bot.storage.link_models import Link, LinkCode, LinkTries
from bot.storage.models import ChatRow

# Codes


async def put_code(
    session: Session, *, member_id: int, channel: str, chat: str, code_hash: str, now: datetime,
    until: datetime,
) -> None:  # fmt: skip
    """Keep a member's new code; the one that they had holds no more."""
    await drop_codes(session, member_ids=[member_id])
    session.add(
        LinkCode(
            member_id=member_id,
            channel=channel,
            chat=chat,
            code_hash=code_hash,
            made_at=now,
            expires_at=until,
        )
    )
    await session.flush()


async def code(session: Session, *, code_hash: str, now: datetime) -> LinkCode | None:
    """Return the code of this hash, if it holds and nobody has entered it yet.

    Nobody else gets it before the transaction ends.
    """
    query = select(LinkCode).where(
        LinkCode.code_hash == code_hash,
        LinkCode.expires_at > now,
        LinkCode.entered_by.is_(None),
    )
    return await session.scalar(query.with_for_update())


async def entered(
    session: Session, *, number: int, member_id: int, now: datetime
) -> LinkCode | None:
    """Return the code that a member entered and has not decided about yet, likewise."""
    query = select(LinkCode).where(
        LinkCode.id == number, LinkCode.entered_by == member_id, LinkCode.expires_at > now
    )
    return await session.scalar(query.with_for_update())


async def drop_codes(session: Session, *, member_ids: Collection[int]) -> None:
    """Forget the codes that members made or entered."""
    await session.execute(
        delete(LinkCode).where(
            or_(LinkCode.member_id.in_(member_ids), LinkCode.entered_by.in_(member_ids))
        )
    )


async def tries(session: Session, *, member_id: int, since: datetime) -> int:
    """Return how often a member entered a wrong code, if that began after *since*."""
    row = await session.get(LinkTries, member_id)
    return row.count if row is not None and row.since > since else 0


async def note_try(session: Session, *, member_id: int, since: datetime, now: datetime) -> None:
    """Count that a member entered a wrong code; those before *since* do not count any more."""
    row = await session.get(LinkTries, member_id)
    if row is None:
        row = LinkTries(member_id=member_id, count=0, since=now)
        session.add(row)
    elif row.since <= since:
        row.count, row.since = 0, now
    row.count += 1
    await session.flush()


async def forget(session: Session, *, now: datetime, tried_before: datetime) -> None:
    """Delete codes that hold no more, and wrong ones of before an instant."""
    await session.execute(delete(LinkCode).where(LinkCode.expires_at <= now))
    await session.execute(delete(LinkTries).where(LinkTries.since <= tried_before))


# Links


async def of(session: Session, *, member_id: int, lock: bool = False) -> Link | None:
    """Return the link of a member, if there is one."""
    return await session.get(Link, member_id, with_for_update=lock)


async def add(session: Session, link: Link) -> None:
    """Keep a link."""
    session.add(link)
    await session.flush()


async def remove(session: Session, link: Link) -> None:
    """Forget a link."""
    await session.delete(link)
    await session.flush()


async def joined(session: Session, *, member_ids: Collection[int]) -> dict[int, int]:
    """Return which of these members are part of another one now, and of which."""
    query = select(Link.joined_id, Link.member_id).where(Link.joined_id.in_(member_ids))
    return {row.joined_id: row.member_id for row in await session.execute(query)}


# The chats of a linked person


async def direct_chats(session: Session, *, member_id: int) -> Sequence[ChatRow]:
    """Return the direct chats of a member, also those that can't be reached."""
    query = select(ChatRow).where(ChatRow.member_id == member_id).order_by(ChatRow.id)
    return (await session.scalars(query)).all()


async def other_chat(session: Session, row: ChatRow) -> ChatRow | None:
    """Return the other direct chat of a linked person, if *row* is one of theirs."""
    if row.home_id is not None:
        return await session.get(ChatRow, row.home_id)
    return await session.scalar(select(ChatRow).where(ChatRow.home_id == row.id))


async def regard(session: Session, *, home: ChatRow, other: ChatRow) -> None:
    """Let the settings and subscriptions of *home* count in *other*."""
    await session.execute(
        update(ChatRow)
        .where(ChatRow.home_id == other.id, ChatRow.id != home.id)
        .values(home_id=home.id)
    )
    home.home_id, other.home_id = None, home.id
    await session.flush()
