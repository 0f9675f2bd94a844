"""What is said in a group, as a mirror needs it; and what a mirror says there."""

import hashlib
from dataclasses import dataclass

import pytest

from bot.channels.telegram import TelegramChannel
from bot.errors import MessageRejectedError
from bot.messages import (
    ContentKind,
    Incoming,
    IncomingMessage,
    MessageEdited,
    MessageId,
    Presence,
    Reacted,
    Said,
)
from bot.text.document import Attachment, Document, FileKind, Paragraph, Span
from bot.text.renderers import to_plain
from tests.channels.telegram.stage import address, event, take
from tests.samples import JPEG, PDF, PNG, WEBP
from tests.servers.telegram import BotRef, ChatRef, TelegramEmulator, UserRef

OGG = b"OggS voice"
MP4 = b"ftypisom video"


@pytest.fixture
def group(telegram_emulator: TelegramEmulator, account: BotRef, anna: UserRef) -> ChatRef:
    """A group that the bot administers, so that it hears everything."""
    group = telegram_emulator.supergroup("AG Cityapps", members=[anna, account])
    telegram_emulator.promote(account, group)
    return group


@dataclass
class Ear:
    """A channel that has told Telegram what it wants to hear, and heard everything so far."""

    channel: TelegramChannel
    cursor: str | None

    async def events(self, count: int = 1) -> list[Incoming | None]:
        """Return what comes next."""
        received = await take(self.channel, count, self.cursor)
        return [one.event for one in received]

    async def said(self) -> Said:
        """Return what is said next."""
        (event,) = await self.events()
        assert isinstance(event, IncomingMessage)
        assert event.said is not None
        return event.said


@pytest.fixture
async def ear(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, group: ChatRef, anna: UserRef
) -> Ear:
    telegram_emulator.say(anna, group, "so far")
    cursor = None
    while True:
        (received,) = await take(channel, cursor=cursor)
        cursor = received.cursor
        if isinstance(received.event, IncomingMessage):
            return Ear(channel, cursor)


async def test_marks_and_mentions_of_a_text_are_told(
    telegram_emulator: TelegramEmulator, ear: Ear, group: ChatRef, anna: UserRef
) -> None:
    """A mirror repeats a text as it was written, the name of the bot included."""
    text = "@Stadtfunk_bot hallo Anna"
    entities = [
        {"type": "bold", "offset": 15, "length": 5},
        {"type": "text_mention", "offset": 21, "length": 4, "user": {"id": anna.id}},
    ]
    telegram_emulator.format(anna, group, text, entities)

    found = await ear.said()

    mention = f"telegram:{anna.id}"
    assert found.body == Document(
        blocks=(
            Paragraph(
                spans=(
                    Span(text="@Stadtfunk_bot "),
                    Span(text="hallo", bold=True),
                    Span(text=" "),
                    Span(text="Anna", mention=mention),
                )
            ),
        )
    )
    assert [str(one) for one in found.mentions] == [mention]


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("voice", OGG, ContentKind.VOICE),
        ("audio", b"ID3", ContentKind.AUDIO),
        ("video", MP4, ContentKind.VIDEO),
        ("video_note", MP4, ContentKind.VIDEO),
        ("animation", MP4, ContentKind.VIDEO),
    ],
)
async def test_recordings_are_told_and_can_be_fetched(  # noqa: PLR0917 # fixtures
    telegram_emulator: TelegramEmulator,
    ear: Ear,
    group: ChatRef,
    anna: UserRef,
    kind: str,
    data: bytes,
    expected: ContentKind,
) -> None:
    """Nothing answers a recording, but a mirror passes it on with its caption."""
    caption = "" if kind == "video_note" else "hört"
    telegram_emulator.play(anna, group, kind, data, caption=caption)

    found = await ear.said()

    assert (found.kind, to_plain(found.body)) == (expected, caption)
    assert found.file is not None
    assert await ear.channel.fetch(found.file) == data


async def test_an_album_stays_together(
    telegram_emulator: TelegramEmulator, ear: Ear, group: ChatRef, anna: UserRef
) -> None:
    """Its pictures have one name in common, and the caption stands at the first."""
    telegram_emulator.album(anna, group, [JPEG, JPEG], caption="zwei")

    events = await ear.events(2)

    albums = [one.said for one in events if isinstance(one, IncomingMessage)]
    assert len({one.album for one in albums if one}) == 1
    assert [to_plain(one.body) for one in albums if one] == ["zwei", ""]


@pytest.mark.parametrize(("moving", "content"), [(False, WEBP), (True, WEBP[::-1])])
async def test_a_sticker_is_a_picture(  # noqa: PLR0917 # fixtures
    telegram_emulator: TelegramEmulator,
    ear: Ear,
    group: ChatRef,
    anna: UserRef,
    moving: bool,  # noqa: FBT001 # a parameter of the test
    content: bytes,
) -> None:
    """Of one that moves the still picture is told."""
    telegram_emulator.stick(anna, group, WEBP, "👍", moving=moving)

    found = await ear.said()

    assert (found.kind, to_plain(found.body)) == (ContentKind.STICKER, "👍")
    assert found.file is not None
    assert await ear.channel.fetch(found.file) == content


async def test_places_polls_and_contacts_become_words(
    telegram_emulator: TelegramEmulator, ear: Ear, group: ChatRef, anna: UserRef
) -> None:
    """With a link to the map or to the poll."""
    telegram_emulator.locate(anna, group, 51.5, 13.7, "Rathaus")
    asked = telegram_emulator.ask(anna, group, "Wann?", ["heute", "morgen"])
    telegram_emulator.hand_card(anna, group, "Bea", "+49 351 1")

    events = await ear.events(3)

    found = [one.said for one in events if isinstance(one, IncomingMessage) and one.said]
    kinds = [ContentKind.LOCATION, ContentKind.POLL, ContentKind.TEXT]
    assert [one.kind for one in found] == kinds
    where, poll, card = (to_plain(one.body) for one in found)
    assert where.startswith("Rathaus, Markt 1 (https://www.openstreetmap.org/?mlat=51.5&mlon=13.7")
    assert poll.startswith("Wann?\n- heute\n- morgen\n\nhttps://t.me/c/")
    assert poll.endswith(f"/{asked.message_id}")
    assert card == "Bea\n+49 351 1"


async def test_a_forwarded_message_says_whose_words_it_passes_on(
    telegram_emulator: TelegramEmulator, ear: Ear, group: ChatRef, anna: UserRef
) -> None:
    """Else they would look like the words of who forwarded them."""
    telegram_emulator.pass_on(anna, group, "Hört, hört", "Bea")

    found = await ear.said()

    assert (to_plain(found.body), found.forwarded) == ("Hört, hört", "Bea")


async def test_edits_reactions_and_arrivals_are_told(
    telegram_emulator: TelegramEmulator, ear: Ear, group: ChatRef, anna: UserRef
) -> None:
    """Each names the message or the person that it is about."""
    message = telegram_emulator.say(anna, group, "hallo")
    telegram_emulator.reformat(
        anna, message, "Hallo", [{"type": "italic", "offset": 0, "length": 5}]
    )
    telegram_emulator.react(anna, message, "👍")
    telegram_emulator.react(anna, message, None)
    bea = telegram_emulator.user("Bea")
    telegram_emulator.join(bea, group)

    _, edited, liked, unliked, came = await ear.events(5)

    own = MessageId(str(message.message_id))
    assert isinstance(edited, MessageEdited)
    assert edited.message == own
    italic = Span(text="Hallo", italic=True)
    assert edited.said.body == Document(blocks=(Paragraph(spans=(italic,)),))
    assert isinstance(liked, Reacted)
    assert (liked.message, liked.added, liked.removed) == (own, ("👍",), ())
    assert isinstance(unliked, Reacted)
    assert (unliked.added, unliked.removed) == ((), ("👍",))
    assert isinstance(came, Presence)
    assert (came.sender.name, came.joined) == ("Bea", True)


async def test_a_live_position_is_told_once(
    telegram_emulator: TelegramEmulator, ear: Ear, group: ChatRef, anna: UserRef
) -> None:
    """It moves every few seconds, which nobody wants to read."""
    position = telegram_emulator.locate(anna, group, 51.5, 13.7)
    telegram_emulator.reformat(anna, position, "", [])

    first, moved = await ear.events(2)

    assert isinstance(first, IncomingMessage)
    assert moved is None


async def test_a_direct_chat_is_never_mirrored(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, anna: UserRef, account: BotRef
) -> None:
    """What is said there is between one person and the bot."""
    telegram_emulator.say(anna, account, "nur für uns")

    told = await event(channel)

    assert isinstance(told, IncomingMessage)
    assert told.said is None


def captioned(content: bytes, name: str, kind: FileKind | None, mime: str) -> Document:
    """Make a file with a formatted caption."""
    shown = Attachment(
        file=hashlib.sha256(content).hexdigest(),
        name=name,
        mime=mime,
        size=len(content),
        kind=kind,
    )
    caption = Paragraph(spans=(Span(text="Bea: ", bold=True), Span(text="seht")))
    return Document(blocks=(caption,), attachment=shown, captioned=True)


@pytest.mark.parametrize(
    ("kind", "content", "mime", "shown"),
    [
        (FileKind.VOICE, OGG, "audio/ogg; codecs=opus", "voice"),
        (FileKind.AUDIO, b"ID3", "audio/mpeg", "audio"),
        (FileKind.VIDEO, MP4, "video/mp4", "video"),
        (FileKind.VIDEO, b"webm", "video/webm", "document"),
        (FileKind.PICTURE, PNG, "image/png", "photo"),
        (FileKind.DOCUMENT, PNG, "image/png", "document"),
    ],
)
async def test_a_file_goes_out_as_what_it_is_with_its_caption(  # noqa: PLR0917 # fixtures
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    group: ChatRef,
    kind: FileKind,
    content: bytes,
    mime: str,
    shown: str,
) -> None:
    """One message, whose caption can be edited; what Telegram can't play is a document."""
    body = captioned(content, "datei", kind, mime)
    message = await channel.send(address(group), body, key="k", file=content)
    changed = body.model_copy(update={"blocks": Document.of("neu").blocks})
    await channel.edit(address(group), message, changed, key="e")
    await channel.edit(address(group), message, changed, key="e")

    (found,) = (one for one in telegram_emulator.chat_history(group) if one.kind == shown)

    assert telegram_emulator.content(found) == content
    assert (found.text, found.edits) == ("neu", 1)


async def test_a_mention_goes_out_as_one(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, group: ChatRef, anna: UserRef
) -> None:
    """By the number, so that it rings for who has no user name as well."""
    named = Span(text="Anna", mention=f"telegram.west:{anna.id}", bold=True)
    body = Document(blocks=(Paragraph(spans=(Span(text="Hallo "), named)),))

    await channel.send(address(group), body, key="k")

    *_, found = telegram_emulator.chat_history(group)
    kinds = {entity["type"]: entity.get("user", {}).get("id") for entity in found.entities}
    assert kinds == {"text_mention": anna.id, "bold": None}


async def test_who_takes_no_voice_messages_gets_a_document(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, anna: UserRef
) -> None:
    """The recording still arrives."""
    telegram_emulator.refuse_voice(anna)
    body = captioned(OGG, "a.ogg", FileKind.VOICE, "audio/ogg")

    await channel.send(address(anna), body, key="k", file=OGG)

    (found,) = telegram_emulator.chat_history(anna)
    assert (found.kind, found.text) == ("document", "Bea: seht")


async def test_a_caption_that_is_too_long_is_refused_with_the_reason(
    channel: TelegramChannel, group: ChatRef
) -> None:
    """Whoever sends it has to split it before."""
    body = captioned(PDF, "a.pdf", None, "application/pdf")
    long = body.model_copy(update={"blocks": Document.of("x" * 1025).blocks})

    with pytest.raises(MessageRejectedError, match="caption is too long"):
        await channel.send(address(group), long, key="k", file=PDF)


async def test_the_bot_reacts_with_what_telegram_allows(
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    group: ChatRef,
    anna: UserRef,
    account: BotRef,
) -> None:
    """A later reaction takes the place of the earlier one; what is not allowed shows as none."""
    message = telegram_emulator.say(anna, group, "hallo")
    name = MessageId(str(message.message_id))

    async def shown(emoji: str | None) -> list[str]:
        assert await channel.react(address(group), name, emoji, key="k") is None
        *_, found = telegram_emulator.chat_history(group)
        return found.reactions.get(str(account.id), [])

    assert await shown("👍") == ["👍"]
    assert await shown("❤️") == ["❤"]
    assert await shown("🦖") == []
    assert await shown("🎉") == ["🎉"]
    assert await shown(None) == []
    with pytest.raises(MessageRejectedError):
        await channel.react(address(group), MessageId("999"), "👍", key="k")


def test_a_kind_is_kept_with_the_attachment() -> None:
    """What was enqueued by an older version has none, and is shown as before."""
    old = {"file": "0" * 64, "name": "a.pdf", "mime": "application/pdf", "size": 1}
    assert Attachment.model_validate(old).kind is None
