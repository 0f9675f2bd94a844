"""Methods that send, copy and edit text messages.

Source: https://core.telegram.org/bots/api#available-methods
"""

from __future__ import annotations

from typing import Any

from tests.servers.telegram.access import Request
from tests.servers.telegram.chats import Chat, Message
from tests.servers.telegram.errors import bad_request
from tests.servers.telegram.keyboards import read_markup
from tests.servers.telegram.people import Bot
from tests.servers.telegram.render import message_json, origin_json
from tests.servers.telegram.routing import announce
from tests.servers.telegram.sending import Content, deliver, deliver_json
from tests.servers.telegram.texts import read_caption, read_text

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the "
    "same as a current content and reply markup of the message"
)
CAPTIONED = frozenset({"photo", "document", "voice", "audio", "video", "animation"})
"""What has a caption: stickers, round videos, places and polls have none."""
DELETABLE = 48 * 3600
"""Seconds for which a bot may delete a message."""


def send_message(request: Request) -> Any:
    return deliver_json(request, Content(*read_text(request.params)))


def _source(request: Request, verb: str) -> tuple[Chat, Message]:
    chat = request.readable_chat("from_chat_id")
    message = request.message(chat, verb)
    if message.protected or message.service is not None:
        participle = {"copy": "copied", "forward": "forwarded"}[verb]
        raise bad_request(f"message can't be {participle}")
    return chat, message


def copy_message(request: Request) -> Any:
    _, source = _source(request, "copy")
    text, entities = source.text, source.entities
    if source.media is not None and request.params.text("caption") is not None:
        text, entities = read_caption(request.params)
    _, message = deliver(request, Content(text, list(entities), source.media))
    return {"message_id": message.id}


def forward_message(request: Request) -> Any:
    chat, source = _source(request, "forward")
    content = Content(source.text, list(source.entities), source.media)
    return message_json(*deliver(request, content, origin_json(chat, source)))


def _editable(request: Request) -> tuple[Chat, Message]:
    chat = request.readable_chat()
    if request.params.integer("message_id") is None:
        raise bad_request("message identifier is not specified")
    message = request.message(chat, "edit")
    own = message.sender is request.bot
    if chat.type == "channel":
        own = own or request.member(chat).may("can_edit_messages")
    if not own or message.service is not None or message.reply_keyboard():
        raise bad_request("message can't be edited")
    if message.forwarded is not None:
        raise bad_request("message can't be edited")
    return chat, message


def _edit(request: Request, chat: Chat, message: Message, content: Content) -> Any:
    markup = read_markup(request.params, inline_only=True)
    before = (message.text, message.entities, message.markup)
    after = (content.text, content.entities or [], markup)
    if before == after:
        raise bad_request(NOT_MODIFIED)
    message.text, message.entities, message.markup = after
    return _edited(request, chat, message)


def _edited(request: Request, chat: Chat, message: Message) -> Any:
    now = request.world.now()
    message.edit_date = int(now)
    message.edits += 1
    if chat.type == "channel":
        announce(chat, message, now, edited=True)
    return message_json(chat, message)


def edit_message_text(request: Request) -> Any:
    text, entities = read_text(request.params)
    chat, message = _editable(request)
    if message.media is not None:
        raise bad_request("there is no text in the message to edit")
    return _edit(request, chat, message, Content(text, entities))


def edit_message_caption(request: Request) -> Any:
    text, entities = read_caption(request.params)
    chat, message = _editable(request)
    if message.media is None or not CAPTIONED & message.media.keys():
        raise bad_request("there is no caption in the message to edit")
    return _edit(request, chat, message, Content(text, entities))


def edit_message_reply_markup(request: Request) -> Any:
    chat, message = _editable(request)
    return _edit(request, chat, message, Content(message.text, message.entities))


def _may_delete(request: Request, chat: Chat, message: Message) -> str | None:
    """Return why the bot may not delete a message, or ``None``."""
    own = message.sender is request.bot
    old = request.world.now() - message.date > DELETABLE
    if chat.type != "private":
        leads = request.member(chat).may("can_delete_messages")
        # However much it may there, a bot is held to the 48 hours.
        # https://github.com/tdlib/td (can_delete_channel_message)
        if not (own or leads) or (old and chat.type != "group"):
            return "message can't be deleted"
    elif isinstance(message.sender, Bot) and not own:
        return "message can't be deleted"
    return "message can't be deleted for everyone" if old else None


def _delete(chat: Chat, message: Message) -> None:
    message.deleted = True
    if message.id in chat.pinned:
        chat.pinned.remove(message.id)


def delete_message(request: Request) -> Any:
    chat = request.readable_chat()
    message = request.message(chat, "delete")
    reason = _may_delete(request, chat, message)
    if reason is not None:
        raise bad_request(reason)
    _delete(chat, message)
    return True


def delete_messages(request: Request) -> Any:
    chat = request.readable_chat()
    ids = request.params.array("message_ids") or []
    if not 1 <= len(ids) <= 100:
        raise bad_request("message identifiers are not specified")
    messages = [message for message in map(chat.alive, ids) if message is not None]
    for message in messages:
        reason = _may_delete(request, chat, message)
        if reason is not None:
            raise bad_request(reason)
    for message in messages:
        _delete(chat, message)
    return True


METHODS = {
    "sendMessage": send_message,
    "copyMessage": copy_message,
    "forwardMessage": forward_message,
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
}
