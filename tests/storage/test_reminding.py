"""Reminders: taken back when their event has changed, and the same however the hub ticks."""

import asyncio
import random
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.config import Settings
from bot.events.event import Event, Kind
from bot.messages import Address, Chat, ChatKind
from bot.services import event_words, events, reminders, topics
from bot.services.reminders import PUNCTUAL
from bot.storage import chats, deliveries, digests, reminding, subscriptions
from bot.storage.engine import Database, Session
from bot.storage.models import Action, Delivery, DigestItem
from bot.text.moments import Moment
from tests.fakes import START
from tests.storage.rows import ROOM, addresses, states
from tests.storage.test_digests import item

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
MARK = ":v2"


async def waiting(database: Database) -> None:
    """Let messages and items of digests wait, some of which tell of the same event."""
    async with database.begin() as session:
        await chats.note(session, chat=Chat(ROOM, ChatKind.ROOM), now=START)
        for key, source in (
            ("reminder:1:x:3:c1", "event:1"),
            ("event:1:v1:c1", "event:1"),
            ("reminder:2:x:3:c1", "event:2"),
        ):
            body = await deliveries.add_body(session, content={}, now=START)
            await deliveries.add(
                session,
                key=key,
                address=Address("fake", "room", "7"),
                action=Action.SEND,
                body_id=body,
                priority=20,
                due_at=START + HOUR,
                now=START,
                source=source,
            )
        await item(session, "reminder:1:x:2:c2", chat="collects")
        told = await item(session, "reminder:1:x:9:c2", chat="collects")
        await digests.note_told(session, ids=[told], digest="digest:c2:1")


async def withdraw(session: Session, beginning: str) -> int:
    return await reminding.withdraw(
        session, source="event:1", beginning=beginning, mark=MARK, now=START
    )


async def test_only_reminders_of_the_event_that_wait_are_taken_back(database: Database) -> None:
    """News of it, other events, and what was told already stay as they are."""
    await waiting(database)
    async with database.begin() as session:
        assert await withdraw(session, "reminder:1:") == 2
        assert await withdraw(session, "reminder:1:") == 0
    assert await states(database) == {
        f"reminder:1:x:3:c1{MARK}": "withdrawn",
        "event:1:v1:c1": "waiting",
        "reminder:2:x:3:c1": "waiting",
    }


async def test_from_whom_something_was_taken_back_is_known_by_its_date(
    database: Database,
) -> None:
    """Messages and digests alike, each chat once, in its forum topic; not who was left."""
    await waiting(database)
    async with database.begin() as session:
        await withdraw(session, "reminder:1:")
        for beginning, expected in (
            ("reminder:1:x:", ["fake:collects", "fake:room:7"]),
            ("reminder:1:x:3", ["fake:room:7"]),
            ("reminder:1:y:", []),
            ("reminder:1_x:", []),
        ):
            whom = reminding.withdrawn(source="event:1", beginning=beginning, mark=MARK)
            assert sorted(map(str, await addresses(session, whom))) == expected
        await chats.leave(session, channel="fake", chat="room", reason="kicked", now=START)
        whom = reminding.withdrawn(source="event:1", beginning="reminder:1:x:", mark=MARK)
        assert [str(one) for one in await addresses(session, whom)] == ["fake:collects"]


# However the hub ticks

BERLIN = ZoneInfo("Europe/Berlin")
BEGIN = datetime(2027, 3, 27, 5, tzinfo=BERLIN)
"""The Saturday before Easter; in the night summer time begins."""
END = BEGIN + timedelta(hours=34)
WISHES: dict[str, dict[str, object]] = {
    "usual": {},
    "evening": {"remind_at": 18 * 60},
    "night": {"remind_at": 3 * 60, "quiet": False},
    "held": {"remind_at": 21 * 60},
    "noon": {"remind_at": 12 * 60, "quiet_from": 13 * 60, "quiet_until": 9 * 60},
    "daily": {"rhythm": "daily", "digest_at": 9 * 60},
    "elsewhere": {"timezone": "America/New_York"},
}
"""None of them so that a tick which comes half an hour later finds another day or quiet hours."""
EVENTS = (
    (Kind.DEADLINE, "2027-03-28", 24 * 60),
    (Kind.CONFERENCE, "2027-03-28", 14 * 60),
    (Kind.CONFERENCE, "2027-03-30", None),
    (Kind.WORKSHOP, "2027-03-30", 9 * 60),
)
EXPECTED = {
    "usual": "1:1 2:1 3:0 3:3 4:0 4:3",
    "evening": "1:1 2:1 3:3 4:3",
    "night": "1:0 2:0 3:2 4:2",
    "held": "1:1 2:1 3:0 4:0",
    "noon": "1:1 2:1 3:0 3:3 4:3",
    "daily": "1:1 2:1 3:0 3:3 4:0 4:3",
    "elsewhere": "1:1 2:1 3:0 3:3 4:3",
}
"""The numbers of the events, and how many days are left when it is read."""


async def begin(session: Session) -> None:
    """Make the chats and the events."""
    at = BEGIN - HOUR
    await topics.ship(session, now=at)
    offered = [one.id for one in await topics.offered(session)]
    for name, values in WISHES.items():
        known = Chat(Address("fake", name), ChatKind.DIRECT)
        row = await chats.note(session, chat=known, now=at)
        kept = await subscriptions.settings(session, chat_id=row.id)
        for field, value in {"leads": "3d 2d 1d 0d", **values}.items():
            setattr(kept, field, value)
        for one in offered:
            await subscriptions.subscribe(
                session, chat_id=row.id, topic_id=one, thread=None, now=at
            )
    found = [
        Event(uid=f"e{number}", kind=kind, title="x", start=Moment(day=day, minute=minute))
        for number, (kind, day, minute) in enumerate(EVENTS)
    ]
    await events.take(session, found=found, now=at)


async def reminded(folder: Path, ticks: Sequence[datetime]) -> list[str]:
    """Return of what each chat is reminded in the end, if the hub ticks like this."""
    database = Database(f"sqlite:///{folder}/hub.sqlite3")
    async with database.begin() as session:
        await begin(session)
    for now in ticks:
        async with database.begin() as session:
            await reminders.remind(
                session, word=event_words.reminder, settings=Settings(), now=now
            )
    async with database.begin() as session:
        keys = [
            *await session.scalars(select(Delivery.key)),
            *await session.scalars(select(DigestItem.key)),
        ]
    await database.close()
    return sorted(map(_read, keys))


def _read(key: str) -> str:
    """Return the chat, the event and the days that are left from a key."""
    _, number, _, left, chat = key.split(":")
    return f"{list(WISHES)[int(chat[1:]) - 1]} {number}:{left}"


def partition(chance: random.Random, longest: int) -> Iterator[datetime]:
    """Yield ticks, some of them doubled, of which none comes more than *longest* minutes late."""
    now = BEGIN
    while now < END:
        yield now
        if chance.random() < 0.2:
            yield now
        now += chance.uniform(0.1, longest) * MINUTE
    yield END


def run(migrated: Path, ticks: Sequence[datetime]) -> list[str]:
    with TemporaryDirectory() as folder:
        shutil.copy(migrated, Path(folder) / "hub.sqlite3")
        return asyncio.run(reminded(Path(folder), ticks))


@pytest.fixture(scope="session")
def punctual(migrated_file: Path) -> list[str]:
    """The reminders of a hub that ticks at every quarter of an hour."""
    quarters = (END - BEGIN) // (15 * MINUTE)
    return run(migrated_file, [BEGIN + n * 15 * MINUTE for n in range(quarters + 1)])


def test_a_hub_that_ticks_every_quarter_of_an_hour_reminds_of_everything(
    punctual: list[str],
) -> None:
    """Once a day of each date, in a digest or at once."""
    assert punctual == sorted(
        f"{name} {one}" for name, whole in EXPECTED.items() for one in whole.split()
    )


@settings(max_examples=4)
@given(st.integers(0, 2**32), st.integers(20, PUNCTUAL // MINUTE))
def test_however_the_hub_ticks_everybody_is_reminded_of_the_same(
    migrated_file: Path, punctual: list[str], seed: int, longest: int
) -> None:
    """Late, doubled and irregular: nothing is lost and nothing comes twice."""
    chance = random.Random(seed)
    ticks = list(partition(chance, longest))
    assert run(migrated_file, ticks) == punctual
