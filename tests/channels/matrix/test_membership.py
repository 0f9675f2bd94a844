import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channels.matrix.homeserver import Homeserver
from bot.channels.matrix.refusals import RefusalError
from bot.errors import RecipientGoneError, RecipientMovedError
from bot.messages import Change
from tests.channels.matrix.hub import Hub, eventually, new_account
from tests.channels.matrix.person import Person
from tests.servers.matrix_client import Member
from tests.servers.synapse import Account, Synapse

pytest_plugins = ["tests.servers.fixtures"]


async def membership(homeserver: Synapse, asking: Account, room: str, user_id: str) -> str:
    path = f"/_matrix/client/v3/rooms/{room}/state/m.room.member/{user_id}"
    return str((await homeserver.request(asking, "GET", path))["membership"])


async def test_only_allowed_people_may_invite(homeserver: Synapse, tmp_path: Path) -> None:
    """An invitation from anybody else is turned down."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    ben = await new_account(homeserver, "ben")

    async def turned_down() -> bool:
        return await membership(homeserver, ben, refused, bot.user_id) == "leave"

    allowed = Person(homeserver, anna)
    stranger = Person(homeserver, ben)
    async with (
        Hub.running(homeserver, bot, tmp_path, allowed_inviters=(anna.user_id,)) as hub,
    ):
        refused = await stranger.create_room(invite=[bot.user_id])
        accepted = await allowed.create_room(invite=[bot.user_id])
        await hub.change(Change.JOINED, accepted)
        await eventually(turned_down)

    assert [event.chat.address.chat for event in hub.seen] == [accepted]


async def test_an_invitation_while_away_is_accepted_after_the_start(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """What was said in the room before the bot came is not answered."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    member = Person(homeserver, anna)
    room = await member.create_room(invite=[bot.user_id])
    await member.say(room, "!früher")
    async with Hub.running(homeserver, bot, tmp_path) as hub:
        await hub.change(Change.JOINED, room)
        await member.say(room, "!jetzt")
        await hub.message("!jetzt")

    assert hub.texts() == ["!jetzt"]


def failures(store: Path) -> int:
    """Return how often the one pending join failed, as it is on disk."""
    path = store / "invitations.json"
    pending = json.loads(path.read_text()) if path.exists() else []
    return sum(join["attempts"] for join in pending)


async def test_a_failed_join_is_made_after_the_restart(
    homeserver: Synapse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The homeserver shows an invitation once; the bot remembers it until it is in."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    call = Homeserver.call

    async def unable_to_join(
        self: Homeserver, method: str, path: str, *rest: Any, **more: Any
    ) -> Any:
        if "/join/" in path:
            raise RefusalError(502, "M_UNKNOWN", body={})
        return await call(self, method, path, *rest, **more)

    async def postponed() -> bool:
        return failures(tmp_path) > 0

    member = Person(homeserver, anna)
    with monkeypatch.context() as patch:
        patch.setattr(Homeserver, "call", unable_to_join)
        patch.setattr("bot.channels.matrix.invitations.PAUSES", (timedelta(0),))
        async with Hub.running(homeserver, bot, tmp_path) as first:
            room = await member.create_room(invite=[bot.user_id])
            await eventually(postponed)
            await first.next_batch()
    async with Hub.running(homeserver, bot, tmp_path, cursor=first.cursor) as second:
        await second.change(Change.JOINED, room)

    assert first.seen == []


async def test_after_a_kick_nothing_can_be_sent(homeserver: Synapse, tmp_path: Path) -> None:
    """A kick is told once, with who did it, and ends the deliveries."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, anna.user_id, anna.password) as member,
    ):
        room = await member.create_room(encrypted=True, invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        await hub.say(room, "Guten Tag")
        await member.kick(room, bot.user_id)
        left = await hub.change(Change.LEFT, room)
        with pytest.raises(RecipientGoneError):
            await hub.say(room, "Noch da?")

    assert left.sender is not None
    assert left.sender.identity.user == anna.user_id


async def test_the_bot_follows_an_upgraded_room(homeserver: Synapse, tmp_path: Path) -> None:
    """The successor may want an invitation first; the old room then points to it."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    member = Person(homeserver, anna)
    async with (
        Hub.running(homeserver, bot, tmp_path, allowed_inviters=("*",)) as hub,
    ):
        room = await member.create_room(invite=[bot.user_id], version="11")
        await hub.change(Change.JOINED, room)
        await hub.say(room, "Guten Tag")
        successor = await member.upgrade_room(room, "12")
        await member.invite(successor, bot.user_id)
        moved = await hub.change(Change.MOVED, room)
        with pytest.raises(RecipientMovedError) as refused:
            await hub.say(room, "Hier?")
        await member.say(successor, "!hier")
        await hub.message("!hier")

    assert moved.moved_to == refused.value.to == successor
    assert [event for event in hub.seen if event.chat.address.chat == successor][:1] != [moved]


async def test_a_long_absence_leaves_no_gap(
    homeserver: Synapse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More messages than a sync carries are read all the same, in their order."""
    monkeypatch.setattr("bot.channels.matrix.sync.TIMELINE_EVENTS", 4)
    monkeypatch.setattr("bot.channels.matrix.sync.PAGE_EVENTS", 3)
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    member = Person(homeserver, anna)
    async with Hub.running(homeserver, bot, tmp_path) as first:
        room = await member.create_room(invite=[bot.user_id])
        await first.committed_after(await first.change(Change.JOINED, room))
    words = [f"!{number}" for number in range(12)]
    for word in words:
        await member.say(room, word)
    async with Hub.running(homeserver, bot, tmp_path, cursor=first.cursor) as second:
        await second.message(words[-1])

    assert second.texts() == words
