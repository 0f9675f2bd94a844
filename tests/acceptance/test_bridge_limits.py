"""A bridge into a group of which Telegram takes 20 messages a minute.

The hub's own parts and the Bot API emulator, which counts strictly, go by one clock that the test
turns; only the Matrix side is played. So ten minutes of talk take seconds.
"""

import asyncio
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from bot.app import ROUTERS
from bot.channels.port import Received
from bot.channels.telegram import TelegramChannel
from bot.config import Settings, TelegramSettings
from bot.delivery.limits import LIMITS
from bot.delivery.relay import Relay, RelaySettings
from bot.delivery.retry import RetryPolicy
from bot.dispatch.pipeline import Pipeline
from bot.dispatch.router import RoutingTable
from bot.messages import ContentKind, IncomingMessage, MessageEdited, MessageId, Said
from bot.scheduling import JobContext
from bot.services.knowledge import KnowledgeBase
from bot.storage import bridges
from bot.storage.bridge_models import BridgeMember, Direction
from bot.storage.engine import Database
from bot.text.spans import literal
from schedules.bridges import watch_bridges
from tests.acceptance.bridge_lines import tokens_in
from tests.fakes import FakeChannel, FakeClock, Person
from tests.servers.telegram.emulator import TelegramEmulator
from tests.servers.telegram.views import BotRef, ChatRef, MessageView

ROOM = "!platz"
TOKEN = "4711:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
PEOPLE = ("anna", "bert", "clara", "dora")
LINES, FILES = 300, 50
MINUTE = 60
TICK = 2
"""Seconds."""
# Who ticks by seconds can't send every 34 ms; here the limit of the group is what matters.
GROUP_ONLY = replace(LIMITS["telegram"], whole=None, gap=timedelta(0))
POLICY = RetryPolicy(max_attempts=3, first=timedelta(seconds=1), longest=timedelta(seconds=8))


@dataclass
class Hall:
    """A room with many people, bridged with a group.

    Attributes:
        said_at: When each line was said.
        words: What it says now.
        people: Who talk in the room.
    """

    clock: FakeClock
    room: FakeChannel
    telegram: TelegramEmulator
    bot: BotRef
    group: ChatRef
    pipeline: Pipeline
    relays: list[Relay]
    context: JobContext
    people: list[Person]
    said_at: dict[str, datetime] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    events: list[IncomingMessage] = field(default_factory=list)

    async def says(self, who: Person, *, reply: bool = False, file: bool = False) -> None:
        """Let somebody write a line."""
        token = f"n{len(self.said_at) + 1:03}"
        self.said_at[token], self.words[token] = self.clock.now(), f"{token} von {who.user}"
        attached = who.file(f"file {token}".encode()) if file else None
        answered = self.events[-10].message if reply and len(self.events) >= 10 else None
        event = who.says(self.words[token], room=ROOM, reply_to=answered, file=attached)
        kind = ContentKind.DOCUMENT if file else ContentKind.TEXT
        said = Said(literal(self.words[token]), kind, attached)
        self.events.append(replace(event, said=said))
        await self.pipeline.handle("matrix", Received(self.events[-1], None))

    async def edits(self, number: int) -> None:
        """Let somebody change a line, counted from the newest one."""
        event = self.events[-number]
        (token,) = tokens_in(event.text)
        self.words[token] = f"{self.words[token]} geändert"
        words = Said(literal(self.words[token]))
        name = MessageId(f"{event.message}-edit")
        edit = MessageEdited(
            name, event.message, event.chat, event.sender, self.clock.now(), words
        )
        await self.pipeline.handle("matrix", Received(edit, None))

    async def waits(self, seconds: float) -> None:
        """Let time pass; what is due is sent each tick, the watch looks every ten seconds."""
        for _ in range(int(seconds / TICK)):
            self.clock.advance(timedelta(seconds=TICK))
            watched = self.clock.now().second % 10 == 0
            if watched:
                await watch_bridges.run(self.context)
            for relay in self.relays[: 1 + watched]:
                relay.wake()
                await relay.idle()

    def shown(self) -> list[MessageView]:
        """Return the copies in the group."""
        history = self.telegram.chat_history(self.group)
        return [one for one in history if one.sender_id == self.bot.id and tokens_in(one.text)]

    def lags(self) -> dict[str, float]:
        """Return how many seconds each line took."""
        return {
            token: one.date - self.said_at[token].timestamp()
            for one in self.shown()
            for token in tokens_in(one.text)
        }

    def told(self) -> list[str]:
        """Return what the room was told."""
        return [one.text for one in self.room.messages]


async def _connected(database: Database, group: ChatRef, now: datetime) -> None:
    async with database.begin() as session:
        bridge = await bridges.create(session, now=now)
        for channel, chat, title in (
            ("matrix", ROOM, "Platz"),
            ("telegram", str(group.id), "Gruppe"),
        ):
            member = BridgeMember(
                bridge_id=bridge.id,
                channel=channel,
                chat=chat,
                thread="",
                title=title,
                direction=Direction.BOTH.value,
                joined_at=now,
            )
            await bridges.add(session, member)


@asynccontextmanager
async def hall(database: Database, clock: FakeClock, folder: Path) -> AsyncIterator[Hall]:
    """Run a bridge between a played room and an emulated group."""
    room = FakeChannel(clock)
    room.name = "matrix"
    async with TelegramEmulator(
        clock=lambda: clock.now().timestamp(), limits="strict"
    ) as telegram:
        bot = telegram.bot(TOKEN)
        group = telegram.group("Gruppe", members=[telegram.user("Tim"), bot])
        account = TelegramSettings.model_validate(
            {"enabled": True, "token": TOKEN, "base_url": telegram.url}
        )
        channel = TelegramChannel(account, clock=clock)
        await channel.open()
        await _connected(database, group, clock.now())
        settings = Settings.model_validate({"bridges": {"author_messages": 10000}})
        knowledge = KnowledgeBase([folder], encoder=False)
        pipeline = Pipeline(
            database,
            RoutingTable(ROUTERS),
            settings=settings,
            knowledge=knowledge,
            clock=clock,
            ask_standing=room.is_moderator,
            fetch=lambda _, file: room.fetch(file),
            committed=lambda _: None,
        )
        how = RelaySettings(owner="test", retry=POLICY)
        relays = [
            Relay(channel, database, clock=clock, settings=how, limits=GROUP_ONLY),
            Relay(room, database, clock=clock, settings=how),
        ]
        people = [Person(room, name) for name in PEOPLE]
        context = JobContext(database, clock, settings, knowledge)
        async with asyncio.TaskGroup() as tasks:
            for relay in relays:
                tasks.create_task(relay.run())
            yield Hall(clock, room, telegram, bot, group, pipeline, relays, context, people)
            for relay in relays:
                relay.stop()
        await channel.close()


async def test_the_lag_of_a_busy_room_is_bounded_and_the_order_holds(
    sqlite: Database, clock: FakeClock, tmp_path: Path
) -> None:
    """A line a second by people who take turns, with answers and changes among them."""
    chance = random.Random(7)
    async with hall(sqlite, clock, tmp_path) as here:
        for number in range(LINES):
            await here.says(chance.choice(here.people), reply=number % 12 == 5)
            if number % 15 == 14:
                await here.edits(chance.randint(1, 8))
            await here.waits(chance.choice((0, TICK)))
        await here.waits(3 * MINUTE)
        shown, lags, told = here.shown(), here.lags(), here.told()
        assert here.telegram.flooded() == 0
    # The bound is for people to see, not only for the assertion below.
    print(f"{LINES} lines in {len(shown)} messages, at most {max(lags.values()):.0f} s late")  # noqa: T201
    assert [token for one in shown for token in tokens_in(one.text)] == list(here.said_at)
    assert "\n\n".join(_words(one.text) for one in shown) == "\n\n".join(here.words.values())
    assert max(lags.values()) < 2 * MINUTE
    assert all(("verspätet" in text) == (number % 2 == 0) for number, text in enumerate(told))
    assert "alles angekommen" in told[-1]


async def test_what_can_t_be_joined_arrives_late_and_the_room_is_told(
    sqlite: Database, clock: FakeClock, tmp_path: Path
) -> None:
    """Files follow each other as fast as the group takes them; the room reads so, once."""
    async with hall(sqlite, clock, tmp_path) as here:
        for number in range(FILES):
            await here.says(here.people[number % len(here.people)], file=True)
        await here.waits(MINUTE + 10)
        late = here.told()
        await here.waits(FILES / 19 * MINUTE)
        shown, lags, told = here.shown(), here.lags(), here.told()
        assert here.telegram.flooded() == 0
    assert [one.text.split()[2] for one in shown] == list(here.said_at)
    assert max(lags.values()) <= FILES // 19 * MINUTE + 2 * TICK
    assert ["verspätet" in text for text in late] == [True]
    assert ["alles angekommen" in text for text in told] == [False, True]


def _words(text: str) -> str:
    """Return what a message says without the signs of who wrote it."""
    return re.sub(r"^\w+ \(Matrix\): ", "", text, flags=re.MULTILINE)
