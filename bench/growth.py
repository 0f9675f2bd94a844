"""What one turn of the relay costs the database, by how much there is in the outbox.

Half of the deliveries have been sent, half are waiting, each to a chat of its own. Beside the
milliseconds stands how the database goes about each statement.

Usage: python -m bench.growth [MOST]
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.table import Figure
from bot.storage import schema
from bot.storage.engine import Database
from tests.servers.postgres import Postgres
from tests.storage.plans import Plan, claim, explained, fill, look_ahead, record

SIZES = (1_000, 10_000, 100_000, 1_000_000)
_TURNS = 15


@dataclass(frozen=True)
class Costs:
    """Milliseconds of a turn on one database with so many deliveries, and the plans."""

    database: str
    deliveries: int
    claim: float
    next_due: float
    record: float
    plans: tuple[Plan, ...]

    @property
    def whole(self) -> float:
        """All three together."""
        return self.claim + self.next_due + self.record


async def measure(most: int = SIZES[-1]) -> list[Costs]:
    """Measure both databases at every size up to *most*."""
    sizes = [size for size in SIZES if size <= most]
    found = []
    with Postgres.running(durable=True) as postgres:
        for size in sizes:
            with tempfile.TemporaryDirectory() as folder:
                url = f"sqlite:///{Path(folder) / 'hub.sqlite3'}"
                found.append(await _costs("SQLite", url, size))
            name = postgres.create_database()
            found.append(await _costs("PostgreSQL", postgres.url(name), size))
            postgres.drop_database(name)
    return found


def figures(found: list[Costs]) -> list[Figure]:
    """Set each size beside the least one."""
    least = {one.database: one for one in reversed(found)}
    return [
        Figure(
            f"turn of 50 with {one.deliveries:,} deliveries on {one.database}, ms",
            one.whole,
            least[one.database].whole,
            f"the same with {least[one.database].deliveries:,}",
        )
        for one in found
        if one is not least[one.database]
    ]


def explain(found: list[Costs]) -> str:
    """Return the plans at the largest size, and whether one of any size reads the whole table."""
    largest = {one.database: one for one in found}
    lines = []
    for one in largest.values():
        for plan in one.plans:
            lines += [f"{one.database}, {one.deliveries:,}: {plan.name}"]
            lines += [f"    {line}" for line in plan.lines]
    scans = [
        f"{one.database} {one.deliveries:,} {plan.name}"
        for one in found
        if one.deliveries > SIZES[0]  # less than that is read faster than any index
        for plan in one.plans
        if plan.scans
    ]
    lines.append(f"reads the whole outbox: {', '.join(scans) or 'no statement'}")
    return "\n".join(lines)


async def _costs(name: str, url: str, size: int) -> Costs:
    async with _filled(url, size) as database:
        times: dict[str, list[float]] = {"claim": [], "next": [], "record": []}
        for _ in range(min(_TURNS, size // 200)):
            begin = time.perf_counter()
            async with database.begin() as session:
                rows = await claim(session)
            claimed = time.perf_counter()
            async with database.begin() as session:
                await look_ahead(session)
            looked = time.perf_counter()
            async with database.begin() as session:
                await record(session, rows)
            times["claim"].append(claimed - begin)
            times["next"].append(looked - claimed)
            times["record"].append(time.perf_counter() - looked)
        middle = {key: median(values) * 1000 for key, values in times.items()}
        plans = tuple(await explained(database))
    return Costs(name, size, middle["claim"], middle["next"], middle["record"], plans)


@asynccontextmanager
async def _filled(url: str, size: int) -> AsyncIterator[Database]:
    # Filling a million rows takes longer than any statement of the hub may.
    database = Database(url, patience=600)
    try:
        await schema.upgrade(database)
        await fill(database, waiting=size // 2, sent=size // 2)
        yield database
    finally:
        await database.close()


def main() -> None:
    """Measure and print."""
    found = asyncio.run(measure(*map(int, sys.argv[1:2])))
    for one in found:
        parts = f"claim {one.claim:.1f}  next due {one.next_due:.1f}  record {one.record:.1f}"
        print(f"{one.database:>10} {one.deliveries:>9,}  {parts} ms")
    print(explain(found))


if __name__ == "__main__":
    main()
