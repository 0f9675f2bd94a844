"""One run: work and faults beside each other, then peace, then the reckoning."""

import asyncio
import random
from contextlib import suppress
from pathlib import Path

from tests.faults import reading
from tests.faults.damage import Damage
from tests.faults.plan import Plan
from tests.faults.reckoning import Promise, Reckoning, reckon
from tests.faults.work import Work
from tests.faults.world import World, world

PATIENCE = 45.0
"""Seconds without trouble in which everything has to be there, on a machine that does other
things as well."""
_DOUBLES = 2.0
"""Seconds that copies have to arrive when everything is there."""


async def run(plan: Plan, directory: Path, *, patience: float = PATIENCE) -> Reckoning:
    """Let a plan come true, and return what became of every promise.

    Args:
        plan: What goes wrong.
        directory: An empty one, for the hub.
        patience: Seconds without trouble after which a message is late.
    """
    async with world(plan, directory) as made:
        work, damage = Work(made, random.Random(plan.seed)), Damage(made)
        await _work(plan, work, damage)
        await damage.heal()
        promises = await _settled(made, work)
        await asyncio.sleep(_DOUBLES)
        found = reckon(
            promises,
            await reading.said(made, promises),
            troubles=damage.troubles,
            patience=patience,
        )
        found.left = await reading.left(made)
        found.findings = [*damage.findings, *_crashes(made)]
        found.allowed = await damage.allowed()
        if code := await made.hub.stop():
            found.findings.append(f"the hub ended with {code}")
    return found


async def _work(plan: Plan, work: Work, damage: Damage) -> None:
    async with asyncio.TaskGroup() as tasks:
        working = tasks.create_task(work.go_on())
        async with asyncio.TaskGroup() as blows:
            blows.create_task(asyncio.sleep(plan.seconds))
            for blow in plan.blows:
                blows.create_task(damage.strike(blow))
        working.cancel()


async def _settled(made: World, work: Work) -> list[Promise]:
    """Wait until everything is there, or has had the time for it; return the promises."""
    promises = work.promises
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE * 2):
            while True:
                asked = await reading.asked_on_matrix(made)
                promises = reading.excused(made, [*work.promises, *asked])
                found = reckon(promises, await reading.said(made, promises))
                waiting = any(line.lost for line in found.lines.values())
                if not waiting and not await reading.left(made):
                    break
                await asyncio.sleep(1)
    return promises


def _crashes(made: World) -> list[str]:
    """Return the faults of our own that the hub logged, a line each."""
    names = (str(one.get("event")) for one in made.hub.logs if "exception" in one)
    return [f"the hub logged {name} with a traceback" for name in sorted(set(names))]
