"""What is left of a message that was taken back, and of changes that come too late."""

from pathlib import Path
from typing import Any

import pytest

from bot.channels.matrix.homeserver import Homeserver
from bot.channels.matrix.refusals import RefusalError
from bot.errors import MessageRejectedError, RecipientGoneError, TemporaryDeliveryError
from bot.messages import Address, Change, MessageId
from bot.text.document import Button, Document
from tests.channels.matrix.hub import Hub, new_account
from tests.channels.matrix.person import Person
from tests.samples import PDF, attachment
from tests.servers.matrix_client import Member
from tests.servers.synapse import Account, Synapse

pytest_plugins = ["tests.servers.fixtures"]

FIRST, SECOND, THIRD = (Document.of(f"Fassung {word}") for word in ("eins", "zwei", "drei"))
BUTTONS = [Button(label="Ja", value="yes"), Button(label="Nein", value="no")]


async def left_of(homeserver: Synapse, asking: Account, room: str, author: str) -> list[Any]:
    """Return the contents, as they lie on the server, of what *author* said and did in a room."""
    path = f"/_matrix/client/v3/rooms/{room}/messages?dir=b&limit=100"
    answer = await homeserver.request(asking, "GET", path)
    return [
        event["content"]
        for event in answer["chunk"]
        if event["sender"] == author
        and event["content"]
        and event["type"] in {"m.room.message", "m.room.encrypted", "m.reaction"}
    ]


async def edited_twice(hub: Hub, to: Address) -> MessageId:
    sent = await hub.channel.send(to, FIRST.with_buttons(BUTTONS), key="first", notify=True)
    await hub.channel.edit(to, sent, SECOND.with_buttons(BUTTONS), key="second")
    await hub.channel.edit(to, sent, THIRD.with_buttons(BUTTONS), key="third")
    return sent


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
async def test_no_version_of_a_message_that_was_taken_back_can_be_read(
    homeserver: Synapse, tmp_path: Path, *, encrypted: bool
) -> None:
    """Neither by a member, nor on the server; its buttons are gone, other messages stay."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, anna.user_id, anna.password) as member,
    ):
        room = await member.create_room(encrypted=encrypted, invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        to = Address("matrix", room)
        other = await hub.say(room, "bleibt")
        sent = await edited_twice(hub, to)
        await member.wait_for(
            lambda message: (message.edited_body or "").startswith("Fassung drei")
        )
        before = await left_of(homeserver, anna, room, bot.user_id)
        for key in ("back", "back", "once more"):
            await hub.channel.delete(to, sent, key=key)
        # What came before a notice has been read when it is read.
        notice = await member.say(room, "so weit", notice=True)
        await member.wait_for(lambda message: message.event_id == notice)
        read = [message for message in member.history(room) if message.sender == bot.user_id]

    assert len(before) == 1 + 3 + len(BUTTONS)
    assert [message.event_id for message in read if not message.redacted] == [other]
    assert all(message.reactions == {} for message in read)
    assert len(await left_of(homeserver, anna, room, bot.user_id)) == 1


@pytest.mark.parametrize("done", [0, 1, 2])
async def test_what_was_taken_back_in_part_is_taken_back_whole_by_the_repeat(
    homeserver: Synapse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    """The answer to one of three redactions is lost; the same key again does the rest."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    maker = Person(homeserver, anna)
    call = Homeserver.call
    redactions: list[str] = []

    async def tired(self: Homeserver, method: str, path: str, *rest: Any, **more: Any) -> Any:
        answer = await call(self, method, path, *rest, **more)
        if "/redact/" in path:
            redactions.append(path)
            if len(redactions) > done:
                raise RefusalError(502, "", body={})
        return answer

    async with Hub.running(homeserver, bot, tmp_path) as hub:
        room = await maker.create_room(invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        to = Address("matrix", room)
        sent = await edited_twice(hub, to)
        with monkeypatch.context() as patch:
            patch.setattr(Homeserver, "call", tired)
            with pytest.raises(TemporaryDeliveryError):
                await hub.channel.delete(to, sent, key="back")
        halves = await left_of(homeserver, anna, room, bot.user_id)
        await hub.channel.delete(to, sent, key="back")

    assert len(halves) == 2 - done + len(BUTTONS)
    assert await left_of(homeserver, anna, room, bot.user_id) == []


async def test_edits_are_found_behind_what_others_hang_on_a_message(
    homeserver: Synapse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody may send replacements of our message, which clients ignore; they stay theirs."""
    monkeypatch.setattr("bot.channels.matrix.related.PAGE_EVENTS", "2")
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    maker = Person(homeserver, anna)
    async with Hub.running(homeserver, bot, tmp_path) as hub:
        room = await maker.create_room(invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        to = Address("matrix", room)
        sent = await edited_twice(hub, to)
        for number in range(5):
            await maker.edit(room, sent, f"Gekritzel {number}")
        await maker.react(room, sent, "1️⃣")
        await hub.channel.delete(to, sent, key="back")

    assert await left_of(homeserver, anna, room, bot.user_id) == []
    assert len(await left_of(homeserver, anna, room, anna.user_id)) == 6


async def test_a_file_is_taken_back_like_a_text(homeserver: Synapse, tmp_path: Path) -> None:
    """Nothing on the server tells where it lies."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    maker = Person(homeserver, anna)
    async with Hub.running(homeserver, bot, tmp_path) as hub:
        room = await maker.create_room(invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        to = Address("matrix", room)
        sent = await hub.channel.send(to, attachment(PDF, "a.pdf"), key="file", file=PDF)
        await hub.channel.delete(to, sent, key="back")
        with pytest.raises(MessageRejectedError, match="gone"):
            await hub.channel.edit(to, sent, SECOND, key="late")

    assert await left_of(homeserver, anna, room, bot.user_id) == []


async def test_what_a_moderator_removed_can_be_taken_back_but_not_changed(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """Nobody has to look who was first; its buttons go as well."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    maker = Person(homeserver, anna)
    async with Hub.running(homeserver, bot, tmp_path) as hub:
        room = await maker.create_room(invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        to = Address("matrix", room)
        sent = await hub.channel.send(to, FIRST.with_buttons(BUTTONS), key="first")
        await maker.redact(room, sent)
        with pytest.raises(MessageRejectedError, match="gone"):
            await hub.channel.edit(to, sent, SECOND, key="late")
        await hub.channel.delete(to, sent, key="back")

    assert await left_of(homeserver, anna, room, bot.user_id) == []


async def test_nothing_is_changed_in_a_room_that_the_bot_has_left(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """The room is gone, not the message; whether or not the sync has shown it, and for good."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    maker, itself = Person(homeserver, anna), Person(homeserver, bot)
    async with Hub.running(homeserver, bot, tmp_path) as hub:
        room = await maker.create_room(invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        to = Address("matrix", room)
        sent = await edited_twice(hub, to)
        redacted = await hub.say(room, "weg")
        await hub.channel.delete(to, redacted, key="back")
        await itself.leave(room)
        await refuses_changes(hub, to, sent, "at once")
        await hub.change(Change.LEFT, room)
        for number, message in enumerate((sent, redacted, MessageId("$never"))):
            await refuses_changes(hub, to, message, f"later {number}")
        await homeserver.request(bot, "POST", f"/_matrix/client/v3/rooms/{room}/forget", {})
        await refuses_changes(hub, to, sent, "forgotten")
        await refuses_changes(hub, Address("matrix", "!nowhere:stadtfunk.test"), sent, "never")


async def refuses_changes(hub: Hub, to: Address, message: MessageId, key: str) -> None:
    with pytest.raises(RecipientGoneError):
        await hub.channel.edit(to, message, SECOND, key=f"edit {key}")
    with pytest.raises(RecipientGoneError):
        await hub.channel.delete(to, message, key=f"delete {key}")


async def test_a_room_that_forbids_removals_rejects_the_deletion(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """The bot is still in it, so its subscriptions go on."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    maker = Person(homeserver, anna)
    async with Hub.running(homeserver, bot, tmp_path) as hub:
        room = await maker.create_room(invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        sent = await hub.say(room, "bleibt")
        levels = await maker.levels(room)
        levels["events"]["m.room.redaction"] = 50
        await maker.write_state(room, "m.room.power_levels", levels)
        with pytest.raises(MessageRejectedError, match="no longer allows"):
            await hub.channel.delete(Address("matrix", room), sent, key="back")
        await hub.say(room, "geht noch")
