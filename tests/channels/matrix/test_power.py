"""Who may decide for a room."""

from pathlib import Path
from typing import Any

import pytest

from bot.channels.matrix.homeserver import Homeserver
from bot.channels.matrix.power import is_moderator, may_ring
from bot.channels.matrix.refusals import RefusalError
from bot.errors import ChannelUnavailableError
from bot.messages import Address, Change, Identity
from tests.channels.matrix.hub import Hub, new_account
from tests.channels.matrix.person import Person
from tests.servers.synapse import Account, Synapse


async def decides(hub: Hub, room: str, account: Account) -> bool:
    return await hub.channel.is_moderator(
        Address("matrix", room), Identity("matrix", account.user_id)
    )


@pytest.mark.parametrize("version", ["11", "12"])
async def test_creators_and_moderators_decide_and_members_do_not(
    homeserver: Synapse, tmp_path: Path, version: str
) -> None:
    """From version 12 on creators stand in no list; a level of 49 is not enough."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    bert = await new_account(homeserver, "bert")
    maker = Person(homeserver, anna)
    async with Hub.running(homeserver, bot, tmp_path) as hub:
        room = await maker.create_room(invite=[bot.user_id, bert.user_id], version=version)
        await hub.change(Change.JOINED, room)
        assert await decides(hub, room, anna)
        assert not await decides(hub, room, bert)
        for level in (49, 50):
            await maker.empower(room, bert.user_id, level)
            assert await decides(hub, room, bert) is (level == 50)
        assert not await decides(hub, "!nowhere:localhost", anna)


async def test_nobody_decides_in_a_room_that_the_bot_was_thrown_out_of(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """What is still known of it does not count; it does no harm either."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    stranger = await new_account(homeserver, "stranger")
    maker = Person(homeserver, anna)
    async with Hub.running(homeserver, bot, tmp_path) as hub:
        room = await maker.create_room(invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        await maker.kick(room, bot.user_id)
        await hub.change(Change.LEFT, room)
        assert not await decides(hub, room, stranger)


class Answers:
    """A homeserver that answers as it is told to."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)

    async def find(self, _path: str) -> Any:
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


CREATED = {"sender": "@anna:x", "content": {"room_version": "10"}}
CREATED_12 = {
    "sender": "@anna:x",
    "content": {"room_version": "12", "additional_creators": ["@carl:x", 5]},
}


@pytest.mark.parametrize(
    ("levels", "creation", "user", "expected"),
    [
        ({"users": {"@bert:x": "50"}}, CREATED, "@bert:x", True),
        ({"users": {"@bert:x": "viel"}}, CREATED, "@bert:x", False),
        ({"users": "broken", "users_default": 50}, CREATED, "@bert:x", True),
        ({"users": {"@bert:x": 0}, "users_default": 50}, CREATED, "@bert:x", False),
        ({"users": {}}, CREATED, "@anna:x", False),
        (None, CREATED, "@anna:x", True),
        (None, CREATED, "@bert:x", False),
        ({}, CREATED_12, "@anna:x", True),
        ({}, CREATED_12, "@carl:x", True),
        ({}, CREATED_12, "@bert:x", False),
        ({}, None, "@anna:x", False),
        (RefusalError(403, "M_FORBIDDEN", body={}), None, "@anna:x", False),
    ],
)
async def test_whatever_stands_in_a_room_is_read(
    levels: Any, creation: Any, user: str, *, expected: bool
) -> None:
    """Old rooms hold numbers as words, strangers write what they like."""
    server: Any = Answers(levels, creation)
    assert await is_moderator(server, "!room:x", user) is expected


@pytest.mark.parametrize(
    ("levels", "creation", "user", "expected"),
    [
        ({"users": {"@bot:x": 49}}, CREATED, "@bot:x", False),
        ({"users": {"@bot:x": 50}}, CREATED, "@bot:x", True),
        ({"users": {"@bot:x": 50}, "notifications": {"room": 51}}, CREATED, "@bot:x", False),
        ({"notifications": {"room": 0}}, CREATED, "@bot:x", True),
        ({"users": {"@bot:x": -1}, "notifications": {"room": 0}}, CREATED, "@bot:x", False),
        ({"notifications": {"room": "laut"}}, CREATED, "@bot:x", False),
        ({"notifications": 5}, CREATED, "@bot:x", False),
        ({"notifications": {"room": 101}}, CREATED, "@anna:x", False),
        ({"notifications": {"room": 101}}, CREATED_12, "@anna:x", True),
        ({"notifications": {"room": 101}}, CREATED_12, "@carl:x", True),
        ({}, CREATED_12, "@bot:x", False),
        (None, CREATED, "@anna:x", True),
        (None, CREATED, "@bot:x", False),
        (RefusalError(403, "M_FORBIDDEN", body={}), None, "@anna:x", False),
    ],
)
async def test_the_room_says_who_may_ring_for_everyone(
    levels: Any, creation: Any, user: str, *, expected: bool
) -> None:
    """It is 50 unless the room asks for another level, and never too much for a creator."""
    server: Any = Answers(levels, creation)
    assert await may_ring(server, "!room:x", user) is expected


async def test_a_homeserver_in_trouble_leaves_it_open(
    homeserver: Synapse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is not the same as a no."""

    async def busy(*_: Any) -> Any:
        raise RefusalError(502, "", body={})

    bot = await new_account(homeserver, "bot")
    async with Hub.running(homeserver, bot, tmp_path) as hub:
        with monkeypatch.context() as patch:
            patch.setattr(Homeserver, "find", busy)
            with pytest.raises(ChannelUnavailableError):
                await decides(hub, "!room:x", bot)
