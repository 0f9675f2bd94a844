"""Photos and documents: sent once each, shown as what they are, and fetched with care."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from telegram import Update

from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.addressing import Account
from bot.channels.telegram.incoming import translate
from bot.errors import (
    ChannelDownError,
    ChannelUnavailableError,
    MessageRejectedError,
    TemporaryDeliveryError,
)
from bot.messages import LARGEST_FILE, Address, IncomingFile, IncomingMessage
from bot.text.document import Document
from tests.channels.telegram.stage import HandClock, address, event, new_channel, take
from tests.samples import CALENDAR, GIF, JPEG, PDF, PNG, WEBP, attachment, png
from tests.servers.telegram import BotRef, TelegramEmulator, UserRef

FILE = IncomingFile("document1", "a.pdf", "application/pdf", 5)


async def send(
    channel: TelegramChannel, to: Address, content: bytes, name: str, *, notify: bool = False
) -> None:
    await channel.send(to, attachment(content, name), key="k", file=content, notify=notify)


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (PNG, "a.png", "photo"),
        (JPEG, "a.jpg", "photo"),
        (WEBP, "a.webp", "photo"),
        (GIF, "a.gif", "document"),
        (PDF, "a.pdf", "document"),
        (CALENDAR, "a.ics", "document"),
    ],
)
async def test_pictures_show_and_everything_else_is_a_document(  # noqa: PLR0917 # fixtures
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    anna: UserRef,
    content: bytes,
    name: str,
    kind: str,
) -> None:
    """An animation would lose its movement as a photo."""
    await send(channel, address(anna), content, name)
    (message,) = telegram_emulator.chat_history(anna)

    assert message.kind == kind
    assert telegram_emulator.content(message) == content
    assert (message.text, message.buttons, message.silent) == ("", [], True)


async def test_a_document_keeps_its_name_and_its_kind(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, anna: UserRef
) -> None:
    """Also one that no header could hold as it is."""
    await send(channel, address(anna), PDF, 'Größe "A"\r\nX-Evil: 1.pdf', notify=True)
    (message,) = telegram_emulator.chat_history(anna)

    assert message.content["document"]["file_name"] == "Größe AX-Evil: 1.pdf"
    assert message.content["document"]["mime_type"] == "application/pdf"
    assert not message.silent


async def test_a_broadcast_uploads_once(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, anna: UserRef
) -> None:
    """Everybody after the first gets what Telegram has already, under any name."""
    bert = telegram_emulator.user("Bert", started=True)
    for person in (anna, bert, anna):
        await send(channel, address(person), PDF, "a.pdf")

    assert telegram_emulator.uploads() == 1
    assert telegram_emulator.accepted("sendDocument") == 3
    messages = [*telegram_emulator.chat_history(anna), *telegram_emulator.chat_history(bert)]
    assert {telegram_emulator.content(message) for message in messages} == {PDF}


async def test_messages_that_begin_at_once_upload_once(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, anna: UserRef
) -> None:
    """The others wait for the first, and then name what it uploaded."""
    async with asyncio.TaskGroup() as sends:
        for _ in range(5):
            sends.create_task(send(channel, address(anna), PNG, "a.png"))

    shown = telegram_emulator.chat_history(anna)
    assert len({message.content["photo"][-1]["file_id"] for message in shown}) == 1
    assert len(shown) == 5


async def test_what_telegram_has_forgotten_is_uploaded_again(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, anna: UserRef
) -> None:
    """An id that is refused costs one request more, and no message."""
    await send(channel, address(anna), PNG, "a.png")
    telegram_emulator.forget_files()
    await send(channel, address(anna), PNG, "a.png")

    newest = telegram_emulator.chat_history(anna)[-1]
    assert telegram_emulator.content(newest) == PNG
    assert [call.status for call in telegram_emulator.calls("sendPhoto")] == [200, 400, 200]


async def test_a_picture_that_can_be_no_photo_is_a_document(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, anna: UserRef
) -> None:
    """A banner is shown small or not at all, but it arrives; it is asked about once."""
    banner = png(300, 2)
    for _ in range(2):
        await send(channel, address(anna), banner, "a.png")

    assert [message.kind for message in telegram_emulator.chat_history(anna)] == ["document"] * 2
    assert len(telegram_emulator.calls("sendPhoto")) == 1
    first, second = telegram_emulator.chat_history(anna)
    assert first.content["document"]["file_id"] == second.content["document"]["file_id"]


async def test_a_file_goes_into_the_topic_or_else_into_the_general_one(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef, anna: UserRef
) -> None:
    """As texts do."""
    forum = telegram_emulator.supergroup("AG", members=[anna, account], forum=True)
    topic = telegram_emulator.topic(forum, "Karten")
    await send(channel, address(forum, topic), PDF, "a.pdf")
    await send(channel, address(forum, topic + 500), PDF, "a.pdf")

    shown = [one for one in telegram_emulator.chat_history(forum) if one.kind == "document"]
    assert [message.thread for message in shown] == [topic, None]


async def test_refusals_and_lost_answers_mean_what_they_mean_for_texts(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, anna: UserRef
) -> None:
    """A rejected file is the file's fault, a lost answer nobody's."""
    telegram_emulator.fail("error", code=413, description="Request Entity Too Large", times=1)
    with pytest.raises(MessageRejectedError):
        await send(channel, address(anna), PDF, "a.pdf")
    telegram_emulator.fail("bad_gateway", times=1)
    with pytest.raises(TemporaryDeliveryError) as caught:
        await send(channel, address(anna), PDF, "a.pdf")
    assert caught.value.uncertain
    with pytest.raises(MessageRejectedError):
        await channel.send(address(anna), attachment(PDF, "a.pdf"), key="k")


async def test_words_still_arrive_while_a_file_is_remembered(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, anna: UserRef
) -> None:
    """A file is a message of its own beside them."""
    await channel.send(address(anna), Document.of("Anbei der Plan."), key="1")
    await send(channel, address(anna), PDF, "plan.pdf")

    kinds = [message.kind for message in telegram_emulator.chat_history(anna)]
    assert kinds == ["text", "document"]


# Arriving


async def test_of_a_photo_the_largest_size_is_taken(
    telegram_emulator: TelegramEmulator, account: BotRef, channel: TelegramChannel, anna: UserRef
) -> None:
    """Telegram offers smaller ones as well, and no name."""
    telegram_emulator.photograph(anna, account, JPEG + bytes(100), caption="Baustelle")
    said = await event(channel)

    assert isinstance(said, IncomingMessage)
    assert said.text == "Baustelle"
    assert said.file is not None
    assert (said.file.name, said.file.mime) == ("", "image/jpeg")
    assert await channel.fetch(said.file) == JPEG + bytes(100)


async def test_in_a_group_a_file_without_words_is_ours_only_as_a_reply(
    telegram_emulator: TelegramEmulator, account: BotRef, channel: TelegramChannel, anna: UserRef
) -> None:
    """Members show each other pictures."""
    group = telegram_emulator.supergroup("AG", members=[anna, account])
    await channel.send(address(group), Document.of("Bitte den Plan schicken."), key="1")
    asked = telegram_emulator.chat_history(group)[-1]
    telegram_emulator.upload(anna, group, "a.pdf", PDF, reply_to=asked)
    said = (await take(channel, 3))[-1].event  # after the joins

    assert isinstance(said, IncomingMessage)
    assert (said.text, said.addressed) == ("", True)
    payload = telegram_emulator.pending_updates()[-1]
    payload["message"].pop("reply_to_message")
    stranger = _translated(payload, account)
    assert isinstance(stranger, IncomingMessage)
    assert not stranger.addressed


def _translated(payload: dict[str, object], account: BotRef) -> object:
    update = Update.de_json(payload, None)
    return translate(update, Account(account.id, account.username), HandClock())


@pytest.mark.parametrize(
    "document",
    [
        {"file_id": "a", "file_unique_id": "b"},
        {"file_id": "a", "file_unique_id": "b", "file_size": -1, "file_name": "", "mime_type": ""},
        {"file_id": "a", "file_unique_id": "b", "file_size": "5"},
    ],
)
async def test_what_a_document_does_not_say_is_empty(
    telegram_emulator: TelegramEmulator,
    account: BotRef,
    channel: TelegramChannel,
    anna: UserRef,
    document: dict[str, object],
) -> None:
    """Only the id is always there."""
    assert channel.name == "telegram"
    telegram_emulator.upload(anna, account, "a.pdf", PDF)
    payload = telegram_emulator.pending_updates()[0]
    payload["message"]["document"] = document
    said = _translated(payload, account)

    assert isinstance(said, IncomingMessage)
    assert said.file == IncomingFile("a", "", "", None)


# Fetching


async def test_a_file_that_telegram_does_not_know_is_gone(
    telegram_emulator: TelegramEmulator, account: BotRef, channel: TelegramChannel, anna: UserRef
) -> None:
    """Ids of other accounts, and made-up ones."""
    with pytest.raises(MessageRejectedError):
        await channel.fetch(FILE)
    telegram_emulator.upload(anna, account, "a.pdf", PDF + bytes(20 * 1024 * 1024))
    said = await event(channel)
    assert isinstance(said, IncomingMessage)
    assert said.file is not None
    unsized = IncomingFile(said.file.id, "a.pdf", "", None)
    with pytest.raises(MessageRejectedError, match="too big"):
        await channel.fetch(unsized)


async def test_trouble_on_the_way_is_worth_another_try_and_a_refused_token_is_not(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel
) -> None:
    """The member is asked to send the file again, or the operator has to act."""
    for kind in ("bad_gateway", "reset", "hang", "retry_after"):
        telegram_emulator.fail(kind, seconds=2, times=1)
        with pytest.raises(ChannelUnavailableError):
            await channel.fetch(FILE)
    telegram_emulator.revoke()
    with pytest.raises(ChannelDownError, match=r"channels\.telegram\.token"):
        await channel.fetch(FILE)


@asynccontextmanager
async def serving(status: int, *, size: int = 0) -> AsyncIterator[str]:
    """Run a service that knows every file, and answers a download with *status*."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if not request.path.startswith("/file/"):
            found = {"file_id": "a", "file_unique_id": "b", "file_path": "documents/a.pdf"}
            return web.json_response({"ok": True, "result": found})
        response = web.StreamResponse(status=status)
        await response.prepare(request)
        for _ in range(0, size, 1 << 16):
            await response.write(bytes(1 << 16))
        return response

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("status", "size", "error"),
    [
        (200, 2 * LARGEST_FILE, MessageRejectedError),
        (404, 0, MessageRejectedError),
        (502, 0, ChannelUnavailableError),
        (302, 0, ChannelUnavailableError),
    ],
)
async def test_a_download_is_no_more_than_it_may_be(
    account: BotRef, clock: HandClock, status: int, size: int, error: type[Exception]
) -> None:
    """What the sender says of the size, and where a service points to, is not believed."""
    async with serving(status, size=size) as url:
        channel = new_channel(url, account.token, clock)
        await channel._link.open()
        try:
            with pytest.raises(error) as caught:
                await channel.fetch(FILE)
        finally:
            await channel.close()
    assert account.token not in repr(caught.value)
