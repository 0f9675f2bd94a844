"""Groups, forums and channels: privacy mode, membership, topics, migration."""

from __future__ import annotations

import pytest
import telegram
from telegram.error import BadRequest, ChatMigrated, Forbidden

from tests.servers.telegram import BotRef, ControlError, TelegramEmulator, UserRef
from tests.unit.emulator.conftest import says


async def heard(bot: telegram.Bot, after: int = 0) -> list[str]:
    """Return what the bot is told was said."""
    updates = await bot.get_updates(offset=after)
    return [u.message.text for u in updates if u.message is not None and u.message.text]


async def test_privacy_mode_shows_only_what_is_meant_for_the_bot(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, account: BotRef, anna: UserRef
) -> None:
    group = telegram_emulator.group(members=[anna, account])
    await bot.send_message(group.id, "Guten Tag")
    question = await telegram_emulator.next_message(group)
    say = telegram_emulator.say
    say(anna, group, "unter uns")
    say(anna, group, "/help")
    say(anna, group, "/help@stadtfunk_bot jetzt")
    say(anna, group, "/help@anderer_bot")
    say(anna, group, "weiß @Stadtfunk_Bot das?")
    say(anna, group, "schreib an bot@stadtfunk_bot.de")
    say(anna, group, "danke", reply_to=question)
    assert await heard(bot) == [
        "/help",
        "/help@stadtfunk_bot jetzt",
        "weiß @Stadtfunk_Bot das?",
        "danke",
    ]


@pytest.mark.parametrize("how", ["off", "administrator"])
async def test_without_privacy_or_as_administrator_a_bot_hears_everything(
    telegram_emulator: TelegramEmulator,
    bot: telegram.Bot,
    account: BotRef,
    anna: UserRef,
    how: str,
) -> None:
    group = telegram_emulator.supergroup(members=[anna, account])
    if how == "off":
        telegram_emulator.set_privacy(on=False)
    else:
        telegram_emulator.promote(account, group)
    message = telegram_emulator.say(anna, group, "unter uns")
    telegram_emulator.edit(anna, message, "unter allen")
    assert await heard(bot) == ["unter uns"]
    assert (await bot.get_updates())[-1].edited_message is not None


async def test_coming_and_going_is_reported_and_remembered(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, account: BotRef, anna: UserRef
) -> None:
    group = telegram_emulator.supergroup("Stadt", members=[anna])
    with pytest.raises(BadRequest, match=says("chat not found")):
        await bot.send_message(group.id, "x")
    telegram_emulator.add_bot(account, group)
    await bot.send_message(group.id, "x")
    telegram_emulator.kick_bot(account, group)
    with pytest.raises(Forbidden, match="bot was kicked from the supergroup chat"):
        await bot.send_message(group.id, "x")
    changes = [u.my_chat_member for u in await bot.get_updates() if u.my_chat_member]
    assert [(c.old_chat_member.status, c.new_chat_member.status) for c in changes] == [
        ("left", "member"),
        ("member", "kicked"),
    ]


async def test_a_bot_that_left_is_no_member(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, account: BotRef, anna: UserRef
) -> None:
    group = telegram_emulator.group(members=[anna, account])
    await bot.leave_chat(group.id)
    with pytest.raises(Forbidden, match="bot is not a member of the group chat"):
        await bot.send_message(group.id, "x")


async def test_members_are_reported_only_to_administrators_who_asked(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, account: BotRef, anna: UserRef
) -> None:
    group = telegram_emulator.supergroup(members=[anna, account])
    berta = telegram_emulator.user("Berta")
    await bot.get_updates(allowed_updates=["chat_member"])
    telegram_emulator.join(berta, group)
    telegram_emulator.promote(account, group)
    telegram_emulator.leave(berta, group)
    changes = [update.chat_member for update in await bot.get_updates()]
    assert [change.new_chat_member.status for change in changes if change] == ["left"]
    assert (await bot.get_chat_member(group.id, berta.id)).status == "left"
    assert {m.user.id for m in await bot.get_chat_administrators(group.id)} == {
        anna.id,
        account.id,
    }
    assert await bot.get_chat_member_count(group.id) == 2
    with pytest.raises(BadRequest, match=says("member not found")):
        await bot.get_chat_member(group.id, 4711)


async def test_a_silenced_bot_may_not_write(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, account: BotRef, anna: UserRef
) -> None:
    group = telegram_emulator.supergroup(members=[anna, account])
    telegram_emulator.restrict(account, group)
    with pytest.raises(BadRequest, match=says("not enough rights to send text messages")):
        await bot.send_message(group.id, "x")


async def test_a_group_moves_to_a_new_id_when_it_becomes_a_supergroup(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, account: BotRef, anna: UserRef
) -> None:
    old = telegram_emulator.group(members=[anna, account])
    new = telegram_emulator.migrate(old)
    with pytest.raises(ChatMigrated) as caught:
        await bot.send_message(old.id, "x")
    assert caught.value.new_chat_id == new.id
    await bot.send_message(new.id, "x")
    messages = [u.message for u in await bot.get_updates() if u.message]
    assert [m.migrate_to_chat_id for m in messages if m.migrate_to_chat_id] == [new.id]
    assert [m.migrate_from_chat_id for m in messages if m.migrate_from_chat_id] == [old.id]


async def test_topics_keep_messages_apart_and_can_be_closed(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, account: BotRef, anna: UserRef
) -> None:
    forum = telegram_emulator.supergroup(forum=True, members=[anna, account])
    thread = telegram_emulator.topic(forum, "Förderung")
    question = telegram_emulator.say(anna, forum, "/help", thread=thread)
    message = (await bot.get_updates())[-1].message
    assert message is not None
    assert (message.message_thread_id, message.is_topic_message) == (thread, True)
    assert message.reply_to_message is not None
    assert message.reply_to_message.forum_topic_created is not None
    await message.reply_text("gern", do_quote=True)
    await bot.send_message(forum.id, "allgemein")
    shown = telegram_emulator.chat_history(forum)[-2:]
    assert [(m.text, m.thread, m.reply_to) for m in shown] == [
        ("gern", thread, question.message_id),
        ("allgemein", None, None),
    ]
    telegram_emulator.close_topic(forum, thread)
    with pytest.raises(BadRequest, match=says("topic_closed")):
        await bot.send_message(forum.id, "zu", message_thread_id=thread)
    for missing in (1, 999):
        with pytest.raises(BadRequest, match=says("message thread not found")):
            await bot.send_message(forum.id, "wohin", message_thread_id=missing)
    telegram_emulator.close_topic(forum, None)
    with pytest.raises(BadRequest, match=says("topic_closed")):
        await bot.send_message(forum.id, "zu")


async def test_only_administrators_create_topics(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, account: BotRef, anna: UserRef
) -> None:
    forum = telegram_emulator.supergroup(forum=True, members=[anna, account])
    with pytest.raises(BadRequest, match=says("not enough rights to create a topic")):
        await bot.create_forum_topic(forum.id, "Neu")
    telegram_emulator.promote(account, forum)
    topic = await bot.create_forum_topic(forum.id, "Neu")
    await bot.close_forum_topic(forum.id, topic.message_thread_id)
    await bot.send_message(forum.id, "Leitung darf", message_thread_id=topic.message_thread_id)
    telegram_emulator.say(anna, forum, "unter dem Bot", thread=topic.message_thread_id)
    plain = telegram_emulator.supergroup(members=[anna, account])
    with pytest.raises(BadRequest, match=says("the chat is not a forum")):
        await bot.create_forum_topic(plain.id, "Neu")


async def test_a_thread_of_replies_is_no_topic(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, account: BotRef, anna: UserRef
) -> None:
    group = telegram_emulator.supergroup(members=[anna, account])
    await bot.send_message(group.id, "Frage?")
    asked = await telegram_emulator.next_message(group)
    telegram_emulator.say(anna, group, "Antwort", reply_to=asked)
    message = (await bot.get_updates())[-1].message
    assert message is not None
    assert message.message_thread_id == asked.message_id
    assert not message.is_topic_message
    with pytest.raises(BadRequest, match=says("message thread not found")):
        await bot.send_message(group.id, "x", message_thread_id=message.message_thread_id)


async def test_channels_take_posts_from_administrators_only(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, account: BotRef, anna: UserRef
) -> None:
    channel = telegram_emulator.channel(username="stadtnews", members=[anna, account])
    posted = await bot.send_message("@stadtnews", "Neu")
    assert posted.from_user is None
    await bot.edit_message_text("Neuer", channel.id, posted.message_id)
    telegram_emulator.say(anna, channel, "von Hand")
    (post,) = [u.channel_post for u in await bot.get_updates() if u.channel_post]
    assert post.text == "von Hand"
    telegram_emulator.demote(account, channel)
    with pytest.raises(BadRequest, match=says("need administrator rights in the channel chat")):
        await bot.send_message(channel.id, "x")
    telegram_emulator.say(anna, channel, "ungehört")
    assert len([u for u in await bot.get_updates() if u.channel_post]) == 1


async def test_others_messages_are_deleted_by_administrators_only(
    telegram_emulator: TelegramEmulator, bot: telegram.Bot, account: BotRef, anna: UserRef
) -> None:
    group = telegram_emulator.supergroup(members=[anna, account])
    said = telegram_emulator.say(anna, group, "Werbung")
    with pytest.raises(BadRequest, match=says("message can't be deleted")):
        await bot.delete_message(group.id, said.message_id)
    with pytest.raises(BadRequest, match=says("not enough rights to manage pinned messages")):
        await bot.pin_chat_message(group.id, said.message_id)
    telegram_emulator.promote(account, group)
    await bot.pin_chat_message(group.id, said.message_id)
    await bot.delete_messages(group.id, [said.message_id, 999])
    assert telegram_emulator.visible(group) == []


async def test_a_test_cannot_do_what_no_person_could(
    telegram_emulator: TelegramEmulator, account: BotRef, anna: UserRef
) -> None:
    channel = telegram_emulator.channel(members=[account])
    with pytest.raises(ControlError, match="may not post"):
        telegram_emulator.say(anna, channel, "x")
    telegram_emulator.block(anna)
    with pytest.raises(ControlError, match="has blocked"):
        telegram_emulator.say(anna, account, "x")
