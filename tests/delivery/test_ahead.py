"""What is claimed ahead of its sending, and who sends it."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

from structlog.testing import capture_logs

from bot.delivery.ledger import Ledger
from bot.delivery.limits import ChannelLimits, Rate
from bot.delivery.outcomes import PUT_BACK
from bot.delivery.pace import AHEAD, Pace
from bot.delivery.relay import Relay, RelaySettings
from bot.delivery.workers import Workers
from bot.errors import TemporaryDeliveryError
from bot.messages import Address
from bot.storage import claims
from bot.storage.claims import Claimed
from bot.storage.models import Action
from tests.delivery.stage import MINUTE, RETRY, Stage, a_moment, until

WINDOW = 8
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


class Seconds:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_fast_network_has_as_much_ahead_as_goes_in_a_moment() -> None:
    """What is claimed ahead has set off before anybody notices."""
    seconds = Seconds()
    pace = Pace(WINDOW, time=seconds)
    assert pace.ahead == 0
    for _ in range(20):
        seconds.now += 0.1
        pace.count(20)
    assert pace.ahead == int(200 * AHEAD)


def test_no_more_than_some_windows_are_ahead() -> None:
    """However fast the last turn was: each row that is claimed may have to be put back."""
    seconds = Seconds()
    pace = Pace(WINDOW, time=seconds)
    seconds.now += 0.001
    pace.count(WINDOW)
    assert pace.ahead == 10 * WINDOW


def test_a_slow_network_has_little_ahead() -> None:
    """A Synapse takes twenty a second: who halts a broadcast waits for five of them."""
    seconds = Seconds()
    pace = Pace(WINDOW, time=seconds)
    for _ in range(40):
        seconds.now += 0.1
        pace.count(2)
    assert pace.ahead == 5


def test_what_was_fast_a_while_ago_says_nothing() -> None:
    """The first turn after a rest claims a window, and looks."""
    seconds = Seconds()
    pace = Pace(WINDOW, time=seconds)
    seconds.now += 0.1
    pace.count(100)
    assert pace.ahead
    seconds.now += 2
    assert pace.ahead == 0


def claimed(number: int, *, priority: int = 20) -> Claimed:
    """Return a delivery."""
    address = Address("fake", str(number))
    return Claimed(
        number, f"k{number}", address, Action.SEND, None, None, None, None, notify=False,
        attempts=0, created_at=NOW, priority=priority,
    )  # fmt: skip


class Post:
    """Takes deliveries, and answers when the gate is open."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.flying = 0
        self.gate = asyncio.Event()

    async def send(self, delivery: Claimed, until: datetime) -> None:
        assert until == LATER
        self.begun.append(delivery.id)
        self.flying += 1
        try:
            await self.gate.wait()
            await asyncio.sleep(0)
        finally:
            self.flying -= 1


async def test_so_many_send_at_once_and_the_most_urgent_sets_off_next() -> None:
    """A reply that comes in the middle stands before all that is ready."""
    post = Post()
    workers = Workers(post.send, most=2)
    async with workers.working():
        workers.add([claimed(one) for one in range(5)], until=LATER)
        await a_moment()
        assert post.begun == [0, 1]
        workers.add([claimed(99, priority=0)], until=LATER)
        post.gate.set()
        await until(lambda: len(post.begun) == 6)
    assert post.begun == [0, 1, 99, 2, 3, 4]


async def test_what_comes_in_the_moment_when_a_worker_ends_is_sent() -> None:
    """Nothing stays behind because somebody was counted who had just gone."""
    post = Post()
    post.gate.set()
    workers = Workers(post.send, most=1)
    async with workers.working():
        for number in range(50):
            workers.add([claimed(number)], until=LATER)
            for _ in range(number % 5):
                await asyncio.sleep(0)
        await until(lambda: len(post.begun) == 50)


async def test_nothing_sets_off_when_the_work_is_over() -> None:
    """A process that lost its lease does not send what it had claimed."""
    post = Post()
    workers = Workers(post.send, most=2)
    async with workers.working():
        workers.add([claimed(one) for one in range(5)], until=LATER)
        await a_moment()
        asyncio.get_running_loop().call_later(0.02, post.gate.set)
    assert post.begun == [0, 1]
    assert post.flying == 0


async def fill(stage: Stage, number: int) -> None:
    """Put a message each for so many chats into the outbox."""
    stage.channel.window = WINDOW
    for one in range(number):
        await stage.say(f"news {one}", chat=f"chat {one}")


async def halfway(stage: Stage) -> None:
    """Wait until much of it was sent and the network answers nothing more."""
    await until(lambda: len(stage.channel.texts) > 4 * WINDOW)
    stage.channel.gate.clear()
    await until(lambda: stage.channel.flying == WINDOW)
    await a_moment()


async def test_a_fast_network_is_claimed_ahead_for(stage: Stage) -> None:
    """Its window is all that is on its way, but not all that is claimed."""
    await fill(stage, 20 * WINDOW)
    async with stage.relay() as relay:
        await halfway(stage)
        assert list((await stage.states()).values()).count("sending") > WINDOW
        assert stage.channel.most == WINDOW
        stage.channel.gate.set()
        await stage.settle(relay)
    assert Counter(stage.channel.texts).total() == len(set(stage.channel.texts)) == 20 * WINDOW


async def test_nothing_is_claimed_ahead_where_the_network_sets_a_limit(stage: Stage) -> None:
    """There the window bounds what a crash may double."""
    await fill(stage, 8 * WINDOW)
    limits = ChannelLimits(whole=Rate(1_000_000, timedelta(seconds=1)))
    async with stage.relay(limits=limits) as relay:
        await halfway(stage)
        assert list((await stage.states()).values()).count("sending") == WINDOW
        stage.channel.gate.set()
        await stage.settle(relay)


async def test_what_has_not_set_off_when_the_hub_stops_waits_for_the_next(stage: Stage) -> None:
    """It is known that it was not sent, so nothing is uncertain."""
    await fill(stage, 20 * WINDOW)
    with capture_logs() as logs:
        async with stage.relay():
            await halfway(stage)
            asyncio.get_running_loop().call_later(0.02, stage.channel.gate.set)
    assert any(log["event"] == "deliveries.put-back" for log in logs)
    assert set((await stage.states()).values()) == {"sent", "waiting"}
    with capture_logs() as logs:
        async with stage.relay() as heir:
            await stage.settle(heir)
    assert not any(log["event"] == "deliveries.uncertain" for log in logs)
    assert Counter(stage.channel.texts).total() == len(set(stage.channel.texts)) == 20 * WINDOW


async def test_what_has_not_set_off_when_the_network_wants_a_pause_waits(stage: Stage) -> None:
    """It spends no attempt, and goes out once when the pause is over."""
    await fill(stage, 20 * WINDOW)
    flood = TemporaryDeliveryError("flood", retry_after=10 * MINUTE, whole_channel=True)
    with capture_logs() as logs:
        async with stage.relay() as relay:
            await halfway(stage)
            stage.channel.fail_next(flood)
            stage.channel.gate.set()
            await until(lambda: any(log["event"] == "deliveries.put-back" for log in logs))
            await stage.look(relay)
            before = len(stage.channel.attempts)
            assert "sending" not in (await stage.states()).values()
            assert before < 20 * WINDOW
            await stage.later(relay, 10 * MINUTE)
    assert Counter(stage.channel.texts).total() == len(set(stage.channel.texts)) == 20 * WINDOW


async def test_what_was_ready_for_too_long_is_claimed_anew(stage: Stage) -> None:
    """Its claim might run out while it is sent, and another process send it as well."""
    await fill(stage, 20 * WINDOW)
    with capture_logs() as logs:
        async with stage.relay() as relay:
            await halfway(stage)
            stage.clock.advance(2 * MINUTE)
            stage.channel.gate.set()
            await stage.settle(relay)
    assert any(log["event"] == "deliveries.put-back" for log in logs)
    assert Counter(stage.channel.texts).total() == len(set(stage.channel.texts)) == 20 * WINDOW


async def test_a_crash_doubles_nothing_of_what_was_ready(stage: Stage) -> None:
    """Only what had set off may have arrived; the rest is sent by the heir for the first time."""
    await fill(stage, 20 * WINDOW)
    settings = RelaySettings(owner="one", retry=RETRY)
    relay = Relay(stage.channel, stage.database, clock=stage.clock, settings=settings)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(relay.run())
        await halfway(stage)
        running.cancel()
    stage.channel.gate.set()
    async with stage.relay() as heir:
        await stage.settle(heir)
    counts = Counter(stage.channel.texts)
    assert len(counts) == 20 * WINDOW
    assert counts.total() - len(counts) <= WINDOW


async def test_what_was_put_back_and_can_not_be_recorded_is_not_given_up(stage: Stage) -> None:
    """It was never sent: its claim runs out, and it is due again."""
    await stage.say("hello")
    ledger = Ledger("fake", owner="one", clock=stage.clock, fallback_after=MINUTE)
    now = stage.clock.now()
    async with stage.database.begin() as session:
        (row,) = await claims.claim_due(
            session, channel="fake", chat=None, owner="one", now=now, until=now + MINUTE, limit=1
        )
    ledger.note(row, PUT_BACK)
    stage.database.error = ValueError("of another kind")
    stage.database.away = True
    await ledger.record_apart(stage.database, ledger.noted[0])
    stage.database.away = False
    assert (await stage.states())["hello"] == "sending"
    async with stage.relay() as relay:
        await stage.later(relay, 2 * MINUTE)
    assert stage.channel.texts == ["hello"]
