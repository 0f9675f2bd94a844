"""Sending, editing and taking back, with Telegram's refusals turned into the five outcomes."""

from functools import partial
from typing import Any, Protocol

from telegram import Bot

from bot.channels.telegram import outgoing
from bot.channels.telegram.outcomes import delivering
from bot.channels.telegram.request import RefusedError
from bot.channels.telegram.uploads import Uploads
from bot.channels.telegram.words import Words
from bot.errors import MessageRejectedError
from bot.messages import Address, MessageId
from bot.text.document import Document

_TOPIC_GONE = ("message thread not found", "topic_deleted", "topic_id_invalid")


async def send(
    words: Words, to: Address, body: Document, *, reply_to: MessageId | None, notify: bool
) -> MessageId:
    """Send one message of words and buttons.

    Source: https://core.telegram.org/bots/api#sendmessage
    """
    if to.thread is None:
        with delivering():
            return await words.send(to, body, topic=False, reply_to=reply_to, notify=notify)
    call = partial(words.send, to, body, reply_to=reply_to, notify=notify)
    return await _into_topic(call, to)


async def send_file(
    uploads: Uploads,
    to: Address,
    body: Document,
    *,
    content: bytes | None,
    reply_to: MessageId | None,
    notify: bool,
) -> MessageId:
    """Send one file, with its caption if it has one.

    Source: https://core.telegram.org/bots/api#senddocument
    """
    attachment = body.attachment
    if attachment is None or not content:
        raise MessageRejectedError("the message carries no file")
    arguments = outgoing.place(to) | outgoing.reply(reply_to) | outgoing.caption(body)
    silent = {"disable_notification": not notify}

    async def call(*, topic: bool) -> MessageId:
        place = outgoing.topic(to) if topic else {}
        sent = await uploads.send(attachment, content, **arguments, **silent, **place)
        return MessageId(str(sent.message_id))

    return await _into_topic(call, to)


class _Call(Protocol):
    """Sends something, into the topic of its address or into the general one."""

    async def __call__(self, *, topic: bool) -> MessageId: ...


async def _into_topic(call: _Call, to: Address) -> MessageId:
    """Send to the address, or to the forum's general topic if its own topic is gone.

    The first request was refused then, so nothing is sent twice. A closed topic rejects the
    message: it was closed so that nobody writes there, and elsewhere nobody expects it.
    """
    topic = to.thread is not None
    with delivering():
        try:
            return await call(topic=topic)
        except RefusedError as refused:
            if not (topic and refused.says(*_TOPIC_GONE)):
                raise
            return await call(topic=False)


async def edit(bot: Bot, to: Address, message: MessageId, body: Document) -> None:
    """Replace body and buttons, of a file its caption; an equal one is a success.

    Who asks may have forgotten that the message carries a file; Telegram has not.

    Source: https://core.telegram.org/bots/api#editmessagetext
    and https://core.telegram.org/bots/api#editmessagecaption
    """
    where = outgoing.place(to) | {"message_id": outgoing.number(message, "message")}
    with delivering():
        try:
            if body.attachment is None and await _reworded(bot, body, where):
                return
            await bot.edit_message_caption(**outgoing.caption(body), **where)
        except RefusedError as refused:
            if not refused.says("message is not modified"):
                raise


async def _reworded(bot: Bot, body: Document, where: dict[str, Any]) -> bool:
    """Replace a text; ``False`` if the message has none but a caption."""
    try:
        await bot.edit_message_text(**outgoing.body(body), **where)
    except RefusedError as refused:
        if not refused.says("there is no text in the message to edit"):
            raise
        return False
    return True


async def delete(bot: Bot, to: Address, message: MessageId) -> None:
    """Take a message back; one that is gone is a success.

    Source: https://core.telegram.org/bots/api#deletemessage
    """
    message_id = outgoing.number(message, "message")
    with delivering():
        try:
            await bot.delete_message(**outgoing.place(to), message_id=message_id)
        except RefusedError as refused:
            if not refused.says("message to delete not found"):
                raise
