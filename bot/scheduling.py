"""Jobs and their triggers; the only module that knows APScheduler.

The scheduler only ticks: what is due is a question to the database, so a late, doubled or
missed tick does no harm, and nothing is kept in the scheduler.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger
from prometheus_client import Counter

from bot.clock import Clock, SystemClock
from bot.config import Settings
from bot.errors import LeaseLostError, StorageError
from bot.services import alarms
from bot.services.event_files import EventFiles
from bot.services.knowledge import KnowledgeBase
from bot.services.source_reading import SourceReader
from bot.storage.engine import Database

_log = structlog.get_logger(__name__)

RUNS = Counter("stadtfunk_job_runs", "Runs of scheduled jobs, by outcome", ["job", "outcome"])

# A tick that finds its job still at work is left out, which is no trouble and no news.
logging.getLogger("apscheduler").setLevel(logging.ERROR)

_PATIENCE = 1.5
"""Seconds that a running job has to end by itself when the hub stops."""
_MISFIRE_GRACE = 3600
"""Seconds; APScheduler's default of one would drop ticks that come while the loop is busy."""

_ALARMING = 3
"""Failures in a row of which the admins are told."""


@dataclass(frozen=True, slots=True)
class JobContext:
    """What a job may use.

    Attributes:
        sources: What reads other people's feeds; ``None`` where none is read.
    """

    database: Database
    clock: Clock
    settings: Settings
    knowledge: KnowledgeBase
    event_files: EventFiles = field(default_factory=EventFiles)
    sources: SourceReader | None = None


JobFunction = Callable[[JobContext], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do again and again; safe to miss and safe to repeat.

    Attributes:
        every: How often; a function where the operator decides.
        everywhere: Whether each process does it for itself, and not only one for all.
    """

    name: str
    every: Callable[[Settings], timedelta]
    run: JobFunction
    everywhere: bool = False


def job(
    every: timedelta | Callable[[Settings], timedelta], *, everywhere: bool = False
) -> Callable[[JobFunction], Job]:
    """Make a :class:`Job` of a function."""

    def interval(settings: Settings) -> timedelta:
        return every(settings) if callable(every) else every

    def bind(function: JobFunction) -> Job:
        return Job(getattr(function, "__name__", "job"), interval, function, everywhere)

    return bind


@dataclass(slots=True)
class _Streak:
    """How often a job has failed in a row, and whether the admins know."""

    failures: int = 0
    told: bool = False

    @property
    def is_alarming(self) -> bool:
        return self.failures >= _ALARMING


class Scheduler:
    """Ticks the jobs until it is stopped."""

    def __init__(self, jobs: Sequence[Job], context: JobContext) -> None:
        self._jobs = jobs
        self._context = context
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._running: set[asyncio.Task[None]] = set()
        self._streaks: dict[str, _Streak] = {}

    def start(self) -> None:
        """Tick each job once now and then at its interval; must be called in the event loop."""
        for one in self._jobs:
            self._scheduler.add_job(
                self._tick,
                IntervalTrigger(seconds=one.every(self._context.settings).total_seconds()),
                args=(one,),
                id=one.name,
                max_instances=1,
                coalesce=True,
                misfire_grace_time=_MISFIRE_GRACE,
                # By APScheduler's own clock, which is the machine's. Without it the first tick
                # comes after one interval, and in a process that is restarted often never.
                next_run_time=SystemClock().now(),
            )
        self._scheduler.start()

    async def stop(self, *, patience: float = _PATIENCE) -> None:
        """Tick no more, and wait until what was running has given back its transaction.

        Args:
            patience: Seconds that it has to end by itself.
        """
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        # What is cancelled is done again after the start, so a job is given the time to end.
        if self._running:
            await asyncio.wait(self._running, timeout=patience)
        self._scheduler.shutdown(wait=False)  # cancels what is still running, without waiting
        if self._running:
            await asyncio.wait(self._running)

    async def _tick(self, one: Job) -> None:
        task = asyncio.current_task()
        assert task is not None, "APScheduler runs coroutines as tasks"  # noqa: S101 # for mypy
        self._running.add(task)
        try:
            done = await _run(one, self._context)
            await self._watch(one.name, done=done)
        except asyncio.CancelledError:
            # Nobody but stop() cancels a job; APScheduler would log it as a crash.
            _log.info("job.interrupted", job=one.name)
        finally:
            self._running.discard(task)

    async def _watch(self, name: str, *, done: bool) -> None:
        """Tell the admins of a job that fails again and again.

        If the database is what fails, they are told when it works again.
        """
        streak = self._streaks.setdefault(name, _Streak())
        streak.failures += not done
        if streak.is_alarming and not (done and streak.told):
            streak.told |= await _alarm(name, streak.failures, self._context)
        if done and (streak.told or not streak.is_alarming):
            del self._streaks[name]


async def _alarm(name: str, times: int, context: JobContext) -> bool:
    """Put the alarm into the outbox; ``False`` if that has to be tried again."""
    try:
        async with context.database.begin() as session:
            await alarms.raise_alarm(
                session,
                name="job",
                subject=name,
                settings=context.settings,
                now=context.clock.now(),
                job=name,
                times=times,
            )
    except StorageError as error:
        _log.error("alarm.unraised", job=name, error=str(error))
        return False
    except Exception:  # noqa: BLE001 # an alarm must not stop what it warns of
        _log.exception("alarm.crashed", job=name)
    return True


async def _run(one: Job, context: JobContext) -> bool:
    """Run a job; a failure is counted and logged, and the next tick tries again.

    Returns:
        Whether it was done.
    """
    try:
        await one.run(context)
    except LeaseLostError:
        RUNS.labels(one.name, "lost").inc()
        _log.info("job.left_to_another", job=one.name)
    except StorageError as error:
        RUNS.labels(one.name, "storage").inc()
        _log.error("job.failed", job=one.name, error=str(error))
    except Exception:  # noqa: BLE001 # one crashing job must not stop the others
        RUNS.labels(one.name, "failed").inc()
        _log.exception("job.crashed", job=one.name)
    else:
        RUNS.labels(one.name, "done").inc()
        return True
    return False
