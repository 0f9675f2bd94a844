"""Two processes on one PostgreSQL: killed, asleep, and restarted one after the other."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from bot.messages import Address
from tests.acceptance.broadcasts import SHOWN, is_done, seed
from tests.acceptance.pairs import (
    QUESTION,
    Pair,
    count_answers,
    leads,
    pair,
    seconds_until_answered,
)
from tests.servers.matrix_client import Member
from tests.servers.synapse import Account, Synapse
from tests.servers.telegram.views import UserRef

# Two hubs and three servers share the machine with other tests.
pytestmark = pytest.mark.timeout(500)

PEOPLE, ROOMS = 90, 6
"""Who gets the broadcast."""


async def heard(pair: Pair, person: UserRef) -> int:
    """Count what the bot said in somebody's private chat."""
    history = await pair.telegram.chat_history(person)
    return sum(message.sender_id == pair.bot.id for message in history)


async def test_another_process_takes_over_and_answers_once(
    homeserver: Synapse, postgres_database: str, tmp_path: Path
) -> None:
    """After a power cut as after a sleep; who wakes up sends nothing and keeps nothing.

    One story on purpose, though long: each part begins with what the one before it left.
    """
    bot = await homeserver.register("bot-of-two", "secret")
    await homeserver.register("anna-of-two", "secret")
    name = f"@anna-of-two:{homeserver.server_name}"
    async with (
        Member.login(homeserver.url, name, "secret") as anna,
        pair(homeserver, bot, postgres_database, tmp_path) as hubs,
    ):
        person = await hubs.telegram.user("Bernd", language_code="de")
        one, other = hubs.one, hubs.other
        await one.start(hubs.tasks)
        await leads(one)
        await other.start(hubs.tasks)
        await other.logged("matrix.keys_uploaded")
        room = await anna.create_room(encrypted=True, invite=[bot.user_id])
        await anna.wait_for(lambda one: one.room == room and "Hier antwortet" in one.body)
        asked: list[str] = []

        async def asks() -> float:
            asked.append(await anna.say(room, QUESTION, mention=[bot.user_id]))
            return await seconds_until_answered(anna, room, bot, asked[-1])

        await asks()
        await one.kill()
        await hubs.telegram.say(person, hubs.bot, QUESTION)
        after_kill = await asks()
        await leads(other)
        await asks()

        seen = len(one.logs)
        await one.start(hubs.tasks)
        other.freeze()
        await hubs.telegram.say(person, hubs.bot, QUESTION)
        after_sleep = await asks()
        await leads(one, after=seen)
        other.thaw()
        for duty in ("matrix", "telegram", "schedules"):
            await other.logged("duty.ended", duty=duty, lost=1)
        await asks()
        assert await one.stop() == 0
        after_stop = await asks()
        counts = [await count_answers(anna, room, bot, question) for question in asked]
        told = await heard(hubs, person)
        assert await other.stop() == 0
    # The bound is for people to see; how long it takes depends on the machine.
    print(  # noqa: T201
        f"answered after a kill {after_kill:.1f} s, a sleep {after_sleep:.1f} s, "
        f"a stop in order {after_stop:.1f} s"
    )
    assert counts == [1] * len(asked), "each question has one answer"
    assert told == 2
    assert anna.undecrypted == []


async def test_a_rolling_restart_during_a_broadcast_costs_nothing(
    homeserver: Synapse, postgres_database: str, tmp_path: Path
) -> None:
    """Nothing is lost and nothing doubled, on either network."""
    bot = await homeserver.register("bot-that-rolls", "secret")
    rooms = [await _room(homeserver, bot) for _ in range(ROOMS)]
    async with pair(homeserver, bot, postgres_database, tmp_path) as hubs:
        author, *people = await hubs.telegram.users(PEOPLE + 1)
        recipients = [Address("telegram", str(one.id)) for one in people]
        recipients += [Address("matrix", room) for room in rooms]
        await hubs.one.start(hubs.tasks)
        await leads(hubs.one)
        await hubs.other.start(hubs.tasks)
        author_chat = Address("telegram", str(author.id))
        await seed(postgres_database, recipients, author=author_chat)
        await hubs.telegram.wait_for_calls("sendMessage", 20, within=60)
        assert await hubs.one.stop() == 0
        await leads(hubs.other)
        await hubs.telegram.wait_for_calls("sendMessage", 60, within=60)
        seen = len(hubs.one.logs)
        await hubs.one.start(hubs.tasks)
        assert await hubs.other.stop() == 0
        await leads(hubs.one, after=seen)
        async with asyncio.timeout(200):
            while not await is_done(postgres_database):
                await asyncio.sleep(0.5)
        assert await hubs.one.stop() == 0
        on_telegram = [await heard(hubs, person) for person in people]
    on_matrix = [await _shown(homeserver, bot, room) for room in rooms]
    assert set(on_telegram) == {1}
    assert set(on_matrix) == {1}


async def _room(homeserver: Synapse, account: Account) -> str:
    path = "/_matrix/client/v3/createRoom"
    answer = await homeserver.request(account, "POST", path, {"preset": "private_chat"})
    return str(answer["room_id"])


async def _shown(homeserver: Synapse, account: Account, room: str) -> int:
    path = f"/_matrix/client/v3/rooms/{quote(room)}/messages?dir=b&limit=100"
    answer: dict[str, Any] = await homeserver.request(account, "GET", path)
    chunk: Sequence[dict[str, Any]] = answer["chunk"]
    return Counter(one["content"].get("body") for one in chunk)[SHOWN]
