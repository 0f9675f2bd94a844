"""COMPOSITION ROOT: the only place that knows everything."""

import asyncio
import signal
import sys
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import structlog

from bot import __version__
from bot.channels.console import NAME, ConsoleChannel
from bot.channels.named import named
from bot.channels.port import Channel
from bot.clock import Clock, SystemClock
from bot.config import Settings
from bot.dispatch.router import RoutingTable
from bot.errors import ConfigurationError, SchemaError
from bot.hub import Hub
from bot.hub import stop as stop_tasks
from bot.leading import ChannelDuty, Duty, ScheduleDuty, hear, lead
from bot.leasing import Keeper
from bot.messages import ACCOUNT_MARK
from bot.scheduling import Job, JobContext, Scheduler
from bot.serving import serve_web
from bot.storage import moving
from bot.storage.engine import Database
from bot.storage.instance import claimed
from bot.storage.sealed_secrets import SecretStore
from bot.tenures import Tenure
from bot.text import catalogue
from handlers import (
    administration,
    audit,
    calendars,
    dialogs,
    events,
    faq,
    language,
    linking,
    privacy,
    projects,
    roles,
    statistics,
    topics,
)
from handlers import help as help_
from handlers.announcements import composing, releasing, steering
from handlers.bridges import connecting, watching
from handlers.events import guiding
from handlers.inbox import deciding, listing
from handlers.sources import adding as source_adding
from handlers.sources import deciding as source_deciding
from handlers.sources import listing as source_listing
from handlers.subscriptions import channels, choosing, preferring
from handlers.teaching import lessons, looking, phrasing
from schedules.announcements import (
    expire_approvals,
    publish_announcements,
    watch_announcements,
)
from schedules.bridges import watch_bridges
from schedules.digests import send_digests
from schedules.events import take_changed_events
from schedules.feeds import read_sources, show_batches
from schedules.housekeeping import forget_old_rows, measure_outbox
from schedules.inbox import show_inbox
from schedules.knowledge import ask_for_reviews, reload_changed_files
from schedules.privacy import clean_after_erasures
from schedules.reminders import remind_of_events, tell_changes

ROUTERS = (
    help_.router,
    faq.router,
    events.router,
    guiding.router,
    calendars.router,
    choosing.router,
    preferring.router,
    language.router,
    linking.router,
    projects.router,
    privacy.router,
    listing.router,
    deciding.router,
    lessons.router,
    looking.router,
    phrasing.router,
    source_listing.router,
    source_adding.router,
    source_deciding.router,
    composing.router,
    steering.router,
    releasing.router,
    dialogs.router,
    administration.router,
    connecting.router,
    watching.router,
    topics.router,
    channels.router,
    roles.router,
    audit.router,
    statistics.router,
)
JOBS = (
    reload_changed_files,
    ask_for_reviews,
    take_changed_events,
    read_sources,
    show_batches,
    tell_changes,
    remind_of_events,
    send_digests,
    show_inbox,
    publish_announcements,
    watch_announcements,
    expire_approvals,
    watch_bridges,
    forget_old_rows,
    measure_outbox,
    clean_after_erasures,
)

_log = structlog.get_logger(__name__)


def make_channels(
    settings: Settings, clock: Clock, vault: SecretStore | None = None
) -> list[Channel]:
    """Make the enabled chat networks; nothing is opened yet.

    *vault* is where processes share what only they may know.

    Only their libraries are loaded: each network costs about 16 MB of memory.
    """
    return [*_telegram(settings, clock), *_matrix(settings, clock, vault)]


def _telegram(settings: Settings, clock: Clock) -> Iterator[Channel]:
    for name, bot in settings.channels.bots.items():
        if bot.enabled:
            from bot.channels.telegram import TelegramChannel

            yield named(TelegramChannel(bot, clock=clock), name)


def _matrix(settings: Settings, clock: Clock, vault: SecretStore | None) -> Iterator[Channel]:
    for name, account in settings.channels.homes.items():
        if account.enabled:
            from bot.channels.matrix import MatrixChannel

            store = _store_of(name, settings)
            yield named(MatrixChannel(account, store_dir=store, clock=clock, vault=vault), name)


def _store_of(channel: str, settings: Settings) -> Path:
    """Return the folder of a Matrix account: a further one's is in that of the first one."""
    store = settings.channels.matrix.store_dir or settings.hub.data_dir / "matrix"
    return store / channel.partition(ACCOUNT_MARK)[2]


def copy_stores(settings: Settings, target: Path) -> Iterator[Path]:
    """Copy into the folder *target* what networks keep on the disk; yield each new file.

    Raises:
        StorageError: Something can't be read, or copied.
    """
    for name, account in settings.channels.homes.items():
        store = _store_of(name, settings)
        if account.enabled and store.exists():
            from bot.channels.matrix import keeping

            copy = target / name.partition(ACCOUNT_MARK)[2]
            copy.mkdir(exist_ok=True)
            yield from keeping.copy(store, copy)


async def run(settings: Settings, *, clock: Clock | None = None) -> None:
    """Run all enabled networks until SIGINT or SIGTERM, then stop in order.

    First nothing more is received, then what is in flight is sent and recorded, then the leases
    are given back and everything is closed. What another process holds is waited for.

    Raises:
        ConfigurationError: Another process runs on this data directory.
        SchemaError: The database does not fit this program.
        StorageError: The data directory can't be written.
    """
    clock = clock or SystemClock()
    with claimed(settings.hub.data_dir, role="hub") as owner:
        if moving.finish(settings.hub.data_dir):
            _log.warning("restore.finished")
        stop = _stop_signal()
        _log.info("hub.starting", version=__version__)
        hub = Hub(settings, RoutingTable(ROUTERS), owner=owner, clock=clock)
        channels = make_channels(settings, clock, SecretStore(hub.database))
        _warn_of_identities(hub)
        try:
            if await _prepared(hub, stop):
                async with asyncio.TaskGroup() as tasks:
                    await _run_until(stop, hub, channels, tasks, owner=owner)
        finally:
            await _close(channels, hub)
        _log.info("hub.stopped")


def _warn_of_identities(hub: Hub) -> None:
    """Warn where a second process would be a stranger to members' clients."""
    for name, account in hub.settings.channels.homes.items():
        if hub.database.is_shared and account.enabled and not account.identity_secret:
            _log.warning("matrix.identity_unshared", channel=name, key="identity_secret")


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


async def _prepared(hub: Hub, stop: asyncio.Event) -> bool:
    """Prepare the hub; ``False`` when it is to stop before it has begun.

    Raises:
        SchemaError: The database does not fit this program.
    """
    trouble: SchemaError | None = None
    async with asyncio.TaskGroup() as tasks:
        stopping = tasks.create_task(stop.wait())
        preparing = tasks.create_task(_trouble_of(hub.prepare()))
        done, late = await asyncio.wait({stopping, preparing}, return_when=asyncio.FIRST_COMPLETED)
        for task in late:
            task.cancel()
        if preparing in done:
            trouble = preparing.result()
    if trouble is not None:
        raise trouble
    return preparing in done


async def _trouble_of(preparing: Coroutine[None, None, None]) -> SchemaError | None:
    """Return the error instead of raising it, which a TaskGroup would wrap."""
    try:
        await preparing
    except SchemaError as error:
        return error
    return None


def _scheduler(
    hub: Hub, *, jobs: Sequence[Job] = JOBS, database: Database | None = None
) -> Scheduler:
    context = JobContext(
        database or hub.database,
        hub.clock,
        hub.settings,
        hub.knowledge,
        event_files=hub.event_files,
        sources=hub.sources,
    )
    return Scheduler(jobs, context)


def _leading_scheduler(hub: Hub, tenure: Tenure) -> Scheduler:
    """Return what ticks the jobs that one process does for all."""
    jobs = [job for job in JOBS if not job.everywhere]
    return _scheduler(hub, jobs=jobs, database=hub.proving(tenure))


async def _run_until(
    stop: asyncio.Event,
    hub: Hub,
    channels: Sequence[Channel],
    tasks: asyncio.TaskGroup,
    *,
    owner: str,
) -> None:
    # With connections of its own: leases don't wait until every job has had its turn.
    apart = Database(hub.settings.database_url, name=owner) if hub.database.is_shared else None
    keeper = Keeper(apart or hub.database, owner=owner)
    duties: list[Duty] = [
        ScheduleDuty(partial(_leading_scheduler, hub)),
        *(ChannelDuty(hub, channel) for channel in channels),
    ]
    everywhere = _scheduler(hub, jobs=[job for job in JOBS if job.everywhere])
    everywhere.start()
    beside = [
        tasks.create_task(work)
        for work in (serve_web(hub, channels), keeper.run(), hear(hub, keeper, apart))
    ]
    if not channels:
        keys = "channels.matrix.enabled, channels.telegram.enabled"
        _log.warning("no-network.enabled", keys=keys)
    _log.info("hub.started", version=__version__, channels=[one.name for one in channels])
    leading = [tasks.create_task(lead(duty, keeper, stop)) for duty in duties]
    await stop.wait()
    _log.info("hub.stopping")
    await asyncio.wait(leading)
    await everywhere.stop()
    await stop_tasks(beside)
    await keeper.close()
    if apart is not None:
        await apart.close()


async def _close(channels: Sequence[Channel], hub: Hub) -> None:
    for channel in channels:
        try:
            await channel.close()
        except Exception:  # noqa: BLE001 # the others are to be closed as well
            _log.exception("channel.unclosable", channel=channel.name)
    await hub.sources.close()
    await hub.database.close()


async def chat(
    settings: Settings, *, person: str, language: str | None, clock: Clock | None = None
) -> None:
    """Talk with the bot in the terminal until the end of the input.

    Raises:
        ConfigurationError: The console is switched off, or *person* is talking already in
            another terminal.
        StorageError: The data directory can't be written.
    """
    if not settings.channels.console.enabled:
        raise ConfigurationError(["channels.console.enabled: is false, so nobody can chat here"])
    clock = clock or SystemClock()
    settings = _without_limits(settings)
    with _talking_as(person, settings) as owner:
        hub = Hub(settings, RoutingTable(ROUTERS), owner=owner, clock=clock, only_chat=person)
        console = ConsoleChannel(
            person, clock=clock, settled=lambda: hub.settled(NAME), language=language
        )
        console.hint = catalogue.text(language or settings.hub.language, "chat-hint")
        try:
            await hub.prepare()
            # Also beside a hub that runs: jobs are safe to repeat.
            scheduler = _scheduler(hub)
            async with asyncio.TaskGroup() as tasks:
                receiver, relay = hub.start(console, tasks)
                scheduler.start()
                await receiver
                await scheduler.stop()
                await hub.drain([relay])
        finally:
            await _close([console], hub)


@contextmanager
def _talking_as(person: str, settings: Settings) -> Iterator[str]:
    """Hold the name of *person*, of whom there can be one at a time."""
    try:
        with claimed(settings.hub.data_dir, role=f"chat-{_file_name(person)}") as owner:
            yield owner
    except ConfigurationError:
        line = f"{person} is chatting in another terminal; take another name: --as NAME"
        raise ConfigurationError([line]) from None


def _without_limits(settings: Settings) -> Settings:
    """Nobody floods anybody at their own terminal, and a pipe is to be answered to its end."""
    limits = settings.limits.model_copy(update={"member_messages": sys.maxsize})
    return settings.model_copy(update={"limits": limits})


def _file_name(person: str) -> str:
    """Return a name that is safe as part of a file's."""
    return "".join(letter if letter.isalnum() else "_" for letter in person)[:64]
