"""How long an encrypted room waits for its answer when the process that led has just died.

The question is asked at once after the SIGKILL, so the figure is the wait for the lease, the
takeover and the answer together.

Usage: python -m bench.failover [ROUNDS]
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from statistics import median

from bench.table import Figure, show
from tests.acceptance.pairs import QUESTION, Pair, leads, pair, seconds_until_answered
from tests.servers.matrix_client import Member
from tests.servers.postgres import Postgres
from tests.servers.synapse import Account, Synapse

ROUNDS = 5
ALLOWED_S = 15.0


async def measure(rounds: int = ROUNDS) -> list[Figure]:
    """Kill whichever of two processes leads, again and again, and stop it in order as often."""
    with Postgres.running() as postgres, tempfile.TemporaryDirectory() as folder:
        async with Synapse.start() as synapse:
            bot = await synapse.register("stadtfunk", "secret")
            await synapse.register("anna", "secret")
            url = postgres.url(postgres.create_database())
            async with (
                Member.login(synapse.url, f"@anna:{synapse.server_name}", "secret") as anna,
                pair(synapse, bot, url, Path(folder)) as hubs,
            ):
                killed, stopped = await _waits(hubs, anna, bot, rounds)
    said = f"what is allowed; {rounds} times"
    return [
        Figure("answered after SIGKILL, s (median)", median(killed), ALLOWED_S, said),
        Figure("the slowest of them, s", max(killed), ALLOWED_S, said),
        Figure("answered after SIGTERM, s (median)", median(stopped), ALLOWED_S, said),
    ]


async def _waits(
    hubs: Pair, anna: Member, bot: Account, rounds: int
) -> tuple[list[float], list[float]]:
    leader, standby = hubs.one, hubs.other
    await leader.start(hubs.tasks)
    await leads(leader)
    await standby.start(hubs.tasks)
    await standby.logged("matrix.keys_uploaded")
    room = await anna.create_room(encrypted=True, invite=[bot.user_id])
    await anna.wait_for(lambda one: one.room == room and "Hier antwortet" in one.body)

    async def asks() -> float:
        question = await anna.say(room, QUESTION, mention=[bot.user_id])
        return await seconds_until_answered(anna, room, bot, question)

    await asks()
    waits: tuple[list[float], list[float]] = ([], [])
    for number in range(2 * rounds):
        seen = len(standby.logs)
        if number % 2:
            await leader.stop()
        else:
            await leader.kill()
        waits[number % 2].append(await asks())
        await leads(standby, after=seen)
        seen = len(leader.logs)
        await leader.start(hubs.tasks)
        await leader.logged("hub.started", after=seen)
        leader, standby = standby, leader
    return waits


if __name__ == "__main__":
    print(show(asyncio.run(measure(*map(int, sys.argv[1:2])))))
