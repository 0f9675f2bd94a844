"""The tables of a hub with very many subscribers."""

from datetime import datetime

from sqlalchemy import func, insert, select, text

from bot.messages import ChatKind
from bot.services import topics
from bot.storage import schema
from bot.storage.engine import Database
from bot.storage.models import (
    OPEN_STATES,
    ChatRow,
    ChatSettings,
    Delivery,
    Subscription,
    Topic,
)

_AT_ONCE = 500


async def subscribe(database: Database, channel: str, number: int, *, now: datetime) -> None:
    """Make an empty database one with chats 1 to *number*, which have subscribed to a topic."""
    await schema.upgrade(database)
    async with database.begin() as session:
        await topics.ship(session, now=now)
        topic = (await session.scalars(select(Topic.id))).first()
        for first in range(1, number + 1, _AT_ONCE):
            ids = range(first, min(first + _AT_ONCE, number + 1))
            # Nobody wants quiet hours, so that it does not matter when it runs.
            rows = [_chat(channel, one, now) for one in ids]
            await session.execute(insert(ChatRow), rows)
            settings = [{"chat_id": one, "quiet": False} for one in ids]
            await session.execute(insert(ChatSettings), settings)
            wishes = [{"chat_id": one, "topic_id": topic, "since": now} for one in ids]
            await session.execute(insert(Subscription), wishes)
        # PostgreSQL does this by itself within a minute, and plans badly before.
        await session.execute(text("ANALYZE"))


def _chat(channel: str, number: int, now: datetime) -> dict[str, object]:
    return {
        "id": number,
        "channel": channel,
        "chat": str(number),
        "kind": ChatKind.DIRECT.value,
        "title": "",
        "ambient": False,
        "joined_at": now,
    }


async def count_open(database: Database) -> int:
    """Count what is not sent yet."""
    states = [state.value for state in OPEN_STATES]
    query = select(func.count()).select_from(Delivery).where(Delivery.state.in_(states))
    async with database.begin(reading=True) as session:
        return int(await session.scalar(query) or 0)
