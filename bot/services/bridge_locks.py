"""What stays on its own network: a chat with all that is said there, or a topic."""

from datetime import datetime

from bot.messages import Chat
from bot.services import audit
from bot.storage import bridges
from bot.storage.engine import Session
from bot.storage.models import Topic


async def set_chat(
    session: Session, *, chat: Chat, on: bool, member_id: int, now: datetime
) -> None:
    """Lock a chat or thread, or open it again; nothing of it leaves its network while locked."""
    address = chat.address
    if on:
        changed = await bridges.lock(session, address=address, member_id=member_id, now=now)
    else:
        changed = await bridges.unlock(session, address=address)
    if changed:
        await audit.note(
            session,
            action="own-network-on" if on else "own-network-off",
            subject="lock:chat",
            member_id=member_id,
            now=now,
            what=chat.title or address.chat,
        )


async def set_topic(
    session: Session, *, topic: Topic, on: bool, member_id: int, now: datetime
) -> None:
    """Lock a topic, or open it again: while locked nothing about it goes to Telegram."""
    if on:
        changed = await bridges.lock_topic(
            session, topic_id=topic.id, member_id=member_id, now=now
        )
    else:
        changed = await bridges.unlock_topic(session, topic_id=topic.id)
    if changed:
        await audit.note(
            session,
            action="own-network-on" if on else "own-network-off",
            subject=f"topic:{topic.id}",
            member_id=member_id,
            now=now,
            what=topic.name_de,
        )
