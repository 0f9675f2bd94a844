"""Jobs tick, whatever becomes of the others."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, event, select
from sqlalchemy.exc import OperationalError

from bot.config import Settings
from bot.errors import StorageError
from bot.messages import Address, Chat, ChatKind, Identity, Sender
from bot.scheduling import Job, JobContext, Scheduler, job
from bot.services import chats, members
from bot.services.knowledge import KnowledgeBase
from bot.storage import cursors
from bot.storage.engine import Database
from bot.storage.models import Body
from bot.text.document import Document
from bot.text.renderers import to_plain
from tests.fakes import FakeClock

OFTEN = timedelta(milliseconds=5)
SELDOM = timedelta(hours=1)


@pytest.fixture
def context(sqlite: Database, clock: FakeClock) -> JobContext:
    """What jobs are given."""
    return JobContext(sqlite, clock, Settings(), KnowledgeBase([], encoder=False))


@asynccontextmanager
async def ticking(context: JobContext, jobs: Sequence[Job]) -> AsyncIterator[Scheduler]:
    """Tick *jobs*, and stop afterwards."""
    scheduler = Scheduler(jobs, context)
    scheduler.start()
    yield scheduler
    await scheduler.stop()


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.002)


async def test_a_job_ticks_again_and_again_with_what_it_may_use(context: JobContext) -> None:
    """Until the scheduler is stopped."""
    seen: list[JobContext] = []

    @job(OFTEN)
    async def count(given: JobContext) -> None:
        seen.append(given)

    async with ticking(context, [count]):
        await until(lambda: len(seen) >= 3)
    ticks = len(seen)
    await asyncio.sleep(0.02)
    assert seen == [context] * ticks


async def test_the_first_tick_comes_at_once(context: JobContext) -> None:
    """Otherwise a process that is restarted every hour would never do what is done hourly."""
    seen: list[str] = []

    @job(SELDOM)
    async def tidy(_: JobContext) -> None:
        seen.append("tidied")

    async with ticking(context, [tidy]):
        await until(lambda: seen)
    assert seen == ["tidied"]


@pytest.mark.parametrize("error", [ZeroDivisionError(), StorageError("database is locked")])
async def test_a_failing_job_stops_neither_itself_nor_others(
    context: JobContext, error: Exception
) -> None:
    """The next tick tries again."""
    failed: list[int] = []
    seen: list[int] = []

    @job(OFTEN)
    async def fail(_: JobContext) -> None:
        failed.append(1)
        raise error

    @job(OFTEN)
    async def count(_: JobContext) -> None:
        seen.append(1)

    async with ticking(context, [fail, count]):
        await until(lambda: len(failed) >= 3 and len(seen) >= 3)


@pytest.fixture
async def managed(context: JobContext) -> JobContext:
    """What jobs are given in a hub whose admin has a direct chat with it."""
    chat = Chat(Address("fake", "chefin"), ChatKind.DIRECT)
    sender = Sender(Identity("fake", "chefin"), "Chefin")
    async with context.database.begin() as session:
        now = context.clock.now()
        who = await members.recognise(session, sender=sender, admins=frozenset(), now=now)
        await chats.joined(session, chat=chat, member_id=who.id, now=now)
    settings = context.settings.model_copy(update={"admins": ("fake:chefin",)})
    return replace(context, settings=settings)


async def told(context: JobContext) -> list[str]:
    """Return what waits for the admin."""
    async with context.database.begin() as session:
        rows = await session.scalars(select(Body.content).order_by(Body.id))
        return [to_plain(Document.model_validate(row)) for row in rows]


async def test_admins_hear_of_a_job_that_fails_three_times_in_a_row(managed: JobContext) -> None:
    """Once, however often it fails after that."""
    failed: list[int] = []

    @job(OFTEN)
    async def fail(_: JobContext) -> None:
        failed.append(1)
        raise ZeroDivisionError

    async with ticking(managed, [fail]):
        await until(lambda: len(failed) >= 6)
    (text,) = await told(managed)
    assert text.startswith("Störung: Der Ablauf „fail“ ist 3-mal hintereinander gescheitert.")


async def test_a_job_that_recovers_alarms_nobody(managed: JobContext) -> None:
    """Two failures are an accident."""
    ran: list[int] = []

    @job(OFTEN)
    async def stumble(_: JobContext) -> None:
        ran.append(1)
        if len(ran) % 3:
            raise StorageError("database is locked")

    async with ticking(managed, [stumble]):
        await until(lambda: len(ran) >= 7)
    assert await told(managed) == []


async def test_a_database_that_fails_is_told_of_when_it_works_again(managed: JobContext) -> None:
    """The alarm itself has to wait for it; the job has recovered by then."""
    ran: list[int] = []
    broken = [True]

    def fail(_: Connection) -> None:
        if broken[0]:
            raise OperationalError("COMMIT", None, sqlite3.OperationalError("disk is full"))

    @job(OFTEN)
    async def write(given: JobContext) -> None:
        ran.append(1)
        if len(ran) > 4:
            broken[0] = False
        async with given.database.begin() as session:
            await cursors.save(session, channel="x", value="1", now=given.clock.now())

    event.listen(managed.database.engine.sync_engine, "commit", fail)
    async with ticking(managed, [write]):
        await until(lambda: len(ran) >= 7)
    (text,) = await told(managed)
    assert "„write“ ist 4-mal hintereinander gescheitert." in text


async def test_a_slow_job_does_not_overtake_itself(context: JobContext) -> None:
    """A tick that comes while the last one still runs is left out."""
    running, most = 0, 0
    done: list[int] = []

    @job(OFTEN)
    async def slow(_: JobContext) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1
        done.append(1)

    async with ticking(context, [slow]):
        await until(lambda: len(done) >= 2)
    assert most == 1


async def test_stopping_waits_until_a_running_job_has_rolled_back(context: JobContext) -> None:
    """Nobody closes the database under it, and what it had half done is not kept."""
    begun = asyncio.Event()
    ended: list[str] = []

    @job(SELDOM)
    async def write(given: JobContext) -> None:
        try:
            async with given.database.begin() as session:
                await cursors.save(session, channel="x", value="half", now=given.clock.now())
                begun.set()
                await asyncio.Event().wait()
        finally:
            ended.append("rolled back")

    async with ticking(context, [write]):
        await begun.wait()
    assert ended == ["rolled back"]
    async with context.database.begin() as session:
        assert await cursors.load(session, channel="x") is None


async def test_stopping_twice_or_before_the_start_is_harmless(context: JobContext) -> None:
    """Whoever tidies up need not know how far the start got."""
    scheduler = Scheduler([], context)
    await scheduler.stop()
    scheduler.start()
    await scheduler.stop()
    await scheduler.stop()


def test_an_interval_may_be_the_operators() -> None:
    """As with the files of the knowledge base."""

    @job(lambda settings: settings.knowledge.reload_every)
    async def reload(_: JobContext) -> None: ...

    assert reload.every(Settings.model_validate({"knowledge": {"reload_every": 7}})) == timedelta(
        seconds=7
    )
    assert reload.name == "reload"
