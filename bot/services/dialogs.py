"""What the bot has asked a member, whose next message in that chat is the answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.messages import Address
from bot.storage import dialogs
from bot.storage.engine import Session

LASTS = timedelta(hours=1)
"""After that a message is a message again: nobody remembers what was asked."""


@dataclass(frozen=True, slots=True)
class Dialog:
    """A question that is open.

    Attributes:
        subject: Whose question it is: the name under which a router bound its handler.
        content: What was found out so far, as JSON.
    """

    subject: str
    content: Any


async def ask(
    session: Session,
    *,
    address: Address,
    member_id: int,
    subject: str,
    content: Any = None,
    now: datetime,
) -> None:
    """Take the member's next message in this chat for the answer; the last question counts."""
    await dialogs.put(
        session,
        address=address,
        member_id=member_id,
        subject=subject,
        content=content,
        expires_at=now + LASTS,
    )


async def asked(
    session: Session, *, address: Address, member_id: int, now: datetime
) -> Dialog | None:
    """Return what a member was asked in this chat, if that is open."""
    row = await dialogs.find(session, address=address, member_id=member_id, now=now)
    return Dialog(row.subject, row.content) if row else None


async def end(session: Session, *, address: Address, member_id: int) -> bool:
    """Ask nothing any more; ``False`` if nothing was."""
    return await dialogs.end(session, address=address, member_id=member_id)
