"""Rows of the outbox as the tests of the storage need them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.messages import Address, MessageId
from bot.storage import audiences, claims, deliveries
from bot.storage.claims import Claimed
from bot.storage.engine import Database, Session
from bot.storage.models import Action, ChatRow, Delivery, DeliveryState
from tests.fakes import START

ROOM = Address("fake", "room")
LEASE = timedelta(minutes=2)


async def put(
    database: Database,
    key: str,
    *,
    address: Address = ROOM,
    action: Action = Action.SEND,
    words: str = "hello",
    priority: int = 0,
    due_in: timedelta = timedelta(0),
    target: MessageId | None = None,
) -> bool:
    """Put one delivery into the outbox."""
    async with database.begin() as session:
        body = await deliveries.add_body(session, content={"words": words}, now=START)
        return await deliveries.add(
            session,
            key=key,
            address=address,
            action=action,
            body_id=body,
            priority=priority,
            due_at=START + due_in,
            now=START,
            target=target,
        )


async def claim(
    database: Database, *, owner: str = "one", now: datetime = START, limit: int = 100
) -> Sequence[Claimed]:
    """Claim what is due on the fake channel."""
    async with database.begin() as session:
        return await claims.claim_due(
            session,
            channel="fake",
            chat=None,
            owner=owner,
            now=now,
            until=now + LEASE,
            limit=limit,
        )


async def claimed_keys(
    database: Database, *, owner: str = "one", now: datetime = START, limit: int = 100
) -> list[str]:
    """Claim what is due on the fake channel and return the keys."""
    return [row.key for row in await claim(database, owner=owner, now=now, limit=limit)]


async def finish(
    database: Database,
    row: Claimed,
    *,
    owner: str = "one",
    state: DeliveryState = DeliveryState.SENT,
    message: str | None = "m1",
) -> bool:
    """End a claimed delivery."""
    async with database.begin() as session:
        return await claims.finish(
            session,
            id=row.id,
            owner=owner,
            state=state,
            now=START,
            message=MessageId(message) if message else None,
        )


async def send(database: Database, key: str, message: str, *, words: str = "hello") -> None:
    """Put a message into the outbox and record it as sent."""
    await put(database, key, words=words)
    (row,) = await claim(database)
    await finish(database, row, message=message)


async def edit(database: Database, key: str, message: str, *, words: str) -> Claimed:
    """Put an edit into the outbox and claim it."""
    await put(database, key, action=Action.EDIT, words=words, target=MessageId(message))
    (row,) = await claim(database)
    return row


async def delivery(database: Database, key: str) -> Delivery:
    """Return the row with this key."""
    async with database.begin() as session:
        return (await session.scalars(select(Delivery).where(Delivery.key == key))).one()


async def states(database: Database) -> dict[str, str]:
    """Return how far each delivery is, by key."""
    async with database.begin() as session:
        rows = (await session.execute(select(Delivery.key, Delivery.state))).all()
    return {key: str(state) for key, state in rows}


async def addresses(session: Session, query: audiences.Audience) -> list[Address]:
    """Return where an audience is."""
    whole = query.subquery()
    chat, thread = list(whole.c)
    rows = await session.execute(
        select(ChatRow.channel, ChatRow.chat, thread).join(whole, chat == ChatRow.id)
    )
    return [Address(*row) for row in rows]
