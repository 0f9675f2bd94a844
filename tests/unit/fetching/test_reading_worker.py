"""Files are read in a process of its own, which may be ended at any moment."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfoNotFoundError

import psutil
import pytest

from bot.feeds.reading import parse
from bot.fetching.reading_worker import ReadingWorker
from bot.fetching.trouble import FetchError, Trouble
from tests.fakes import START
from tests.servers import feed_files
from tests.unit.feeds.samples import calendar, rss

ROOT = Path(__file__).parents[3]
# More than a second of computing on any machine.
SLOW = calendar(
    *(f"UID:{one}\nSUMMARY:Rat {one}\nDTSTART:20271118T100000" for one in range(20_000))
)
# Five million dictionaries.
MANY = b'{"version": "https://jsonfeed.org/version/1.1", "items": [' + b"{}," * 5_000_000 + b"{}]}"
SAMPLES = [
    *(feed_files.feed(form, 3, items=250) for form in feed_files.TYPES),
    rss("<title>Bewerbungsfrist 1.5.2027, 12 Uhr</title><guid>7</guid>"),
    calendar("UID:1\nSUMMARY:Rat\nDTSTART:20271118T100000\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE:x"),
    b"<html></html>",
    b"",
    bytes(300_000),
]


@pytest.fixture
async def worker() -> AsyncIterator[ReadingWorker]:
    """One that is ended with the test."""
    worker = ReadingWorker()
    yield worker
    await worker.close()


async def test_what_is_read_apart_is_what_would_be_read_here(worker: ReadingWorker) -> None:
    """All fields of all items, in their order, and what was skipped; by one process."""
    processes = set()
    for data in SAMPLES:
        told = {"content_type": "text/xml", "address": "https://a.example/", "zone": "Asia/Tokyo"}
        here = parse(data, now=START, **told)
        apart = await worker.read(data, now=START, **told)
        assert apart == here
        assert apart.tree() == here.tree()
        processes.add(worker.process_id)
    assert len(processes) == 1


async def test_a_file_that_takes_too_long_is_given_up() -> None:
    """A trouble of that file alone; the next one is read."""
    worker = ReadingWorker(limit=timedelta(seconds=1))
    with pytest.raises(FetchError, match="longer than 1 s") as caught:
        await worker.read(SLOW)
    assert caught.value.kind is Trouble.UNREADABLE
    assert len((await worker.read(feed_files.feed("rss", 3))).items) == 5
    await worker.close()


async def test_a_process_that_does_not_answer_is_given_up() -> None:
    """Also if it computes nothing: somebody has stopped it."""
    worker = ReadingWorker(limit=timedelta(seconds=1))
    await worker.read(b"")
    stopped = worker.process_id
    _signal(worker, signal.SIGSTOP)
    with pytest.raises(FetchError, match="longer than 1 s"):
        await worker.read(feed_files.feed("rss", 3))
    assert worker.process_id != stopped
    assert len((await worker.read(feed_files.feed("rss", 3))).items) == 5
    await worker.close()


async def test_a_process_that_was_ended_is_replaced(worker: ReadingWorker) -> None:
    """Between two files nobody notices."""
    await worker.read(b"")
    ended = worker.process_id
    _signal(worker, signal.SIGKILL)
    assert len((await worker.read(feed_files.feed("rss", 3))).items) == 5
    assert worker.process_id not in {ended, None}


async def test_a_process_that_is_ended_while_it_reads_reads_again(worker: ReadingWorker) -> None:
    """The system ends whom it likes when memory is short."""
    await worker.read(b"")
    async with asyncio.TaskGroup() as group:
        _signal(worker, signal.SIGSTOP)
        reading = group.create_task(worker.read(SAMPLES[0]))
        await asyncio.sleep(0)
        _signal(worker, signal.SIGKILL)
    assert reading.result() == parse(SAMPLES[0])


async def test_a_process_that_is_ended_twice_has_the_wrong_file(worker: ReadingWorker) -> None:
    """It is given up, and the next one is read."""
    await worker.read(b"")
    first = worker.process_id

    async def ended_twice() -> None:
        _signal(worker, signal.SIGKILL)
        while worker.process_id in {first, None}:
            await asyncio.sleep(0.01)
        _signal(worker, signal.SIGKILL)

    _signal(worker, signal.SIGSTOP)
    async with asyncio.TaskGroup() as group:
        group.create_task(ended_twice())
        with pytest.raises(FetchError, match="did not survive") as caught:
            await worker.read(SAMPLES[0])
    assert caught.value.kind is Trouble.UNREADABLE
    assert await worker.read(SAMPLES[0]) == parse(SAMPLES[0])


def _signal(worker: ReadingWorker, number: signal.Signals) -> None:
    assert worker.process_id is not None
    os.kill(worker.process_id, number)


async def test_who_stops_waiting_gets_no_answer_of_another_file(worker: ReadingWorker) -> None:
    """The process is ended, so that nothing of the file is left in its pipe."""
    reading = asyncio.ensure_future(worker.read(SLOW))  # noqa: TID251 # it is cancelled below
    await asyncio.sleep(0.5)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert (await worker.read(SAMPLES[0])) == parse(SAMPLES[0])


@pytest.mark.parametrize("limits", [{"files": 2}, {"renew_at": 1}])
async def test_a_process_is_replaced_before_it_grows(limits: dict[str, int]) -> None:
    """After some files, or when it has needed much memory."""
    worker = ReadingWorker(**limits)  # type: ignore[arg-type] # only numbers are given
    processes = set()
    for _ in range(4):
        await worker.read(b"")
        processes.add(worker.process_id)
    assert None in processes
    await worker.close()


async def test_a_file_that_needs_too_much_memory_is_no_feed() -> None:
    """The process has an end to what it may take."""
    worker = ReadingWorker(memory=250 * 1024 * 1024)
    found = await worker.read(MANY)
    assert "MemoryError" in found.problem
    assert len((await worker.read(feed_files.feed("rss", 3))).items) == 5
    await worker.close()


async def test_a_zone_that_is_none_is_told_at_once(worker: ReadingWorker) -> None:
    """As by the reader itself."""
    with pytest.raises(ZoneInfoNotFoundError):
        await worker.read(b"", zone="Europe/Mond")


LONELY = """
import asyncio, sys
from bot.fetching.reading_worker import ReadingWorker
async def main():
    worker = ReadingWorker()
    await worker.read(b"")
    print(worker.process_id, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


def test_the_process_ends_with_the_one_that_started_it() -> None:
    """However that came to its end."""
    parent = subprocess.Popen(
        [sys.executable, "-c", LONELY],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    child.wait(timeout=60)
    parent.stdout.close()
