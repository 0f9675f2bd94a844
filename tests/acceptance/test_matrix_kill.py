"""Power cuts while people ask in an encrypted room, with a client that is not built on nio."""

import asyncio
from collections import Counter
from pathlib import Path

from tests.servers.hub import HubProcess, hub_in_process
from tests.servers.matrix_client import Member
from tests.servers.synapse import Account, Synapse


async def test_a_strict_client_is_answered_before_during_and_after_a_kill(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """Nothing is answered twice, nothing asked meanwhile is lost."""
    bot = await homeserver.register("hub-that-is-killed", "secret")
    await homeserver.register("anna-who-asks", "secret")
    channels = {"matrix": _settings(homeserver, bot)}
    async with (
        Member.login(homeserver.url, f"@anna-who-asks:{homeserver.server_name}", "secret") as anna,
        hub_in_process(tmp_path, channels) as (hub, tasks),
    ):
        await hub.start(tasks)
        room = await anna.create_room(encrypted=True, invite=[bot.user_id])
        await anna.wait_for(
            lambda message: message.room == room and "Hier antwortet" in message.body
        )

        asked = [await _ask(anna, room, bot, "Was ist die KTS?")]
        await _answered(anna, room, asked)
        await hub.kill()
        asked += [await _ask(anna, room, bot, "Wofür steht KTS?") for _ in range(3)]
        await hub.start(tasks)
        await _answered(anna, room, asked)
        asked += [await _ask(anna, room, bot, "Was ist die KTS?") for _ in range(3)]
        await _killed_in_the_middle(hub)
        await hub.start(tasks)
        await _answered(anna, room, asked)
        asked.append(await _ask(anna, room, bot, "Wie hoch ist die Förderquote?"))
        await _answered(anna, room, asked)
        await asyncio.sleep(1)
        assert await hub.stop() == 0
        replies = [one for one in anna.history(room) if one.sender == bot.user_id]

    answers = Counter(one.relates_to.get("m.in_reply_to", {}).get("event_id") for one in replies)
    answers.pop(None, None)
    assert answers == Counter(asked), "each question has one answer"
    assert all(one.encrypted and one.trusted for one in replies)
    assert anna.undecrypted == []


def _settings(homeserver: Synapse, bot: Account) -> dict[str, str | int]:
    return {
        "homeserver": homeserver.url,
        "user_id": bot.user_id,
        "password": "secret",
        "sync_timeout": 5,
    }


async def _ask(anna: Member, room: str, bot: Account, text: str) -> str:
    return await anna.say(room, text, mention=[bot.user_id])


async def _answered(anna: Member, room: str, questions: list[str]) -> None:
    """Wait until each question has an answer that its author can read."""
    for question in questions:
        await anna.wait_for(
            lambda message, question=question: (  # type: ignore[misc] # bound now
                message.room == room
                and message.relates_to is not None
                and message.relates_to.get("m.in_reply_to", {}).get("event_id") == question
            ),
            timeout=30,
        )


async def _killed_in_the_middle(hub: HubProcess) -> None:
    await asyncio.sleep(0.05)
    await hub.kill()
