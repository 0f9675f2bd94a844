"""How the hub stands, as its database tells: leases, processes, backlog, rates, cursors."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from bot.storage.engine import Session
from bot.storage.leases import now
from bot.storage.models import OPEN_STATES, Cursor, Delivery, DeliveryState, SeenEvent
from bot.storage.process_models import Lease, ProcessRow

MEASURED = timedelta(minutes=5)
"""Over how long rates are measured."""


@dataclass(frozen=True, slots=True)
class LeaseState:
    """A lease as it stands; ages by the database's clock.

    Attributes:
        holder: The process that holds it; ``None`` also if its time has run out.
    """

    name: str
    holder: str | None
    term: int
    since: timedelta | None
    renewed: timedelta | None


@dataclass(frozen=True, slots=True)
class ProcessState:
    """A process, and how long it has been running and has said nothing."""

    name: str
    host: str
    pid: int
    version: str
    since: timedelta
    seen: timedelta


@dataclass(frozen=True, slots=True)
class ChannelState:
    """What has come and gone on a channel, and what waits.

    Attributes:
        waiting: Deliveries that are due, or being sent.
        held: Those that are to wait.
        oldest: How long the first of the due ones has been due.
        received: Events in the time that is measured.
        sent: Deliveries in that time.
    """

    name: str
    waiting: int = 0
    held: int = 0
    oldest: timedelta | None = None
    received: int = 0
    sent: int = 0


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything at one moment; cursors by their names, with their ages."""

    leases: tuple[LeaseState, ...]
    processes: tuple[ProcessState, ...]
    channels: tuple[ChannelState, ...]
    cursors: dict[str, timedelta]


async def read(session: Session) -> Overview:
    """Look at everything."""
    moment: datetime = (await session.scalars(select(now(session)))).one()
    return Overview(
        tuple(_lease(row, moment) for row in await session.scalars(select(Lease))),
        tuple(_process(row, moment) for row in await session.scalars(select(ProcessRow))),
        await _channels(session, moment),
        {
            row.channel: moment - row.updated_at
            for row in await session.scalars(select(Cursor).order_by(Cursor.channel))
        },
    )


def _lease(row: Lease, moment: datetime) -> LeaseState:
    is_over = row.expires_at is not None and row.expires_at <= moment
    return LeaseState(
        row.name,
        None if is_over else row.holder,
        row.token,
        moment - row.taken_at if row.taken_at else None,
        moment - row.renewed_at if row.renewed_at else None,
    )


def _process(row: ProcessRow, moment: datetime) -> ProcessState:
    since, seen = moment - row.started_at, moment - row.seen_at
    return ProcessState(row.name, row.host, row.pid, row.version, since, seen)


async def _channels(session: Session, moment: datetime) -> tuple[ChannelState, ...]:
    is_open = Delivery.state.in_([state.value for state in OPEN_STATES])
    due = select(Delivery.channel, func.count(), func.min(Delivery.due_at)).where(
        is_open, Delivery.due_at <= moment
    )
    held = select(Delivery.channel, func.count()).where(is_open, Delivery.due_at > moment)
    begin = moment - MEASURED
    sent = select(Delivery.channel, func.count()).where(
        Delivery.done_at > begin, Delivery.state == DeliveryState.SENT
    )
    received = select(SeenEvent.channel, func.count()).where(SeenEvent.seen_at > begin)
    waiting = {
        name: (number, moment - first)
        for name, number, first in await session.execute(due.group_by(Delivery.channel))
    }
    counts = [
        {row[0]: row[1] for row in await session.execute(query)}
        for query in (
            held.group_by(Delivery.channel),
            received.group_by(SeenEvent.channel),
            sent.group_by(Delivery.channel),
        )
    ]
    names = sorted({*waiting, *(name for found in counts for name in found)})
    return tuple(
        ChannelState(
            name, *_due(waiting.get(name), counts[0].get(name, 0)),
            *(found.get(name, 0) for found in counts[1:]),
        )
        for name in names
    )  # fmt: skip


def _due(found: tuple[int, timedelta] | None, held: int) -> tuple[int, int, timedelta | None]:
    number, oldest = found or (0, None)
    return number, held, oldest
