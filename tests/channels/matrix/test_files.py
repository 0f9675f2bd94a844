"""Pictures and documents: encrypted where the room is, uploaded once, fetched with care."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mautrix.types import EventType

from bot.channels.matrix.media import caption, incoming
from bot.channels.matrix.pictures import size_of
from bot.errors import ChannelUnavailableError, MessageRejectedError
from bot.messages import Address, Change, IncomingFile
from tests.channels.matrix.hub import Hub, new_account
from tests.samples import CALENDAR, GIF, JPEG, PDF, PNG, PROGRAM, WEBP, attachment
from tests.servers.matrix_client import Member, Message
from tests.servers.synapse import Synapse

pytest_plugins = ["tests.servers.fixtures"]


async def send(hub: Hub, room: str, content: bytes, name: str, key: str, **options: Any) -> str:
    address, body = Address("matrix", room), attachment(content, name)
    return await hub.channel.send(address, body, key=key, file=content, **options)


async def shown(member: Member, event: str) -> Message:
    return await member.wait_for(lambda message: message.event_id == event)


async def test_a_file_is_encrypted_where_the_room_is(homeserver: Synapse, tmp_path: Path) -> None:
    """What lies on the server tells nothing; in an open room it is what it is."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, anna.user_id, anna.password) as member,
    ):
        secret = await member.create_room(encrypted=True, invite=[bot.user_id])
        open_ = await member.create_room(encrypted=False, invite=[bot.user_id])
        for room in (secret, open_):
            await hub.change(Change.JOINED, room)
        hidden = await shown(member, await send(hub, secret, PNG, "plan.png", "1"))
        clear = await shown(member, await send(hub, open_, PNG, "plan.png", "2", notify=True))

        assert hidden.encrypted
        assert "url" not in hidden.content
        assert PNG not in await member.download(hidden.content["file"]["url"])
        assert await member.content_of(hidden) == PNG
        assert not clear.encrypted
        assert await member.download(clear.content["url"]) == PNG
    info = {"mimetype": "image/png", "size": len(PNG), "w": 3, "h": 2}
    for message in (hidden, clear):
        assert (message.msgtype, message.body) == ("m.image", "plan.png")
        assert message.content["info"] == info
        assert message.content["m.mentions"] == {}


async def test_a_broadcast_uploads_once_for_each_kind_of_room(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """Every room shows the same upload; a file in a thread stays there."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, anna.user_id, anna.password) as member,
    ):
        rooms = [
            await member.create_room(encrypted=encrypted, invite=[bot.user_id])
            for encrypted in (True, True, False, False)
        ]
        for room in rooms:
            await hub.change(Change.JOINED, room)
        root = await member.say(rooms[0], "Faden")
        address = Address("matrix", rooms[0], root)
        body = attachment(PDF, "a.pdf")
        first = await hub.channel.send(address, body, key="first", file=PDF)
        events = [first, *[await send(hub, room, PDF, "a.pdf", room) for room in rooms[1:]]]
        messages = [await shown(member, event) for event in events]

    files: list[Any] = [message.content.get("file") for message in messages]
    assert files[0] == files[1]
    assert files[2] is files[3] is None
    assert messages[2].content["url"] == messages[3].content["url"] != files[0]["url"]
    assert messages[0].relates_to["event_id"] == root
    assert {message.msgtype for message in messages} == {"m.file"}


async def test_members_hand_in_pictures_plain_and_encrypted(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """Each is fetched as it was; a damaged one, or one that is gone, is rejected."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, anna.user_id, anna.password) as member,
    ):
        room = await member.create_room(encrypted=True, invite=[bot.user_id], direct=True)
        await hub.change(Change.JOINED, room)
        await member.send_file(room, "eins.png", PNG, mime="image/png")
        await member.send_file(room, "zwei.png", PNG, mime="image/png", hidden=False)
        one, two = (await hub.file("eins.png")).file, (await hub.file("zwei.png")).file
        assert one is not None
        assert two is not None
        assert [await hub.channel.fetch(file) for file in (one, two)] == [PNG, PNG]
        for broken in damaged(one):
            with pytest.raises(MessageRejectedError):
                await hub.channel.fetch(broken)


def damaged(file: IncomingFile) -> list[IncomingFile]:
    """Return the same encrypted file with one part of it wrong each."""
    source = json.loads(file.id)
    wrong: list[dict[str, Any]] = [
        source | {"hashes": {"sha256": "AAAA"}},
        source | {"hashes": {"sha256": "ä"}},
        source | {"hashes": 5},
        source | {"key": {"k": "AAAA"}},
        source | {"key": "x"},
        source | {"iv": "AAAA"},
        source | {"url": source["url"] + "x"},
        source | {"url": "mxc://\ud800/x"},
        source | {"url": 5},
    ]
    return [replace(file, id=json.dumps(one)) for one in wrong]


async def test_a_file_that_is_no_file_does_not_stop_the_channel(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """Whatever strangers put into the event, the next message is heard."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    odd: list[dict[str, Any]] = [
        {"msgtype": "m.file"},
        {"msgtype": "m.file", "body": 5, "url": 5, "info": 5, "file": 5, "filename": 5},
        {"msgtype": "m.image", "body": "a", "file": {"url": {}, "key": [], "iv": 1, "hashes": ""}},
        {"msgtype": "m.image", "body": "x" * 9_000, "url": "mxc://a/b", "info": {"size": -1}},
    ]
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, anna.user_id, anna.password) as member,
    ):
        room = await member.create_room(encrypted=True, invite=[bot.user_id], direct=True)
        await hub.change(Change.JOINED, room)
        for content in odd:
            await member.send(room, content, EventType.ROOM_MESSAGE)
        await member.say(room, "weiter")
        await hub.message("weiter")
        for event in hub.seen:
            file = getattr(event, "file", None)
            if file is not None:
                assert file.size is None
                with pytest.raises((MessageRejectedError, ChannelUnavailableError)):
                    await hub.channel.fetch(file)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"body": "a.pdf"}, ""),
        ({"body": "a.pdf", "filename": "a.pdf"}, ""),
        ({"body": "Bitte prüfen", "filename": "a.pdf"}, "Bitte prüfen"),
        ({"body": "a.pdf", "formatted_body": "<b>hallo</b>"}, ""),
    ],
)
def test_a_name_is_no_caption(words: dict[str, str], said: str) -> None:
    """Older clients write the name where newer ones write what is said of the file."""
    content = {"msgtype": "m.file", "url": "mxc://a/b", **words}
    file = incoming(content)

    assert file is not None
    assert file.name == "a.pdf"
    assert caption(content)["body"] == said


@pytest.mark.parametrize("msgtype", ["m.text", "m.audio", "m.video", "m.location", ""])
def test_only_pictures_and_documents_are_files(msgtype: str) -> None:
    """Voice messages and videos are none that anybody asks for."""
    assert incoming({"msgtype": msgtype, "body": "a", "url": "mxc://a/b"}) is None


@pytest.mark.parametrize("picture", [PNG, GIF, JPEG, WEBP])
def test_the_size_of_a_picture_is_read(picture: bytes) -> None:
    """So that a client leaves room for it before it is loaded."""
    assert size_of(picture) == (3, 2)


def test_webp_of_both_older_kinds() -> None:
    """With and without loss."""
    lossless = b"RIFF....WEBPVP8L....\x2f" + (2 | 1 << 14).to_bytes(4, "little")
    lossy = b"RIFF....WEBPVP8 ......." + b"\x9d\x01\x2a" + b"\x03\0\x02\0"
    assert size_of(lossless) == size_of(lossy) == (3, 2)


@pytest.mark.parametrize("content", [PDF, CALENDAR, PROGRAM, b"", b"RIFF....WEBPVP9 "])
def test_what_is_no_picture_has_no_size(content: bytes) -> None:
    """It is sent without one."""
    assert size_of(content) is None


@pytest.mark.parametrize("picture", [PNG, GIF, JPEG, WEBP])
def test_a_picture_that_is_cut_off_does_no_harm(picture: bytes) -> None:
    """However much of it is missing."""
    for length in range(len(picture)):
        size = size_of(picture[:length])
        assert size is None or min(size) > 0
