"""Thousands of sources on one server, some of them broken in every way, read by the hub itself.

Usage: python bench/sources.py [--sources 2000] [--broken 5]

Claimed, fetched, read and taken over as in the running hub, on SQLite, without the politeness
towards one host that would make a single server wait. Beside it, the sound ones alone are fetched
by bare aiohttp and read by feedparser and icalendar, which keep nothing and survive nothing.
"""

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import aiohttp
import feedparser
import icalendar
from sqlalchemy import func, insert, select, update

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.reload import longest_gap
from bench.table import Figure, show
from bot import logs
from bot.clock import SystemClock
from bot.config import Settings
from bot.fetching.exchange import Limits
from bot.fetching.fetcher import Fetcher
from bot.fetching.networks import Networks
from bot.fetching.politeness import Politeness
from bot.fetching.reading_worker import ReadingWorker
from bot.services import source_reading, topics
from bot.services.source_files import Gatherer
from bot.storage import schema
from bot.storage.engine import Database
from bot.storage.models import Topic
from bot.storage.source_models import Source, SourceItem
from tests.servers.feed_troubles import TROUBLES

ROOT = Path(__file__).resolve().parent.parent
FORMS = ("rss", "atom", "json", "ics")
EVERY = timedelta(minutes=30)
_MEGABYTE = 1024  # of what getrusage counts in, kilobytes
CLOCK = SystemClock()


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, default=2000)
    parser.add_argument("--broken", type=int, default=5, help="per cent")
    arguments = parser.parse_args()
    logs.configure(level="error", style="pretty", secrets=())  # each failure is a line otherwise
    print(asyncio.run(measured(arguments.sources, arguments.broken)))


async def measured(count: int, broken: int) -> str:
    """Read all sources twice, and return the figures."""
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.servers.feeds", "--port", "0",
        stdout=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    assert server.stdout is not None
    base = f"http://127.0.0.1:{int(await server.stdout.readline())}"
    try:
        with tempfile.TemporaryDirectory() as folder:
            return await _figures(base, Path(folder), count, count * broken // 100)
    finally:
        server.kill()
        await server.wait()


async def _figures(base: str, folder: Path, count: int, broken: int) -> str:
    sound = [f"{base}/{FORMS[n % 4]}/{n}" for n in range(count - broken)]
    hows = sorted(TROUBLES)
    bad = [f"{base}/broken/{hows[n % len(hows)]}/{n}" for n in range(broken)]
    database = Database(f"sqlite:///{folder}/hub.sqlite3")
    await schema.upgrade(database)
    await _add(database, [*sound, *bad])
    reader = _gatherer()
    first, gap = await _round(database, reader, folder)
    kept, problems = await _kept(database, base)
    await _due_again(database)
    second, _ = await _round(database, reader, folder)
    await reader.close()
    await database.close()
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MEGABYTE
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / _MEGABYTE
    bare = await _bare(sound)
    figures = [
        Figure(f"{count} sources, {broken} of them broken, s", first, bare, "bare, sound ones"),
        Figure("the same again, unchanged, s", second, bare, "bare, sound ones"),
    ]
    told = ", ".join(f"{number} {name}" for name, number in problems.most_common())
    lines = [
        show(figures),
        f"sound ones with items: {kept} of {len(sound)}; interval {EVERY}",
        f"broken ones: {told}",
        f"memory at most: hub {own:.0f} MB, reading process {child:.0f} MB",
        f"longest hold-up of the event loop: {gap:.0f} ms",
    ]
    return "\n".join(lines)


def _gatherer() -> Gatherer:
    fetcher = Fetcher(
        clock=CLOCK,
        limits=Limits(timeout=timedelta(seconds=10)),
        networks=Networks(("127.0.0.0/8",)),
        politeness=Politeness(clock=CLOCK, concurrency=16, per_host=16, gap=timedelta(0)),
        contact="https://www.example.org/bot",
    )
    return Gatherer(fetcher, ReadingWorker(), clock=CLOCK)


async def _add(database: Database, addresses: list[str]) -> None:
    now = CLOCK.now()
    async with database.begin() as session:
        await topics.ship(session, now=now)
        topic = await session.scalar(select(Topic.id).limit(1))
        rows: list[dict[str, object]] = [
            {
                "kind": "feed", "name": "example.org", "address": one, "topic_id": topic,
                "laender": "", "language": "de", "zone": "Europe/Berlin", "mode": "announce",
                "keywords": {}, "template": "", "every": round(EVERY.total_seconds()),
                "created_at": now, "next_at": now, "etag": "", "last_modified": "",
                "digest": "", "moved_to": "", "moves": 0, "failures": 0, "problem": "",
                "problem_text": "", "read_once": False, "token": "",
            }
            for one in addresses
        ]  # fmt: skip
        await session.execute(insert(Source), rows)


async def _round(database: Database, reader: Gatherer, folder: Path) -> tuple[float, float]:
    """Read everything that is due; return how long it took and the longest hold-up, in ms."""
    settings = Settings.model_validate({"hub": {"data_dir": folder}})
    began = time.perf_counter()

    async def work() -> None:
        await source_reading.read_due(database, reader, settings=settings, clock=CLOCK)

    gap = await longest_gap(work)
    return time.perf_counter() - began, gap


async def _kept(database: Database, base: str) -> tuple[int, Counter[str]]:
    """Count the sound sources of which items are kept, and the others by what is wrong."""
    async with database.begin() as session:
        sound = select(func.count(func.distinct(SourceItem.source_id))).join(
            Source, Source.id == SourceItem.source_id
        )
        kept = await session.scalar(sound.where(Source.address.not_like(f"{base}/broken/%")))
        broken = select(Source.problem).where(Source.address.like(f"{base}/broken/%"))
        problems = Counter(name or "read" for name in await session.scalars(broken))
    return kept or 0, problems


async def _due_again(database: Database) -> None:
    async with database.begin() as session:
        await session.execute(update(Source).values(next_at=CLOCK.now()))


async def _bare(addresses: list[str]) -> float:
    """Fetch and read as briefly as possible, sixteen at once; return how long it took."""
    left = iter(addresses)
    began = time.perf_counter()
    connector = aiohttp.TCPConnector(force_close=True)  # as ours, and as the server wants it
    async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as tasks:

        async def work() -> None:
            for address in left:
                async with session.get(address) as response:
                    body = await response.read()
                if "/ics/" in address:
                    icalendar.Calendar.from_ical(body)
                elif "/json/" not in address:
                    feedparser.parse(body)

        for _ in range(16):
            tasks.create_task(work())
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
