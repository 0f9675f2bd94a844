import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from nio import SyncResponse

from bot.channels.matrix import MatrixChannel
from bot.channels.matrix.client import _read_sync
from bot.clock import SystemClock
from bot.errors import TemporaryDeliveryError
from bot.messages import Address, Change
from bot.text.document import Document
from tests.channels.matrix.hub import Hub, eventually, new_account, settings_for
from tests.channels.matrix.person import Person
from tests.servers.matrix_client import Member
from tests.servers.synapse import Account, Synapse

pytest_plugins = ["tests.servers.fixtures"]

KEYS_IN_STOCK = 50
ENCRYPTION = {"algorithm": "m.megolm.v1.aes-sha2"}


async def kinds(homeserver: Synapse, account: Account, room: str) -> list[str]:
    """Return the types of the room's events as they lie on the server, newest first."""
    path = f"/_matrix/client/v3/rooms/{room}/messages?dir=b&limit=50"
    answer = await homeserver.request(account, "GET", path)
    return [event["type"] for event in answer["chunk"]]


def session_of(bot: Account, store: Path) -> Account:
    """Return the login that the channel made for itself."""
    saved = json.loads((store / "session.json").read_text())
    return Account(bot.user_id, bot.password, saved["access_token"], saved["device_id"])


async def test_nothing_leaves_in_clear_before_the_first_sync(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """A send that comes too early is put off, even if the room is encrypted for long."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with Member.login(homeserver.url, anna.user_id, anna.password) as member:
        async with Hub.running(homeserver, bot, tmp_path) as hub:
            room = await member.create_room(encrypted=True, invite=[bot.user_id])
            await hub.change(Change.JOINED, room)
        settings = settings_for(homeserver, bot)
        channel = MatrixChannel(settings, store_dir=tmp_path, clock=SystemClock())
        await channel.open()
        try:
            with pytest.raises(TemporaryDeliveryError):
                await channel.send(Address("matrix", room), Document.of("geheim"), key="early")
        finally:
            await channel.close()

    assert "m.room.message" not in await kinds(homeserver, anna, room)


async def test_nothing_leaves_in_clear_after_encryption_was_turned_on(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """Once the sync has shown the change, a room known as open is open no more."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, anna.user_id, anna.password) as member,
    ):
        room = await member.create_room(encrypted=False, invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        await hub.say(room, "offen")
        path = f"/_matrix/client/v3/rooms/{room}/state/m.room.encryption/"
        await homeserver.request(anna, "PUT", path, ENCRYPTION)
        await member.say(room, "!jetzt")
        await hub.message("!jetzt")
        await hub.say(room, "geheim")
        answer = await member.wait_for(lambda message: message.body == "geheim")

    assert answer.encrypted
    assert (await kinds(homeserver, anna, room)).count("m.room.message") in {1, 2}


async def test_one_time_keys_are_refilled_when_all_were_taken(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """After a night off with a busy room, newcomers can talk to the bot again."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with Hub.running(homeserver, bot, tmp_path) as first:
        await first.channel.diagnose()
    device = session_of(bot, tmp_path)
    claim = {"one_time_keys": {bot.user_id: {device.device_id: "signed_curve25519"}}}
    for _ in range(KEYS_IN_STOCK):
        await homeserver.request(anna, "POST", "/_matrix/client/v3/keys/claim", claim)
    assert await stock(homeserver, device) == 0

    async def refilled() -> bool:
        return await stock(homeserver, device) == KEYS_IN_STOCK

    async with Hub.running(homeserver, bot, tmp_path, cursor=first.cursor):
        await eventually(refilled)


async def stock(homeserver: Synapse, device: Account) -> int:
    """Return how many one-time keys the server has left."""
    answer = await homeserver.request(device, "POST", "/_matrix/client/v3/keys/upload", {})
    return int(answer["one_time_key_counts"].get("signed_curve25519", 0))


async def test_a_late_key_brings_the_message_after_a_restart(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """A message whose key is late is kept, over a restart, and read when the key comes."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with Member.login(homeserver.url, anna.user_id, anna.password) as member:
        held: list[tuple[Any, ...]] = []
        client: Any = member._client
        deliver = client.send_to_device

        async def hold(*message: Any) -> None:
            held.append(message)

        async def kept() -> bool:
            return "$" in waiting(tmp_path)

        async with Hub.running(homeserver, bot, tmp_path) as first:
            room = await member.create_room(encrypted=True, invite=[bot.user_id])
            await first.committed_after(await first.change(Change.JOINED, room))
            client.send_to_device = hold
            await member.say(room, "!verspätet")
            await eventually(kept)
            await first.next_batch()
        client.send_to_device = deliver
        async with Hub.running(homeserver, bot, tmp_path, cursor=first.cursor) as second:
            for message in held:
                await deliver(*message)
            late = await second.message("!verspätet")
            await second.committed_after(late)

    assert first.texts() == []
    assert waiting(tmp_path) == "[]"


def waiting(store: Path) -> str:
    """Return the list of messages without a key, as it is on disk."""
    path = store / "undecrypted.json"
    return path.read_text() if path.exists() else ""


async def curve_key(homeserver: Synapse, device: Account) -> str:
    query = {"device_keys": {device.user_id: [device.device_id]}}
    answer = await homeserver.request(device, "POST", "/_matrix/client/v3/keys/query", query)
    keys = answer["device_keys"][device.user_id][device.device_id]["keys"]
    return str(keys[f"curve25519:{device.device_id}"])


def rubbish(our_key: str) -> list[tuple[str, dict[str, Any]]]:
    """Return events that look right from afar."""
    olm = {"algorithm": "m.olm.v1.curve25519-aes-sha2", "sender_key": "x"}
    megolm = {"algorithm": "m.megolm.v1.aes-sha2", "sender_key": "x", "device_id": "y"}
    return [
        ("m.room_key_request", {"request_id": "1"}),
        ("m.room_key_request", {"action": "request", "requesting_device_id": "x"}),
        ("m.room.encrypted", {**olm, "ciphertext": {our_key: {"type": 0, "body": "AAAA"}}}),
        ("m.room.encrypted", {**olm, "ciphertext": {our_key: {"type": 1, "body": "?"}}}),
        ("m.room.encrypted", {**megolm, "session_id": "z", "ciphertext": "AAAA"}),
        ("m.room_key", {"algorithm": 1}),
        ("m.key.verification.start", {"method": []}),
        ("m.key.verification.mac", {"transaction_id": "1", "mac": {}, "keys": "?"}),
    ]


async def test_a_malformed_event_stops_nothing(homeserver: Synapse, tmp_path: Path) -> None:
    """Strangers can send anything; the bot must not become deaf by it."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    member = Person(homeserver, anna)
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
    ):
        room = await member.create_room(invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        device = session_of(bot, tmp_path)
        for number, (kind, content) in enumerate(rubbish(await curve_key(homeserver, device))):
            path = f"/_matrix/client/v3/sendToDevice/{kind}/{number}"
            body = {"messages": {bot.user_id: {"*": content}}}
            await homeserver.request(anna, "PUT", path, body)
            if "ciphertext" not in content or "session_id" in content:
                path = f"/_matrix/client/v3/rooms/{room}/send/{kind}/x{number}"
                await homeserver.request(anna, "PUT", path, content)
        await homeserver.request(
            anna,
            "PUT",
            f"/_matrix/client/v3/rooms/{room}/send/m.room.message/odd",
            {"msgtype": "m.text", "body": "seltsam", "m.relates_to": []},
        )
        await member.say(room, "!danach")
        await hub.message("!danach")

    assert hub.texts()[-1] == "!danach"


async def test_a_repeated_key_is_delivered_once(homeserver: Synapse, tmp_path: Path) -> None:
    """A relay that died after sending may send again, also after a restart."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with Member.login(homeserver.url, anna.user_id, anna.password) as member:
        async with Hub.running(homeserver, bot, tmp_path) as first:
            room = await member.create_room(encrypted=True, invite=[bot.user_id])
            await first.change(Change.JOINED, room)
            async with asyncio.TaskGroup() as tasks:
                sends = [tasks.create_task(first.say(room, "einmal", key="k/1")) for _ in "abc"]
        async with Hub.running(homeserver, bot, tmp_path, cursor=first.cursor) as second:
            again = await second.say(room, "einmal", key="k/1")

    assert {task.result() for task in sends} == {again}


def test_an_event_that_nothing_can_parse_is_left_out() -> None:
    """The rest of its batch is read."""
    event: dict[str, Any] = {"event_id": "$1", "sender": "@a:b", "origin_server_ts": 1}
    good = {**event, "type": "m.room.message", "content": {"msgtype": "m.text", "body": "!"}}
    bad = {**event, "type": "m.room.member", "content": {"membership": "join"}}
    bad |= {"state_key": "@a:b", "unsigned": {"prev_content": 1}}
    sync = {
        "next_batch": "s1",
        "device_one_time_keys_count": {},
        "device_lists": {"changed": [], "left": []},
        "to_device": {"events": []},
        "rooms": {
            "join": {"!r": {"timeline": {"events": [bad, good]}, "state": {"events": [bad]}}},
            "invite": {},
            "leave": {},
        },
    }
    answer = _read_sync(json.dumps(sync))

    assert isinstance(answer, SyncResponse)
    assert [event.source for event in answer.rooms.join["!r"].timeline.events] == [good]
