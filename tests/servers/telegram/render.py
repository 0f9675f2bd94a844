"""How chats, members and messages look in the Bot API's JSON."""

from __future__ import annotations

from typing import Any

from tests.servers.telegram.chats import (
    CHANNEL_RIGHTS,
    COMMON_RIGHTS,
    GROUP_RIGHTS,
    Chat,
    Member,
    Message,
)

RESTRICTED_PERMISSIONS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
    "can_edit_tag",
    "can_react_to_messages",
)


def chat_json(chat: Chat) -> dict[str, Any]:
    """Return the Bot API's ``Chat``."""
    if chat.user is not None:
        answer = chat.user.json()
        del answer["is_bot"]
        answer.pop("language_code", None)
    else:
        answer = {"id": chat.id, "title": chat.title}
        if chat.username:
            answer["username"] = chat.username
    answer["type"] = chat.type
    if chat.is_forum:
        answer["is_forum"] = True
    return answer


def message_json(chat: Chat, message: Message, *, with_reply: bool = True) -> dict[str, Any]:
    """Return the Bot API's ``Message``; a reply inside a reply is left out, as there."""
    answer: dict[str, Any] = {"message_id": message.id}
    answer["chat"] = chat_json(chat)
    answer["date"] = message.date
    if chat.type == "channel":
        answer["sender_chat"] = answer["chat"]
    else:
        answer["from"] = message.sender.json()
    _add_content(answer, message)
    _add_marks(answer, message)
    if message.thread is not None:
        answer["message_thread_id"] = message.thread
        if chat.is_forum:
            answer["is_topic_message"] = True
    if with_reply:
        _add_reply(answer, chat, message)
    return answer


def _add_content(answer: dict[str, Any], message: Message) -> None:
    if message.service is not None:
        answer.update(message.service)
    elif message.media is None:
        answer["text"] = message.text
        if message.entities:
            answer["entities"] = message.entities
    else:
        answer.update(message.media)
        if message.text:
            answer["caption"] = message.text
            if message.entities:
                answer["caption_entities"] = message.entities


def _add_marks(answer: dict[str, Any], message: Message) -> None:
    if message.edit_date is not None:
        answer["edit_date"] = message.edit_date
    if message.protected:
        answer["has_protected_content"] = True
    if not message.link_preview:
        answer["link_preview_options"] = {"is_disabled": True}
    if message.markup is not None and "inline_keyboard" in message.markup:
        answer["reply_markup"] = message.markup
    if message.forwarded is not None:
        answer["forward_origin"] = message.forwarded


def _add_reply(answer: dict[str, Any], chat: Chat, message: Message) -> None:
    replied = message.reply_to
    if replied is None and chat.is_forum and message.thread is not None:
        # In a topic even a message that answers nobody "replies" to the topic's creation.
        replied = chat.alive(message.thread)
    if replied is None or replied is message or replied.deleted:
        return
    answer["reply_to_message"] = message_json(chat, replied, with_reply=False)
    if message.quote:
        answer["quote"] = {"text": message.quote, "position": 0, "is_manual": True}


def member_json(chat: Chat, member: Member) -> dict[str, Any]:
    """Return the Bot API's ``ChatMember…`` for somebody's status."""
    answer: dict[str, Any] = {"user": member.who.json(), "status": member.status}
    if member.status == "creator":
        answer["is_anonymous"] = False
    elif member.status == "administrator":
        specific = CHANNEL_RIGHTS if chat.type == "channel" else GROUP_RIGHTS
        answer.update({right: member.may(right) for right in (*COMMON_RIGHTS, *specific)})
        answer.update({"can_be_edited": False, "is_anonymous": False})
    elif member.status == "restricted":
        answer.update(dict.fromkeys(RESTRICTED_PERMISSIONS, member.can_send))
        answer.update({"is_member": True, "until_date": 0})
    elif member.status == "kicked":
        answer["until_date"] = 0
    return answer


def origin_json(chat: Chat, message: Message) -> dict[str, Any]:
    """Return the ``MessageOrigin…`` of a message that is being forwarded."""
    if message.forwarded is not None:
        return message.forwarded
    if chat.type == "channel":
        return {
            "type": "channel",
            "date": message.date,
            "chat": chat_json(chat),
            "message_id": message.id,
        }
    return {"type": "user", "date": message.date, "sender_user": message.sender.json()}
