"""What is said in a room, as a mirror needs it; and what a mirror says there."""

from pathlib import Path
from typing import Any, TypeVar

import pytest
from mautrix.types import EventType

from bot.channels.matrix import contents
from bot.channels.matrix.saying import said
from bot.messages import (
    Address,
    Change,
    ContentKind,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    Presence,
    Reacted,
)
from bot.text.document import Attachment, Document, FileKind, Paragraph, Span
from bot.text.renderers import to_plain
from tests.channels.matrix.hub import Hub, new_account
from tests.samples import PNG, attachment
from tests.servers.matrix_client import Member
from tests.servers.synapse import Synapse

pytest_plugins = ["tests.servers.fixtures"]
EventT = TypeVar("EventT", IncomingMessage, MessageEdited, MessageDeleted, Reacted, Presence)


async def told(hub: Hub, kind: type[EventT], number: int = 1) -> EventT:
    """Wait for an event of a kind, the first or a later one."""

    def search() -> EventT | None:
        found = [event for event in hub.seen if isinstance(event, kind)]
        return found[number - 1] if len(found) >= number else None

    event: EventT = await hub.until(search)
    return event


def bold(before: str, words: str) -> Document:
    """Make a paragraph that ends with words in bold."""
    return Document(blocks=(Paragraph(spans=(Span(text=before), Span(text=words, bold=True))),))


@pytest.mark.parametrize("encrypted", [True, False])
async def test_everything_that_is_said_in_a_room_is_told(
    homeserver: Synapse,
    tmp_path: Path,
    encrypted: bool,  # noqa: FBT001 # a parameter of the test
) -> None:
    """Texts, recordings, edits, reactions and deletions, each about the right message."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, anna.user_id, anna.password) as member,
    ):
        room = await member.create_room(encrypted=encrypted, invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        event = await member.say(room, "hallo Welt", html="hallo <b>Welt</b>")
        await member.send_file(room, "a.ogg", b"OggS", mime="audio/ogg", hidden=encrypted)
        edit = await member.edit(room, event, "Hallo Welt", html="Hallo <b>Welt</b>")
        reaction = await member.react(room, event, "🎉")
        await member.redact(room, reaction)
        await member.redact(room, event)

        first, second = await told(hub, IncomingMessage), await told(hub, IncomingMessage, 2)
        edited, liked = await told(hub, MessageEdited), await told(hub, Reacted)
        unliked, deleted = await told(hub, MessageDeleted), await told(hub, MessageDeleted, 2)
        assert first.said is not None
        assert first.said.body == bold("hallo ", "Welt")
        assert second.said is not None
        assert (second.said.kind, second.text, second.file) == (ContentKind.AUDIO, "", None)
        assert second.said.file is not None
        assert await hub.channel.fetch(second.said.file) == b"OggS"
    assert (edited.id, edited.message, edited.said.body) == (edit, event, bold("Hallo ", "Welt"))
    assert (liked.message, liked.added, liked.own) == (event, ("🎉",), reaction)
    assert [unliked.message, deleted.message] == [reaction, event]


async def test_who_comes_and_who_edits_for_others(homeserver: Synapse, tmp_path: Path) -> None:
    """Arrivals are told; the edit of somebody else's message is none."""
    names = [await new_account(homeserver, name) for name in ("bot", "anna", "bea")]
    bot, anna, bea = names
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, anna.user_id, anna.password) as member,
        Member.login(homeserver.url, bea.user_id, bea.password) as other,
    ):
        room = await member.create_room(encrypted=False, invite=[bot.user_id, bea.user_id])
        await hub.change(Change.JOINED, room)
        await other.join(room)
        event = await member.say(room, "meins")
        await other.edit(room, event, "gefälscht")
        await member.edit(room, event, "geändert")
        await other.leave(room)

        came, left = await told(hub, Presence), await told(hub, Presence, 2)
        edited = await told(hub, MessageEdited)
    assert [came.sender.identity.user, left.sender.identity.user] == [bea.user_id] * 2
    assert (came.joined, left.joined) == (True, False)
    assert to_plain(edited.said.body) == "geändert"


@pytest.mark.parametrize("encrypted", [True, False])
async def test_a_mirrored_file_keeps_its_caption_through_edits(
    homeserver: Synapse,
    tmp_path: Path,
    encrypted: bool,  # noqa: FBT001 # a parameter of the test
) -> None:
    """The file stays, the caption changes, and the mention rings only the first time."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, anna.user_id, anna.password) as member,
    ):
        room = await member.create_room(encrypted=encrypted, invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        named = Span(text="Anna", mention=f"matrix:{anna.user_id}")
        bare = attachment(PNG, "plan.png")
        caption = (Paragraph(spans=(named, Span(text=": sieh"))),)
        body = bare.model_copy(update={"blocks": caption, "captioned": True})
        address = Address("matrix", room)
        event = await hub.channel.send(address, body, key="k", file=PNG)
        changed = body.model_copy(update={"blocks": (Paragraph(spans=(named,)),)})
        await hub.channel.edit(address, event, changed, key="e")
        sent = await member.wait_for(lambda one: one.event_id == event)
        edit = await member.wait_for(lambda one: one.replaces == event)

        assert await member.content_of(sent) == PNG
    assert (sent.body, sent.content["filename"]) == ("Anna: sieh", "plan.png")
    assert sent.content["m.mentions"] == {"user_ids": [anna.user_id]}
    new = edit.content["m.new_content"]
    assert (new["msgtype"], new["body"], new["filename"]) == ("m.image", "Anna", "plan.png")
    assert new.get("url") == sent.content.get("url")
    assert new.get("file") == sent.content.get("file")
    assert edit.content["m.mentions"] == {}


async def test_the_bot_reacts_and_takes_it_back(homeserver: Synapse, tmp_path: Path) -> None:
    """One reaction at a time; the same key never makes two."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, anna.user_id, anna.password) as member,
    ):
        room = await member.create_room(encrypted=False, invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        event = await member.say(room, "hallo")
        message = (await told(hub, IncomingMessage)).message
        address = Address("matrix", room)
        first = await hub.channel.react(address, message, "👍", key="1")
        assert await hub.channel.react(address, message, "👍", key="1") == first
        assert await hub.channel.react(address, message, "🎉", key="2") not in {first, None}
        await member.wait_for(lambda one: one.event_id == event and set(one.reactions) == {"🎉"})
        assert await hub.channel.react(address, message, None, key="3") is None
        await member.wait_for(lambda one: one.event_id == event and not one.reactions)


async def test_polls_and_places_of_clients_are_told(homeserver: Synapse, tmp_path: Path) -> None:
    """As words, with a link to where one can vote or see the map."""
    bot, anna = await new_account(homeserver, "bot"), await new_account(homeserver, "anna")
    async with (
        Hub.running(homeserver, bot, tmp_path) as hub,
        Member.login(homeserver.url, anna.user_id, anna.password) as member,
    ):
        room = await member.create_room(encrypted=False, invite=[bot.user_id])
        await hub.change(Change.JOINED, room)
        answers = [{"id": "1", "org.matrix.msc1767.text": "heute"}]
        poll = {"question": {"org.matrix.msc1767.text": "Wann?"}, "answers": answers}
        kind = EventType.find("org.matrix.msc3381.poll.start", EventType.Class.MESSAGE)
        event = await member.send(room, {kind.t: poll}, kind)
        found = (await told(hub, IncomingMessage)).said
    assert found is not None
    assert found.kind is ContentKind.POLL
    assert to_plain(found.body) == f"Wann?\n- heute\n\nhttps://matrix.to/#/{room}/{event}"


def read(content: dict[str, Any], kind: str = "m.room.message") -> tuple[ContentKind, str] | None:
    """Return kind and words of a content."""
    found = said(kind, content, room_id="!r", event_id="$e")
    return None if found is None else (found.kind, to_plain(found.body))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"msgtype": "m.emote", "body": "winkt"}, (ContentKind.TEXT, "* winkt")),
        ({"msgtype": "m.notice", "body": "x"}, None),
        ({"msgtype": "m.text", "body": "x", "formatted_body": 5}, (ContentKind.TEXT, "x")),
        (
            {"msgtype": "m.audio", "body": "a.ogg", "org.matrix.msc3245.voice": {}},
            (ContentKind.VOICE, ""),
        ),
        (
            {"msgtype": "m.video", "body": "seht", "filename": "a.mp4", "url": "mxc://a/b"},
            (ContentKind.VIDEO, "seht"),
        ),
        (
            {"msgtype": "m.location", "body": "Rathaus", "geo_uri": "geo:51.5,13.7;u=35"},
            (
                ContentKind.LOCATION,
                "Rathaus (https://www.openstreetmap.org/?mlat=51.5&mlon=13.7#map=17/51.5/13.7)",
            ),
        ),
        ({"msgtype": "m.location", "body": "dort", "geo_uri": 5}, (ContentKind.LOCATION, "dort")),
        (
            {
                "msgtype": "m.text",
                "body": "> <@a:b> alt\n\nneu",
                "m.relates_to": {"m.in_reply_to": {"event_id": "$x"}},
            },
            (ContentKind.TEXT, "neu"),
        ),
    ],
)
def test_every_kind_of_message_is_understood(
    content: dict[str, Any], expected: tuple[ContentKind, str] | None
) -> None:
    """What clients send, and what only a broken one would."""
    assert read(content) == expected


def test_stickers_and_polls_have_types_of_their_own() -> None:
    """In both spellings of a poll."""
    assert read({"body": "👍", "url": "mxc://a/b"}, "m.sticker") == (ContentKind.STICKER, "👍")
    words = {"m.text": [{"body": "Wann?"}]}
    stable = {"m.poll": {"question": words, "answers": [{"m.id": "1", **words}]}}
    link = "https://matrix.to/#/!r/$e"
    assert read(stable, "m.poll.start") == (ContentKind.POLL, f"Wann?\n- Wann?\n\n{link}")


@pytest.mark.parametrize(
    ("kind", "mime", "msgtype"),
    [
        (None, "image/gif", "m.image"),
        (FileKind.DOCUMENT, "image/png", "m.file"),
        (FileKind.VOICE, "audio/ogg", "m.audio"),
        (FileKind.VOICE, "application/x", "m.file"),
        (FileKind.VIDEO, "video/mp4", "m.video"),
        (FileKind.PICTURE, "application/pdf", "m.file"),
    ],
)
def test_a_file_is_shown_as_what_it_is(kind: FileKind | None, mime: str, msgtype: str) -> None:
    """Only a recording that was spoken has the sign of a voice message."""
    file = Attachment(file="0" * 64, name="a", mime=mime, size=1, kind=kind)
    shown = contents.attached(file, b"x", source={"url": "mxc://a/b"})
    assert shown["msgtype"] == msgtype
    assert ("org.matrix.msc3245.voice" in shown) == (msgtype == "m.audio")
