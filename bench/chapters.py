"""Everything that `make bench` measures, in order, each with what it prints beside its figures."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from bench import broadcast, failover, growth, reply, rooms, speed, starting, waiting, whole
from bench.growth import Costs
from bench.table import Figure

LONG_SECONDS = 600
"""Of a broadcast under Telegram's limits: what the goal is for."""


@dataclass(frozen=True)
class Wish:
    """How thoroughly to measure: `quick` shows that it works, `long` keeps to the goals."""

    quick: bool = False
    long: bool = False


@dataclass(frozen=True)
class Chapter:
    """What was measured together.

    Attributes:
        title: What it is about.
        figures: Ours beside the baselines.
        beside: Text that belongs to it: plans, profiles.
        costs: What turns of the relay cost, to be plotted.
    """

    title: str
    figures: Sequence[Figure] = ()
    beside: str = ""
    costs: Sequence[Costs] = field(default_factory=list)


async def _telegram(wish: Wish) -> Chapter:
    figures = await (speed.measure(600, 1) if wish.quick else speed.measure())
    return Chapter("Telegram ohne Grenzen", figures)


async def _matrix(wish: Wish) -> Chapter:
    figures = await (rooms.measure(48, 1) if wish.quick else rooms.measure())
    return Chapter("Matrix, Räume eines Synapse", figures)


async def _limits(wish: Wish) -> Chapter:
    seconds = LONG_SECONDS if wish.long else broadcast.SECONDS
    return Chapter(f"Telegrams Grenzen, {seconds} s", await broadcast.measure(seconds))


async def _waiting(wish: Wish) -> Chapter:
    figures = await waiting.measure(8 if wish.quick else waiting.SECONDS)
    return Chapter("Antworten während einer Mitteilung", figures)


async def _replies(wish: Wish) -> Chapter:
    return Chapter("Antworten", [] if wish.quick else await reply.measure())


async def _memory(wish: Wish) -> Chapter:
    figures = await (whole.measure(2_000, 100) if wish.quick else whole.measure())
    return Chapter("Speicher des ganzen Prozesses", figures)


async def _start(wish: Wish) -> Chapter:
    figures = await starting.measure(1 if wish.quick else starting.ROUNDS)
    return Chapter("Start", figures, await starting.imports())


async def _takeover(wish: Wish) -> Chapter:
    figures = await (failover.measure(1) if wish.quick else failover.measure())
    return Chapter("Übernahme", figures)


async def _growth(wish: Wish) -> Chapter:
    found = await growth.measure(10_000 if wish.quick else growth.SIZES[-1])
    title = "Kosten einer Runde, je nach Postausgang"
    return Chapter(title, growth.figures(found), growth.explain(found), found)


CHAPTERS: dict[str, Callable[[Wish], Awaitable[Chapter]]] = {
    "telegram": _telegram,
    "matrix": _matrix,
    "limits": _limits,
    "waiting": _waiting,
    "replies": _replies,
    "memory": _memory,
    "start": _start,
    "takeover": _takeover,
    "growth": _growth,
}


def measured(name: str, wish: Wish) -> Chapter:
    """Measure one chapter, in an event loop of its own."""

    async def run() -> Chapter:
        return await CHAPTERS[name](wish)

    return asyncio.run(run())
