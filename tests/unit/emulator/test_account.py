"""Tokens, command menus and buttons."""

from __future__ import annotations

import aiohttp
import pytest
import telegram
from telegram import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
)
from telegram.error import BadRequest, InvalidToken

from tests.servers.telegram import BotRef, MessageView, TelegramEmulator, UserRef
from tests.unit.emulator.conftest import says


async def test_tokens_are_checked_before_anything_else(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, account: BotRef
) -> None:
    url = telegram_emulator.url
    answers = {}
    async with aiohttp.ClientSession() as session:
        for path in ("/bot99:AAAA_aaaa/getMe", "/botnonsense/getMe", "/elsewhere"):
            async with session.get(url + path) as answer:
                answers[path] = (answer.status, (await answer.json())["description"])
        async with session.get(f"{url}/bot{account.token}/getNothing") as answer:
            answers["method"] = (answer.status, (await answer.json())["description"])
        async with session.get(f"{url}/bot{account.token}/GETME") as answer:
            assert (await answer.json())["result"]["username"] == "stadtfunk_bot"
    assert answers == {
        "/bot99:AAAA_aaaa/getMe": (401, "Unauthorized"),
        "/botnonsense/getMe": (404, "Not Found"),
        "/elsewhere": (404, "Not Found"),
        "method": (404, "Not Found"),
    }
    telegram_emulator.revoke()
    with pytest.raises(InvalidToken):
        await bot.get_me()


async def test_all_three_encodings_and_the_query_string_are_understood(
    telegram_emulator: TelegramEmulator, account: BotRef, anna: UserRef
) -> None:
    url = f"{telegram_emulator.url}/bot{account.token}/sendMessage"
    fields = {"chat_id": str(anna.id), "text": "hallo"}
    form = aiohttp.FormData(fields)
    form.add_field("unused", b"x", filename="x.txt")
    async with aiohttp.ClientSession() as session:
        for kwargs in ({"json": fields}, {"data": fields}, {"data": form}, {"params": fields}):
            async with session.post(url, **kwargs) as answer:
                assert answer.status == 200
        async with session.post(url, data=b"{", headers={"Content-Type": "application/json"}) as a:
            assert a.status == 400
    assert telegram_emulator.accepted() == 4


async def test_command_menus_differ_by_scope_and_language(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, anna: UserRef
) -> None:
    await bot.set_my_commands([BotCommand("help", "Hilfe")])
    await bot.set_my_commands([BotCommand("help", "Help")], language_code="en")
    await bot.set_my_commands([("faq", "Fragen")], scope=BotCommandScopeAllGroupChats())
    await bot.set_my_commands([("admin", "Leitung")], scope=BotCommandScopeChat(anna.id))
    (english,) = await bot.get_my_commands(language_code="en")
    assert english.description == "Help"
    assert telegram_emulator.commands_of(scope="all_group_chats") == ["faq"]
    assert [c.command for c in await bot.get_my_commands(BotCommandScopeChat(anna.id))] == [
        "admin"
    ]
    await bot.delete_my_commands()
    assert await bot.get_my_commands() == ()


@pytest.mark.parametrize(
    ("commands", "complaint"),
    [
        ([("Help", "x")], "bot_command_invalid"),
        ([("a" * 33, "x")], "bot_command_invalid"),
        ([("help", "")], "bot_command_description_invalid"),
        ([("help", "x" * 257)], "bot_command_description_invalid"),
        ([(f"c{number}", "x") for number in range(101)], "bot_commands_too_much"),
    ],
)
async def test_bad_command_menus_are_refused(
    bot: telegram.Bot, commands: list[tuple[str, str]], complaint: str
) -> None:
    with pytest.raises(BadRequest, match=says(f"{complaint}")):
        await bot.set_my_commands(commands)


async def test_a_bot_describes_itself_per_language(bot: telegram.Bot) -> None:
    await bot.set_my_description("Hallo")
    await bot.set_my_description("Hello", language_code="en")
    await bot.set_my_short_description("kurz")
    assert (await bot.get_my_description()).description == "Hallo"
    assert (await bot.get_my_description("en")).description == "Hello"
    assert (await bot.get_my_description("fr")).description == "Hallo"
    assert (await bot.get_my_short_description()).short_description == "kurz"


@pytest.fixture
async def buttons(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, anna: UserRef
) -> MessageView:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Ja bitte", callback_data="yes")]])
    await bot.send_message(anna.id, "Abonnieren?", reply_markup=keyboard)
    return await telegram_emulator.next_message(anna)


async def test_a_pressed_button_is_answered_once(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, anna: UserRef, buttons: MessageView
) -> None:
    pending = telegram_emulator.click(anna, buttons, "Ja bitte")
    (update,) = await bot.get_updates()
    query = update.callback_query
    assert query is not None
    assert (query.data, query.from_user.id) == ("yes", anna.id)
    await query.answer("Gemerkt", show_alert=True)
    assert (await pending).text == "Gemerkt"
    with pytest.raises(BadRequest, match=says("query is too old and response timeout expired")):
        await query.answer()


async def test_a_button_pressed_long_ago_cannot_be_answered(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, anna: UserRef, buttons: MessageView
) -> None:
    telegram_emulator.click(anna, buttons, "yes")
    telegram_emulator.advance(61)
    (update,) = await bot.get_updates()
    assert update.callback_query is not None
    with pytest.raises(BadRequest, match=says("query id is invalid")):
        await update.callback_query.answer()
