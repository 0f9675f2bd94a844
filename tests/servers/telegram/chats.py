"""Where people and bots talk: chats, their members, topics and messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from tests.servers.telegram.people import Bot, User

ChatType = Literal["private", "group", "supergroup", "channel"]
Status = Literal["creator", "administrator", "member", "restricted", "left", "kicked"]
Entity = dict[str, Any]

PRESENT: frozenset[Status] = frozenset({"creator", "administrator", "member", "restricted"})
LEADING: frozenset[Status] = frozenset({"creator", "administrator"})

COMMON_RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)
CHANNEL_RIGHTS = ("can_post_messages", "can_edit_messages")
GROUP_RIGHTS = ("can_pin_messages", "can_manage_topics")


@dataclass(slots=True, eq=False)
class Member:
    """Somebody's standing in a chat.

    Attributes:
        denied: Administrator rights that were not granted.
        can_send: Whether a restricted member may still write.
    """

    who: User | Bot
    status: Status = "member"
    denied: frozenset[str] = frozenset()
    can_send: bool = True

    def may(self, right: str) -> bool:
        """Tell whether the member has an administrator's *right*."""
        return self.status == "creator" or (
            self.status == "administrator" and right not in self.denied
        )


@dataclass(slots=True, eq=False)
class Topic:
    """A topic of a forum; its id is the id of the message that created it."""

    id: int
    name: str
    icon_color: int = 7322096
    closed: bool = False


@dataclass(slots=True, eq=False)
class Message:
    """One message as the chat keeps it.

    Attributes:
        sender: Who wrote it, also where the chat signs for it, as in a channel.
        text: The text, or the caption when there is ``media``.
        media: The content besides text, e.g. ``{"photo": [...]}``.
        service: A service message's content, e.g. ``{"new_chat_members": [...]}``.
        thread: The thread it belongs to; in a forum that is the topic.
    """

    id: int
    date: int
    sender: User | Bot
    text: str = ""
    entities: list[Entity] = field(default_factory=list)
    media: dict[str, Any] | None = None
    service: dict[str, Any] | None = None
    reply_to: Message | None = None
    quote: str | None = None
    thread: int | None = None
    markup: dict[str, Any] | None = None
    forwarded: dict[str, Any] | None = None
    edit_date: int | None = None
    edits: int = 0
    deleted: bool = False
    silent: bool = False
    protected: bool = False
    link_preview: bool = True
    reactions: dict[int, list[dict[str, Any]]] = field(default_factory=dict)

    def reply_keyboard(self) -> bool:
        """Tell whether a reply keyboard hangs on it, which makes it uneditable."""
        return self.markup is not None and "inline_keyboard" not in self.markup


@dataclass(slots=True, eq=False)
class Chat:
    """A chat of any type.

    A private chat is the conversation of one bot with one person, so that two bots never see
    each other's; its id is the person's.
    """

    id: int
    type: ChatType
    title: str = ""
    username: str | None = None
    is_forum: bool = False
    user: User | None = None
    bot: Bot | None = None
    started: bool = False
    blocked: bool = False
    members: dict[int, Member] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    general_closed: bool = False
    messages: dict[int, Message] = field(default_factory=dict)
    next_id: int = 1
    pinned: list[int] = field(default_factory=list)
    migrated_to: int | None = None

    def new_id(self) -> int:
        """Return the id of the next message."""
        number = self.next_id
        self.next_id += 1
        return number

    def alive(self, message_id: int) -> Message | None:
        """Return a message unless it was deleted or never existed."""
        message = self.messages.get(message_id)
        return None if message is None or message.deleted else message

    def status(self, someone: int) -> Status:
        """Return somebody's status; who never came has ``left``."""
        member = self.members.get(someone)
        return "left" if member is None else member.status

    def bots(self) -> list[Bot]:
        """Return the bots that are in the chat."""
        if self.bot is not None:
            return [self.bot]
        return [
            member.who
            for member in self.members.values()
            if member.status in PRESENT and isinstance(member.who, Bot)
        ]
