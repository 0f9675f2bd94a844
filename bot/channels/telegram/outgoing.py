"""From documents to the arguments of sendMessage and editMessageText.

Source: https://core.telegram.org/bots/api#sendmessage
"""

from typing import Any

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
    User,
)

from bot.errors import MessageRejectedError
from bot.messages import Address, MessageId
from bot.text.characters import whole
from bot.text.document import Document
from bot.text.renderers import Entity, to_entities


def body(document: Document) -> dict[str, Any]:
    """Return text, entities, keyboard and preview.

    There is never a ``parse_mode``: entities leave nothing to escape. An edit without buttons
    takes away the ones that were there.
    """
    text, entities = _words(document)
    return {
        "text": text,
        "entities": entities,
        "link_preview_options": LinkPreviewOptions(is_disabled=not document.preview),
        "reply_markup": _keyboard(document),
    }


def caption(document: Document) -> dict[str, Any]:
    """Return what is said of a file, with its entities and the keyboard; nothing if it is bare.

    Source: https://core.telegram.org/bots/api#editmessagecaption
    """
    text, entities = _words(document)
    words = {"caption": text, "caption_entities": entities} if text else {}
    return {**words, "reply_markup": _keyboard(document)}


def _words(document: Document) -> tuple[str, list[MessageEntity]]:
    text, entities = to_entities(document)
    # Half a surrogate pair can't be sent; its replacement is as long, so offsets still fit.
    return whole(text), [_entity(entity) for entity in entities]


def _entity(entity: Entity) -> MessageEntity:
    user = None
    if entity.user is not None:
        # Of somebody who is mentioned Telegram reads the number only.
        user = User(int(entity.user), first_name="", is_bot=False)
    return MessageEntity(entity.type, entity.offset, entity.length, url=entity.url, user=user)


def place(to: Address) -> dict[str, Any]:
    """Return the chat; a number, or the ``@name`` of a public channel.

    Raises:
        MessageRejectedError: It is neither.
    """
    public = to.chat.startswith("@")
    return {"chat_id": to.chat if public else number(to.chat, "chat")}


def topic(to: Address) -> dict[str, Any]:
    """Return the forum topic, if the address has one."""
    return {} if to.thread is None else {"message_thread_id": number(to.thread, "topic")}


def reply(message: MessageId | None) -> dict[str, Any]:
    """Return what is answered; if that is gone, the message is sent without it."""
    return {} if message is None else {"reply_parameters": answered(message)}


def answered(message: MessageId) -> ReplyParameters:
    """Return the message that is answered, as Telegram wants to be told."""
    return ReplyParameters(number(message, "message"), allow_sending_without_reply=True)


def number(text: str, noun: str) -> int:
    """Read one of Telegram's ids.

    Raises:
        MessageRejectedError: It is none, so Telegram would refuse it for ever.
    """
    try:
        return int(text)
    except ValueError:
        raise MessageRejectedError(f"{text!r} is no {noun} of Telegram's") from None


def _keyboard(document: Document) -> InlineKeyboardMarkup | None:
    rows = [
        [InlineKeyboardButton(whole(button.label), callback_data=button.value) for button in row]
        for row in document.buttons
        if row
    ]
    return InlineKeyboardMarkup(rows) if rows else None
