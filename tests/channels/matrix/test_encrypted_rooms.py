"""What the hub knows of the encryption of its rooms."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.app import ROUTERS
from bot.channels.matrix import MatrixChannel
from bot.channels.matrix.homeserver import Homeserver
from bot.channels.matrix.refusals import RefusalError
from bot.clock import SystemClock
from bot.config import Settings
from bot.dispatch.router import RoutingTable
from bot.hub import Hub as WholeHub
from bot.hub import stop
from bot.messages import Change
from bot.storage import chats
from tests.channels.matrix.hub import Hub, eventually, new_account, settings_for
from tests.channels.matrix.person import Person
from tests.servers.matrix_client import Member
from tests.servers.synapse import Account, Synapse

pytest_plugins = ["tests.servers.fixtures"]

ALGORITHM = {"algorithm": "m.megolm.v1.aes-sha2"}
Call = Callable[..., Any]


async def test_messages_and_arrivals_tell_whether_a_room_is_encrypted(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """Also when it is turned on later, which is told at once and in every message after it."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    maker = Person(homeserver, anna)
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, anna.user_id, anna.password) as member,
    ):
        secret = await member.create_room(encrypted=True, invite=[bot.user_id])
        open_ = await member.create_room(encrypted=False, invite=[bot.user_id])
        arrivals = [(await hub.change(Change.JOINED, room)).chat for room in (secret, open_)]
        for room in (secret, open_):
            await member.say(room, f"!in {room}")
        said = [(await hub.message(f"!in {room}")).chat for room in (secret, open_)]
        await maker.write_state(open_, "m.room.encryption", ALGORITHM)
        await member.say(open_, "!danach")
        after = await hub.message("!danach")
        told = [event for event in hub.seen if event.chat.address.chat == open_]

    assert [chat.encrypted for chat in [*arrivals, *said]] == [True, False, True, False]
    assert after.chat.encrypted is True
    assert [event.chat.encrypted for event in told] == [False, False, True, True]


@asynccontextmanager
async def whole_hub(homeserver: Synapse, bot: Account, directory: Path) -> AsyncIterator[WholeHub]:
    """Run a hub with its database on the bot's account."""
    clock = SystemClock()
    settings = Settings.model_validate(
        {"hub": {"data_dir": directory}, "knowledge": {"encoder": False}}
    )
    channel = MatrixChannel(
        settings_for(homeserver, bot), store_dir=directory / "matrix", clock=clock
    )
    hub = WholeHub(settings, RoutingTable(ROUTERS), owner="test", clock=clock)
    await hub.prepare()
    await channel.open()
    async with asyncio.TaskGroup() as tasks:
        receiver, sender = hub.start(channel, tasks)
        yield hub
        await stop([receiver])
        await hub.drain([sender])
    await channel.close()
    await hub.database.close()


async def test_the_hub_remembers_which_rooms_are_encrypted(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """A room that turns encrypted is known as such before anybody says another word."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    maker = Person(homeserver, anna)
    async with whole_hub(homeserver, bot, tmp_path) as hub:

        def noted(room: str, *, encrypted: bool) -> Callable[[], Any]:
            async def as_expected() -> bool:
                async with hub.database.begin() as session:
                    row = await chats.find(session, channel="matrix", chat=room)
                    return row is not None and row.encrypted is encrypted

            return as_expected

        room = await maker.create_room(invite=[bot.user_id])
        await eventually(noted(room, encrypted=False))
        await maker.write_state(room, "m.room.encryption", ALGORITHM)
        await eventually(noted(room, encrypted=True))


def refusing(call: Call, asked: list[str]) -> Call:
    async def unwilling(self: Homeserver, method: str, path: str, *rest: Any, **more: Any) -> Any:
        if path.endswith("m.room.encryption/") and method == "GET":
            asked.append(path)
            raise RefusalError(502, "", body={})
        return await call(self, method, path, *rest, **more)

    return unwilling


def hanging(call: Call, asked: list[str]) -> Call:
    async def silent(self: Homeserver, method: str, path: str, *rest: Any, **more: Any) -> Any:
        if path.endswith("m.room.encryption/") and method == "GET":
            asked.append(path)
            await asyncio.Event().wait()
        return await call(self, method, path, *rest, **more)

    return silent


@pytest.mark.parametrize("trouble", [refusing, hanging])
async def test_a_homeserver_that_does_not_say_delays_nothing_for_long(
    *,
    homeserver: Synapse,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Callable[[Call, list[str]], Call],
) -> None:
    """It is asked once, until something is sent there; then it is known."""
    monkeypatch.setattr("bot.channels.matrix.rooms.PATIENCE_SECONDS", 0.2)
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    maker = Person(homeserver, anna)
    asked: list[str] = []
    async with Hub.running(homeserver, bot, tmp_path) as hub:
        with monkeypatch.context() as patch:
            patch.setattr(Homeserver, "call", trouble(Homeserver.call, asked))
            room = await maker.create_room(invite=[bot.user_id])
            await hub.change(Change.JOINED, room)
            await maker.say(room, "!eins")
            unknown = await hub.message("!eins")
        await hub.say(room, "Antwort")
        await maker.say(room, "!zwei")
        known = await hub.message("!zwei")

    assert (unknown.chat.encrypted, known.chat.encrypted) == (None, False)
    assert len(asked) == 1
