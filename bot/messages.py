"""What crosses the port: addresses, people, and what they send us."""

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from bot.text.document import Document

MessageId = NewType("MessageId", str)
"""A message's id within its chat, as its network writes it."""

ACCOUNT_MARK = "."
"""What stands between a network and the name of a further account on it: ``telegram.west``."""

LARGEST_FILE = 10 * 1024 * 1024
"""Bytes of a file that is taken, kept or sent.

Telegram shows no larger picture (https://core.telegram.org/bots/api#sendphoto).
"""


def network(channel: str) -> str:
    """Return the network of a *channel*: ``telegram`` of ``telegram`` and of ``telegram.west``."""
    return channel.partition(ACCOUNT_MARK)[0]


class ChatKind(enum.StrEnum):
    """What sort of chat something was said in."""

    DIRECT = "direct"
    """One person and the bot."""
    ROOM = "room"
    """A room or group, where the bot answers only what is addressed to it."""
    BROADCAST = "broadcast"
    """A Telegram channel, where members only read."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes.

    Attributes:
        channel: ``matrix``, ``telegram`` or ``console``; of a further account of the hub on that
            network with its name: ``telegram.west``.
        chat: The network's id of the room, group or direct chat.
        thread: A Matrix thread's root event or a Telegram forum topic, if any.
    """

    channel: str
    chat: str
    thread: str | None = None

    def __str__(self) -> str:
        parts = (self.channel, self.chat, self.thread)
        return ":".join(part for part in parts if part is not None)

    @property
    def network(self) -> str:
        """The network of the channel: ``telegram`` of ``telegram.west``."""
        return network(self.channel)

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read ``channel:chat``, on Telegram also ``telegram:chat:topic``.

        Raises:
            ValueError: One of the parts is missing.
        """
        channel, colon, chat = text.partition(":")
        if not (channel and colon and chat):
            msg = f"{text!r} is not of the form channel:chat"
            raise ValueError(msg)
        if network(channel) == "telegram":
            chat, _, thread = chat.partition(":")
            return cls(channel, chat, thread or None)
        return cls(channel, chat)


@dataclass(frozen=True, slots=True)
class Identity:
    """A person's account on one channel, written ``telegram:4711``."""

    channel: str
    user: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.user}"

    @classmethod
    def parse(cls, text: str) -> "Identity":
        """Read ``channel:user``; the user part may hold colons.

        Raises:
            ValueError: One of the parts is missing.
        """
        channel, colon, user = text.partition(":")
        if not (channel and colon and user):
            msg = f"{text!r} is not of the form channel:user"
            raise ValueError(msg)
        return cls(channel, user)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent something.

    Attributes:
        identity: The account.
        name: What the network shows; chosen by the person, so never trusted.
        language: What the network says of the person's language (``de``, ``en-GB``), if it does.
    """

    identity: Identity
    name: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Chat:
    """The chat in which something happened.

    Attributes:
        address: With the thread, where an answer belongs.
        kind: Direct, room or broadcast.
        title: What the network shows; empty for direct chats.
        encrypted: Whether what is said there is end-to-end encrypted; ``None`` where the network
            does not tell.
    """

    address: Address
    kind: ChatKind
    title: str = ""
    encrypted: bool | None = None


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A picture or document that somebody sent; its content is still on the network.

    Attributes:
        id: How its channel finds the content again; means nothing to anybody else.
        name: What the sender calls it, or empty; never trusted.
        mime: What the sender says it is, or empty; never trusted.
        size: Bytes, as the sender or the network says, if anybody does.
    """

    id: str
    name: str
    mime: str
    size: int | None


class ContentKind(enum.StrEnum):
    """What sort of thing somebody said."""

    TEXT = "text"
    PICTURE = "picture"
    DOCUMENT = "document"
    VOICE = "voice"
    AUDIO = "audio"
    VIDEO = "video"
    STICKER = "sticker"
    LOCATION = "location"
    POLL = "poll"


@dataclass(frozen=True, slots=True)
class Said:
    """Everything that somebody said in a room, as a mirror needs it.

    Attributes:
        body: The whole text with its marks, the mention of the bot included; of a file the
            caption, of a place or a poll a text that says the same.
        kind: What sort of thing it is.
        file: What it carries, if anything; also what is never handed to a handler.
        album: What the files of one album have in common (Telegram's ``media_group_id``).
        mentions: Whom it mentions.
        forwarded: Whose words are passed on, as the network shows it; never trusted.
    """

    body: Document
    kind: ContentKind = ContentKind.TEXT
    file: IncomingFile | None = None
    album: str | None = None
    mentions: tuple[Identity, ...] = ()
    forwarded: str | None = None


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A text or a file that somebody sent where the bot can read it.

    Adapters leave out other bots, notices, the bot's own messages, and service messages.

    Attributes:
        id: Unique within the channel, stable when the network repeats it; the key of dedupe.
        message: The message's own id, to reply to.
        chat: Where.
        sender: Who.
        text: What, without the mention of the bot at its start; of a file the caption, or empty.
        addressed: Whether it is meant for the bot: a direct chat, a mention, a reply to the bot.
        reply_to: The message it replies to, if any.
        sent_at: When, by the network's clock.
        file: What it carries, if anything.
        said: In a room, everything that was said; a mirror needs more than an answer does. A
            voice message or a sticker has neither text nor file, for nothing answers it.
    """

    id: str
    message: MessageId
    chat: Chat
    sender: Sender
    text: str
    addressed: bool
    sent_at: datetime
    reply_to: MessageId | None = None
    file: IncomingFile | None = None
    said: Said | None = None


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """Somebody changed what they had said in a room.

    Attributes:
        id: As in :class:`IncomingMessage`; of the edit.
        message: The message that was changed, by its own id.
        chat: Where.
        sender: Who.
        sent_at: When it was changed, by the network's clock.
        said: What it says now.
    """

    id: str
    message: MessageId
    chat: Chat
    sender: Sender
    sent_at: datetime
    said: Said


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    """Something that was said in a room is gone. Telegram never tells.

    Attributes:
        id: As in :class:`IncomingMessage`; of the deletion.
        message: What is gone: a message, or a reaction by :attr:`Reacted.own`.
        chat: Where.
        sent_at: When, by the network's clock.
        sender: Who took it away, if known.
    """

    id: str
    message: MessageId
    chat: Chat
    sent_at: datetime
    sender: Sender | None = None


@dataclass(frozen=True, slots=True)
class Reacted:
    """Somebody reacted to a message in a room, or took a reaction back.

    Attributes:
        id: As in :class:`IncomingMessage`.
        message: What was reacted to.
        chat: Where.
        sender: Who.
        sent_at: When, by the network's clock.
        added: The new emoji.
        removed: The emoji that were taken back; on Matrix a :class:`MessageDeleted` says so.
        own: The id of the reaction itself, where it has one (Matrix).
    """

    id: str
    message: MessageId
    chat: Chat
    sender: Sender
    sent_at: datetime
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    own: MessageId | None = None


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody, not the bot, came into a room or left it.

    Attributes:
        id: As in :class:`IncomingMessage`.
        chat: Where.
        sender: Who came or left.
        sent_at: When, by the network's clock.
        joined: Whether they came.
    """

    id: str
    chat: Chat
    sender: Sender
    sent_at: datetime
    joined: bool


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """A button of one of our messages was pressed, or its number was chosen.

    Attributes:
        id: As in :class:`IncomingMessage`.
        message: The message that carries the button.
        chat: Where.
        sender: Who.
        value: The button's value, where the network carries it (Telegram).
        number: The button's number from 1, where it does not (Matrix reactions, console).
        sent_at: When, by the network's clock.
    """

    id: str
    message: MessageId
    chat: Chat
    sender: Sender
    sent_at: datetime
    value: str | None = None
    number: int | None = None


class Change(enum.StrEnum):
    """What happened to a chat."""

    JOINED = "joined"
    """The bot can write there from now on (invited, added, unblocked, started).

    Of a chat that is known it tells only what has changed about it: that it is encrypted now.
    """
    LEFT = "left"
    """The bot can't write there any more (kicked, blocked, room closed)."""
    MOVED = "moved"
    """The chat lives on under another id (room upgrade, group became supergroup)."""


@dataclass(frozen=True, slots=True)
class ChatChange:
    """The bot came, went, or the chat moved.

    Attributes:
        id: As in :class:`IncomingMessage`.
        chat: The chat as known until now.
        change: What happened.
        sent_at: When, by the network's clock.
        moved_to: The new chat id, for :attr:`Change.MOVED`.
        sender: Who did it, if known.
    """

    id: str
    chat: Chat
    change: Change
    sent_at: datetime
    moved_to: str | None = None
    sender: Sender | None = None


Handled = IncomingMessage | ButtonPress | ChatChange
"""What a handler may take."""

Mirrored = MessageEdited | MessageDeleted | Reacted | Presence
"""What only a mirror wants; adapters tell it of rooms, never of direct chats."""

Incoming = Handled | Mirrored
