"""Two networks are one conversation, whatever breaks meanwhile; compared message by message."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import pytest

from tests.acceptance.bridge_reckoning import Reckoning, reckon
from tests.acceptance.bridge_talk import NETWORKS, Talk
from tests.acceptance.bridge_world import PATIENCE, World, forum, group, world
from tests.servers.synapse import Synapse

pytestmark = pytest.mark.timeout(400)
LINES = int(os.environ.get("BRIDGE_LINES", "60"))
"""How many messages people write."""
_DOUBLES = 1.0
"""Seconds that copies have to arrive which are not meant to."""


async def _connect(here: World) -> None:
    """Connect a plain room with a group, and an encrypted one with a topic of a forum."""
    board = forum(here, "Forum")
    topic = here.telegram.topic(board, "Thema")
    await here.connect(encrypted=False, chat=group(here, "Gruppe"))
    await here.connect(encrypted=True, chat=board, topic=topic)


async def _reckonings(here: World) -> dict[str, Reckoning]:
    """Compare both ends of all pairs as soon as they agree, or have had the time to."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while here.waiting() or any(one.findings for one in await _reckoned(here)):
                await asyncio.sleep(0.2)
    await asyncio.sleep(_DOUBLES)
    names = [f"{number} {network}" for number in range(len(here.pairs)) for network in NETWORKS]
    return dict(zip(names, await _reckoned(here), strict=True))


async def _reckoned(here: World) -> list[Reckoning]:
    return [await reckon(pair, network) for pair in here.pairs for network in NETWORKS]


async def test_everything_is_mirrored_once_and_in_order(
    fresh_homeserver: Synapse, tmp_path: Path
) -> None:
    """Of every kind, in both directions, with what was done to it afterwards."""
    async with world(fresh_homeserver, tmp_path) as here:
        await _connect(here)
        talk = Talk(here, seed=1)
        await talk.go_on(LINES)
        found = await _reckonings(here)
        assert here.telegram.flooded() == 0
    assert {name: one.findings for name, one in found.items() if one.findings} == {}
