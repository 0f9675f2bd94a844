"""The tables of bridged rooms. Each is read and written only by the query module of its noun."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.models import Base, Id
from bot.storage.types import Instant


class Direction(enum.StrEnum):
    """Which way messages go between a chat and its bridge."""

    BOTH = "both"
    IN = "in"
    """They only come into the chat."""
    OUT = "out"
    """They only go out of it."""

    @property
    def gives(self) -> bool:
        """Whether what is said in the chat is mirrored."""
        return self is not Direction.IN

    @property
    def takes(self) -> bool:
        """Whether what is said elsewhere comes into the chat."""
        return self is not Direction.OUT


class Bridge(Base):
    """Chats whose messages are mirrored to each other; the id is the number people read."""

    __tablename__ = "bridges"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Instant)


class BridgeMember(Base):
    """A chat, or one thread or forum topic of it, that belongs to a bridge; to one at most.

    Attributes:
        thread: The forum topic or thread; empty for the whole chat.
        title: What the chat is called, as far as the network told.
        direction: A :class:`Direction`.
        joined_by: Who connected it.
        confirmed_at: When somebody agreed that what is said there leaves its encryption.
        paused_at: Since when the bot can't write there.
        lag_told_at: When the others were told that messages arrive here late; ``None`` when not.
        notice: The key of the delivery that brings the rules, where they are pinned.
        notice_message: As which message they arrived; the record of deliveries is forgotten.
    """

    __tablename__ = "bridge_members"
    __table_args__ = (
        UniqueConstraint("channel", "chat", "thread"),
        Index("ix_bridge_members_bridge_id", "bridge_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    bridge_id: Mapped[int] = mapped_column(ForeignKey("bridges.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(32))
    chat: Mapped[str] = mapped_column(String(255))
    thread: Mapped[str] = mapped_column(String(255), default="")
    title: Mapped[str] = mapped_column(Text, default="")
    direction: Mapped[str] = mapped_column(String(8))
    joined_by: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    joined_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    paused_at: Mapped[datetime | None] = mapped_column(Instant)
    lag_told_at: Mapped[datetime | None] = mapped_column(Instant)
    notice: Mapped[str | None] = mapped_column(String(255))
    notice_message: Mapped[str | None] = mapped_column(String(255))


class BridgeCode(Base):
    """The right to connect a chat with the one in which the code was made; works once.

    Attributes:
        code_hash: SHA-256 of the code, in hexadecimal.
        member_id: Who asked for it.
        direction: As in :class:`BridgeMember`, of the chat in which it was made.
        used_at: When it was entered, so that it holds no more.
    """

    __tablename__ = "bridge_codes"
    __table_args__ = (UniqueConstraint("code_hash"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(32))
    chat: Mapped[str] = mapped_column(String(255))
    thread: Mapped[str] = mapped_column(String(255), default="")
    title: Mapped[str] = mapped_column(Text, default="")
    direction: Mapped[str] = mapped_column(String(8))
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    made_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class BridgeRequest(Base):
    """A chat in which a code was entered waits until the code's own chat agrees.

    Attributes:
        code_id: The code; its chat is the one that is asked.
        direction: As in :class:`BridgeMember`, of the chat that wants to join; so are the others.
        member_id: Who entered the code.
        answered_at: When somebody agreed or refused.
    """

    __tablename__ = "bridge_requests"
    __table_args__ = (UniqueConstraint("code_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code_id: Mapped[int] = mapped_column(ForeignKey("bridge_codes.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(32))
    chat: Mapped[str] = mapped_column(String(255))
    thread: Mapped[str] = mapped_column(String(255), default="")
    title: Mapped[str] = mapped_column(Text, default="")
    direction: Mapped[str] = mapped_column(String(8))
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    made_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)


class BridgeTry(Base):
    """A code that somebody entered and that was none; counted, so that nobody guesses."""

    __tablename__ = "bridge_tries"
    __table_args__ = (Index("ix_bridge_tries_member_id_at", "member_id", "at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    at: Mapped[datetime] = mapped_column(Instant, index=True)


class BridgeLock(Base):
    """A chat whose messages, or a topic whose announcements, stay on their own network.

    Attributes:
        chat: The chat's id; empty for a topic.
        thread: As in :class:`BridgeMember`.
        topic_id: The topic; ``None`` for a chat.
    """

    __tablename__ = "bridge_locks"
    __table_args__ = (
        UniqueConstraint("channel", "chat", "thread", "topic_id"),
        Index("ix_bridge_locks_topic_id", "topic_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(32), default="")
    chat: Mapped[str] = mapped_column(String(255), default="")
    thread: Mapped[str] = mapped_column(String(255), default="")
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("topics.id", ondelete="CASCADE"))
    locked_by: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    locked_at: Mapped[datetime] = mapped_column(Instant)


class BridgePost(Base):
    """Something that was said in a bridge, wherever it can be read.

    Attributes:
        author: The account of who said it, ``telegram:4711``; empty for the bot itself.
        author_name: What the name looks like, as it is compared with others.
        digest: SHA-256 of what was said, by which an echo is recognised.
    """

    __tablename__ = "bridge_posts"
    __table_args__ = (
        Index("ix_bridge_posts_bridge_id_author_name", "bridge_id", "author_name"),
        Index("ix_bridge_posts_bridge_id_digest", "bridge_id", "digest"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    bridge_id: Mapped[int] = mapped_column(ForeignKey("bridges.id", ondelete="CASCADE"))
    author: Mapped[str] = mapped_column(String(300), default="")
    author_name: Mapped[str] = mapped_column(String(100), default="")
    digest: Mapped[str] = mapped_column(String(64), default="")
    said_at: Mapped[datetime] = mapped_column(Instant, index=True)


class BridgePlace(Base):
    """Where a post can be read: the message itself, and each message of its copies.

    Attributes:
        message: The network's id; ``None`` until the copy was sent.
        key: The delivery that brings it; ``None`` of what somebody else sent.
        part: Its place among the messages of one copy, from 0.
        blocks: How many blocks of the delivery's body are of this post; several share a delivery
            when they were joined.
        original: Whether this is where it was said.
    """

    __tablename__ = "bridge_places"
    __table_args__ = (
        Index("ix_bridge_places_post_id", "post_id"),
        Index("ix_bridge_places_channel_chat_message", "channel", "chat", "message"),
        Index("ix_bridge_places_key", "key"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("bridge_posts.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(32))
    chat: Mapped[str] = mapped_column(String(255))
    thread: Mapped[str] = mapped_column(String(255), default="")
    message: Mapped[str | None] = mapped_column(String(255))
    key: Mapped[str | None] = mapped_column(String(255))
    part: Mapped[int] = mapped_column(default=0)
    blocks: Mapped[int] = mapped_column(default=0)
    original: Mapped[bool] = mapped_column(default=False)


class BridgeReaction(Base):
    """How somebody reacted to a post.

    Attributes:
        own: The id of the reaction itself, where its network has such a thing.
    """

    __tablename__ = "bridge_reactions"
    __table_args__ = (
        Index("ix_bridge_reactions_post_id", "post_id"),
        Index("ix_bridge_reactions_channel_chat_own", "channel", "chat", "own"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("bridge_posts.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(32))
    chat: Mapped[str] = mapped_column(String(255))
    author: Mapped[str] = mapped_column(String(300))
    emoji: Mapped[str] = mapped_column(String(64))
    own: Mapped[str | None] = mapped_column(String(255))
