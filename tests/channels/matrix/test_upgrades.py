"""Rooms that move, and rooms that only say so."""

from pathlib import Path
from typing import Any

from bot.messages import Change, ChatChange
from tests.channels.matrix.hub import Hub, eventually, new_account
from tests.channels.matrix.person import Person
from tests.servers.synapse import Account, HomeserverError, Synapse

pytest_plugins = ["tests.servers.fixtures"]


async def point(homeserver: Synapse, who: Account, room: str, successor: str) -> None:
    """Write a tombstone into *room* that names *successor*."""
    path = f"/_matrix/client/v3/rooms/{room}/state/m.room.tombstone/"
    body = {"body": "Wir ziehen um", "replacement_room": successor}
    await homeserver.request(who, "PUT", path, body)


async def public_room(homeserver: Synapse, who: Account, **more: Any) -> str:
    body = {"preset": "public_chat", "room_version": "11", **more}
    answer = await homeserver.request(who, "POST", "/_matrix/client/v3/createRoom", body)
    return str(answer["room_id"])


async def membership(homeserver: Synapse, asking: Account, room: str, user_id: str) -> str:
    path = f"/_matrix/client/v3/rooms/{room}/state/m.room.member/{user_id}"
    try:
        return str((await homeserver.request(asking, "GET", path))["membership"])
    except HomeserverError:
        return "none"


def moves(hub: Hub) -> list[str | None]:
    changes = [event for event in hub.seen if isinstance(event, ChatChange)]
    return [change.moved_to for change in changes if change.change is Change.MOVED]


async def test_a_room_cannot_move_into_a_room_of_others(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """Subscriptions and answers would follow it there."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    eve = await new_account(homeserver, "eve")
    forger = Person(homeserver, eve)
    async with Hub.running(homeserver, bot, tmp_path) as hub:
        target = await Person(homeserver, anna).create_room(invite=[bot.user_id])
        room = await forger.create_room(invite=[bot.user_id], version="11")
        await hub.change(Change.JOINED, target)
        await hub.change(Change.JOINED, room)
        await point(homeserver, eve, room, target)
        await forger.say(room, "!danach")
        await hub.message("!danach")
        await hub.say(room, "Hier, und nicht bei Anna.")

    assert moves(hub) == []


async def test_a_forged_successor_is_left_again(homeserver: Synapse, tmp_path: Path) -> None:
    """Only after the join can the bot see that the room succeeds nothing."""
    bot, eve = await new_account(homeserver, "bot"), await new_account(homeserver, "eve")
    forger = Person(homeserver, eve)

    async def left() -> bool:
        return await membership(homeserver, eve, trap, bot.user_id) == "leave"

    async with Hub.running(homeserver, bot, tmp_path) as hub:
        room = await forger.create_room(invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        trap = await public_room(homeserver, eve)
        await point(homeserver, eve, room, trap)
        await eventually(left)
        await forger.say(trap, "!falle")
        await forger.say(room, "!danach")
        await hub.committed_after(await hub.message("!danach"))
        await hub.next_batch()

    assert moves(hub) == []
    assert hub.texts() == ["!danach"]
    assert {event.chat.address.chat for event in hub.seen} == {room}


async def test_a_tombstone_cannot_turn_an_invitation_into_a_trap(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """Who was invited by somebody allowed stays, whatever another room says about it."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    eve = await new_account(homeserver, "eve")
    forger, member = Person(homeserver, eve), Person(homeserver, anna)
    async with Hub.running(homeserver, bot, tmp_path) as hub:
        room = await forger.create_room(invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        wanted = await member.create_room(invite=[])
        await point(homeserver, eve, room, wanted)
        await forger.say(room, "!vorher")
        await hub.committed_after(await hub.message("!vorher"))
        await member.invite(wanted, bot.user_id)
        joined = await hub.change(Change.JOINED, wanted)
        await member.say(wanted, "!hallo")
        await hub.message("!hallo")

    assert joined.sender is not None
    assert joined.sender.identity.user == anna.user_id
    assert moves(hub) == []


async def test_who_may_not_invite_cannot_upgrade_the_bot_away(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """The bot stays until somebody allowed invites it into the successor; then the chat moves."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    ben = await new_account(homeserver, "ben")
    powers = {"users": {anna.user_id: 100, ben.user_id: 100}}
    async with Hub.running(homeserver, bot, tmp_path, allowed_inviters=(anna.user_id,)) as hub:
        room = await public_room(
            homeserver, anna, invite=[bot.user_id], power_level_content_override=powers
        )
        await hub.change(Change.JOINED, room)
        await homeserver.request(ben, "POST", f"/_matrix/client/v3/join/{room}", {})
        successor = await Person(homeserver, ben).upgrade_room(room, "11")
        await Person(homeserver, anna).say(room, "!danach")
        await hub.committed_after(await hub.message("!danach"))
        await hub.next_batch()
        before = await membership(homeserver, ben, successor, bot.user_id)
        await homeserver.request(anna, "POST", f"/_matrix/client/v3/join/{successor}", {})
        await Person(homeserver, anna).invite(successor, bot.user_id)
        moved = await hub.change(Change.MOVED, room)

    assert before == "none"
    assert moved.moved_to == successor
