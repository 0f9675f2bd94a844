"""One run: work and faults beside each other, then peace, then the reckoning."""

import asyncio
import json
import random
import tempfile
from pathlib import Path

from tests.faults import reading
from tests.faults.damage import Damage
from tests.faults.plan import Plan
from tests.faults.reckoning import Promise, Reckoning, Terms, reckon
from tests.faults.setting import world
from tests.faults.telling import Telling
from tests.faults.work import Work
from tests.faults.world import World

_DOUBLES = 2.0
"""Seconds that copies have to arrive when everything is there."""
_STANDSTILL = 60.0
"""Seconds without any news after which nothing more is expected."""
_CLAIM = 310.0
"""Seconds, and some more, for which a source belongs to a process that died while reading it."""


async def run(plan: Plan, directory: Path) -> Reckoning:
    """Let a plan come true, and return what became of every promise.

    Args:
        plan: What goes wrong.
        directory: An empty one, for the hub.
    """
    async with world(plan, directory) as made:
        luck = random.Random(plan.seed)
        work, damage = Work(made, luck, Telling(made)), Damage(made)
        work.telling.begin()
        await _work(plan, work, damage)
        await damage.heal()
        promises = await _settled(made, work, damage)
        await asyncio.sleep(_DOUBLES)
        terms = Terms(damage.troubles, damage.ahead, plan.patience)
        found = reckon(promises, await reading.said(made, promises), terms)
        found.left = await reading.left(made)
        found.findings = [*damage.findings, *_crashes(made)]
        found.allowed = await damage.allowed()
        for life in made.lives:
            if code := await life.hub.stop():
                found.findings.append(f"the hub ended with {code}")
        if found.complaints():
            found.findings.append(f"its log is kept: {_kept_log(made)}")
    return found


async def _work(plan: Plan, work: Work, damage: Damage) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(work.go_on())
        async with asyncio.TaskGroup() as blows:
            blows.create_task(asyncio.sleep(plan.seconds))
            for blow in plan.blows:
                blows.create_task(damage.strike(blow))
        work.enough.set()


async def _settled(made: World, work: Work, damage: Damage) -> list[Promise]:
    """Wait until everything is there, or nothing more comes; return the promises."""
    clock = asyncio.get_running_loop()
    known, since, hurried = -1, clock.time(), False
    while True:
        asked = await reading.asked_on_matrix(made)
        promises = reading.excused(made, [*work.promises, *asked])
        found = reckon(promises, await reading.said(made, promises))
        left = await reading.left(made)
        missing = {kind: len(line.lost) for (kind, _), line in found.lines.items() if line.lost}
        if not missing and not left:
            return promises
        waiting = sum(missing.values()) + len(left)
        if waiting != known:
            known, since = waiting, clock.time()
        if "news" in missing and not left and not hurried:
            hurried = True
            await damage.hurry(_CLAIM)
        if clock.time() - since > _STANDSTILL:
            return promises
        await work.telling.read_feed()
        await asyncio.sleep(1)


def _crashes(made: World) -> list[str]:
    """Return the faults of our own that the hub logged, a line each."""
    logs = [one for life in made.lives for one in life.hub.logs]
    names = (str(one.get("event")) for one in logs if "exception" in one)
    return [f"the hub logged {name} with a traceback" for name in sorted(set(names))]


def _kept_log(made: World) -> Path:
    file = Path(tempfile.gettempdir()) / f"faults-{made.plan.seed}.jsonl"
    lines = (json.dumps(one) for life in made.lives for one in life.hub.logs)
    file.write_text("\n".join(lines), encoding="utf-8")
    return file
