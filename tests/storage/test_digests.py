"""What waits for digests, on both databases."""

from datetime import datetime, timedelta

from sqlalchemy import select

from bot.messages import Address, Chat, ChatKind
from bot.storage import chats, deliveries, digests
from bot.storage.engine import Database, Session
from bot.storage.models import DigestItem
from tests.fakes import START
from tests.storage.rows import put, send

HOUR = timedelta(hours=1)


async def item(
    session: Session,
    key: str,
    *,
    chat: str = "room",
    slot_at: datetime = START,
    expires_at: datetime | None = None,
    source: str = "event:1",
    thread: str | None = None,
) -> int:
    """Keep an item for the digest of a chat, and return its id."""
    known = Chat(Address("fake", chat), ChatKind.ROOM)
    row = await chats.note(session, chat=known, now=START)
    body = await deliveries.add_body(session, content={"words": key}, now=START)
    kept = DigestItem(
        key=key,
        chat_id=row.id,
        thread=thread,
        body_id=body,
        source=source,
        slot_at=slot_at,
        expires_at=expires_at,
        created_at=START,
    )
    session.add(kept)
    await session.flush()
    return kept.id


async def due(session: Session, *, now: datetime = START, chats: int = 10) -> list[str]:
    """Return where something is due for a digest, and what."""
    found = await digests.due(session, now=now, chats=chats)
    return [f"{one.address} {one.content['words']}" for one in found]


async def test_what_is_due_comes_chat_by_chat_in_the_order_collected(database: Database) -> None:
    """Not before its time, and not after it is of no use."""
    async with database.begin() as session:
        await item(session, "a1", chat="a", thread="7")
        await item(session, "b1", chat="b")
        await item(session, "a2", chat="a", expires_at=START + HOUR)
        await item(session, "later", chat="a", slot_at=START + HOUR)
        await item(session, "over", chat="b", expires_at=START)
        assert await due(session) == ["fake:a:7 a1", "fake:a a2", "fake:b b1"]
        assert await due(session, now=START + HOUR) == [
            "fake:a:7 a1", "fake:a later", "fake:b b1",
        ]  # fmt: skip
        assert len({one.partition(" ")[0][:6] for one in await due(session, chats=1)}) == 1


async def test_what_was_told_is_not_due_again_and_known_by_its_digest(database: Database) -> None:
    """So that an editor can find the message in which it stands."""
    async with database.begin() as session:
        ids = [await item(session, "one"), await item(session, "two", source="event:2")]
        await digests.note_told(session, ids=ids, digest="digest:c1:1")
        assert await due(session) == []
        assert await digests.told_of(session, source="event:2") == ["digest:c1:1"]
        assert await digests.told_of(session, source="event:3") == []
        contents = await digests.contents(session, digest="digest:c1:1")
        assert [content["words"] for _, content in contents] == ["one", "two"]


async def test_what_is_postponed_waits(database: Database) -> None:
    """Until the hour that was given."""
    async with database.begin() as session:
        one = await item(session, "one")
        await digests.postpone(session, ids=[one], until=START + HOUR)
        assert await due(session) == []
        assert await due(session, now=START + HOUR) == ["fake:room one"]


async def test_what_is_withdrawn_or_left_is_told_to_nobody(database: Database) -> None:
    """What was told already stays on record."""
    async with database.begin() as session:
        told = await item(session, "told")
        await digests.note_told(session, ids=[told], digest="digest:c1:1")
        await item(session, "taken")
        await item(session, "other", chat="other", source="event:2")
        assert await digests.withdraw(session, source="event:1") == 1
        assert await digests.withdraw(session, source="event:1") == 0
        assert await due(session) == ["fake:other other"]
        await digests.leave(session, channel="fake", chat="other")
        assert await due(session) == []
        await digests.leave(session, channel="fake", chat="room")
        keys = await session.scalars(select(DigestItem.key))
        assert list(keys) == ["told"]


async def test_a_chat_that_was_left_gets_no_digest(database: Database) -> None:
    """Nobody could read it."""
    async with database.begin() as session:
        await item(session, "one")
        await chats.leave(session, channel="fake", chat="room", reason="kicked", now=START)
        assert await due(session) == []


async def test_old_items_are_forgotten(database: Database) -> None:
    """By when they were due, told or not."""
    async with database.begin() as session:
        await item(session, "old", slot_at=START - HOUR)
        await item(session, "new")
        await digests.forget(session, before=START)
        assert list(await session.scalars(select(DigestItem.key))) == ["new"]


async def test_the_parts_of_a_digest_that_were_sent_are_found_in_order(
    database: Database,
) -> None:
    """And none of a digest whose key begins alike."""
    for key in ("digest:c1:1", "digest:c1:1#2", "digest:c1:12"):
        await send(database, key, key)
    await put(database, "digest:c1:1#3")
    async with database.begin() as session:
        found = await digests.parts(session, key="digest:c1:1")
        assert sorted(one.key for one in found) == ["digest:c1:1", "digest:c1:1#2"]
