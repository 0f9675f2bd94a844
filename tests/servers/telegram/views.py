"""What the control side hands to a test: plain records that also travel as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tests.servers.telegram.chats import Chat, ChatType, Entity, Message


@dataclass(frozen=True, slots=True)
class UserRef:
    """A person."""

    id: int
    first_name: str
    username: str | None = None
    language_code: str | None = None


@dataclass(frozen=True, slots=True)
class BotRef:
    """A bot account."""

    id: int
    token: str
    username: str


@dataclass(frozen=True, slots=True)
class ChatRef:
    """A group, supergroup or channel."""

    id: int
    type: ChatType
    title: str


UserLike = UserRef | int
BotLike = BotRef | int
ChatLike = ChatRef | UserRef | BotRef | int
"""A chat; a person or a bot stands for a private chat."""

Members = Sequence[UserRef | BotRef | int]


def id_of(someone: ChatLike) -> int:
    """Return the id of whatever a test pointed at."""
    return someone if isinstance(someone, int) else someone.id


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message as the chat shows it at the moment.

    Attributes:
        bot_id: The bot whose private chat it is in, or 0.
        kind: ``text``, the kind of media, or the kind of service message.
        text: The text or caption.
        buttons: The inline keyboard, row by row, as the bot sent it.
        keyboard: A reply keyboard, its removal or a forced reply, as the bot sent it.
        content: The media or service content in the Bot API's JSON.
        reactions: Emoji by the id of who reacted.
    """

    chat_id: int
    bot_id: int
    message_id: int
    sender_id: int
    date: int
    kind: str
    text: str
    entities: list[Entity] = field(default_factory=list)
    buttons: list[list[dict[str, Any]]] = field(default_factory=list)
    keyboard: dict[str, Any] | None = None
    content: dict[str, Any] = field(default_factory=dict)
    reply_to: int | None = None
    quote: str | None = None
    thread: int | None = None
    edits: int = 0
    deleted: bool = False
    silent: bool = False
    protected: bool = False
    link_preview: bool = True
    pinned: bool = False
    forwarded: bool = False
    reactions: dict[str, list[str]] = field(default_factory=dict)

    @property
    def edited(self) -> bool:
        """Return whether it has been edited."""
        return self.edits > 0

    def button_texts(self) -> list[str]:
        """Return the labels of all inline buttons, in reading order."""
        return [button["text"] for row in self.buttons for button in row]


def view(chat: Chat, message: Message) -> MessageView:
    """Return a snapshot of a message."""
    markup = message.markup or {}
    content = message.service or message.media or {}
    return MessageView(
        chat_id=chat.id,
        bot_id=chat.bot.id if chat.bot is not None else 0,
        message_id=message.id,
        sender_id=message.sender.id,
        date=message.date,
        kind=next(iter(content), "text"),
        text=message.text,
        entities=list(message.entities),
        buttons=markup.get("inline_keyboard", []),
        keyboard=message.markup if message.reply_keyboard() else None,
        content=deepcopy(content),
        reply_to=message.reply_to.id if message.reply_to is not None else None,
        quote=message.quote,
        thread=message.thread,
        edits=message.edits,
        deleted=message.deleted,
        silent=message.silent,
        protected=message.protected,
        link_preview=message.link_preview,
        pinned=message.id in chat.pinned,
        forwarded=message.forwarded is not None,
        reactions={
            str(who): [reaction.get("emoji", "") for reaction in given]
            for who, given in message.reactions.items()
            if given
        },
    )
