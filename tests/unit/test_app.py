"""The hub as a whole: networks that fail and come back, and an orderly stop."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, func, select
from sqlalchemy.exc import OperationalError

from bot import app
from bot import hub as hub_module
from bot.app import ROUTERS
from bot.channels.port import Menu, Received
from bot.config import Settings
from bot.dispatch.router import RoutingTable
from bot.errors import ChannelDownError, ChannelUnavailableError, SchemaError
from bot.hub import Hub
from bot.messages import Address, MessageId
from bot.storage import cursors, engine
from bot.storage.models import Delivery, DeliveryState
from bot.text.document import Document
from handlers import language
from tests.fakes import FakeChannel, FakeClock, Person

QUESTION = "Was ist die KTS?"
SOON = timedelta(milliseconds=2)


@dataclass
class FlakyChannel(FakeChannel):
    """A network that also fails while it is read, and whose sending can be held up.

    Attributes:
        read_from: The cursor of each reading, in order.
        held: Once set, a send waits until it is released.
    """

    read_from: list[str | None] = field(default_factory=list)
    held: asyncio.Event | None = None
    sending: int = 0
    menu_failure: Exception | None = None
    _read_failures: list[Exception] = field(default_factory=list)

    def fail_reading(self, *errors: Exception) -> None:
        """Let the next readings fail with these, after what has arrived."""
        self._read_failures += errors

    async def receive(self, cursor: str | None) -> AsyncGenerator[Received, None]:
        self.read_from.append(cursor)
        while not self._inbound.empty():
            self.last_contact = self.clock.now()
            yield self._inbound.get_nowait()
        if self._read_failures:
            raise self._read_failures.pop(0)
        async for received in super().receive(cursor):
            yield received

    async def send(
        self,
        to: Address,
        body: Document,
        *,
        key: str,
        reply_to: MessageId | None = None,
        notify: bool = False,
        file: bytes | None = None,
    ) -> MessageId:
        self.sending += 1
        if self.held is not None:
            await self.held.wait()
        return await super().send(to, body, key=key, reply_to=reply_to, notify=notify, file=file)

    async def publish_menus(self, menus: Sequence[Menu]) -> None:
        if self.menu_failure is not None:
            raise self.menu_failure
        await super().publish_menus(menus)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever waits before it tries again does so for two milliseconds."""
    for name in ("_STORAGE_PAUSE", "_FIRST_PAUSE", "_LONGEST_PAUSE"):
        monkeypatch.setattr(hub_module, name, SOON)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings of a hub with one entry."""
    knowledge = tmp_path / "knowledge.md"
    knowledge.write_text(f"## {QUESTION}\n\nDie Transferstelle.\n", encoding="utf-8")
    return Settings.model_validate(
        {
            "hub": {"data_dir": tmp_path / "data"},
            "knowledge": {"paths": [knowledge], "encoder": False},
            "delivery": {"refused_pause": SOON},
        }
    )


@pytest.fixture
async def hub(settings: Settings, clock: FakeClock) -> AsyncIterator[Hub]:
    """A hub that is prepared and receives nothing yet."""
    hub = Hub(settings, RoutingTable(ROUTERS), owner="test", clock=clock)
    await hub.prepare()
    yield hub
    await hub.database.close()


@asynccontextmanager
async def serving(hub: Hub, *channels: FakeChannel) -> AsyncIterator[None]:
    """Receive and send on *channels*, and stop afterwards."""
    async with asyncio.TaskGroup() as tasks:
        started = [hub.start(channel, tasks) for channel in channels]
        yield
        for receiver, _ in started:
            receiver.cancel()
        await hub.drain([sender for _, sender in started])


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.002)


def patient(settings: Settings) -> Settings:
    """Return *settings* with which a refused account is left alone for an hour."""
    delivery = settings.delivery.model_copy(update={"refused_pause": timedelta(hours=1)})
    return settings.model_copy(update={"delivery": delivery})


def flaky(clock: FakeClock, name: str = "fake") -> FlakyChannel:
    return FlakyChannel(clock, name=name)


async def test_a_refused_account_does_not_stop_the_other_networks(
    hub: Hub, clock: FakeClock
) -> None:
    """While one waits for its operator, the other answers."""
    hub.settings = patient(hub.settings)
    refused, well = flaky(clock, "refused"), flaky(clock, "well")
    refused.fail_open(ChannelDownError("the token was refused (401)"))
    for channel in (refused, well):
        channel.deliver(Person(channel).says(QUESTION))
    async with serving(hub, refused, well):
        await until(lambda: well.messages)
    assert (refused.opened, refused.messages) == (0, [])


async def test_a_refused_account_is_tried_again(hub: Hub, clock: FakeClock) -> None:
    """The operator mends it on the other side, and no restart is needed."""
    channel = flaky(clock)
    channel.fail_open(ChannelDownError("401"), ChannelDownError("401"))
    channel.deliver(Person(channel).says(QUESTION))
    async with serving(hub, channel):
        await until(lambda: channel.messages)
    assert channel.texts[0].startswith(QUESTION)


async def test_a_network_that_was_away_is_read_from_where_it_stopped(
    hub: Hub, clock: FakeClock
) -> None:
    """What it sends meanwhile is answered afterwards, once."""
    channel = flaky(clock)
    anna = Person(channel)
    channel.fail_open(ChannelUnavailableError("no route", retry_after=SOON))
    channel.deliver(anna.says(QUESTION), "c1")
    channel.fail_reading(ChannelUnavailableError("reset"), ChannelUnavailableError("reset"))
    async with serving(hub, channel):
        await until(lambda: len(channel.read_from) == 3)
        channel.deliver(anna.says(QUESTION), "c2")
        await until(lambda: len(channel.messages) == 2)
    assert channel.read_from == [None, "c1", "c1"]


async def test_a_crash_of_an_adapter_is_survived(hub: Hub, clock: FakeClock) -> None:
    """A mistake in one network's code costs a moment, no more."""
    channel = flaky(clock)
    channel.fail_reading(ZeroDivisionError(), KeyError("x"))
    async with serving(hub, channel):
        await until(lambda: len(channel.read_from) == 3)
        channel.deliver(Person(channel).says(QUESTION))
        await until(lambda: channel.messages)
    assert channel.texts[0].startswith(QUESTION)


async def test_a_database_in_trouble_loses_no_message(hub: Hub, clock: FakeClock) -> None:
    """The event is handed in again until it is kept, and is answered once."""
    left = [2]

    def fail(_: Connection) -> None:
        if left[0]:
            left[0] -= 1
            raise OperationalError("COMMIT", None, sqlite3.OperationalError("disk is full"))

    channel = flaky(clock)
    async with serving(hub, channel):
        await until(lambda: channel.read_from)
        event.listen(hub.database.engine.sync_engine, "commit", fail)
        channel.deliver(Person(channel).says(QUESTION), "c1")
        await until(lambda: channel.messages)
        await hub.settled("fake")
    assert len(channel.messages) == 1
    async with hub.database.begin() as session:
        assert await cursors.load(session, channel="fake") == "c1"


async def test_each_network_shows_a_menu_of_commands(hub: Hub, clock: FakeClock) -> None:
    """For each language and sort of chat, with what every member may use."""
    channel = flaky(clock)
    async with serving(hub, channel):
        await until(lambda: channel.menus)
    menus = {(menu.language, menu.direct): menu.entries for menu in channel.menus}
    assert set(menus) == {(code, way) for code in (None, "de", "en") for way in (True, False)}
    german = {entry.name: entry.description for entry in menus["de", True]}
    assert german["datenschutz"] == "Zeigen, was gespeichert wird"
    assert "privacy" in {entry.name for entry in menus["en", False]}
    assert "mitreden" not in {entry.name for entries in menus.values() for entry in entries}


async def test_a_menu_that_is_not_taken_stops_nothing(hub: Hub, clock: FakeClock) -> None:
    """It is an ornament."""
    channel = flaky(clock)
    channel.menu_failure = ChannelUnavailableError("busy")
    channel.deliver(Person(channel).says(QUESTION))
    async with serving(hub, channel):
        await until(lambda: channel.messages)
    assert channel.opened == 1


async def test_a_refused_network_is_not_ready(hub: Hub, clock: FakeClock) -> None:
    """An operator who looks at the probe learns what the log says."""
    hub.settings = patient(hub.settings)
    channel = flaky(clock)
    channel.fail_open(ChannelDownError("401"))
    channel.last_contact = clock.now()
    async with serving(hub, channel):
        await asyncio.sleep(0.01)
        (_, probe) = await hub.readiness([channel])
    assert not probe.ready


async def test_readiness_follows_the_last_contact(hub: Hub, clock: FakeClock) -> None:
    """Not ready before login and first contact, and not after a long silence."""
    channel = flaky(clock)

    async def ready() -> dict[str, bool]:
        return {probe.part: probe.ready for probe in await hub.readiness([channel])}

    assert await ready() == {"database": True, "fake": False}
    async with serving(hub, channel):
        await until(lambda: channel.read_from)
        assert await ready() == {"database": True, "fake": False}
        channel.last_contact = clock.now()
        assert await ready() == {"database": True, "fake": True}
        clock.advance(timedelta(minutes=4))
        assert await ready() == {"database": True, "fake": False}
        (_, probe) = await hub.readiness([channel])
    assert probe.reason == "last contact 2027-01-15T09:00:00Z"


async def test_a_database_that_is_away_is_not_ready(settings: Settings, clock: FakeClock) -> None:
    """The reason is named without the address's password."""
    address = "postgresql://hub:geheim123@127.0.0.1:9/hub"
    away = settings.model_validate(settings.model_dump() | {"database": {"url": address}})
    hub = Hub(away, RoutingTable(ROUTERS), owner="test", clock=clock)
    (probe,) = await hub.readiness([])
    assert (probe.part, probe.ready) == ("database", False)
    assert probe.reason
    assert "geheim123" not in probe.reason
    await hub.database.close()


async def test_a_hub_that_may_not_migrate_ends_with_what_to_do(
    settings: Settings, clock: FakeClock
) -> None:
    """It would write into tables that are not there; the operator reads which command to run."""
    tree = settings.model_dump() | {"database": {"migrate_at_start": False}}
    with pytest.raises(SchemaError, match="run `stadtfunk migrate`"):
        await app.run(Settings.model_validate(tree), clock=clock)


async def test_what_is_being_sent_is_recorded_before_the_stop(hub: Hub, clock: FakeClock) -> None:
    """Otherwise it would be sent a second time after the next start."""
    channel = flaky(clock)
    channel.held = asyncio.Event()
    channel.deliver(Person(channel).says(QUESTION))
    async with serving(hub, channel):
        await until(lambda: channel.sending)
        asyncio.get_running_loop().call_later(0.02, channel.held.set)
    async with hub.database.begin() as session:
        states = list((await session.scalars(select(Delivery.state))).all())
    assert states == [DeliveryState.SENT]


async def test_a_send_that_hangs_does_not_hold_up_the_stop_for_ever(
    hub: Hub, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is sent again after the next start."""
    monkeypatch.setattr(hub_module, "_DRAIN", 0.02)
    channel = flaky(clock)
    channel.held = asyncio.Event()
    channel.deliver(Person(channel).says(QUESTION))
    async with serving(hub, channel):
        await until(lambda: channel.sending)
    again = flaky(clock)
    async with serving(hub, again):
        await until(lambda: again.messages)
    assert again.texts[0].startswith(QUESTION)


async def test_a_network_that_was_never_reached_does_not_hold_up_the_stop(
    hub: Hub, clock: FakeClock
) -> None:
    """There is nothing of it to wait for."""
    hub.settings = patient(hub.settings)
    channel = flaky(clock)
    channel.fail_open(ChannelDownError("401"))
    async with asyncio.timeout(3), serving(hub, channel):
        await asyncio.sleep(0.01)
    assert channel.messages == []


async def test_the_program_stops_in_order_at_a_signal(
    settings: Settings, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing more is read, what is in flight is sent, and every network is closed."""
    one, other = flaky(clock, "one"), flaky(clock, "other")
    one.held = asyncio.Event()
    one.deliver(Person(one).says(QUESTION))

    async def break_down() -> None:
        raise OSError

    monkeypatch.setattr(one, "close", break_down)
    monkeypatch.setattr(app, "make_channels", lambda *_: [one, other])
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(app.run(settings, clock=clock))
        await until(lambda: one.sending)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.05)
        one.deliver(Person(one).says(QUESTION))
        assert not running.done()
        one.held.set()
    assert (len(one.messages), other.closed) == (1, 1)
    assert one._inbound.qsize() == 1


async def test_the_program_can_be_stopped_while_it_waits_for_its_database(
    settings: Settings, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operator who mends the database is not held up by the hub."""
    monkeypatch.setattr(engine, "SQLITE_WAIT", 0.01)
    monkeypatch.setattr(hub_module, "_STORAGE_PAUSE", timedelta(hours=1))
    settings.hub.data_dir.mkdir(parents=True, exist_ok=True)
    file = settings.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
            running = tasks.create_task(app.run(settings, clock=clock))
            await asyncio.sleep(0.1)
            os.kill(os.getpid(), signal.SIGTERM)
            await running


async def test_messages_of_a_stopped_hub_are_answered_by_the_next(
    hub: Hub, settings: Settings, clock: FakeClock
) -> None:
    """What was committed and not sent yet goes out first."""
    channel = flaky(clock)
    channel.fail_next(ChannelUnavailableError("gone", retry_after=timedelta(seconds=5)))
    channel.deliver(Person(channel).says(QUESTION), "c1")
    async with serving(hub, channel):
        await until(lambda: channel.attempts)
    assert channel.messages == []
    clock.advance(timedelta(seconds=6))
    following = Hub(settings, RoutingTable(ROUTERS), owner="test", clock=clock)
    await following.prepare()
    async with serving(following, channel):
        await until(lambda: channel.messages)
    async with following.database.begin() as session:
        assert await session.scalar(select(func.count()).select_from(Delivery)) == 1
    await following.database.close()


def test_no_two_handlers_want_the_same() -> None:
    """The composition of the program is sound, and a slip in it would be found at the start."""
    with pytest.raises(ValueError, match="bound twice"):
        RoutingTable((*app.ROUTERS, language.router))
    with pytest.raises(ValueError, match="exactly one handler takes questions"):
        RoutingTable((language.router,))


REFUSED = "the token was refused (401): channels.one.token"
ALARM = f"Störung: One weist das Konto des Bots ab ({REFUSED})."


@pytest.fixture
async def watched(hub: Hub, clock: FakeClock) -> tuple[Hub, FlakyChannel, FlakyChannel]:
    """A hub with two networks, on each of which an admin has written to it."""
    hub.settings = hub.settings.model_copy(update={"admins": ("one:chefin", "other:chefin")})
    one, other = flaky(clock, "one"), flaky(clock, "other")
    for channel in (one, other):
        channel.deliver(Person(channel, "chefin").says("/start"))
    async with serving(hub, one, other):
        await until(lambda: one.messages and other.messages)
    return hub, one, other


def alarms(channel: FakeChannel) -> list[str]:
    """Return what trouble was told on a network, without the second sentence."""
    return [text.partition(" Bis ")[0] for text in channel.texts if "Störung" in text]


async def test_admins_hear_through_another_network_that_one_refuses_the_account(
    watched: tuple[Hub, FlakyChannel, FlakyChannel],
) -> None:
    """Once, however often it is tried; nobody is told where nothing works."""
    hub, one, other = watched
    one.fail_open(*[ChannelDownError(REFUSED)] * 3)
    async with serving(hub, one, other):
        await until(lambda: one.opened == 2)
        await until(lambda: alarms(other))
        await hub.settled("other")
    assert (alarms(one), alarms(other)) == ([], [ALARM])


async def test_the_same_trouble_is_told_again_after_six_hours(
    watched: tuple[Hub, FlakyChannel, FlakyChannel], clock: FakeClock
) -> None:
    """If it lasts."""
    hub, one, other = watched
    for count in (1, 2):
        one.fail_open(ChannelDownError(REFUSED))
        async with serving(hub, one, other):
            await until(lambda count=count: len(alarms(other)) == count)  # type: ignore[misc] # bound now
        clock.advance(timedelta(hours=6))
    assert alarms(one) == []


async def test_admins_hear_of_an_account_that_is_refused_only_when_sending(
    watched: tuple[Hub, FlakyChannel, FlakyChannel],
) -> None:
    """With a webhook nothing else ever asks the network."""
    hub, one, other = watched
    one.fail_next(ChannelDownError(REFUSED))
    one.deliver(Person(one).says(QUESTION))
    async with serving(hub, one, other):
        await until(lambda: alarms(other))
    assert alarms(other) == [ALARM]


async def test_an_alarm_that_cannot_be_kept_stops_nothing(
    watched: tuple[Hub, FlakyChannel, FlakyChannel],
) -> None:
    """Where the database is in trouble too, the log has to do."""
    hub, one, other = watched
    left = [1]

    def fail(_: Connection) -> None:
        if left[0]:
            left[0] -= 1
            raise OperationalError("COMMIT", None, sqlite3.OperationalError("disk is full"))

    one.fail_open(ChannelDownError(REFUSED))
    one.deliver(Person(one).says(QUESTION))
    event.listen(hub.database.engine.sync_engine, "commit", fail)
    async with serving(hub, one):
        await until(lambda: len(one.messages) == 2)
    assert alarms(other) == []


async def test_a_room_asks_its_own_network_who_moderates(hub: Hub, clock: FakeClock) -> None:
    """And a new hub has topics to subscribe to."""
    one, other = flaky(clock, "one"), flaky(clock, "other")
    one.moderators.add(("stadt", "anna"))
    one.deliver(Person(one).says("/abo Förderfristen", room="stadt", addressed=True))
    other.deliver(Person(other).says("/abo Förderfristen", room="stadt", addressed=True))
    async with serving(hub, one, other):
        await until(lambda: one.messages and other.messages)
    assert one.texts[0].startswith("Abonniert: Förderfristen.")
    assert other.texts[0].startswith("Das dürfen hier nur Moderatoren.")
