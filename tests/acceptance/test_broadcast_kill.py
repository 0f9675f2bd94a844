"""Power cuts in the middle of a broadcast.

The whole figure, 50 cuts and 2,000 recipients, takes some minutes: set ``BROADCAST_CUTS=50`` and
``BROADCAST_RECIPIENTS=2000``, and run this file with ``pytest -s``.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bot.clock import SystemClock
from bot.messages import Address
from tests.acceptance.broadcasts import SHOWN, is_done, seed
from tests.servers.hub import HubProcess, hub_in_process
from tests.servers.synapse import Account, Synapse
from tests.servers.telegram.fixtures import telegram_in_process

TOKEN = "4711:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
WINDOW = 8
CUTS = int(os.environ.get("BROADCAST_CUTS", "6"))
RECIPIENTS = int(os.environ.get("BROADCAST_RECIPIENTS", "180"))
ROOMS = RECIPIENTS // 6
"""Of the recipients, how many are rooms on Matrix."""
SEED = int(os.environ.get("BROADCAST_SEED", "1"))


async def test_a_broadcast_survives_power_cuts(homeserver: Synapse, tmp_path: Path) -> None:
    """Nothing is lost, Matrix has everything once, Telegram twice at most what was in flight."""
    luck = random.Random(SEED)
    account = await homeserver.register("bot-that-broadcasts", "secret")
    rooms = [await _room(homeserver, account) for _ in range(ROOMS)]
    now = str(int(SystemClock().now().timestamp()))
    async with telegram_in_process("--epoch", now) as telegram:
        bot = await telegram.bot(TOKEN)
        author, *people = await telegram.users(RECIPIENTS - ROOMS + 1)
        channels: dict[str, dict[str, str | int]] = {
            "telegram": {
                "token": TOKEN, "base_url": telegram.url, "poll_timeout": 2, "window": WINDOW,
            },
            "matrix": {
                "homeserver": homeserver.url, "user_id": account.user_id,
                "access_token": account.access_token, "sync_timeout": 2,
            },
        }  # fmt: skip
        recipients = [Address("telegram", str(one.id)) for one in people]
        recipients += [Address("matrix", room) for room in rooms]
        await seed(tmp_path, recipients, author=Address("telegram", str(author.id)))
        async with hub_in_process(tmp_path, channels) as (hub, tasks):
            cuts = await _cut(hub, tasks, luck)
            await hub.start(tasks)
            await _until_done(tmp_path)
            assert await hub.stop() == 0
        counts = [
            sum(one.sender_id == bot.id for one in await telegram.chat_history(person))
            for person in people
        ]
    on_matrix = [await _shown(homeserver, account, room) for room in rooms]

    doubled = sum(counts) - len(people)
    # The bound is for people to see, not only for the assertions below.
    print(  # noqa: T201
        f"seed {SEED}: {cuts} cuts, {RECIPIENTS} recipients, "
        f"{counts.count(0) + on_matrix.count(0)} lost, {sum(on_matrix) - len(rooms)} doubled on "
        f"Matrix, {doubled} doubled on Telegram, {cuts * WINDOW} allowed"
    )
    assert set(on_matrix) == {1}, "each room on Matrix has it once"
    assert min(counts) == 1, "nobody on Telegram is left out"
    assert doubled <= cuts * WINDOW


async def _room(homeserver: Synapse, account: Account) -> str:
    path = "/_matrix/client/v3/createRoom"
    answer = await homeserver.request(account, "POST", path, {"preset": "private_chat"})
    return str(answer["room_id"])


async def _cut(hub: HubProcess, tasks: asyncio.TaskGroup, luck: random.Random) -> int:
    """Start the hub and kill it, at random moments of its start and of the broadcast."""
    for _ in range(CUTS):
        await hub.start(tasks)
        # A random moment is the point of this test.
        await asyncio.sleep(luck.uniform(0.0, 1.6))
        await hub.kill()
    return CUTS


async def _until_done(directory: Path) -> None:
    async with asyncio.timeout(60 + RECIPIENTS / 5):
        while not await is_done(directory):
            await asyncio.sleep(0.5)


async def _shown(homeserver: Synapse, account: Account, room: str) -> int:
    """Count how often a room on Matrix shows the announcement."""
    path = f"/_matrix/client/v3/rooms/{quote(room)}/messages?dir=b&limit=100"
    answer: dict[str, Any] = await homeserver.request(account, "GET", path)
    chunk: Sequence[dict[str, Any]] = answer["chunk"]
    bodies = Counter(
        one["content"].get("body") for one in chunk if one["type"] == "m.room.message"
    )
    return bodies[SHOWN]
