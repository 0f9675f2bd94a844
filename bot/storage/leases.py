"""Who may act for a channel account or the schedules: one process, for a limited time.

On PostgreSQL all times are those of the database's clock, so that a process whose own clock jumps
neither keeps nor loses anything by it. A lease has a token that grows with each change of the
holder. Whoever acts under a lease proves in the same transaction that it is still theirs, which
also keeps others from taking it until the commit. What renews the lease meanwhile does not wait
for that: it changes no key of the row.

On SQLite there is one process for each data directory. It holds everything without limit, and
what it does needs no proof.

Source: https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Interval,
    Select,
    delete,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
    type_coerce,
    update,
)

from bot.clock import SystemClock
from bot.errors import LeaseLostError
from bot.storage.engine import Session
from bot.storage.process_models import Lease, ProcessRow
from bot.storage.types import Instant
from bot.storage.upserts import insert_into
from bot.tenures import Hold

CHANNEL = "stadtfunk"
"""Where PostgreSQL tells all processes what they may be waiting for."""
FREED = "lease"
"""What is told there of a lease that was given back."""

_FORGOTTEN = timedelta(days=1)

_CUT_OFF = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :holder"
    " AND datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
)


def _is_shared(session: Session) -> bool:
    """Tell whether there may be other processes."""
    return session.get_bind().dialect.name == "postgresql"


def now(session: Session, plus: timedelta = timedelta(0)) -> ColumnElement[Any]:
    """Return the present instant, or one before or after it, by the clock that counts."""
    if _is_shared(session):
        # Not now(): that is when the transaction began, and it may have waited since.
        present = func.clock_timestamp(type_=DateTime(timezone=True))
        return type_coerce(present + literal(plus, Interval()), Instant)
    return literal(SystemClock().now() + plus, Instant)


async def free(session: Session, *, names: Collection[str], holder: str) -> Sequence[str]:
    """Return which of these leases *holder* could take now."""
    query = select(Lease.name).where(Lease.name.in_(names), ~_is_free(session, holder))
    held = set(await session.scalars(query))
    return [name for name in names if name not in held]


def _is_free(session: Session, holder: str) -> ColumnElement[bool]:
    if not _is_shared(session):
        return literal(True)  # noqa: FBT003 # SQL's
    ours = or_(Lease.holder.is_(None), Lease.holder == holder)
    return or_(ours, Lease.expires_at <= now(session))


async def take(session: Session, *, name: str, holder: str, lasting: timedelta) -> Hold | None:
    """Take a lease that is free; ``None`` if somebody else was faster.

    A holder whose time has run out is cut off from the database first: if it stands still in the
    middle of a transaction, its locks would keep everybody waiting.
    """
    first = insert_into(session, Lease).values(name=name, token=0).on_conflict_do_nothing()
    await session.execute(first)
    is_free = _is_free(session, holder)
    query = select(Lease.holder).where(Lease.name == name, is_free)
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    if found.holder not in {None, holder} and _is_shared(session):
        await session.execute(_CUT_OFF, {"holder": found.holder})
    token = await session.scalar(
        select(Lease.token).where(Lease.name == name, is_free).with_for_update()
    )
    if token is None:
        return None
    taken = {"holder": holder, "token": token + 1, "taken_at": now(session)}
    statement = update(Lease).where(Lease.name == name).values(**taken, **_times(session, lasting))
    await session.execute(statement)
    return Hold(name, holder, token + 1)


def _times(session: Session, lasting: timedelta) -> dict[str, Any]:
    expires_at = now(session, lasting) if _is_shared(session) else None
    return {"renewed_at": now(session), "expires_at": expires_at}


async def renew(session: Session, *, holds: Collection[Hold], lasting: timedelta) -> set[Hold]:
    """Hold leases for another while; return those that nobody else has taken meanwhile."""
    if not holds:
        return set()
    statement = (
        update(Lease)
        .where(_are(holds))
        .values(**_times(session, lasting))
        .returning(Lease.name, Lease.token)
        .execution_options(synchronize_session=False)
    )
    kept = {(row.name, row.token) for row in await session.execute(statement)}
    return {hold for hold in holds if (hold.name, hold.token) in kept}


def _are(holds: Collection[Hold]) -> ColumnElement[bool]:
    proof = tuple_(Lease.name, Lease.holder, Lease.token)
    return proof.in_([(hold.name, hold.holder, hold.token) for hold in holds])


async def release(session: Session, *, hold: Hold) -> None:
    """Give a lease back, and tell those who wait for it; nothing if it was lost meanwhile."""
    given_back = {"holder": None, "expires_at": None}
    statement = update(Lease).where(_are([hold])).values(**given_back)
    await session.execute(statement.execution_options(synchronize_session=False))
    if _is_shared(session):
        await session.execute(select(func.pg_notify(CHANNEL, FREED)))


def proof(hold_name: Any, holder: Any, token: Any) -> Select[str]:
    """Select a lease if it is still so held, and let nobody take it until the commit."""
    return (
        select(Lease.name)
        .where(Lease.name == hold_name, Lease.holder == holder, Lease.token == token)
        .with_for_update(read=True, key_share=True)
    )


async def require(session: Session, hold: Hold) -> None:
    """Prove that a lease is still held.

    Raises:
        LeaseLostError: It went to another process.
    """
    if await session.scalar(proof(hold.name, hold.holder, hold.token)) is None:
        raise LeaseLostError(hold.name)


async def introduce(session: Session, *, name: str, host: str, pid: int, version: str) -> None:
    """Tell that a process lives, and forget those that have not done so for a day."""
    moment = now(session)
    await session.execute(delete(ProcessRow).where(ProcessRow.seen_at < now(session, -_FORGOTTEN)))
    about = {"host": host, "pid": pid, "version": version, "started_at": moment, "seen_at": moment}
    statement = insert_into(session, ProcessRow).values(name=name, **about)
    await session.execute(
        statement.on_conflict_do_update(index_elements=[ProcessRow.name], set_=about)
    )


async def greet(session: Session, *, name: str) -> None:
    """Tell that a process still lives."""
    statement = update(ProcessRow).where(ProcessRow.name == name).values(seen_at=now(session))
    await session.execute(statement.execution_options(synchronize_session=False))


async def leave(session: Session, *, name: str) -> None:
    """Forget a process that ends in order."""
    row = await session.get(ProcessRow, name)
    if row is not None:
        await session.delete(row)
