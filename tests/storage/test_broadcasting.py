"""Announcements are followed up while several processes record what became of them."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from bot.config import Settings
from bot.messages import Address, Chat, ChatKind
from bot.services import publishing
from bot.services.announcements import State
from bot.storage import announcements, broadcasting, chats, deliveries
from bot.storage.engine import Database, Session
from bot.storage.models import (
    FLYING,
    Action,
    Announcement,
    Body,
    Delivery,
    DeliveryState,
    Member,
)
from tests.fakes import START

HOME = Address("fake", "anna")


async def _recalled(database: Database) -> int:
    """Keep an announcement that somebody got and that is being taken back; return its number."""
    async with database.begin() as session:
        author = Member(created_at=START)
        session.add(author)
        await session.flush()
        await chats.note(session, chat=Chat(HOME, ChatKind.DIRECT), now=START)
        row = await announcements.add(
            session,
            author_id=author.id,
            address=HOME,
            language="de",
            texts={"de": "Hallo"},
            attachment=None,
            audience={},
            now=START,
        )
        row.state, row.published_at, row.recipients = State.RECALLING, START, 1
        sent = _delivery(row.id, "c1", Action.SEND, DeliveryState.SENT, message="m1")
        session.add(sent)
        await session.flush()
        session.add(_delivery(row.id, f"r:d{sent.id}", Action.DELETE, DeliveryState.SENDING))
        return row.id


def _delivery(
    number: int, key: str, action: Action, state: DeliveryState, *, message: str | None = None
) -> Delivery:
    source = f"announcement:{number}"
    return Delivery(
        key=f"{source}:{key}",
        channel=HOME.channel,
        chat=HOME.chat,
        action=action.value,
        target=None if message else "m1",
        priority=0,
        state=state.value,
        due_at=START,
        source=source,
        message=message,
        created_at=START,
    )


async def _watch(database: Database, number: int) -> State:
    async with database.begin() as session:
        now = START + timedelta(seconds=2)
        found = await publishing.watch(session, number, settings=Settings(), now=now)
        assert found is not None
        return found.state


async def _notes(database: Database) -> int:
    async with database.begin() as session:
        query = select(func.count()).where(Delivery.action == Action.EDIT.value)
        return int(await session.scalar(query) or 0)


async def test_a_refusal_that_comes_while_it_is_looked_at_is_followed_up(
    migrated_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can't be deleted gets its note, whenever another process records that."""
    database = Database(migrated_postgres)
    number = await _recalled(database)
    withdraw = broadcasting.withdraw_collected

    async def refuse_meanwhile(session: Session, *, source: str) -> None:
        async with database.begin() as other:
            await other.execute(
                update(Delivery)
                .where(Delivery.action == Action.DELETE.value)
                .values(state=DeliveryState.REJECTED)
            )
        await withdraw(session, source=source)

    monkeypatch.setattr(broadcasting, "withdraw_collected", refuse_meanwhile)
    assert await _watch(database, number) is State.RECALLING
    assert await _notes(database) == 0
    assert await _watch(database, number) is State.RECALLING
    assert await _notes(database) == 1
    await database.close()


async def test_the_words_of_a_version_are_kept_as_long_as_somebody_may_need_them(
    database: Database,
) -> None:
    """Nobody has to read that language now: an announcement that is resumed may find somebody."""
    number = await _recalled(database)
    later = START + timedelta(days=90)
    async with database.begin() as session:
        words = [await deliveries.add_body(session, content={}, now=START) for _ in range(3)]
        row = await session.get_one(Announcement, number)
        row.version, row.bodies = 2, {"fake/en": words[:2], FLYING: words[2:]}
    async with database.begin() as session:
        await deliveries.forget_done(session, before=later)
        assert sorted(await session.scalars(select(Body.id))) == words[:2]
        row = await session.get_one(Announcement, number)
        row.version, row.bodies = 3, None
        await session.flush()
        await deliveries.forget_done(session, before=later)
        assert (await session.scalars(select(Body.id))).all() == []
