"""Which bot hears of what.

Source: https://core.telegram.org/bots/features#privacy-mode
"""

from __future__ import annotations

from typing import Any

from tests.servers.telegram.chats import LEADING, Chat, Member, Message, Status
from tests.servers.telegram.entities import cut
from tests.servers.telegram.people import Bot, User
from tests.servers.telegram.render import chat_json, member_json, message_json

Change = tuple[Status, Status]


def announce(chat: Chat, message: Message, now: float, *, edited: bool = False) -> None:
    """Tell every bot that may hear of it about a new or edited message."""
    what = "channel_post" if chat.type == "channel" else "message"
    kind = f"edited_{what}" if edited else what
    payload: dict[str, Any] | None = None
    for bot in chat.bots():
        if bot is not message.sender and hears(bot, chat, message):
            payload = payload or message_json(chat, message)
            bot.queue.push(kind, payload, now)


def hears(bot: Bot, chat: Chat, message: Message) -> bool:
    """Tell whether a bot is shown a message of a chat that it is in.

    Bots never hear other bots. A bot with privacy mode on that leads a group hears everything.
    """
    leads = chat.status(bot.id) in LEADING
    if chat.type == "channel":
        return leads
    if isinstance(message.sender, Bot):
        return False
    if chat.type == "private" or message.service is not None or not bot.privacy or leads:
        return True
    return _is_meant_for(bot, chat, message)


def _is_meant_for(bot: Bot, chat: Chat, message: Message) -> bool:
    replied = message.reply_to
    if replied is None and chat.is_forum and message.thread is not None:
        replied = chat.alive(message.thread)
    if replied is not None and replied.sender is bot:
        return True
    name = f"@{bot.username}".lower()
    for entity in message.entities:
        if entity["type"] == "bot_command":
            _, _, addressee = cut(message.text, entity).lower().partition("@")
            if not addressee or f"@{addressee}" == name:
                return True
        elif entity["type"] == "mention" and cut(message.text, entity).lower() == name:
            return True
    return False


def my_standing_changed(chat: Chat, bot: Bot, by: User | Bot, change: Change, now: float) -> None:
    """Tell a bot that its own status in a chat changed (``my_chat_member``)."""
    bot.queue.push("my_chat_member", _change_json(chat, Member(bot), by, change, now), now)


def standing_changed(
    chat: Chat, member: Member, by: User | Bot, change: Change, now: float
) -> None:
    """Tell the leading bots of a chat that somebody's status changed (``chat_member``)."""
    for bot in chat.bots():
        if bot is not member.who and chat.status(bot.id) in LEADING:
            bot.queue.push("chat_member", _change_json(chat, member, by, change, now), now)


def _change_json(
    chat: Chat, member: Member, by: User | Bot, change: Change, now: float
) -> dict[str, Any]:
    before, after = change
    old = Member(member.who, before, member.denied, member.can_send)
    new = Member(member.who, after, member.denied, member.can_send)
    return {
        "chat": chat_json(chat),
        "from": by.json(),
        "date": int(now),
        "old_chat_member": member_json(chat, old),
        "new_chat_member": member_json(chat, new),
    }
