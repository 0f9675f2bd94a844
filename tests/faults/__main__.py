"""`make faults [SEED=n] [RUNS=n] [MINUTES=n] [KILLS=n]`: random plans, and what became of all.

Usage: python -m tests.faults [--seed N] [--runs N] [--minutes N] [--kills N] [--count N]
           [--recipients N] [--pace N]

Each run prints its seed first; the same seed with the same other options plans the same again.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.faults.plan import Plan, draw, kills
from tests.faults.runs import run


def main() -> int:
    """Run what the command line asks for; 1 if something must not have been."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="of the first run; 0 takes any")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=2.0, help="of work in each run")
    parser.add_argument("--count", type=int, default=0, help="faults in each run; 0: six a minute")
    parser.add_argument("--kills", type=int, default=0, help="so many power cuts, nothing else")
    parser.add_argument("--recipients", type=int, default=36, help="of each announcement")
    parser.add_argument("--pace", type=float, default=1.0, help="how much slower than usual")
    arguments = parser.parse_args()
    first = arguments.seed or random.randrange(1, 10**6)
    return max([_run(_plan(arguments, first + number)) for number in range(arguments.runs)])


def _plan(arguments: argparse.Namespace, seed: int) -> Plan:
    if arguments.kills:
        return kills(
            seed, count=arguments.kills, recipients=arguments.recipients, pace=arguments.pace
        )
    return draw(
        seed,
        seconds=arguments.minutes * 60,
        count=arguments.count or max(1, int(arguments.minutes * 6)),
        recipients=arguments.recipients,
        longest=min(30.0, arguments.minutes * 15),
    )


def _run(plan: Plan) -> int:
    print(plan, flush=True)
    with tempfile.TemporaryDirectory(prefix="faults-") as directory:
        found = asyncio.run(run(plan, Path(directory)))
    print(found.table())
    complaints = found.complaints()
    print("\n".join(_shortened(complaints)) or _GOOD, flush=True)
    return int(bool(complaints))


def _shortened(complaints: list[str]) -> Iterator[str]:
    """Return the first ones of each kind, and how many more there are."""
    seen = Counter[str]()
    for one in complaints:
        kind = " ".join(one.split()[:3]) if one.startswith(_BY_KIND) else one.split(":")[0]
        seen[kind] += 1
        if seen[kind] <= _SHOWN:
            yield one
    yield from (f"{kind}: {n - _SHOWN} more" for kind, n in seen.items() if n > _SHOWN)


_SHOWN = 3
_BY_KIND = ("lost", "late", "early", "doubled")
_GOOD = "nothing lost, nothing too often, nothing late"


if __name__ == "__main__":
    sys.exit(main())
