"""A few fixed plans in every run of the tests; `make faults` draws new ones."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.plan import draw, kills
from tests.faults.runs import run

# Where other things run as well, the servers alone take their time to start; and nothing here
# asserts how fast it goes.
pytestmark = pytest.mark.timeout(400)


@pytest.mark.parametrize("seed", [4, 7])
async def test_what_goes_wrong_loses_nothing(seed: int, tmp_path: Path) -> None:
    """On SQLite (an even seed) and on PostgreSQL, everything that was accepted arrives once."""
    plan = draw(seed, seconds=10, count=5, recipients=24, longest=3)
    found = await run(replace(plan, patience=math.inf), tmp_path)
    assert not found.complaints(), f"{plan}\n{found.table()}"


async def test_power_cuts_during_all_kinds_of_work_lose_nothing(tmp_path: Path) -> None:
    """Matrix shows nothing twice, Telegram at most what was in flight."""
    plan = kills(2, count=6, recipients=24)
    found = await run(plan, tmp_path)
    assert not found.complaints(), f"{plan}\n{found.table()}"
