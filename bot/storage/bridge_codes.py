"""Codes by which chats are connected, and chats that wait until the code's own one agrees."""

from datetime import datetime

from sqlalchemy import delete, func, select, update

from bot.storage.bridge_models import BridgeCode, BridgeRequest, BridgeTry
from bot.storage.engine import Session


async def issue(session: Session, code: BridgeCode) -> None:
    """Keep a code; those of the same chat hold no more."""
    await session.execute(
        delete(BridgeCode).where(
            BridgeCode.channel == code.channel,
            BridgeCode.chat == code.chat,
            BridgeCode.thread == code.thread,
            BridgeCode.used_at.is_(None),
        )
    )
    session.add(code)
    await session.flush()


async def codes_since(session: Session, *, member_id: int, since: datetime) -> int:
    """Count the codes that somebody asked for since an instant and that were not replaced."""
    query = select(func.count()).where(
        BridgeCode.member_id == member_id, BridgeCode.made_at > since
    )
    return int(await session.scalar(query) or 0)


async def redeem(session: Session, *, code_hash: str, now: datetime) -> BridgeCode | None:
    """Use a code up and return it; ``None`` if it is unknown, used or too old.

    One statement, so that of two who enter it at once only one has it.
    """
    query = (
        update(BridgeCode)
        .where(
            BridgeCode.code_hash == code_hash,
            BridgeCode.used_at.is_(None),
            BridgeCode.expires_at > now,
        )
        .values(used_at=now)
        .returning(BridgeCode)
        .execution_options(synchronize_session=False)
    )
    return await session.scalar(query)


async def find(session: Session, *, code_hash: str, now: datetime) -> BridgeCode | None:
    """Return a code that holds, without using it up."""
    query = select(BridgeCode).where(
        BridgeCode.code_hash == code_hash,
        BridgeCode.used_at.is_(None),
        BridgeCode.expires_at > now,
    )
    return await session.scalar(query)


async def note_try(session: Session, *, member_id: int, now: datetime) -> None:
    """Count a code that was none."""
    session.add(BridgeTry(member_id=member_id, at=now))
    await session.flush()


async def tries_since(session: Session, *, member_id: int, since: datetime) -> int:
    """Count what somebody entered in vain since an instant."""
    query = select(func.count()).where(BridgeTry.member_id == member_id, BridgeTry.at > since)
    return int(await session.scalar(query) or 0)


async def forget(session: Session, *, before: datetime) -> None:
    """Delete codes, requests and tries from before an instant."""
    await session.execute(delete(BridgeCode).where(BridgeCode.expires_at < before))
    await session.execute(delete(BridgeTry).where(BridgeTry.at < before))


async def move(session: Session, *, channel: str, chat: str, to: str) -> None:
    """Rewrite the address of a chat."""
    for table in (BridgeCode, BridgeRequest):
        here = (table.channel == channel) & (table.chat == chat)
        await session.execute(update(table).where(here).values(chat=to))


# Requests


async def ask(session: Session, request: BridgeRequest) -> BridgeRequest:
    """Keep that a chat wants to join."""
    session.add(request)
    await session.flush()
    return request


async def request(session: Session, *, number: int) -> tuple[BridgeRequest, BridgeCode] | None:
    """Return a request and the code that was entered for it, whether it still waits or not."""
    query = (
        select(BridgeRequest, BridgeCode)
        .join(BridgeCode, BridgeCode.id == BridgeRequest.code_id)
        .where(BridgeRequest.id == number)
    )
    found = (await session.execute(query)).one_or_none()
    return None if found is None else (found[0], found[1])


async def answer(session: Session, *, number: int, now: datetime) -> bool:
    """Take the answer to a request; ``False`` if it was answered or is too old.

    One statement, so that of two who answer at once only one is heard.
    """
    statement = (
        update(BridgeRequest)
        .where(
            BridgeRequest.id == number,
            BridgeRequest.answered_at.is_(None),
            BridgeRequest.expires_at > now,
        )
        .values(answered_at=now)
        .returning(BridgeRequest.id)
        .execution_options(synchronize_session=False)
    )
    return await session.scalar(statement) is not None
