"""What people write, and which of it is meant for the bot."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.telegram import TelegramChannel
from bot.messages import Address, Chat, ChatKind, Identity, IncomingMessage, Sender
from bot.text.document import Document
from tests.channels.telegram.stage import address, event, push, take
from tests.servers.telegram import BotRef, ChatRef, TelegramEmulator, UserRef


@pytest.fixture
def group(telegram_emulator: TelegramEmulator, account: BotRef, anna: UserRef) -> ChatRef:
    """A supergroup with the bot in it, whose coming was already noticed."""
    group = telegram_emulator.supergroup("AG Cityapps", members=[anna, account])
    telegram_emulator.world.bots[account.id].queue.clear()
    return group


def message_in(group: ChatRef, **fields: Any) -> dict[str, Any]:
    chat = {"id": group.id, "type": "supergroup", "title": group.title}
    author = {"id": 77, "is_bot": False, "first_name": "Ben"}
    return {"message_id": 9, "date": 1, "chat": chat, "from": author, "text": "hallo"} | fields


async def test_a_private_message_is_meant_for_the_bot(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef, anna: UserRef
) -> None:
    """Everything that handlers may want to know arrives with it."""
    said = telegram_emulator.say(anna, account, "Wann ist die Konferenz?")

    assert await event(channel) == IncomingMessage(
        id=f"u{telegram_emulator.pending_updates()[0]['update_id']}",
        message=str(said.message_id),  # type: ignore[arg-type] # a NewType
        chat=Chat(address(anna), ChatKind.DIRECT),
        sender=Sender(Identity("telegram", str(anna.id)), "Anna Muster", "de"),
        text="Wann ist die Konferenz?",
        addressed=True,
        sent_at=datetime.fromtimestamp(said.date, UTC),
    )


async def test_a_person_without_a_language_is_understood(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef
) -> None:
    """Telegram tells the language only if the app does."""
    telegram_emulator.say(telegram_emulator.user("Ben", started=True), account, "hallo")

    message = await event(channel)

    assert isinstance(message, IncomingMessage)
    assert message.sender.language is None


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("/hilfe", "/hilfe"),
        ("/hilfe@stadtfunk_BOT", "/hilfe"),
        ("/abo@Stadtfunk_bot Förderfristen", "/abo Förderfristen"),
        ("/abo@Stadtfunk_bot\nFörderfristen", "/abo\nFörderfristen"),
        ("@Stadtfunk_bot Wann ist die Konferenz?", "Wann ist die Konferenz?"),
        ("@stadtfunk_bot: Wann?", "Wann?"),
        ("@Stadtfunk_bot /hilfe", "/hilfe"),
        ("🏙️ Wann ist die Konferenz? @Stadtfunk_bot", "🏙️ Wann ist die Konferenz?"),
        ("@Stadtfunk_bot 🏙️ wann @Stadtfunk_bot", "🏙️ wann"),
        ("Weiß @Stadtfunk_bot etwas?", "Weiß @Stadtfunk_bot etwas?"),
        ("@Stadtfunk_bot", ""),
    ],
)
async def test_a_command_or_mention_in_a_group_is_meant_for_the_bot(
    *,
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    anna: UserRef,
    group: ChatRef,
    said: str,
    text: str,
) -> None:
    """The bot's name is cut off at the start and end and stays where a sentence needs it."""
    telegram_emulator.say(anna, group, said)

    message = await event(channel)

    assert isinstance(message, IncomingMessage)
    assert (message.text, message.addressed) == (text, True)
    assert message.chat == Chat(address(group), ChatKind.ROOM, "AG Cityapps")


async def test_other_talk_in_a_group_is_not_meant_for_the_bot(
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    account: BotRef,
    anna: UserRef,
    group: ChatRef,
) -> None:
    """With privacy mode off the bot hears it all the same, and is told that it was not asked."""
    telegram_emulator.set_privacy(account, on=False)
    for text in ("Guten Morgen", "@Anderer_bot hilfe", "Stadtfunk_bot ohne Zeichen"):
        telegram_emulator.say(anna, group, text)

    events = [one.event for one in await take(channel, 3)]

    assert [e.addressed for e in events if isinstance(e, IncomingMessage)] == [False] * 3


async def test_a_command_for_another_bot_is_left_alone(
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    account: BotRef,
    anna: UserRef,
    group: ChatRef,
) -> None:
    """Even as a reply to this bot, a command goes to whom it names; only a mirror repeats it."""
    sent = await channel.send(address(group), Document.of("Frage?"), key="k")
    question = next(m for m in telegram_emulator.chat_history(group) if m.message_id == int(sent))
    telegram_emulator.set_privacy(account, on=False)
    telegram_emulator.say(anna, group, "/hilfe@Anderer_bot", reply_to=question)

    told = await event(channel)

    assert isinstance(told, IncomingMessage)
    assert (told.text, told.addressed) == ("", False)
    assert told.said is not None


async def test_a_reply_to_the_bot_is_meant_for_it(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, anna: UserRef, group: ChatRef
) -> None:
    """An editor answers a question by replying, without naming the bot."""
    sent = await channel.send(address(group), Document.of("Offene Frage 128"), key="k")
    question = await telegram_emulator.next_message(group)
    telegram_emulator.say(anna, group, "Ja, zählt.", reply_to=question)

    message = await event(channel)

    assert isinstance(message, IncomingMessage)
    assert (message.addressed, message.reply_to) == (True, sent)


async def test_a_reply_to_somebody_else_is_not(
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    account: BotRef,
    anna: UserRef,
    group: ChatRef,
) -> None:
    """What it replies to is told, so that a bridge can mirror it."""
    telegram_emulator.set_privacy(account, on=False)
    first = telegram_emulator.say(anna, group, "Wer kommt?")
    telegram_emulator.say(anna, group, "Ich", reply_to=first)

    message = (await take(channel, 2))[1].event

    assert isinstance(message, IncomingMessage)
    assert (message.addressed, message.reply_to) == (False, str(first.message_id))


async def test_a_mention_without_a_username_counts(
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    account: BotRef,
    group: ChatRef,
) -> None:
    """A text_mention names the bot by its id."""
    user = {"id": account.id, "is_bot": True, "first_name": "Bot"}
    entity = {"type": "text_mention", "offset": 0, "length": 9, "user": user}
    text = "Stadtfunk wann?"
    push(telegram_emulator, account, "message", message_in(group, text=text, entities=[entity]))

    message = await event(channel)

    assert isinstance(message, IncomingMessage)
    assert (message.text, message.addressed) == ("wann?", True)


async def test_a_forum_topic_belongs_to_the_address(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef, anna: UserRef
) -> None:
    """The answer goes to the topic; opening the topic is no message that is replied to."""
    forum = telegram_emulator.supergroup("Forum", forum=True, members=[anna, account])
    topic = telegram_emulator.topic(forum, "Fristen")
    telegram_emulator.world.bots[account.id].queue.clear()
    telegram_emulator.say(anna, forum, "/hilfe", thread=topic)
    telegram_emulator.say(anna, forum, "/hilfe")

    inside, outside = [one.event for one in await take(channel, 2)]

    assert isinstance(inside, IncomingMessage)
    assert isinstance(outside, IncomingMessage)
    assert inside.chat.address == address(forum, topic)
    assert inside.reply_to is None
    assert outside.chat.address == address(forum)


async def test_a_thread_of_replies_is_no_topic(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, anna: UserRef, group: ChatRef
) -> None:
    """Ordinary supergroups number their threads too, but nothing can be sent to them."""
    first = telegram_emulator.say(anna, group, "/hilfe")
    telegram_emulator.say(anna, group, "/hilfe", reply_to=first)

    second = (await take(channel, 2))[1].event

    assert isinstance(second, IncomingMessage)
    assert second.chat.address == Address("telegram", str(group.id))


async def test_a_caption_counts_as_text(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef, anna: UserRef
) -> None:
    """A question under a document is a question."""
    telegram_emulator.upload(anna, account, "a.pdf", b"%PDF", caption="Ist das richtig?")

    message = await event(channel)

    assert isinstance(message, IncomingMessage)
    assert message.text == "Ist das richtig?"


@pytest.mark.parametrize(
    "fields",
    [
        {"from": {"id": 78, "is_bot": True, "first_name": "Anderer"}},
        {"via_bot": {"id": 78, "is_bot": True, "first_name": "Gif"}},
        {"from": None},
        {"sender_chat": {"id": -100, "type": "channel", "title": "Kanal"}},
        {"is_automatic_forward": True},
        {"text": None, "new_chat_members": [{"id": 5, "is_bot": True, "first_name": "C"}]},
        {"text": None, "pinned_message": None},
        {"text": None, "migrate_from_chat_id": -5},
    ],
    ids=["bot", "via bot", "nobody", "as a channel", "forwarded post", "joined", "empty", "moved"],
)
async def test_what_is_never_answered_only_moves_the_cursor(
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    account: BotRef,
    group: ChatRef,
    fields: dict[str, Any],
) -> None:
    """Bots that answer bots never stop."""
    payload = {k: v for k, v in message_in(group, **fields).items() if v is not None}
    push(telegram_emulator, account, "message", payload)

    (received,) = await take(channel)

    assert received.event is None
    assert received.cursor is not None


@pytest.mark.parametrize("kind", ["edited_channel_post", "channel_post", "poll_answer"])
async def test_updates_from_before_the_last_start_are_passed_over(
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    account: BotRef,
    group: ChatRef,
    kind: str,
) -> None:
    """What was queued under another allow-list still arrives, and is no message."""
    push(telegram_emulator, account, kind, message_in(group))

    assert await event(channel) is None
