"""The acceptance client is as strict as Element: no key for a device that nobody has signed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.servers.matrix_client import Member
from tests.servers.synapse import Account, Synapse

pytest_plugins = ["tests.servers.fixtures"]


@dataclass
class Pair:
    anna: Member
    bert: Member
    bert_account: Account
    url: str


@pytest.fixture
async def pair(homeserver: Synapse, request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
    """Two people with an identity each, unknown to each other."""
    name = request.node.name.replace("_", "-").lower()
    anna = await homeserver.register(f"anna-{name}", "secret")
    bert = await homeserver.register(f"bert-{name}", "secret")
    async with (
        Member.login(homeserver.url, anna.user_id, "secret") as anna_online,
        Member.login(homeserver.url, bert.user_id, "secret") as bert_online,
    ):
        yield Pair(anna_online, bert_online, bert, homeserver.url)


async def test_two_people_talk_in_an_encrypted_room(pair: Pair) -> None:
    room = await pair.anna.create_room(encrypted=True, invite=[pair.bert.user_id])
    await pair.bert.join(room)

    question = await pair.anna.say(room, "When is the workshop?", mention=[pair.bert.user_id])
    read = await pair.bert.wait_for(lambda message: message.event_id == question)
    await pair.bert.say(room, "On Monday", reply_to=question, html="<b>On Monday</b>")
    answer = await pair.anna.wait_for(lambda message: message.body == "On Monday")

    assert (read.body, read.encrypted, read.trusted) == ("When is the workshop?", True, True)
    assert read.content["m.mentions"] == {"user_ids": [pair.bert.user_id]}
    assert answer.relates_to == {"m.in_reply_to": {"event_id": question}}
    assert (answer.formatted_body, answer.trusted) == ("<b>On Monday</b>", True)
    assert pair.anna.undecrypted == []


async def test_an_unsigned_device_gets_no_key_until_its_owner_signs_it(pair: Pair) -> None:
    """What Element does with MSC4153, in both directions."""
    anna, bert = pair.anna, pair.bert
    room = await anna.create_room(encrypted=True, invite=[bert.user_id])
    await bert.join(room)
    async with Member.login(pair.url, bert.user_id, "secret", signed=False) as stranger:
        hidden = await anna.say(room, "Not for strangers")
        await bert.wait_for(lambda message: message.event_id == hidden)
        assert await stranger.wait_until_undecrypted(hidden) == "withheld: m.unverified"
        spoken = await stranger.say(room, "I am Bert")
        refused = await anna.wait_for(lambda message: message.event_id == spoken)
        assert (refused.body, refused.refused, refused.trusted) == ("", True, False)

        await stranger.sign(bert.recovery_key)
        await anna.wait_until_trusted(bert.user_id, stranger.device_id)
        shown = await anna.say(room, "For signed devices")

        message = await stranger.wait_for(lambda message: message.event_id == shown)
        assert (message.body, message.encrypted) == ("For signed devices", True)
        assert stranger.undecrypted == [hidden]
        await anna.wait_for(lambda message: message.body == "I am Bert" and message.trusted)


async def test_a_person_without_any_identity_is_left_out(pair: Pair, homeserver: Synapse) -> None:
    """A bot without cross-signing is deaf and mute for strict clients."""
    bot = await homeserver.register("bot-without-identity", "secret")
    room = await pair.anna.create_room(encrypted=True, invite=[bot.user_id])
    async with Member.login(homeserver.url, bot.user_id, "secret", signed=False) as deaf:
        await deaf.join(room)
        question = await pair.anna.say(room, "Can you hear me?")
        assert await deaf.wait_until_undecrypted(question) == "withheld: m.unverified"
        assert not await pair.anna.trusts(bot.user_id, deaf.device_id)

        await deaf.sign()
        await pair.anna.wait_until_trusted(bot.user_id, deaf.device_id)
        await pair.anna.say(room, "And now?")
        await deaf.wait_for(lambda message: message.body == "And now?")


async def test_edits_reactions_and_redactions_reach_the_other_side(pair: Pair) -> None:
    anna, bert = pair.anna, pair.bert
    room = await anna.create_room(encrypted=True, invite=[bert.user_id])
    await bert.join(room)
    first = await anna.say(room, "Mondey")
    await anna.edit(room, first, "Monday")
    edit = await bert.wait_for(lambda message: message.replaces == first)
    original = await bert.wait_for(lambda message: message.edited_body == "Monday")
    assert (edit.body, original.event_id, original.body) == ("Monday", first, "Mondey")

    reaction = await bert.react(room, first, "👍")
    liked = await anna.wait_for(lambda message: "👍" in message.reactions)
    assert liked.reactions == {"👍": [bert.user_id]}
    await bert.redact(room, reaction)
    await anna.wait_for(lambda message: message.event_id == first and not message.reactions)

    await anna.redact(room, first)
    await bert.wait_for(lambda message: message.event_id == first and message.redacted)


async def test_a_plain_room_stays_plain_and_a_thread_keeps_its_root(pair: Pair) -> None:
    room = await pair.anna.create_room(encrypted=False, invite=[pair.bert.user_id], name="Town")
    await pair.bert.join(room)
    root = await pair.anna.say(room, "Root")
    await pair.bert.say(room, "Leaf", thread=root, notice=True)

    leaf = await pair.anna.wait_for(lambda message: message.body == "Leaf")

    assert (leaf.encrypted, leaf.msgtype) == (False, "m.notice")
    assert (leaf.relates_to["rel_type"], leaf.relates_to["event_id"]) == ("m.thread", root)


async def test_a_direct_chat_can_be_replaced_and_left(pair: Pair) -> None:
    anna, bert = pair.anna, pair.bert
    old = await anna.create_room(encrypted=True, invite=[bert.user_id], direct=True, version="11")
    await bert.join(old)

    new = await anna.upgrade_room(old, "12")
    await anna.invite(new, bert.user_id)
    await bert.join(new)
    await anna.say(new, "Here we are")
    await bert.wait_for(lambda message: message.room == new and message.encrypted)
    await anna.kick(new, bert.user_id, "tidying up")

    assert [message.body for message in bert.history(new)] == ["Here we are"]
    assert old in bert.invitations


async def test_a_restart_of_the_homeserver_is_survived(fresh_homeserver: Synapse) -> None:
    """The client comes back by itself, with its keys."""
    url = fresh_homeserver.url
    for name in ("anna", "bert"):
        await fresh_homeserver.register(name, "secret")
    async with (
        Member.login(url, "@anna:stadtfunk.test", "secret") as anna,
        Member.login(url, "@bert:stadtfunk.test", "secret") as bert,
    ):
        room = await anna.create_room(encrypted=True, invite=[bert.user_id])
        await bert.join(room)
        await anna.say(room, "before")
        await bert.wait_for(lambda message: message.body == "before")

        await fresh_homeserver.restart()

        await anna.say(room, "after")
        await bert.wait_for(lambda message: message.body == "after" and message.trusted)
