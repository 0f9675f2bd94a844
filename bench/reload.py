"""How long those who ask are held up while new knowledge is taken in.

Usage: python bench/reload.py [--entries 10000] [--phrasings 3] [--encoder]

A large engine is built in another process. Meanwhile a task here sleeps a millisecond at a time;
printed is the longest time between two of its turns: while nothing happens, while the engine is
built and taken over, and, as the baseline, while one is built in a thread of this process.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.scale import made_up
from bot.knowledge.embedding import SentenceEncoder
from bot.knowledge.entry import Entry
from bot.services.building import Notebook, Notebooks, build, build_apart

IDLE = 2.0
"""Seconds for which nothing happens."""


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--phrasings", type=int, default=3)
    parser.add_argument("--encoder", action="store_true", help="with the sentence encoder")
    arguments = parser.parse_args()
    entries = list(made_up(arguments.entries, arguments.phrasings))
    notebooks = {"quick": Notebook(SentenceEncoder())} if arguments.encoder else {}
    print(asyncio.run(measured(entries, notebooks)))


async def measured(entries: Sequence[Entry], notebooks: Notebooks) -> str:
    """One line of figures, in milliseconds."""
    engines = [build(entries, notebooks)]

    async def apart() -> None:
        engines[0] = await build_apart(entries, notebooks)

    async def here() -> None:
        engines[0] = await asyncio.to_thread(build, entries, notebooks)

    idle = await longest_gap(lambda: asyncio.sleep(IDLE))
    ours, baseline = await longest_gap(apart), await longest_gap(here)
    return (
        f"{len(entries)} entries  ratio {ours / baseline:.2f}  apart {ours:.0f}"
        f"  in a thread {baseline:.0f}  idle {idle:.0f} ms"
    )


async def longest_gap(work: Callable[[], Awaitable[None]]) -> float:
    """The longest time between two turns of a task while *work* is done, in milliseconds."""
    gaps: list[float] = []

    async def tick() -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            gaps.append(now - last)
            last = now

    async with asyncio.TaskGroup() as group:
        ticking = group.create_task(tick())
        await work()
        ticking.cancel()
    return max(gaps) * 1000


if __name__ == "__main__":
    main()
