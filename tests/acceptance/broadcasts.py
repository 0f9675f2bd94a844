"""A hub's database with subscribers and an announcement that is about to be sent."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import insert, select

from bot.clock import SystemClock
from bot.messages import Address, ChatKind, Identity, Sender
from bot.services import announcements, topics
from bot.services.announcements import Actor
from bot.services.targeting import Wanted
from bot.storage import members, schema
from bot.storage.engine import Database, Session
from bot.storage.models import ChatRow, ChatSettings, Subscription, Topic

TEXT = "Die **Anmeldung** ist offen."
SHOWN = "Die Anmeldung ist offen."


def _url(hub: Path | str) -> str:
    """Return the address of a hub's database; a folder has one of SQLite."""
    return hub if isinstance(hub, str) else f"sqlite:///{hub}/data/hub.sqlite3"


async def seed(hub: Path | str, recipients: Sequence[Address], *, author: Address) -> None:
    """Make the database of a hub: subscribers, and an announcement to all of them.

    Nobody wants quiet hours, so that it does not matter when the test runs.
    """
    database = Database(_url(hub))
    await schema.upgrade(database)
    now = SystemClock().now()
    async with database.begin() as session:
        await subscribe(session, recipients, now=now)
        await announce(session, author, text=TEXT, now=now)
    await database.close()


async def subscribe(session: Session, recipients: Sequence[Address], *, now: datetime) -> None:
    """Let these chats, which the hub does not know yet, have subscribed to a topic."""
    await topics.ship(session, now=now)
    rows = [
        {
            "channel": one.channel,
            "chat": one.chat,
            "kind": ChatKind.DIRECT.value if one.channel == "telegram" else ChatKind.ROOM.value,
            "title": "",
            "ambient": False,
            "joined_at": now,
        }
        for one in recipients
    ]
    await session.execute(insert(ChatRow), rows)
    ids = (await session.scalars(select(ChatRow.id))).all()
    await session.execute(insert(ChatSettings), [{"chat_id": one, "quiet": False} for one in ids])
    topic = (await session.scalars(select(Topic.id))).first()
    await session.execute(
        insert(Subscription),
        [{"chat_id": one, "topic_id": topic, "since": now} for one in ids],
    )


async def announce(session: Session, author: Address, *, text: str, now: datetime) -> int:
    """Let somebody have released an announcement to everybody; return its number."""
    sender = Sender(Identity(author.channel, author.chat), "Anna")
    member, _ = await members.note(session, sender=sender, now=now)
    actor = Actor(member.id, author, "de", now)
    row = await announcements.draft(
        session, actor, texts={"de": text}, attachment=None, wanted=Wanted()
    )
    row.state = announcements.State.SCHEDULED
    await session.flush()
    return row.id


async def is_done(hub: Path | str) -> bool:
    """Tell whether the announcement has been sent to everybody."""
    database = Database(_url(hub))
    async with database.begin() as session:
        row = await announcements.find(session, 1)
        state = row.state
    await database.close()
    return state == announcements.State.SENT
