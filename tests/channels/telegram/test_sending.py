"""What arrives in the chat when the channel sends, edits and takes back."""

from datetime import timedelta

import pytest

from bot.channels.telegram import TelegramChannel
from bot.errors import MessageRejectedError, RecipientMovedError, TemporaryDeliveryError
from bot.messages import Address, MessageId
from bot.text.document import Button, Document, Paragraph, Span
from tests.channels.telegram.stage import address
from tests.samples import PDF, attachment, png
from tests.servers.telegram import BotRef, ChatRef, TelegramEmulator, UserRef

HELLO = Document.of("hallo")
TWO_DAYS = 48 * 3600
"""Seconds."""


async def test_marks_arrive_as_entities_and_never_as_markup(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, anna: UserRef
) -> None:
    """Nothing has to be escaped, and an emoji before a mark does not shift it."""
    spans = (Span(text="🏙️ <b> & "), Span(text="fett", bold=True), Span(text=" *x*"))
    await channel.send(address(anna), Document.of(Paragraph(spans=spans)), key="k")

    message = await telegram_emulator.next_message(anna)

    assert message.text == "🏙️ <b> & fett *x*"
    assert message.entities == [{"type": "bold", "offset": 10, "length": 4}]
    assert "parse_mode" not in telegram_emulator.calls("sendMessage")[0].params


async def test_the_message_id_is_telegrams(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, anna: UserRef
) -> None:
    """It can be used to edit, delete and reply."""
    sent = await channel.send(address(anna), HELLO, key="k")

    assert sent == str((await telegram_emulator.next_message(anna)).message_id)


async def test_half_a_character_does_not_stop_a_message(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, anna: UserRef
) -> None:
    """A lone surrogate can come out of other networks' JSON; Telegram would not take it."""
    await channel.send(address(anna), Document.of("kaputt \ud83c!"), key="k")

    assert telegram_emulator.visible(anna) == ["kaputt \ufffd!"]


async def test_only_announcements_ring_and_only_wanted_links_are_shown(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, anna: UserRef
) -> None:
    """Answers are silent and without a preview unless the document asks for one."""
    await channel.send(address(anna), HELLO, key="1")
    with_preview = HELLO.model_copy(update={"preview": True})
    await channel.send(address(anna), with_preview, key="2", notify=True)

    quiet, loud = telegram_emulator.chat_history(anna)

    assert (quiet.silent, quiet.link_preview) == (True, False)
    assert (loud.silent, loud.link_preview) == (False, True)


async def test_an_answer_replies_to_the_question(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef, anna: UserRef
) -> None:
    """If the question is gone meanwhile, the answer comes without it."""
    asked = telegram_emulator.say(anna, account, "Wann?")
    question = MessageId(str(asked.message_id))
    await channel.send(address(anna), HELLO, key="1", reply_to=question)
    telegram_emulator.delete(anna, asked)
    await channel.send(address(anna), HELLO, key="2", reply_to=question)

    _, first, second = telegram_emulator.chat_history(anna)

    assert (first.reply_to, second.reply_to) == (asked.message_id, None)


async def test_buttons_come_in_rows(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, anna: UserRef
) -> None:
    """Rows stay rows; an empty one is left out."""
    one, two = Button(label="Eins", value="1"), Button(label="Zwei", value="2")
    await channel.send(address(anna), HELLO.with_buttons([one], [], [two]), key="k")

    message = await telegram_emulator.next_message(anna)

    assert [[b["callback_data"] for b in row] for row in message.buttons] == [["1"], ["2"]]


async def test_a_public_channel_is_reached_by_name(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef, anna: UserRef
) -> None:
    """An operator may write ``@name`` instead of the number."""
    place = telegram_emulator.channel("Kanal", username="smartcity", members=[anna, account])
    await channel.send(Address("telegram", "@smartcity"), HELLO, key="k", notify=True)

    assert telegram_emulator.visible(place) == ["hallo"]


async def test_a_topic_gets_its_message(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef, anna: UserRef
) -> None:
    """A message to a topic is shown there."""
    forum = telegram_emulator.supergroup("Forum", forum=True, members=[anna, account])
    topic = telegram_emulator.topic(forum, "Fristen")
    await channel.send(address(forum, topic), HELLO, key="k")

    assert (await telegram_emulator.next_message(forum)).thread == topic


async def test_a_topic_that_is_gone_is_replaced_by_the_general_one(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef, anna: UserRef
) -> None:
    """Deleting a topic does not unsubscribe the forum."""
    forum = telegram_emulator.supergroup("Forum", forum=True, members=[anna, account])
    await channel.send(address(forum, 4711), HELLO, key="k")

    assert (await telegram_emulator.next_message(forum)).thread is None


async def test_a_closed_topic_rejects_the_message(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef, anna: UserRef
) -> None:
    """It was closed so that nobody writes there; nothing is sent elsewhere."""
    forum = telegram_emulator.supergroup("Forum", forum=True, members=[anna, account])
    topic = telegram_emulator.topic(forum, "Fristen")
    telegram_emulator.close_topic(forum, topic)

    with pytest.raises(MessageRejectedError, match="TOPIC_CLOSED"):
        await channel.send(address(forum, topic), HELLO, key="k")
    assert telegram_emulator.visible(forum) == []


async def test_a_text_that_is_too_long_is_rejected(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, anna: UserRef
) -> None:
    """Splitting is the caller's; trying again would not help."""
    with pytest.raises(MessageRejectedError, match="too long"):
        await channel.send(address(anna), Document.of("x" * 4097), key="k")
    assert telegram_emulator.visible(anna) == []


@pytest.mark.parametrize(
    "place", [Address("telegram", "!raum:example.org"), Address("telegram", "1", "$thread")]
)
async def test_an_address_of_another_network_is_rejected(
    channel: TelegramChannel, place: Address
) -> None:
    """It would fail for ever, so it is not retried."""
    with pytest.raises(MessageRejectedError):
        await channel.send(place, HELLO, key="k")


async def test_a_moved_group_tells_where_it_went(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef, anna: UserRef
) -> None:
    """The first message after the upgrade learns the new id."""
    group = telegram_emulator.group("AG", members=[anna, account])
    new = telegram_emulator.migrate(group)

    with pytest.raises(RecipientMovedError) as caught:
        await channel.send(address(group), HELLO, key="k")
    assert caught.value.to == str(new.id)


@pytest.mark.filterwarnings("error")
async def test_a_flood_wait_holds_the_whole_channel(
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    anna: UserRef,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The wait is exact, and PTB's deprecation of bare seconds is not stepped on."""
    monkeypatch.delenv("PTB_TIMEDELTA", raising=False)
    telegram_emulator.fail("retry_after", method="sendMessage", seconds=17)

    with pytest.raises(TemporaryDeliveryError) as caught:
        await channel.send(address(anna), HELLO, key="k")

    assert caught.value.retry_after == timedelta(seconds=17)
    assert (caught.value.whole_channel, caught.value.uncertain) == (True, False)


async def test_an_edit_replaces_text_and_buttons(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, anna: UserRef
) -> None:
    """A settings menu is one message; without buttons in the new body they go."""
    body = HELLO.with_buttons([Button(label="Ja", value="1")])
    sent = await channel.send(address(anna), body, key="k")
    await channel.edit(address(anna), sent, Document.of("Danke"), key="k2")

    (message,) = telegram_emulator.chat_history(anna)

    assert (message.text, message.button_texts(), message.edited) == ("Danke", [], True)


async def test_an_edit_that_changes_nothing_is_a_success(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, anna: UserRef
) -> None:
    """A repeated edit after a crash does not fail."""
    sent = await channel.send(address(anna), HELLO, key="k")
    await channel.edit(address(anna), sent, HELLO, key="k2")

    assert telegram_emulator.calls("editMessageText")[0].status == 400


async def test_an_edit_of_a_missing_message_is_rejected(
    channel: TelegramChannel, anna: UserRef
) -> None:
    """The caller may then send a new one."""
    with pytest.raises(MessageRejectedError, match="message to edit not found"):
        await channel.edit(address(anna), MessageId("999"), HELLO, key="k")


async def test_an_edit_of_somebody_elses_message_is_rejected(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef, anna: UserRef
) -> None:
    """Only the bot's own messages can be edited."""
    said = telegram_emulator.say(anna, account, "meins")
    with pytest.raises(MessageRejectedError, match="can't be edited"):
        await channel.edit(address(anna), MessageId(str(said.message_id)), HELLO, key="k")


async def test_a_message_is_taken_back_once_or_twice(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, anna: UserRef
) -> None:
    """A repeated deletion after a crash does not fail."""
    sent = await channel.send(address(anna), HELLO, key="k")
    await channel.delete(address(anna), sent, key="d")
    await channel.delete(address(anna), sent, key="d")

    assert telegram_emulator.visible(anna) == []


@pytest.mark.parametrize("kind", ["private", "group", "supergroup", "channel"])
async def test_after_48_hours_nothing_is_taken_back(
    *,
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    account: BotRef,
    anna: UserRef,
    kind: str,
) -> None:
    """A recall has to edit instead, which still works, also of a post in a Telegram channel."""
    place = chat_of(telegram_emulator, kind, anna, account)
    old = await channel.send(address(place), HELLO, key="old")
    telegram_emulator.advance(TWO_DAYS - 60)
    new = await channel.send(address(place), Document.of("neu"), key="new")
    telegram_emulator.advance(120)

    with pytest.raises(MessageRejectedError, match="message can't be deleted"):
        await channel.delete(address(place), old, key="d1")
    await channel.delete(address(place), new, key="d2")
    await channel.edit(address(place), old, Document.of("zurückgezogen"), key="e")
    assert telegram_emulator.visible(place) == ["zurückgezogen"]


def chat_of(
    telegram: TelegramEmulator, kind: str, anna: UserRef, account: BotRef
) -> UserRef | ChatRef:
    """Make a chat of that kind, in which the bot may do what it usually may."""
    if kind == "private":
        return anna
    make = {
        "group": telegram.group,
        "supergroup": telegram.supergroup,
        "channel": telegram.channel,
    }
    return make[kind]("Ort", members=[anna, account])


@pytest.mark.parametrize(
    ("content", "name"), [(PDF, "a.pdf"), (png(4, 3), "a.png")], ids=["pdf", "png"]
)
@pytest.mark.parametrize("kind", ["private", "channel"])
async def test_a_file_is_taken_back_like_a_text(
    *,
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    account: BotRef,
    anna: UserRef,
    kind: str,
    content: bytes,
    name: str,
) -> None:
    """For as long, once or twice; later an edit can say below it that it is withdrawn."""
    place = chat_of(telegram_emulator, kind, anna, account)
    old, new = [
        await channel.send(address(place), attachment(content, name), key=key, file=content)
        for key in ("old", "new")
    ]
    for key in ("d1", "d2"):
        await channel.delete(address(place), new, key=key)
    telegram_emulator.advance(TWO_DAYS + 60)

    with pytest.raises(MessageRejectedError, match="message can't be deleted"):
        await channel.delete(address(place), old, key="d3")
    await channel.edit(address(place), old, Document.of("zurückgezogen"), key="e")
    ours = [m for m in telegram_emulator.chat_history(place) if m.sender_id == account.id]
    assert [(str(m.message_id), m.deleted) for m in ours] == [(old, False), (new, True)]
    assert ours[0].text == "zurückgezogen"
