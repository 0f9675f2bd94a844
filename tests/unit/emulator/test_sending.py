"""Sending, editing, deleting: what is accepted and how the rest is refused."""

from __future__ import annotations

from typing import Any

import pytest
import telegram
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden

from tests.servers.telegram import BotRef, TelegramEmulator, UserRef
from tests.servers.telegram.entities import cut
from tests.unit.emulator.conftest import says

PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)


async def test_a_message_shows_as_it_was_sent(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, anna: UserRef
) -> None:
    question = telegram_emulator.chat_history(anna)[-1]
    await bot.send_message(
        anna.id,
        "🏙 Neu: /hilfe und https://www.example.org/a",
        entities=[MessageEntity(MessageEntity.BOLD, 3, 3)],
        reply_parameters=ReplyParameters(question.message_id),
        reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton("Ja", callback_data="y")]]),
        disable_notification=True,
        protect_content=True,
        link_preview_options=telegram.LinkPreviewOptions(is_disabled=True),
    )
    shown = await telegram_emulator.next_message(anna)
    assert [(e["type"], cut(shown.text, e)) for e in shown.entities] == [
        ("bold", "Neu"),
        ("bot_command", "/hilfe"),
        ("url", "https://www.example.org/a"),
    ]
    assert shown.reply_to == question.message_id
    assert shown.buttons == [[{"text": "Ja", "callback_data": "y"}]]
    assert (shown.silent, shown.protected, shown.link_preview) == (True, True, False)


async def test_the_length_is_measured_in_utf16_after_parsing(
    bot: telegram.Bot, anna: UserRef
) -> None:
    await bot.send_message(anna.id, f"<b>{'x' * 4096}</b>", parse_mode=ParseMode.HTML)
    await bot.send_message(anna.id, "🏙" * 2048)
    with pytest.raises(BadRequest, match=says("message is too long")):
        await bot.send_message(anna.id, "🏙" * 2048 + "x")
    with pytest.raises(BadRequest, match=says("message text is empty")):
        await bot.send_message(anna.id, "")
    with pytest.raises(BadRequest, match=says("text must be non-empty")):
        await bot.send_message(anna.id, " \n ")


async def test_whitespace_around_a_text_is_cut_and_entities_move(
    bot: telegram.Bot, anna: UserRef
) -> None:
    sent = await bot.send_message(
        anna.id, "\n\nfett \n", entities=[MessageEntity(MessageEntity.BOLD, 2, 5)]
    )
    assert sent.text == "fett"
    assert [(e.offset, e.length) for e in sent.entities] == [(0, 4)]


async def test_nobody_hears_from_a_bot_before_they_start_it(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, anna: UserRef
) -> None:
    stranger = telegram_emulator.user("Fremd")
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await bot.send_message(stranger.id, "hallo")
    with pytest.raises(BadRequest, match=says("chat not found")):
        await bot.send_message(12345, "hallo")
    telegram_emulator.deactivate(anna)
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(anna.id, "hallo")


async def test_a_block_refuses_messages_and_is_reported(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, anna: UserRef
) -> None:
    telegram_emulator.block(anna)
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(anna.id, "hallo")
    telegram_emulator.unblock(anna)
    await bot.send_message(anna.id, "wieder da")
    changes = [update.my_chat_member for update in await bot.get_updates()]
    assert [change.new_chat_member.status for change in changes if change] == [
        "kicked",
        "member",
    ]


async def test_a_reply_needs_its_message_unless_told_otherwise(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, anna: UserRef
) -> None:
    with pytest.raises(BadRequest, match=says("message to be replied not found")):
        await bot.send_message(anna.id, "x", reply_parameters=ReplyParameters(999))
    await bot.send_message(
        anna.id, "x", reply_parameters=ReplyParameters(999, allow_sending_without_reply=True)
    )
    assert (await telegram_emulator.next_message(anna)).reply_to is None


@pytest.mark.parametrize(
    ("button", "complaint"),
    [
        ({"callback_data": "ü" * 33}, "button_data_invalid"),
        ({"callback_data": ""}, "button_data_invalid"),
        ({"url": "ohne punkt"}, "Wrong HTTP URL"),
        ({}, "Text buttons are unallowed in the inline keyboard"),
    ],
)
async def test_bad_buttons_are_refused(
    bot: telegram.Bot, anna: UserRef, button: dict[str, Any], complaint: str
) -> None:
    markup = {"inline_keyboard": [[{"text": "Knopf", **button}]]}
    with pytest.raises(BadRequest, match=says(f"{complaint}")):
        await bot.send_message(anna.id, "x", api_kwargs={"reply_markup": markup})


async def test_edits_are_seen_and_useless_ones_refused(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, anna: UserRef
) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("A", callback_data="a")]])
    sent = await bot.send_message(anna.id, "alt", reply_markup=keyboard)
    at: dict[str, Any] = {"chat_id": anna.id, "message_id": sent.message_id}
    with pytest.raises(BadRequest, match=says("message is not modified")):
        await bot.edit_message_text("alt", reply_markup=keyboard, **at)
    await bot.edit_message_text("neu", **at)
    shown = telegram_emulator.chat_history(anna)[-1]
    assert (shown.text, shown.edited, shown.buttons) == ("neu", True, [])
    await bot.edit_message_reply_markup(reply_markup=keyboard, **at)
    assert telegram_emulator.chat_history(anna)[-1].button_texts() == ["A"]
    with pytest.raises(BadRequest, match=says("message to edit not found")):
        await bot.edit_message_text("neu", chat_id=anna.id, message_id=999)
    with pytest.raises(BadRequest, match=says("message can't be edited")):
        await bot.edit_message_text("neu", chat_id=anna.id, message_id=1)
    with pytest.raises(BadRequest, match=says("there is no caption in the message to edit")):
        await bot.edit_message_caption(caption="x", **at)


async def test_a_message_can_be_deleted_for_48_hours(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, anna: UserRef
) -> None:
    old = await bot.send_message(anna.id, "alt")
    telegram_emulator.advance(48 * 3600 + 1)
    new = await bot.send_message(anna.id, "neu")
    with pytest.raises(BadRequest, match=says("message can't be deleted for everyone")):
        await bot.delete_message(anna.id, old.message_id)
    await bot.delete_message(anna.id, new.message_id)
    with pytest.raises(BadRequest, match=says("message to delete not found")):
        await bot.delete_message(anna.id, new.message_id)
    assert telegram_emulator.visible(anna) == ["/start", "alt"]
    await bot.edit_message_text("zurückgezogen", chat_id=anna.id, message_id=old.message_id)
    assert telegram_emulator.visible(anna) == ["/start", "zurückgezogen"]


async def test_administrators_are_held_to_the_48_hours_as_well(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, account: BotRef, anna: UserRef
) -> None:
    channel = telegram_emulator.channel(members=[anna, account])
    group = telegram_emulator.supergroup(members=[anna, account])
    telegram_emulator.promote(account, group)
    posts = {chat.id: await bot.send_message(chat.id, "alt") for chat in (channel, group)}
    telegram_emulator.advance(48 * 3600 + 1)
    for chat, post in posts.items():
        with pytest.raises(BadRequest, match=says("message can't be deleted")):
            await bot.delete_message(chat, post.message_id)
    await bot.edit_message_text("neu", channel.id, posts[channel.id].message_id)
    assert telegram_emulator.visible(channel) == ["neu"]


async def test_documents_and_photos_can_be_sent_and_fetched(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, account: BotRef, anna: UserRef
) -> None:
    sent = await bot.send_document(anna.id, b"BEGIN:VCALENDAR", filename="t.ics", caption="Da")
    assert sent.document is not None
    again = await bot.send_document(anna.id, sent.document.file_id)
    assert again.document is not None
    file = await bot.get_file(again.document.file_id)
    assert bytes(await file.download_as_bytearray()) == b"BEGIN:VCALENDAR"
    await bot.edit_message_caption(anna.id, sent.message_id, caption="Dort")
    await bot.send_photo(anna.id, PNG)
    with pytest.raises(BadRequest, match=says("image_process_failed")):
        await bot.send_photo(anna.id, b"kein Bild")
    with pytest.raises(BadRequest, match=says("message caption is too long")):
        await bot.send_photo(anna.id, PNG, caption="x" * 1025)
    with pytest.raises(BadRequest, match=says("wrong file identifier")):
        await bot.send_document(anna.id, "gibtesnicht")
    assert [m.kind for m in telegram_emulator.chat_history(anna)[1:]] == [
        "document",
        "document",
        "photo",
    ]
    telegram_emulator.upload(anna, account, "faq.csv", b"a;b", caption="Bitte")
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.document is not None
    received = await update.message.document.get_file()
    assert bytes(await received.download_as_bytearray()) == b"a;b"


async def test_copies_forwards_pins_reactions_places_and_actions(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, anna: UserRef
) -> None:
    sent = await bot.send_message(anna.id, "*", reply_markup=telegram.ForceReply())
    with pytest.raises(BadRequest, match=says("message can't be edited")):
        await bot.edit_message_text("neu", anna.id, sent.message_id)
    await bot.copy_message(anna.id, anna.id, sent.message_id)
    forwarded = await bot.forward_message(anna.id, anna.id, sent.message_id)
    assert forwarded.forward_origin is not None
    with pytest.raises(BadRequest, match=says("message to copy not found")):
        await bot.copy_message(anna.id, anna.id, 999)
    await bot.pin_chat_message(anna.id, sent.message_id)
    assert (await bot.get_chat(anna.id)).pinned_message == sent
    await bot.set_message_reaction(anna.id, 1, "👍")
    with pytest.raises(BadRequest, match=says("reaction_invalid")):
        await bot.set_message_reaction(anna.id, 1, "x")
    await bot.send_location(anna.id, 52.5, 13.4)
    await bot.send_chat_action(anna.id, "typing")
    with pytest.raises(BadRequest, match=says("wrong parameter action")):
        await bot.send_chat_action(anna.id, "tippt")
    first = telegram_emulator.chat_history(anna)[0]
    assert list(first.reactions.values()) == [["👍"]]


async def test_polls_count_votes_and_can_be_stopped(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, anna: UserRef
) -> None:
    with pytest.raises(BadRequest, match=says("poll must have at least 2 option")):
        await bot.send_poll(anna.id, "Wann?", ["Mo"])
    sent = await bot.send_poll(anna.id, "Wann?", ["Mo", "Di"], is_anonymous=False)
    shown = await telegram_emulator.next_message(anna)
    telegram_emulator.vote(anna, shown, [1])
    answer, state = await bot.get_updates()
    assert answer.poll_answer is not None
    assert answer.poll_answer.option_ids == (1,)
    assert state.poll is not None
    assert [option.voter_count for option in state.poll.options] == [0, 1]
    assert (await bot.stop_poll(anna.id, sent.message_id)).is_closed
