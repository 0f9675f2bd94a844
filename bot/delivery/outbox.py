"""The only way out: whatever the bot says becomes rows of the outbox first."""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.messages import Address, MessageId, network
from bot.storage import bodies, deliveries, files
from bot.storage.claims import Claimed
from bot.storage.engine import Session
from bot.storage.models import Action
from bot.text.document import Document
from bot.text.split import split

LENGTHS = {"telegram": 4096, "matrix": 12_000, "console": 100_000}
"""Longest message in UTF-16 code units.

Telegram: https://core.telegram.org/bots/api#sendmessage. Matrix: an event has at most 65,536
bytes after encryption, which holds the plain and the formatted body.
"""
_SHORTEST = 4096
CAPTIONS = {"telegram": 1024, "matrix": 12_000}
"""Longest caption of a file in UTF-16 code units; elsewhere the words are a message of their own.

Source: https://core.telegram.org/bots/api#sendphoto
"""

MIRRORED, REPLIED = "mirror:", "reply:"
"""How the keys of copies and of replies begin."""

FAREWELL = "farewell:"
"""The beginning of the key of the last message to somebody who is erased: its row goes with it."""
FAREWELL_LASTS = timedelta(hours=1)
"""How long that is tried; whoever can't be reached by then knows it from the missing answers."""


RULES = "mirror:told:rules:"
"""What the keys of the rules of a bridge begin with."""


class Priority(enum.IntEnum):
    """Lower goes first."""

    REPLY = 0
    MIRROR = 3
    """What people say to each other in bridged chats."""
    URGENT = 5
    """What may disturb; nothing but a pause of the chat holds it."""
    REMINDER = 10
    ANNOUNCEMENT = 20


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What to deliver, and how.

    Attributes:
        key: Unique for ever: enqueueing the same key again changes nothing.
        address: Where to.
        body: What to say, of any length.
        priority: What goes first.
        reply_to: The message it answers.
        reply_of: The key of the delivery that becomes that message, if it is not sent yet.
        edit: A message of ours whose body it replaces, instead of being sent as a new one.
        notify: Whether the network should ring.
        delay: How long to wait before it is due.
        source: What it tells about, as ``announcement:12``; ``None`` for replies.
        held_until: Until when quiet hours or the like hold it.
        expires_at: From when on it is of no use.
    """

    key: str
    address: Address
    body: Document
    priority: Priority = Priority.REPLY
    reply_to: MessageId | None = None
    reply_of: str | None = None
    edit: MessageId | None = None
    notify: bool = False
    delay: timedelta = timedelta(0)
    source: str | None = None
    held_until: datetime | None = None
    expires_at: datetime | None = None


def parts(body: Document, *, limit: int, caption: int = 0) -> list[Document]:
    """Return the messages that *body* becomes: its words, split, and what is attached.

    The file is a message of its own behind the words, without words or buttons: a caption holds
    less than a message, and what the buttons stand for is edited as a text. Only the first part
    may ring for everyone.

    Args:
        body: What to say, of any length.
        limit: Longest message, in UTF-16 code units; see :data:`LENGTHS`.
        caption: Longest caption, by the same count; see :data:`CAPTIONS`.

    Raises:
        ValueError: As :func:`bot.text.split.split`.
    """
    if body.attachment is None:
        return _words(body, limit=limit)
    if not (body.blocks or body.buttons) or _is_one_message(body, caption):
        return [body]
    words = _words(body.with_attachment(None), limit=limit)
    return [*words, Document(attachment=body.attachment, secret=body.secret)]


def _is_one_message(body: Document, caption: int) -> bool:
    """Tell whether words and file stay together, as their author had them."""
    if not body.captioned or body.buttons or not caption:
        return False
    return len(split(body.with_attachment(None), limit=caption)) == 1


def _words(body: Document, *, limit: int) -> list[Document]:
    first, *rest = split(body, limit=limit)
    return [first, *(part.model_copy(update={"everyone": False}) for part in rest)]


def limit_of(channel: str) -> int:
    """Return the longest message of a network, in UTF-16 code units."""
    return LENGTHS.get(network(channel), _SHORTEST)


def parts_on(channel: str, body: Document) -> list[Document]:
    """Return the messages that *body* becomes on a network; see :func:`parts`."""
    return parts(body, limit=limit_of(channel), caption=CAPTIONS.get(network(channel), 0))


def captions_on(channel: str, words: Document) -> list[Document]:
    """Return *words* in parts of which each can be the caption of a file on a network."""
    return split(words, limit=CAPTIONS.get(network(channel), _SHORTEST))


def part_key(key: str, number: int) -> str:
    """Return the key of a part of a delivery, counted from 0."""
    return key if number == 0 else f"{key}#{number + 1}"


async def enqueue(session: Session, outgoing: Outgoing, *, now: datetime) -> bool:
    """Put a message into the outbox, in as many parts as its network needs.

    The caller commits; then the relay delivers. ``False`` if the key was there already.
    """
    for number, part in enumerate(parts_on(outgoing.address.channel, outgoing.body)):
        if not await _add(session, outgoing, part, number, now=now):
            # A repeat, perhaps with other words: no part of it may follow the first message.
            return False
    return True


async def _add(
    session: Session, outgoing: Outgoing, part: Document, number: int, *, now: datetime
) -> bool:
    # No message can be turned into a file, so a body without words is sent as a new one. Of one
    # that has both, the words are a file's caption, and that can be edited.
    editing = (
        outgoing.edit is not None and number == 0 and (part.attachment is None or part.captioned)
    )
    body_id = await deliveries.add_body(session, content=part.model_dump(mode="json"), now=now)
    return await deliveries.add(
        session,
        key=part_key(outgoing.key, number),
        address=outgoing.address,
        action=Action.EDIT if editing else Action.SEND,
        body_id=body_id,
        priority=outgoing.priority,
        due_at=max(now + outgoing.delay, outgoing.held_until or now),
        now=now,
        target=outgoing.edit if editing else None,
        reply_to=outgoing.reply_to if number == 0 else None,
        reply_of=outgoing.reply_of if number == 0 else None,
        notify=outgoing.notify and number == 0,
        part=number,
        source=outgoing.source,
        held_until=outgoing.held_until,
        expires_at=outgoing.expires_at,
    )


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to be done to a message that is there, or on its way.

    Attributes:
        key: As in :class:`Outgoing`.
        address: Where the message is.
        action: What to do.
        target: The message; ``None`` while only its delivery is known.
        target_of: The key of that delivery, which stands before this one in the chat's line.
        body: What an edit shows, or a reaction.
        source: As in :class:`Outgoing`.
    """

    key: str
    address: Address
    action: Action
    target: MessageId | None
    target_of: str | None
    body: Document | None = None
    source: str | None = None


async def enqueue_deed(session: Session, deed: Deed, *, priority: Priority, now: datetime) -> bool:
    """Put what is to be done to one message into the outbox, behind what was enqueued before."""
    content = None if deed.body is None else deed.body.model_dump(mode="json")
    body = (
        None if content is None else await deliveries.add_body(session, content=content, now=now)
    )
    return await deliveries.add(
        session,
        key=deed.key,
        address=deed.address,
        action=deed.action,
        body_id=body,
        priority=priority,
        due_at=now,
        now=now,
        target=deed.target,
        target_of=None if deed.target else deed.target_of,
        source=deed.source,
    )


async def shown(session: Session, *, address: Address, message: MessageId) -> Document | None:
    """Return what a message of ours shows, or ``None`` if it is not ours."""
    content = await deliveries.body_of(session, address=address, message=message)
    return None if content is None else Document.model_validate(content)


def is_secret(delivery: Claimed) -> bool:
    """Tell whether it says what nobody but its reader may know."""
    return isinstance(delivery.content, dict) and bool(delivery.content.get("secret"))


async def forget_secret(session: Session, delivery: Claimed) -> None:
    """Keep only the buttons of what nobody but its reader may know, once it was sent."""
    if not is_secret(delivery):
        return
    kept = delivery.content | {"blocks": [], "attachment": None}
    await bodies.replace(session, delivery_id=delivery.id, content=kept)
    attached = delivery.content.get("attachment")
    if attached:
        await files.forget_unnamed(session, id=attached["file"])


def is_farewell(delivery: Claimed) -> bool:
    """Tell whether it is the last message to somebody who is erased."""
    return delivery.key.startswith(FAREWELL)


async def forget_farewell(session: Session, delivery: Claimed) -> None:
    """Keep nothing of the last message to somebody who is erased, once it has ended."""
    if is_farewell(delivery):
        await deliveries.forget_one(session, id=delivery.id, body_id=delivery.body)


async def forget_farewells(session: Session, *, now: datetime) -> int:
    """Delete last messages that could not be sent in time; return how many."""
    return await deliveries.forget_late(session, beginning=FAREWELL, now=now)


async def source_of(session: Session, *, address: Address, message: MessageId) -> str | None:
    """Return what a message of ours tells about; ``None`` for replies and what is not ours."""
    return await deliveries.source_of(session, address=address, message=message)


async def newest(session: Session, *, address: Address) -> MessageId | None:
    """Return our newest message in a chat and thread that has words, and so may have buttons."""
    return await deliveries.last_message(session, address=address)


async def is_known(session: Session, *, key: str) -> bool:
    """Tell whether a message with this key was enqueued before, and is remembered."""
    return await deliveries.is_known(session, key=key)
