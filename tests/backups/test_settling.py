"""What a restored hub does not do again, on both databases."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.messages import MessageId
from bot.services import restored
from bot.storage import cursors
from bot.storage.engine import Database
from bot.storage.models import (
    Action,
    Announcement,
    AnnouncementState,
    Delivery,
    DeliveryState,
    Member,
)
from tests.fakes import START
from tests.storage.rows import claim, put, states

NOW = START + timedelta(hours=5)


@pytest.fixture
async def filled(database: Database) -> Database:
    """An outbox in the middle of its work."""
    await put(database, "claimed")
    await claim(database)
    await put(database, "waits")
    await put(database, "deletes", action=Action.DELETE, target=MessageId("m1"))
    await put(database, "tomorrow", due_in=timedelta(days=1))
    await put(database, "held")
    async with database.begin() as session:
        held = update(Delivery).where(Delivery.key == "held")
        await session.execute(held.values(held_until=NOW + timedelta(hours=1)))
        await cursors.save(session, channel="reminders", value=START.isoformat(), now=START)
    return database


async def settle(database: Database, *, resend: bool = False) -> restored.Settled:
    async with database.begin() as session:
        return await restored.settle(session, resend=resend, now=NOW)


async def test_what_may_have_been_sent_is_not_sent(filled: Database) -> None:
    """But what could not be due yet is, and deleting twice does no harm."""
    done = await settle(filled)
    assert await states(filled) == {
        "claimed": DeliveryState.EXPIRED,
        "waits": DeliveryState.EXPIRED,
        "deletes": DeliveryState.WAITING,
        "tomorrow": DeliveryState.WAITING,
        "held": DeliveryState.WAITING,
    }
    assert (done.expired, done.kept) == (2, 3)


async def test_what_waited_is_sent_if_nothing_was(filled: Database) -> None:
    done = await settle(filled, resend=True)
    assert set((await states(filled)).values()) == {DeliveryState.WAITING}
    assert (done.expired, done.kept) == (0, 5)


async def test_reminders_go_on_from_the_moment_of_restoring(filled: Database) -> None:
    await settle(filled)
    async with filled.begin() as session:
        assert await cursors.load(session, channel="reminders") == NOW.isoformat()
        assert await cursors.restored_at(session) == NOW


def announcement(state: AnnouncementState, **more: Any) -> dict[str, Any]:
    return {
        "author_id": 1, "channel": "fake", "chat": "carla", "language": "de", "state": state,
        "texts": {"de": "Hallo"}, "attachment": None, "audience": {}, "importance": "normal",
        "everyone": False, "late": "send", "version": 1, "recipients": 0, "created_at": START,
        **more,
    }  # fmt: skip


async def test_announcements_wait_for_their_authors(filled: Database) -> None:
    """One that was being sent is paused, one that was due is missed, a later one is kept."""
    later = NOW + timedelta(hours=1)
    async with filled.begin() as session:
        await session.execute(insert(Member).values(id=1, created_at=START))
        for row in (
            announcement(AnnouncementState.SENDING, id=1),
            announcement(AnnouncementState.SCHEDULED, id=2, send_at=START),
            announcement(AnnouncementState.SCHEDULED, id=3),
            announcement(AnnouncementState.SCHEDULED, id=4, send_at=later),
            announcement(AnnouncementState.DRAFT, id=5),
        ):
            await session.execute(insert(Announcement).values(row))
        of_first = update(Delivery).where(Delivery.key == "waits")
        await session.execute(of_first.values(source="announcement:1"))
    done = await settle(filled)
    async with filled.begin() as session:
        rows = (await session.execute(select(Announcement.id, Announcement.state))).all()
    assert {number: str(state) for number, state in rows} == {
        1: "paused", 2: "missed", 3: "missed", 4: "scheduled", 5: "draft",
    }  # fmt: skip
    assert (done.paused, done.missed) == ((1,), (2, 3))
    found = await states(filled)
    assert found["waits"] == DeliveryState.PAUSED
    assert found["announcement:2:missed"] == DeliveryState.WAITING, "the author is told"
