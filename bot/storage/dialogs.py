"""What the bot has asked somebody and not been answered yet."""

from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, delete, select

from bot.messages import Address
from bot.storage.engine import Session
from bot.storage.models import DialogRow


async def find(
    session: Session, *, address: Address, member_id: int, now: datetime
) -> DialogRow | None:
    """Return what a member was asked in a chat, if that is still remembered."""
    query = select(DialogRow).where(
        DialogRow.channel == address.channel,
        DialogRow.chat == address.chat,
        DialogRow.member_id == member_id,
        DialogRow.expires_at > now,
    )
    return await session.scalar(query)


async def put(
    session: Session,
    *,
    address: Address,
    member_id: int,
    subject: str,
    content: Any,
    expires_at: datetime,
) -> None:
    """Remember what a member was asked; it takes the place of what was asked before."""
    await session.merge(
        DialogRow(
            channel=address.channel,
            chat=address.chat,
            member_id=member_id,
            subject=subject,
            content=content,
            expires_at=expires_at,
        )
    )
    await session.flush()


async def end(session: Session, *, address: Address, member_id: int) -> bool:
    """Forget what a member was asked; ``False`` if there was nothing."""
    result = await session.execute(
        delete(DialogRow).where(
            DialogRow.channel == address.channel,
            DialogRow.chat == address.chat,
            DialogRow.member_id == member_id,
        )
    )
    return isinstance(result, CursorResult) and result.rowcount > 0


async def forget(session: Session, *, before: datetime) -> None:
    """Delete what nobody answered in time."""
    await session.execute(delete(DialogRow).where(DialogRow.expires_at < before))
