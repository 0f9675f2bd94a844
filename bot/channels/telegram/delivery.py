"""Sending, editing and taking back, with Telegram's refusals turned into the five outcomes."""

from collections.abc import Awaitable, Callable
from functools import partial

from telegram import Bot, Message

from bot.channels.telegram import outgoing
from bot.channels.telegram.outcomes import delivering
from bot.channels.telegram.request import RefusedError
from bot.channels.telegram.uploads import Uploads
from bot.errors import MessageRejectedError
from bot.messages import Address, MessageId
from bot.text.document import Document

_TOPIC_GONE = ("message thread not found", "topic_deleted", "topic_id_invalid")


async def send(
    bot: Bot, to: Address, body: Document, *, reply_to: MessageId | None, notify: bool
) -> MessageId:
    """Send one message of words and buttons.

    Source: https://core.telegram.org/bots/api#sendmessage
    """
    arguments = outgoing.body(body) | outgoing.place(to) | outgoing.reply(reply_to)
    call = partial(bot.send_message, **arguments, disable_notification=not notify)
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
    """Send one file, without words.

    Source: https://core.telegram.org/bots/api#senddocument
    """
    if body.attachment is None or not content:
        raise MessageRejectedError("the message carries no file")
    arguments = outgoing.place(to) | outgoing.reply(reply_to)
    silent = {"disable_notification": not notify}
    call = partial(uploads.send, body.attachment, content, **arguments, **silent)
    return await _into_topic(call, to)


async def _into_topic(call: Callable[..., Awaitable[Message]], to: Address) -> MessageId:
    """Send to the address, or to the forum's general topic if its own topic is gone.

    The first request was refused then, so nothing is sent twice. A closed topic rejects the
    message: it was closed so that nobody writes there, and elsewhere nobody expects it.
    """
    topic = outgoing.topic(to)
    with delivering():
        try:
            message = await call(**topic)
        except RefusedError as refused:
            if not (topic and refused.says(*_TOPIC_GONE)):
                raise
            message = await call()
    return MessageId(str(message.message_id))


async def edit(bot: Bot, to: Address, message: MessageId, body: Document) -> None:
    """Replace body and buttons; a body equal to the present one is a success.

    Source: https://core.telegram.org/bots/api#editmessagetext
    """
    arguments = outgoing.body(body) | outgoing.place(to)
    message_id = outgoing.number(message, "message")
    with delivering():
        try:
            await bot.edit_message_text(**arguments, message_id=message_id)
        except RefusedError as refused:
            if not refused.says("message is not modified"):
                raise


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
