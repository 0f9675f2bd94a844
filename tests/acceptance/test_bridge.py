"""Two networks are one conversation, whatever breaks meanwhile; compared message by message.

A plain room with a group, an encrypted one with a topic of a forum, and one with the rest of that
forum. The clocks of the hub and of Telegram run twenty times as fast as the machine's, so that the
20 messages a minute that a group takes, which the emulator counts strictly, don't take minutes.
On a slow machine fewer lines, or elsewhere more, can be said::

    BRIDGE_LINES=100 python -m pytest tests/acceptance/test_bridge.py
"""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import pytest

from tests.acceptance.bridge_lines import MATRIX, TELEGRAM
from tests.acceptance.bridge_reckoning import Reckoning, reckon
from tests.acceptance.bridge_talk import Talk
from tests.acceptance.bridge_world import PATIENCE, WINDOW, World, forum, group, world
from tests.servers.synapse import Synapse

# A homeserver, an emulator and a hub that is started three times share the machine with others.
pytestmark = pytest.mark.timeout(500)
LINES = int(os.environ.get("BRIDGE_LINES", "300"))
"""How many messages people write."""
KILLS = 2
"""How often the hub is killed meanwhile."""
_DOUBLES = 1.0
"""Seconds that copies have to arrive which are not meant to."""


async def _connect(here: World) -> None:
    """Connect a plain room with a group, an encrypted one with a topic of a forum.

    What is said in the other topics of the forum are threads of a third room.
    """
    board = forum(here, "Forum")
    topics = [here.telegram.topic(board, name) for name in ("Thema", "Technik", "Geld")]
    await here.connect(encrypted=False, chat=group(here, "Gruppe"))
    await here.connect(encrypted=True, chat=board, topic=topics[0])
    await here.connect(encrypted=False, chat=board)
    here.pairs[-1].topics, here.pairs[-1].telegram.elsewhere = topics[1:], (topics[0],)


async def _reckonings(here: World) -> dict[str, Reckoning]:
    """Compare both ends of all pairs as soon as they agree, or have had the time to."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while here.waiting() or any(one.findings for one in (await _reckoned(here)).values()):
                await asyncio.sleep(0.5)
    await asyncio.sleep(_DOUBLES)
    return await _reckoned(here)


async def _reckoned(here: World) -> dict[str, Reckoning]:
    return {
        f"{number} {network}": one
        for number, pair in enumerate(here.pairs)
        for network, one in (await reckon(pair, here.recorded)).items()
    }


async def _killed(here: World) -> None:
    """Let the hub die while people go on talking, and come back."""
    await asyncio.sleep(1)
    await here.hub.kill()
    await asyncio.sleep(1)
    await here.hub.start(here.tasks)


async def _talks_through_everything(here: World, talk: Talk) -> None:
    """Let both sides and the hub be away, one after the other and together."""
    await talk.open_topics()
    await here.settled()
    await talk.go_on(LINES // 3)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_killed(here))
        await talk.go_on(LINES // 6)
    await talk.show_files(MATRIX)
    await here.homeserver.stop()
    await talk.go_on(LINES // 12, [TELEGRAM])
    await here.homeserver.restart()
    await talk.go_on(LINES // 12)
    await talk.show_files(TELEGRAM)
    await here.telegram.go_dark()
    await talk.go_on(LINES // 12, [MATRIX])
    await here.telegram.come_back()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_killed(here))
        await talk.go_on(LINES - talk.said)


async def test_everything_is_mirrored_once_and_in_order(
    fresh_homeserver: Synapse, tmp_path: Path
) -> None:
    """Of every kind and in both directions, with what was done to it afterwards.

    Nothing is missing, out of order or different, and nothing comes twice but on Telegram what
    was in flight when the hub was killed.
    """
    async with world(fresh_homeserver, tmp_path) as here:
        await _connect(here)
        talk = Talk(here, seed=1)
        await _talks_through_everything(here, talk)
        found = await _reckonings(here)
        assert here.telegram.flooded() == 0
        left = here.given_up()
        assert await here.hub.stop() == 0
    doubled = {name: one.doubled for name, one in found.items() if one.doubled}
    # The bound is for people to see, not only for the assertions below.
    print(f"{talk.said} lines, {KILLS} kills: doubled {doubled}, {WINDOW} a kill allowed")  # noqa: T201
    assert {name: one.findings for name, one in found.items() if one.findings} == {}
    assert left == []
    assert sum(map(len, doubled.values())) <= WINDOW * KILLS
    assert [one for one in here.hub.logs if "exception" in one] == []
