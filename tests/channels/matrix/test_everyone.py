"""Messages that ring for a whole room."""

from pathlib import Path

import pytest

from bot.channels.matrix.contents import MOST_BYTES, message
from bot.errors import TemporaryDeliveryError
from bot.messages import Address, Change, MessageId
from bot.text.document import Button, Document
from tests.channels.matrix.hub import Hub, new_account
from tests.channels.matrix.person import Person
from tests.servers.matrix_client import Member
from tests.servers.matrix_history import Message
from tests.servers.synapse import Account, Synapse

pytest_plugins = ["tests.servers.fixtures"]

CALL = Document.of("Antrag bis Freitag!").model_copy(update={"everyone": True})


async def called(hub: Hub, room: str, member: Member, key: str, *, notify: bool = True) -> Message:
    """Send the call, and return it as the member reads it."""
    sent = await hub.channel.send(Address("matrix", room), CALL, key=key, notify=notify)
    return await member.wait_for(lambda message: message.event_id == sent)


def rings(message: Message) -> bool:
    """Tell whether a message calls the room; all signs of it have to agree."""
    signs = {
        message.body == "@room Antrag bis Freitag!",
        message.formatted_body == "@room <p>Antrag bis Freitag!</p>",
        message.content["m.mentions"] == {"room": True},
    }
    assert len(signs) == 1
    if signs == {False}:
        assert (message.body, message.content["m.mentions"]) == ("Antrag bis Freitag!", {})
    return signs == {True}


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
async def test_a_room_rings_for_everyone_once_the_bot_may(
    homeserver: Synapse, tmp_path: Path, *, encrypted: bool
) -> None:
    """Without the power it is a message like any other; an answer and an edit never ring."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    maker = Person(homeserver, anna)
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, anna.user_id, anna.password) as member,
    ):
        room = await member.create_room(encrypted=encrypted, invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        assert not rings(await called(hub, room, member, "powerless"))
        await maker.empower(room, bot.user_id, 50)
        ringing = await called(hub, room, member, "powerful")
        quiet = await called(hub, room, member, "an answer", notify=False)
        to = Address("matrix", room)
        await hub.channel.edit(to, MessageId(ringing.event_id), CALL, key="edit")
        edit = await member.wait_for(lambda message: message.replaces == ringing.event_id)

    assert rings(ringing)
    assert (ringing.msgtype, ringing.encrypted) == ("m.text", encrypted)
    assert not rings(quiet)
    assert edit.body == "Antrag bis Freitag!"
    assert "@room" not in str(edit.content)
    mentions = (edit.content["m.mentions"], edit.content["m.new_content"]["m.mentions"])
    assert mentions == ({}, {})
    lying = await lies(homeserver, anna, room, ringing.event_id)
    assert ("mentions" in lying) is not encrypted


async def lies(homeserver: Synapse, account: Account, room: str, event: str) -> str:
    """Return what the server knows of an event."""
    path = f"/_matrix/client/v3/rooms/{room}/event/{event}"
    return str(await homeserver.request(account, "GET", path))


async def test_the_creator_of_a_room_rings_whatever_the_level(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """In version 12 creators have more power than any number, and stand in no list."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, anna.user_id, anna.password) as member,
    ):
        maker = Person(homeserver, bot)
        room = await maker.create_room(invite=[anna.user_id], version="12")
        levels = await maker.levels(room)
        levels["notifications"] = {"room": 100}
        await maker.write_state(room, "m.room.power_levels", levels)
        await member.join(room)
        await hub.change(Change.JOINED, room)
        assert rings(await called(hub, room, member, "mine"))


async def test_a_direct_chat_is_not_called_a_room(homeserver: Synapse, tmp_path: Path) -> None:
    """The bot has all the power there, but the one who reads it has been rung for."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, anna.user_id, anna.password) as member,
    ):
        room = await member.create_room(encrypted=True, invite=[bot.user_id], direct=True)
        await hub.change(Change.JOINED, room)
        assert not rings(await called(hub, room, member, "direct"))


async def test_a_call_waits_for_a_homeserver_that_does_not_say(
    homeserver: Synapse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the bot may ring is asked first, so that nothing has to be sent twice."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    maker = Person(homeserver, anna)

    async def away(*_: object) -> bool:
        raise TimeoutError

    async with Hub.running(homeserver, bot, tmp_path) as hub:
        room = await maker.create_room(invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        with monkeypatch.context() as patch:
            patch.setattr("bot.channels.matrix.sending.may_ring", away)
            with pytest.raises(TemporaryDeliveryError):
                await hub.channel.send(Address("matrix", room), CALL, key="k", notify=True)
        path = f"/_matrix/client/v3/rooms/{room}/messages?dir=b&limit=50"
        timeline = await homeserver.request(anna, "GET", path)
    assert "Freitag" not in str(timeline)


def test_a_call_that_is_too_long_for_two_bodies_rings_in_one() -> None:
    """Its buttons still follow the words."""
    long = Document.of("Wort " * (MOST_BYTES // 8)).with_buttons([Button(label="Ja", value="y")])
    content = message(long, msgtype="m.text", ring=True)
    assert "formatted_body" not in content
    assert content["body"].startswith("@room Wort ")
    assert content["m.mentions"] == {"room": True}
