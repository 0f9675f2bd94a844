"""Buttons that are pressed, and chats that come, go and move."""

import asyncio
from typing import Any

import pytest

from bot.channels.telegram import TelegramChannel
from bot.messages import ButtonPress, Change, ChatChange, ChatKind, Identity
from bot.text.document import Button, Document
from tests.channels.telegram.stage import HandClock, address, consuming, event, push, take
from tests.servers.telegram import BotRef, MessageView, TelegramEmulator, UserRef
from tests.servers.telegram.render import RESTRICTED_PERMISSIONS


@pytest.fixture
async def question(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, anna: UserRef
) -> MessageView:
    """A message with two buttons in Anna's chat."""
    buttons = [Button(label="Ja", value="vote:1:yes"), Button(label="Nein", value="vote:1:no")]
    await channel.send(address(anna), Document.of("Geholfen?").with_buttons(buttons), key="k")
    return await telegram_emulator.next_message(anna)


async def test_a_button_brings_its_value(
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    anna: UserRef,
    question: MessageView,
    clock: HandClock,
) -> None:
    """The press says which message, who, and what; its time is the time of receipt."""
    telegram_emulator.press(anna, question, "Nein")

    press = await event(channel)

    assert isinstance(press, ButtonPress)
    assert (press.value, press.number) == ("vote:1:no", None)
    assert press.message == str(question.message_id)
    assert press.chat.address == address(anna)
    assert press.sender.identity == Identity("telegram", str(anna.id))
    assert press.sent_at == clock.now()


async def test_a_press_is_answered_after_the_commit(
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    anna: UserRef,
    question: MessageView,
) -> None:
    """Whoever sees the progress bar end can rely on the press being remembered."""
    answer = telegram_emulator.click(anna, question, "Ja")
    await take(channel)
    assert telegram_emulator.calls("answerCallbackQuery") == []

    async with consuming(channel):
        await asyncio.wait_for(answer, 5)


@pytest.mark.parametrize("kind", ["drop_answer", "bad_gateway", "hang", "error"])
async def test_a_press_that_cannot_be_answered_does_no_harm(
    *,
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    account: BotRef,
    anna: UserRef,
    question: MessageView,
    kind: str,
) -> None:
    """Answering is a courtesy: receiving goes on."""
    telegram_emulator.fail(kind, method="answerCallbackQuery", seconds=9)  # type: ignore[arg-type]
    telegram_emulator.press(anna, question, "Ja")
    telegram_emulator.say(anna, account, "hallo")

    async with consuming(channel) as seen, asyncio.timeout(3):
        assert isinstance((await seen.get()).event, ButtonPress)
        assert (await seen.get()).event is not None


async def test_a_button_of_a_message_too_old_to_see_works(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef, anna: UserRef
) -> None:
    """Telegram then tells only chat and message id."""
    chat = {"id": anna.id, "type": "private", "first_name": "Anna"}
    query = {
        "id": "1",
        "from": {"id": anna.id, "is_bot": False, "first_name": "Anna"},
        "message": {"chat": chat, "message_id": 3, "date": 0},
        "chat_instance": "1",
        "data": "old",
    }
    push(telegram_emulator, account, "callback_query", query)

    press = await event(channel)

    assert isinstance(press, ButtonPress)
    assert (press.message, press.value, press.chat.address) == ("3", "old", address(anna))


async def test_a_button_in_a_forum_topic_keeps_the_topic(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef, anna: UserRef
) -> None:
    """The answer to a press goes where the button is."""
    forum = telegram_emulator.supergroup("Forum", forum=True, members=[anna, account])
    place = address(forum, telegram_emulator.topic(forum, "Fristen"))
    body = Document.of("?").with_buttons([Button(label="Ja", value="y")])
    await channel.send(place, body, key="k")
    telegram_emulator.world.bots[account.id].queue.clear()
    telegram_emulator.press(anna, await telegram_emulator.next_message(forum), "Ja")

    press = await event(channel)

    assert isinstance(press, ButtonPress)
    assert press.chat.address == place


async def changes(channel: TelegramChannel, count: int) -> list[tuple[Change, str]]:
    events = [one.event for one in await take(channel, count)]
    return [(e.change, e.chat.address.chat) for e in events if isinstance(e, ChatChange)]


async def test_blocking_and_unblocking_are_noticed(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, anna: UserRef
) -> None:
    """Nobody writes in vain to who has blocked the bot."""
    telegram_emulator.block(anna)
    telegram_emulator.unblock(anna)

    chat = str(anna.id)
    assert await changes(channel, 2) == [(Change.LEFT, chat), (Change.JOINED, chat)]


async def test_being_added_and_kicked_are_noticed(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef, anna: UserRef
) -> None:
    """The change says who did it; service messages beside it are passed over."""
    group = telegram_emulator.group("AG", members=[anna])
    telegram_emulator.add_bot(account, group, by=anna)

    joined = await event(channel)
    assert isinstance(joined, ChatChange)
    assert (joined.change, joined.chat.title) == (Change.JOINED, "AG")
    assert joined.sender is not None
    assert joined.sender.identity.user == str(anna.id)

    telegram_emulator.world.bots[account.id].queue.clear()
    telegram_emulator.kick_bot(account, group)
    assert await changes(channel, 1) == [(Change.LEFT, str(group.id))]


def restricted(account: BotRef, **fields: bool) -> dict[str, Any]:
    permissions: dict[str, Any] = dict.fromkeys(RESTRICTED_PERMISSIONS, False)
    user = {"id": account.id, "is_bot": True, "first_name": "Bot"}
    state = {"user": user, "status": "restricted", "is_member": True, "until_date": 0}
    return state | permissions | fields


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({"can_send_messages": True}, {"can_send_messages": False}, [Change.LEFT]),
        ({"can_send_messages": False}, {"can_send_messages": True}, [Change.JOINED]),
        (
            {"can_send_messages": True},
            {"can_send_messages": True, "is_member": False},
            [Change.LEFT],
        ),
        ({"can_send_messages": True}, {"can_send_messages": True, "can_pin_messages": True}, []),
    ],
)
async def test_losing_the_right_to_write_counts_as_leaving(
    *,
    telegram_emulator: TelegramEmulator,
    channel: TelegramChannel,
    account: BotRef,
    before: dict[str, bool],
    after: dict[str, bool],
    changes: list[Change],
) -> None:
    """A silenced bot is gone for all that matters; other rights change nothing."""
    payload = {
        "chat": {"id": -100, "type": "supergroup", "title": "AG"},
        "from": {"id": 77, "is_bot": False, "first_name": "Ben"},
        "date": 1,
        "old_chat_member": restricted(account, **before),
        "new_chat_member": restricted(account, **after),
    }
    push(telegram_emulator, account, "my_chat_member", payload)

    change = await event(channel)

    assert ([change.change] if isinstance(change, ChatChange) else []) == changes


async def test_a_promotion_in_a_group_changes_nothing(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef, anna: UserRef
) -> None:
    """The bot could write before and can write now."""
    group = telegram_emulator.supergroup("AG", members=[anna, account])
    telegram_emulator.world.bots[account.id].queue.clear()
    telegram_emulator.promote(account, group)

    assert await event(channel) is None


async def test_a_channel_is_joined_with_the_right_to_post(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef, anna: UserRef
) -> None:
    """In a Telegram channel only administrators write."""
    place = telegram_emulator.channel("Kanal", members=[anna])
    telegram_emulator.add_bot(account, place)

    joined = await event(channel)

    assert isinstance(joined, ChatChange)
    assert (joined.change, joined.chat.kind) == (Change.JOINED, ChatKind.BROADCAST)


async def test_a_group_that_becomes_a_supergroup_has_moved(
    telegram_emulator: TelegramEmulator, channel: TelegramChannel, account: BotRef, anna: UserRef
) -> None:
    """The change carries the old chat and the new id."""
    group = telegram_emulator.group("AG", members=[anna, account])
    telegram_emulator.world.bots[account.id].queue.clear()
    new = telegram_emulator.migrate(group)

    moved = await event(channel)

    assert isinstance(moved, ChatChange)
    assert (moved.change, moved.chat.address) == (Change.MOVED, address(group))
    assert moved.moved_to == str(new.id)
