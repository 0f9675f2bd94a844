"""The chats that the bot is in: joining, leaving, moving, and how it behaves there."""

from datetime import datetime

from bot.delivery import readdressing
from bot.messages import Address, Chat, ChatKind
from bot.storage import chats, linking
from bot.storage.engine import Session


async def joined(
    session: Session, *, chat: Chat, member_id: int | None = None, now: datetime
) -> bool:
    """Remember that the bot can write to *chat*; ``False`` if that was known.

    Args:
        session: The transaction.
        chat: The chat.
        member_id: Who wrote there or let the bot in, if anybody did; a direct chat is theirs.
        now: The present.
    """
    known = await chats.find(session, channel=chat.address.channel, chat=chat.address.chat)
    news = known is None or known.left_at is not None
    row = await chats.refresh(session, known, chat=chat, now=now)
    if member_id is not None and chat.kind is ChatKind.DIRECT:
        before = await chats.belong(session, row, member_id=member_id)
        if before is not None:
            await readdressing.replace(session, old=before, new=row, now=now)
    if news:
        await readdressing.come_back(session, row, now=now)
    return news


async def left(session: Session, *, address: Address, now: datetime) -> None:
    """Stop everything that waits for a chat that the bot was removed from.

    A linked person is told in their other chat from now on.
    """
    await readdressing.leave(
        session, channel=address.channel, chat=address.chat, reason="left", now=now
    )


async def moved(session: Session, *, address: Address, to: str) -> None:
    """Follow a chat that lives on under another id."""
    await chats.move(session, channel=address.channel, chat=address.chat, to=to)


async def speak(session: Session, *, chat: Chat, language: str, now: datetime) -> None:
    """Keep in which language messages come to a chat by themselves."""
    row = await chats.note(session, chat=chat, now=now)
    row.language = language
    other = await linking.other_chat(session, row)
    if other is not None:
        other.language = language


async def is_ambient(session: Session, *, address: Address) -> bool:
    """Tell whether questions that nobody addressed to the bot are answered here."""
    known = await chats.find(session, channel=address.channel, chat=address.chat)
    return known is not None and known.ambient


async def set_ambient(session: Session, *, chat: Chat, on: bool, now: datetime) -> int:
    """Switch answers to unaddressed questions on or off; return the chat's number."""
    row = await chats.note(session, chat=chat, now=now)
    row.ambient = on
    return row.id
