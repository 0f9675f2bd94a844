"""How the hub stands, for ``stadtfunk status``: as words, and for programs."""

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from bot.config import Settings
from bot.storage import overview, schema
from bot.storage.engine import Database
from bot.storage.instance import is_running
from bot.storage.overview import MEASURED, ChannelState, LeaseState, Overview, ProcessState

_LATE = timedelta(seconds=20)
"""After this a process that says nothing counts as gone."""


@dataclass(frozen=True, slots=True)
class Status:
    """What was found.

    Attributes:
        dialect: ``sqlite`` or ``postgresql``.
        running: Whether a hub runs on this data directory, which is locked then.
    """

    dialect: str
    running: bool
    found: Overview


async def read(settings: Settings) -> Status:
    """Look at everything; beside the hub, and without any network.

    Raises:
        SchemaError: There is no database, or it does not fit this program.
        StorageError: It can't be reached.
    """
    database = Database(settings.database_url)
    try:
        await schema.check(database)
        async with database.begin(reading=True) as session:
            found = await overview.read(session)
    finally:
        await database.close()
    return Status(database.dialect, is_running(settings.hub.data_dir), found)


def is_absent(settings: Settings) -> bool:
    """Tell whether the database is a SQLite file that is not there; connecting would make it."""
    file = settings.database_url.removeprefix("sqlite:///")
    return file != settings.database_url and not Path(file).exists()


def as_json(status: Status) -> str:
    """Return everything as one line of JSON; ages are in seconds."""
    found = asdict(status.found)
    tree = {"database": status.dialect, "running": status.running, **found}
    for lease, state in zip(tree["leases"], status.found.leases, strict=True):
        lease["holder"] = _holder(status, state)
    for process, one in zip(tree["processes"], status.found.processes, strict=True):
        process["role"] = _role(status, one)
    return json.dumps(tree, default=lambda age: round(age.total_seconds(), 1), ensure_ascii=False)


def lines(status: Status) -> list[str]:
    """Return everything as people read it."""
    found = status.found
    here = "a hub runs on this data directory" if status.running else "no hub runs here"
    return [
        f"{'database':<10} {status.dialect}; {here}",
        *(_lease_line(status, lease) for lease in found.leases),
        *(_process_line(status, process) for process in found.processes),
        *(_channel_line(channel) for channel in found.channels),
        *(
            f"{'cursor':<10} {name:<10} moved {_age(age)} ago"
            for name, age in found.cursors.items()
        ),
    ]


def _holder(status: Status, lease: LeaseState) -> str | None:
    # On SQLite a lease has no end; who holds the lock of the data directory holds it.
    is_held = status.dialect != "sqlite" or status.running
    return lease.holder if is_held else None


def _lease_line(status: Status, lease: LeaseState) -> str:
    holder = _holder(status, lease)
    head = f"{'lease':<10} {lease.name:<10}"
    if holder is None:
        return f"{head} held by nobody"
    renewed = f", renewed {_age(lease.renewed)} ago" if status.dialect != "sqlite" else ""
    return f"{head} held by {holder} for {_age(lease.since)}{renewed}"


def _role(status: Status, process: ProcessState) -> str:
    gone = not status.running if status.dialect == "sqlite" else process.seen > _LATE
    if gone:
        return "gone"
    holds = any(_holder(status, lease) == process.name for lease in status.found.leases)
    return "leads" if holds else "standby"


def _process_line(status: Status, process: ProcessState) -> str:
    role = _role(status, process)
    seen = f", heard {_age(process.seen)} ago" if status.dialect != "sqlite" else ""
    where = f"{process.host}, pid {process.pid}, {process.version}"
    return f"{'process':<10} {process.name:<10} {role} ({where}, for {_age(process.since)}{seen})"


def _channel_line(channel: ChannelState) -> str:
    oldest = f", the oldest for {_age(channel.oldest)}" if channel.oldest is not None else ""
    minutes = MEASURED / timedelta(minutes=1)
    return (
        f"{'channel':<10} {channel.name:<10} waiting {channel.waiting}{oldest}; "
        f"held {channel.held}; a minute: {channel.received / minutes:.1f} received, "
        f"{channel.sent / minutes:.1f} sent"
    )


def _age(age: timedelta | None) -> str:
    """Return a span in its largest unit, as ``12 s``, ``3 min``, ``5 h`` or ``2 d``."""
    seconds = max(0, int(age.total_seconds())) if age else 0
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
