"""Putting what a handler answers into the outbox, in the transaction of its effects."""

import secrets
from datetime import datetime

from bot.delivery import outbox
from bot.delivery.outbox import Outgoing
from bot.dispatch.context import Context, Edit, Farewell, Reply
from bot.messages import ButtonPress, ChatChange, IncomingMessage
from bot.storage.engine import Session
from bot.text.document import Document

_OLD = 60.0
"""Seconds after which an answer in a direct chat quotes the question it belongs to."""


def key_of(event: IncomingMessage | ButtonPress) -> str:
    """Return the key of the answer to *event*, of which there is one."""
    return f"reply:{event.chat.address.channel}:{event.id}"


async def answer(
    context: Context, event: IncomingMessage | ButtonPress, reply: Document | Edit | Farewell
) -> Outgoing | None:
    """Send what a handler answered, and return it unless nobody may know of it any more.

    An edit changes the message whose button was pressed.
    """
    if isinstance(reply, Farewell):
        await _take_leave(context.session, event, reply.body, now=context.now)
        return None
    late = (context.now - event.sent_at).total_seconds() > _OLD
    quoting = isinstance(event, IncomingMessage) and (late or not context.is_direct)
    edited = event.message if isinstance(event, ButtonPress) else None
    outgoing = Outgoing(
        key=key_of(event),
        address=event.chat.address,
        body=reply.body if isinstance(reply, Edit) and edited else as_message(reply),
        edit=edited if isinstance(reply, Edit) else None,
        reply_to=event.message if quoting else None,
    )
    await outbox.enqueue(context.session, outgoing, now=context.now)
    return outgoing


async def _take_leave(
    session: Session, event: IncomingMessage | ButtonPress, body: Document, *, now: datetime
) -> None:
    """Send the last message to somebody; its key does not tell what it answers."""
    outgoing = Outgoing(
        key=f"{outbox.FAREWELL}{secrets.token_hex(8)}",
        address=event.chat.address,
        body=body,
        expires_at=now + outbox.FAREWELL_LASTS,
    )
    await outbox.enqueue(session, outgoing, now=now)


async def greet(session: Session, event: ChatChange, reply: Reply, *, now: datetime) -> None:
    """Send what a handler says to a change of a chat, if it says anything."""
    if reply is not None:
        key = f"greeting:{event.chat.address.channel}:{event.id}"
        body = as_message(reply)
        await outbox.enqueue(session, Outgoing(key, event.chat.address, body), now=now)


def as_message(reply: Document | Edit | Farewell) -> Document:
    """Return what is sent where there is nothing to edit."""
    return reply if isinstance(reply, Document) else reply.as_message
