"""How a bot's message comes into a chat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.servers.telegram.access import Request
from tests.servers.telegram.chats import Chat, Entity, Message
from tests.servers.telegram.errors import bad_request
from tests.servers.telegram.keyboards import read_markup
from tests.servers.telegram.render import message_json
from tests.servers.telegram.routing import announce


@dataclass(slots=True)
class Content:
    """What a message says or shows."""

    text: str = ""
    entities: list[Entity] | None = None
    media: dict[str, Any] | None = None


def deliver(
    request: Request, content: Content, forwarded: dict[str, Any] | None = None
) -> tuple[Chat, Message]:
    """Put a message into the chat that the call names.

    The order of the checks is Telegram's: markup, chat, thread, reply, then flood control.

    Raises:
        ApiError: One of them failed; nothing was sent.
    """
    params, world, bot = request.params, request.world, request.bot
    markup = read_markup(params)
    chat = request.writable_chat()
    reply_to, quote = _reply(request, chat)
    thread = _thread(request, chat, reply_to)
    world.limits.admit(bot.id, chat, world.now())
    message = Message(
        id=chat.new_id(),
        date=int(world.now()),
        sender=bot,
        text=content.text,
        entities=content.entities or [],
        media=content.media,
        reply_to=reply_to,
        quote=quote,
        thread=thread,
        markup=markup,
        forwarded=forwarded,
        silent=params.flag("disable_notification"),
        protected=params.flag("protect_content"),
        link_preview=_link_preview(request),
    )
    chat.messages[message.id] = message
    if chat.type == "channel":
        announce(chat, message, world.now())
    for user_id in world.faults.blocking_after_send(bot.id):
        world.block(world.users[user_id], bot)
    return chat, message


def deliver_json(request: Request, content: Content) -> dict[str, Any]:
    """Send, and return the Bot API's ``Message``."""
    return message_json(*deliver(request, content))


def _reply(request: Request, chat: Chat) -> tuple[Message | None, str | None]:
    params = request.params
    given = params.record("reply_parameters")
    if given is None:
        reply_id = params.integer("reply_to_message_id")
        if not reply_id:
            return None, None
        given = {
            "message_id": reply_id,
            "allow_sending_without_reply": params.flag("allow_sending_without_reply"),
        }
    if not isinstance(given.get("message_id"), int):
        raise bad_request("message identifier is not specified")
    message = chat.alive(given["message_id"])
    if message is None or _elsewhere(chat, given):
        if given.get("allow_sending_without_reply"):
            return None, None
        raise bad_request("message to be replied not found")
    quote = given.get("quote")
    if quote and quote not in message.text:
        raise bad_request("QUOTE_TEXT_INVALID")
    return message, quote


def _elsewhere(chat: Chat, given: dict[str, Any]) -> bool:
    """Tell whether the replied message is said to be in another chat, which is not emulated."""
    return given.get("chat_id") not in (None, chat.id, str(chat.id), f"@{chat.username}")


def _thread(request: Request, chat: Chat, reply_to: Message | None) -> int | None:
    thread = request.params.integer("message_thread_id")
    if thread is not None:
        topic = chat.topics.get(thread)
        if topic is None:
            # A thread of replies in an ordinary supergroup has an id too, but nothing can be
            # sent to it; neither does the General topic have one.
            raise bad_request("message thread not found")
    elif reply_to is not None and not chat.is_forum:
        return thread_of_reply(chat, reply_to)
    else:
        thread = reply_to.thread if reply_to is not None else None
        topic = chat.topics.get(thread or 0)
    closed = chat.general_closed if topic is None else topic.closed
    if chat.is_forum and closed and not request.member(chat).may("can_manage_topics"):
        raise bad_request("TOPIC_CLOSED")
    return thread


def thread_of_reply(chat: Chat, reply_to: Message) -> int | None:
    """Return the thread that replies to a message form in a supergroup without topics."""
    return (reply_to.thread or reply_to.id) if chat.type == "supergroup" else None


def _link_preview(request: Request) -> bool:
    options = request.params.record("link_preview_options") or {}
    off = options.get("is_disabled") or request.params.flag("disable_web_page_preview")
    return not off


def service_message(
    request: Request, chat: Chat, service: dict[str, Any], thread: int | None = None
) -> Message:
    """Let the bot's action show in the chat as a service message."""
    now = request.world.now()
    message = Message(chat.new_id(), int(now), request.bot, service=service, thread=thread)
    chat.messages[message.id] = message
    announce(chat, message, now)
    return message
