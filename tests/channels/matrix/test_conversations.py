from pathlib import Path

import pytest

from bot.errors import MessageRejectedError, TemporaryDeliveryError
from bot.messages import Address, Change, ChatKind
from bot.text.document import Button, Document
from tests.channels.matrix.hub import Hub, eventually, new_account
from tests.channels.matrix.person import Person
from tests.servers.matrix_client import Member
from tests.servers.matrix_history import Message
from tests.servers.synapse import Synapse

pytest_plugins = ["tests.servers.fixtures"]


async def test_an_encrypted_question_is_answered_encrypted(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """A client that leaves out unsigned devices is read by the bot and reads the bot."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, anna.user_id, anna.password) as member,
    ):
        room = await member.create_room(encrypted=True, invite=[bot.user_id], name="Rat")
        joined = await hub.change(Change.JOINED, room)
        await member.say(room, "Hallo zusammen")
        await member.say(room, "Wie geht das?", mention=[bot.user_id])
        asked = await hub.message("Wie geht das?")
        await hub.say(room, "So geht das.", reply_to=asked.message)
        answer = await member.wait_for(lambda message: message.sender == bot.user_id)

    assert joined.sender is not None
    assert joined.sender.identity.user == anna.user_id
    assert (asked.addressed, asked.chat.kind, asked.chat.title) == (True, ChatKind.ROOM, "Rat")
    assert not (await hub.message("Hallo zusammen")).addressed
    assert (answer.body, answer.encrypted, answer.trusted) == ("So geht das.", True, True)
    assert answer.msgtype == "m.notice"
    assert answer.relates_to["m.in_reply_to"]["event_id"] == asked.message


async def test_a_new_device_of_a_member_reads_the_next_answer(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """Whoever logs in on a second device need not wait for the bot's next restart."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, anna.user_id, anna.password) as member,
    ):
        room = await member.create_room(encrypted=True, invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        await hub.say(room, "eins")
        async with Member.login(
            homeserver.url, anna.user_id, anna.password, recovery_key=member.recovery_key
        ) as second:
            await second.say(room, "!vom zweiten")
            await hub.message("!vom zweiten")
            await hub.say(room, "zwei")
            answer = await second.wait_for(lambda message: message.body == "zwei")

    assert answer.encrypted


async def test_the_conversation_goes_on_after_a_restart(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """With the same store the bot keeps device and keys, and reads what it missed."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with Member.login(homeserver.url, anna.user_id, anna.password) as member:
        async with Hub.running(homeserver, bot, tmp_path) as first:
            room = await member.create_room(encrypted=True, invite=[bot.user_id])
            await first.change(Change.JOINED, room)
            await member.say(room, "!eins")
            await first.committed_after(await first.message("!eins"))
        await member.say(room, "!zwei")
        async with Hub.running(homeserver, bot, tmp_path, cursor=first.cursor) as second:
            missed = await second.message("!zwei")
            await second.say(room, "wieder da")
            answer = await member.wait_for(lambda message: message.body == "wieder da")

    assert missed.addressed
    assert second.texts() == ["!zwei"]
    assert (answer.encrypted, answer.trusted) == (True, True)


async def test_an_uncommitted_batch_comes_again_and_decrypts_again(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """Nothing is lost when the process dies before the commit."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with Member.login(homeserver.url, anna.user_id, anna.password) as member:
        async with Hub.running(homeserver, bot, tmp_path) as first:
            room = await member.create_room(encrypted=True, invite=[bot.user_id])
            await first.committed_after(await first.change(Change.JOINED, room))
            before = first.cursor
            await member.say(room, "!eins")
            once = await first.message("!eins")
        async with Hub.running(homeserver, bot, tmp_path, cursor=before) as second:
            again = await second.message("!eins")

    assert again == once


async def test_a_direct_invitation_makes_a_direct_chat(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """In a direct chat everything is addressed, and the account data says so for good."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    path = f"/_matrix/client/v3/user/{bot.user_id}/account_data/m.direct"
    await homeserver.request(bot, "PUT", path, {"@other:elsewhere": ["!kept"]})
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, anna.user_id, anna.password) as member,
    ):
        room = await member.create_room(encrypted=True, invite=[bot.user_id], direct=True)
        joined = await hub.change(Change.JOINED, room)
        await member.say(room, "Guten Tag")
        said = await hub.message("Guten Tag")

    assert joined.chat.kind is said.chat.kind is ChatKind.DIRECT
    assert (said.addressed, said.chat.title) == (True, "")
    assert await homeserver.request(bot, "GET", path) == {
        "@other:elsewhere": ["!kept"],
        anna.user_id: [room],
    }


async def test_answers_stay_in_their_thread(homeserver: Synapse, tmp_path: Path) -> None:
    """A question within a thread is answered within it."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, anna.user_id, anna.password) as member,
    ):
        room = await member.create_room(encrypted=True, invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        root = await member.say(room, "Ein Thema")
        await member.say(room, "!frage", thread=root)
        asked = await hub.message("!frage")
        await hub.channel.send(asked.chat.address, Document.of("!nein"), key="thread")
        answer = await member.wait_for(lambda message: message.sender == bot.user_id)

    assert asked.chat.address.thread == root
    assert (answer.relates_to["rel_type"], answer.relates_to["event_id"]) == ("m.thread", root)


async def test_a_reaction_with_a_number_presses_the_button(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """Only reactions of others to the bot's own messages count."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    buttons = [Button(label="Ja", value="yes"), Button(label="Nein", value="no")]
    asking = Document.of("Weiter?").with_buttons(buttons)
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, anna.user_id, anna.password) as member,
    ):
        room = await member.create_room(encrypted=True, invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        own = await member.say(room, "Von mir")
        await hub.message("Von mir")
        sent = await hub.channel.send(Address("matrix", room), asking, key="asking")
        shown = await member.wait_for(lambda message: len(message.reactions) == len(buttons))
        await member.react(room, own, "1️⃣")
        await member.react(room, sent, "2️⃣")
        pressed = await hub.press(2)
        await hub.channel.edit(Address("matrix", room), sent, Document.of("Danke."), key="asked")
        edited = await member.wait_for(lambda message: message.edited_body == "Danke.")
        await member.wait_for(
            lambda message: message.event_id == sent and not reacted(message, bot.user_id)
        )

    assert shown.event_id == sent
    assert (pressed.message, pressed.sender.identity.user) == (sent, anna.user_id)
    assert [event for event in hub.seen if getattr(event, "number", None) == 1] == []
    assert (edited.event_id, edited.encrypted) == (sent, True)


def reacted(message: Message, user_id: str) -> set[str]:
    return {key for key, users in message.reactions.items() if user_id in users}


async def test_edits_notices_and_own_words_are_not_read(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """Two bots in one room never answer each other."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    member = Person(homeserver, anna)
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
    ):
        room = await member.create_room(invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        said = await member.say(room, "!eins")
        await member.edit(room, said, "!geändert")
        await member.say(room, "!bot", notice=True)
        await hub.say(room, "!selbst", notify=True)
        await member.say(room, "!zwei")
        await hub.message("!zwei")

    assert hub.texts() == ["!eins", "!zwei"]


async def test_a_deleted_message_is_gone(homeserver: Synapse, tmp_path: Path) -> None:
    """Deleting twice is a success, and an edit of what is gone is refused."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, anna.user_id, anna.password) as member,
    ):
        room = await member.create_room(encrypted=True, invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        sent = await hub.say(room, "falsch", notify=True)
        read = await member.wait_for(lambda message: message.event_id == sent)
        to = Address("matrix", room)
        await hub.channel.delete(to, sent, key="once")
        await hub.channel.delete(to, sent, key="twice")
        await member.wait_for(lambda message: message.event_id == sent and message.redacted)
        with pytest.raises(MessageRejectedError):
            await hub.channel.edit(to, sent, Document.of("richtig"), key="late")

    assert read.msgtype == "m.text"


async def test_a_limit_of_the_homeserver_is_waited_for_by_the_relay(
    homeserver: Synapse, tmp_path: Path
) -> None:
    """The adapter passes on how long to wait, and the doctor tells where to lift the limit."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    member = Person(homeserver, anna)
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
    ):
        room = await member.create_room(invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        await homeserver.override_ratelimit(bot.user_id, messages_per_second=1, burst_count=1)
        with pytest.raises(TemporaryDeliveryError) as limited:
            await chatter(hub, room)
        findings = await hub.channel.diagnose()

    assert limited.value.whole_channel
    assert limited.value.retry_after is not None
    assert any("synapse-rate-limits" in finding.text for finding in findings)


async def chatter(hub: Hub, room: str) -> None:
    for word in ("eins", "zwei", "drei"):
        await hub.say(room, word)


async def test_too_long_a_message_is_given_up(homeserver: Synapse, tmp_path: Path) -> None:
    """No repeat will make it shorter, and the next message passes."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, anna.user_id, anna.password) as member,
    ):
        room = await member.create_room(encrypted=True, invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        with pytest.raises(MessageRejectedError):
            await hub.say(room, "lang" * 20_000)
        await hub.say(room, "kurz")
        await member.wait_for(lambda message: message.body == "kurz")


async def test_a_handled_question_is_marked_as_read(homeserver: Synapse, tmp_path: Path) -> None:
    """The receipt comes after the commit; small talk gets none."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    member = Person(homeserver, anna)
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
    ):
        room = await member.create_room(invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        asked = await member.say(room, "!frage")
        chatted = await member.say(room, "ach so")
        await hub.message("ach so")

        async def receipts() -> str:
            news = await homeserver.request(anna, "GET", "/_matrix/client/v3/sync")
            return str(news["rooms"]["join"][room]["ephemeral"])

        async def read() -> bool:
            return asked in await receipts()

        await eventually(read)
        assert chatted not in await receipts()
