"""The tables. Each is read and written only by the query module of its noun.

One long file on purpose: a migration is written and reviewed against the whole schema.
"""

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bot.storage.types import Instant, Json

Id = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up by itself only in a column of type INTEGER."""


class Base(DeclarativeBase):
    """What all tables share: constraint names that are alike on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Cursor(Base):
    """How far a channel has been read: a Matrix sync token, a Telegram offset.

    ``reminders`` tells how far reminders are made, ``restored`` when a backup was restored.
    """

    __tablename__ = "cursors"

    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class SeenEvent(Base):
    """An incoming event that was handled, so that a repeat is recognised."""

    __tablename__ = "seen_events"

    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    event: Mapped[str] = mapped_column(String(255), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(Instant, index=True)


class ChatRow(Base):
    """A room, group, Telegram channel or direct conversation that the bot knows.

    Attributes:
        ambient: Whether questions are answered here that are not addressed to the bot.
        left_at: Since when nothing can be delivered there; ``None`` while it can.
        left_reason: Why, in the network's words.
        encrypted: Whether what is said there is encrypted, as far as the network told.
        member_id: Whose direct chat it is: on each network the one in which they wrote last.
        home_id: The other direct chat of the same linked person, in which they are told things
            and whose settings and subscriptions count for both; ``None`` where they are told, and
            for everybody else. No foreign key: a backup restores chats in any order.
        known_as: The number that stands for the chat in the keys of notices; ``None`` for its own.
            When a person is told in their other chat from now on, the two change theirs, so that
            nobody is told the same again under another key.
        partner_id: Who is in a direct chat, also once they are reached in another one.
    """

    __tablename__ = "chats"
    __table_args__ = (UniqueConstraint("channel", "chat"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(32))
    chat: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str | None] = mapped_column(String(8))
    ambient: Mapped[bool] = mapped_column(default=False)
    joined_at: Mapped[datetime] = mapped_column(Instant)
    left_at: Mapped[datetime | None] = mapped_column(Instant)
    left_reason: Mapped[str | None] = mapped_column(Text)
    encrypted: Mapped[bool | None]
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"), index=True)
    partner_id: Mapped[int | None] = mapped_column(Id, index=True)
    home_id: Mapped[int | None] = mapped_column(Id, index=True)
    known_as: Mapped[int | None] = mapped_column(Id)

    @property
    def keyed(self) -> int:
        """The number that stands for it in the keys of notices."""
        return self.known_as or self.id


class Member(Base):
    """A person.

    Attributes:
        language: What the person chose; ``None`` until then.
        project: The model project that the person named, by its name in the network's list.
        phase: That project's phase, ``a`` or ``b``, if the person said so.
        seen_on: The last day on which the person wrote to the bot.
        erased_at: When this row took the place of somebody who is erased, in what has to name
            somebody; such a row has no account and says nothing of the person.
    """

    __tablename__ = "members"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    language: Mapped[str | None] = mapped_column(String(8))
    project: Mapped[str | None] = mapped_column(String(100))
    phase: Mapped[str | None] = mapped_column(String(1))
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_on: Mapped[date | None]
    erased_at: Mapped[datetime | None] = mapped_column(Instant)


class Tombstone(Base):
    """Tells that an account was erased, so that what it sent before makes nothing of it anew.

    Attributes:
        mark: The keyed hash of the account; its key is not in the database.
        cleaned_at: When the file was cleaned of what had been deleted; ``None`` until then.
    """

    __tablename__ = "tombstones"

    mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    erased_at: Mapped[datetime] = mapped_column(Instant, index=True)
    cleaned_at: Mapped[datetime | None] = mapped_column(Instant)


class IdentityRow(Base):
    """A person's account on one channel.

    Attributes:
        name: What the network showed last.
        language: What the network says of the person's language.
    """

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("channel", "user"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(32))
    user: Mapped[str] = mapped_column(String(255))
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    name: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str | None] = mapped_column(String(16))


class Grant(Base):
    """A role that an admin gave to a member; admins themselves are in the configuration."""

    __tablename__ = "grants"

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(16), primary_key=True)
    granted_by: Mapped[int] = mapped_column(ForeignKey("members.id"))
    granted_at: Mapped[datetime] = mapped_column(Instant)


class AuditEntry(Base):
    """Who did what that others may have to answer for; only ever added to.

    Attributes:
        member_id: Who; ``None`` for the hub itself.
        action: What, by a name of the catalogue without its ``audit-``.
        subject: To what: ``announcement:12``, ``event:8``, ``member:3``.
        details: What fills the placeholders of the sentence; never a text that was sent.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject", "subject", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    action: Mapped[str] = mapped_column(String(48))
    subject: Mapped[str] = mapped_column(String(64))
    details: Mapped[Any] = mapped_column(Json)


class DialogRow(Base):
    """What the bot has asked a member in a chat, whose next message there is the answer.

    Attributes:
        subject: Whose question it is; the name of its handler.
        content: What was found out so far.
        expires_at: After that nobody remembers the question, and a message is a message again.
    """

    __tablename__ = "dialogs"

    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    chat: Mapped[str] = mapped_column(String(255), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(32))
    content: Mapped[Any] = mapped_column(Json)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


class FileRow(Base):
    """What a message carries, once, however many messages carry it.

    Attributes:
        id: The SHA-256 of the content, in hexadecimal digits.
        size: Bytes.
    """

    __tablename__ = "files"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant, index=True)


class EntryRow(Base):
    """The last good copy of one entry of the knowledge files, for a start when they are broken."""

    __tablename__ = "entries"

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    position: Mapped[int]
    content: Mapped[Any] = mapped_column(Json)
    loaded_at: Mapped[datetime] = mapped_column(Instant)


class TaughtEntry(Base):
    """An entry that an editor taught in chat.

    Attributes:
        content: The entry as a JSON tree, without file and line.
        version: Counts its changes, so that every process notices them.
        retired_at: Since when it is not given any more; its id is never given to another.
    """

    __tablename__ = "taught_entries"

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    content: Mapped[Any] = mapped_column(Json)
    version: Mapped[int] = mapped_column(default=1)
    taught_by: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    retired_at: Mapped[datetime | None] = mapped_column(Instant)


class TaughtPhrasing(Base):
    """A phrasing that an editor added to an entry, whether that is of a file or taught.

    Attributes:
        question_id: The question it was taken from; that may be forgotten meanwhile.
    """

    __tablename__ = "taught_phrasings"
    __table_args__ = (UniqueConstraint("entry", "text"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    entry: Mapped[str] = mapped_column(String(255))
    text: Mapped[str] = mapped_column(String(300))
    taught_by: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    question_id: Mapped[int | None] = mapped_column(Id)
    added_at: Mapped[datetime] = mapped_column(Instant)


class EntryCare(Base):
    """Who looks after an entry, and when somebody did so last.

    Attributes:
        owner_id: Who is asked to review it; ``None`` for whom the entry itself names.
        reviewed_on: When somebody said in chat that it is still right.
        review_days: How often that is to be done; ``None`` for as the entry itself says.
        told_at: When the owner was told last that it has to be reviewed.
    """

    __tablename__ = "entry_care"

    entry: Mapped[str] = mapped_column(String(255), primary_key=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    reviewed_on: Mapped[date | None]
    review_days: Mapped[int | None]
    told_at: Mapped[datetime | None] = mapped_column(Instant)


class QuestionState(enum.StrEnum):
    """What became of a question."""

    ANSWERED = "answered"
    SUGGESTED = "suggested"
    OPEN = "open"
    """Nobody could answer it: it waits in the inbox."""
    WITHDRAWN = "withdrawn"
    DISMISSED = "dismissed"
    """An editor said that it is none for this team."""


class InboxState(enum.StrEnum):
    """What became of an item of the inbox."""

    OPEN = "open"
    ANSWERED = "answered"
    DISMISSED = "dismissed"
    CLOSED = "closed"
    """Nobody waits for an answer any more."""


class InboxItem(Base):
    """Questions that ask the same and that an editor has to answer.

    Attributes:
        id: The number of the first of its questions, which is what members read.
        hidden_until: Until when the editors do not want to see it.
        turn: Counts how often it was put before the editors.
        version: Counts its changes.
        shown: The version that the editors' messages show.
        answer: What an editor wrote, as Markdown.
        entry: The entry that was given, or that was made of the answer.
        reached: To how many people the answer went.
        decided_by: Who answered or dismissed it.
    """

    __tablename__ = "inbox_items"
    __table_args__ = (Index("ix_inbox_items_state", "state", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(16), default=InboxState.OPEN)
    hidden_until: Mapped[datetime | None] = mapped_column(Instant)
    turn: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1)
    shown: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str | None] = mapped_column(Text)
    entry: Mapped[str | None] = mapped_column(String(255))
    reached: Mapped[int] = mapped_column(default=0)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    opened_at: Mapped[datetime] = mapped_column(Instant)


class Question(Base):
    """Something a member wanted to know, and what the engine made of it.

    Attributes:
        entry: The entry that was given, if any.
        candidates: The ids of the entries that were suggested, in order.
        asked_in: Direct, room or ambient.
        item_id: The item of the inbox that it was put to, if it ever was.
        missing: What the member missed in the answer: ``None`` before they were asked, empty if
            they did not say.
        answered_at: When its author was given an answer last.
    """

    __tablename__ = "questions"
    __table_args__ = (Index("ix_questions_state_asked_at", "state", "asked_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(String(32))
    chat: Mapped[str] = mapped_column(String(255))
    thread: Mapped[str | None] = mapped_column(String(255))
    message: Mapped[str] = mapped_column(String(255))
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    asked_in: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(16))
    confidence: Mapped[float]
    entry: Mapped[str | None] = mapped_column(String(255))
    candidates: Mapped[Any] = mapped_column(Json)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("inbox_items.id"), index=True)
    missing: Mapped[str | None] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(Instant, index=True)
    answered_at: Mapped[datetime | None] = mapped_column(Instant, index=True)


class Feedback(Base):
    """Whether an answer helped a member; the last word counts."""

    __tablename__ = "feedback"

    question_id: Mapped[int] = mapped_column(
        ForeignKey("questions.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    helpful: Mapped[bool]
    given_at: Mapped[datetime] = mapped_column(Instant)


class Topic(Base):
    """What one can subscribe to.

    Attributes:
        key: The name by which the shipped ones are recognised; ``None`` for those of admins.
        retired_at: Since when it is no longer offered; rows that name it stay readable.
    """

    __tablename__ = "topics"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str | None] = mapped_column(String(32), unique=True)
    name_de: Mapped[str] = mapped_column(String(64))
    name_en: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Instant)
    retired_at: Mapped[datetime | None] = mapped_column(Instant)


class ChatSettings(Base):
    """When and how a chat wants to hear something.

    Attributes:
        laender: Codes with spaces between: whose news it wants, and whose holidays are quiet.
        leads: Lead times as ``30d 14d 1d``.
        remind_at: Minute of the day of reminders.
        rhythm: ``now``, ``daily`` or ``weekly``.
        digest_at: Minute of the day of the digest.
        digest_day: Weekday of a weekly digest; Monday is 0.
        quiet: Whether there are quiet hours.
        quiet_from: Minute of the day.
        quiet_until: Minute of the day.
        quiet_days: Whether Sundays and public holidays are quiet.
        paused_until: Nothing arrives before.
        silent: Whether messages arrive without a sound.
        timezone: IANA name; ``None`` for the hub's.
    """

    __tablename__ = "chat_settings"

    chat_id: Mapped[int] = mapped_column(
        ForeignKey("chats.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    laender: Mapped[str] = mapped_column(String(64), default="")
    leads: Mapped[str] = mapped_column(String(64), default="30d 14d 1d")
    remind_at: Mapped[int] = mapped_column(default=9 * 60)
    rhythm: Mapped[str] = mapped_column(String(8), default="now")
    digest_at: Mapped[int] = mapped_column(default=8 * 60)
    digest_day: Mapped[int] = mapped_column(default=0)
    quiet: Mapped[bool] = mapped_column(default=True)
    quiet_from: Mapped[int] = mapped_column(default=20 * 60)
    quiet_until: Mapped[int] = mapped_column(default=8 * 60)
    quiet_days: Mapped[bool] = mapped_column(default=True)
    paused_until: Mapped[datetime | None] = mapped_column(Instant)
    silent: Mapped[bool] = mapped_column(default=False)
    timezone: Mapped[str | None] = mapped_column(String(64))


class Subscription(Base):
    """A chat's wish to hear about a topic.

    Attributes:
        thread: The forum topic in which it is to be told.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("chat_id", "topic_id"),
        Index("ix_subscriptions_topic_id_chat_id", "topic_id", "chat_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"))
    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id"))
    thread: Mapped[str | None] = mapped_column(String(255))
    since: Mapped[datetime] = mapped_column(Instant)


class Field(enum.StrEnum):
    """By what a subscription may be narrowed."""

    LAND = "land"
    STAFFEL = "staffel"
    KIND = "kind"


class SubscriptionFilter(Base):
    """One of the values that a subscription is narrowed to; without any it takes everything."""

    __tablename__ = "subscription_filters"

    subscription_id: Mapped[int] = mapped_column(
        ForeignKey("subscriptions.id", ondelete="CASCADE"), primary_key=True
    )
    field: Mapped[str] = mapped_column(String(8), primary_key=True)
    value: Mapped[str] = mapped_column(String(32), primary_key=True)


class Consent(Base):
    """The record of a subscription's beginning or end: when, where, by which words.

    Attributes:
        given: ``True`` for the beginning, ``False`` for the end.
        member_id: Who said so; ``None`` when the bot was removed or blocked.
        words: What was typed or tapped, or why it ended.
    """

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_channel_chat", "channel", "chat"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(32))
    chat: Mapped[str] = mapped_column(String(255))
    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    given: Mapped[bool]
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant, index=True)


class Body(Base):
    """A document to send; one row serves any number of deliveries."""

    __tablename__ = "bodies"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    content: Mapped[Any] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(Instant, index=True)


class Action(enum.StrEnum):
    """What a delivery does."""

    SEND = "send"
    EDIT = "edit"
    DELETE = "delete"
    REACT = "react"
    """Show one reaction, or none."""
    PIN = "pin"
    """Pin a message of ours in its chat."""
    UNPIN = "unpin"


class DeliveryState(enum.StrEnum):
    """How far a delivery is."""

    WAITING = "waiting"
    SENDING = "sending"
    """Claimed by a relay: after a crash it is uncertain whether it arrived."""
    SENT = "sent"
    REJECTED = "rejected"
    """The network will never accept this message."""
    GONE = "gone"
    """The recipient can't be reached any more."""
    DEAD = "dead"
    """Given up after the last attempt."""
    PAUSED = "paused"
    """Its author has halted it; waiting again when it is resumed."""
    WITHDRAWN = "withdrawn"
    """Taken back before it was sent."""
    EXPIRED = "expired"
    """Not sent in the time in which it was of use."""


FILE_PART = 99
"""The place of a file behind the words of a message, of however many parts these are."""

OPEN_STATES = (DeliveryState.WAITING, DeliveryState.SENDING)
_OPEN = text("state IN ('waiting', 'sending')")
_REST = text("state NOT IN ('waiting', 'sending')")
_DONE = text("done_at IS NOT NULL")


class Delivery(Base):
    """One message to one address: a row of the outbox.

    Attributes:
        key: Unique, so that enqueueing twice is harmless.
        target: The message to edit or delete.
        target_of: The key of the delivery that becomes that message, if it is not sent yet.
        reply_of: The same for *reply_to*.
        priority: Lower goes first; replies are 0.
        due_at: Not before this instant.
        held_until: Until when quiet hours, a digest or a pause hold it; it blocks nothing behind
            it until then.
        expires_at: From when on it is of no use to anybody.
        source: What it tells about (``announcement:12``, ``event:8``); ``None`` for replies.
        part: Its place among the messages of one long text, from 0; of a file :data:`FILE_PART`.
        claimed_by: Which process is sending it, until *claimed_until*.
        uncertain: Whether it may have arrived although that was not recorded.
        message: The network's id of what was sent.
        error: Why it failed last, in the network's words; never the body.
        failing_since: Since when its network can't take it; ``None`` before the first failure.
        instead_of: The network on which it was to arrive before it went to the other one of a
            linked person; it goes over once.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(
            "ix_deliveries_open",
            "channel",
            "priority",
            "due_at",
            "id",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index(
            "ix_deliveries_open_chat",
            "channel",
            "chat",
            "priority",
            "id",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        # With the one before, which has the others, it finds all deliveries of a chat.
        Index(
            "ix_deliveries_rest_chat",
            "channel",
            "chat",
            "message",
            sqlite_where=_REST,
            postgresql_where=_REST,
        ),
        Index("ix_deliveries_source", "source", "state", "part"),
        Index("ix_deliveries_done", "done_at", sqlite_where=_DONE, postgresql_where=_DONE),
        # Of SQLite only, where it costs little. PostgreSQL would look a body up and lock it once
        # for each of 100,000 deliveries that say the same; see docs/adr/0027.
        ForeignKeyConstraint(["body_id"], ["bodies.id"]).ddl_if(dialect="sqlite"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(255), unique=True)
    channel: Mapped[str] = mapped_column(String(32))
    chat: Mapped[str] = mapped_column(String(255))
    thread: Mapped[str | None] = mapped_column(String(255))
    action: Mapped[str] = mapped_column(String(8))
    body_id: Mapped[int | None] = mapped_column(Id, index=True)
    target: Mapped[str | None] = mapped_column(String(255))
    target_of: Mapped[str | None] = mapped_column(String(255))
    reply_to: Mapped[str | None] = mapped_column(String(255))
    reply_of: Mapped[str | None] = mapped_column(String(255))
    notify: Mapped[bool] = mapped_column(default=False)
    priority: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), default=DeliveryState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(Instant)
    held_until: Mapped[datetime | None] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    source: Mapped[str | None] = mapped_column(String(64))
    part: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    uncertain: Mapped[bool] = mapped_column(default=False, server_default=false())
    message: Mapped[str | None] = mapped_column(String(255))
    error: Mapped[str | None] = mapped_column(Text)
    failing_since: Mapped[datetime | None] = mapped_column(Instant)
    instead_of: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


class EventRow(Base):
    """Something with a time; the id is the number that members read.

    Attributes:
        uid: By which a repeated import recognises it.
        content: The event as a JSON tree.
        begins_at: When it begins first, or when a deadline is due.
        over_at: When its last date is over; ``None`` if there is no last one.
        version: Counts its changes; who changes it says which one was shown.
        imported: What the file said last, as a digest: an unchanged file leaves alone what
            was changed in chat. ``None`` for what was added in chat.
    """

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    uid: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    content: Mapped[Any] = mapped_column(Json)
    begins_at: Mapped[datetime] = mapped_column(Instant, index=True)
    over_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    version: Mapped[int] = mapped_column(default=1)
    imported: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class EventDraft(Base):
    """A new or changed event that an editor was shown and has not saved yet.

    Attributes:
        event_id: The event to change; ``None`` for a new one.
        version: The event's version that the draft was made from.
        content: The event as it will be, as a JSON tree.
    """

    __tablename__ = "event_drafts"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    event_id: Mapped[int | None] = mapped_column(
        ForeignKey("events.id", ondelete="CASCADE"), index=True
    )
    version: Mapped[int]
    content: Mapped[Any] = mapped_column(Json)
    made_at: Mapped[datetime] = mapped_column(Instant, index=True)


class EventChange(Base):
    """A version of an event of which its audience has not been told yet.

    Attributes:
        before: The event as it was, as a JSON tree; ``None`` of a new one.
        quiet: Whether only what waits to be sent is brought up to date, and nobody is told.
    """

    __tablename__ = "event_changes"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    version: Mapped[int]
    before: Mapped[Any] = mapped_column(Json, nullable=True)
    quiet: Mapped[bool] = mapped_column(default=False, server_default=false())
    at: Mapped[datetime] = mapped_column(Instant)


class EventWish(Base):
    """What a chat wants of one event, whatever it has subscribed to.

    Attributes:
        wanted: To be reminded of it, or not to be reminded any more.
    """

    __tablename__ = "event_wishes"

    event_id: Mapped[int] = mapped_column(
        ForeignKey("events.id", ondelete="CASCADE"), primary_key=True
    )
    chat_id: Mapped[int] = mapped_column(
        ForeignKey("chats.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    thread: Mapped[str | None] = mapped_column(String(255))
    wanted: Mapped[bool]
    since: Mapped[datetime] = mapped_column(Instant)


class CalendarFeed(Base):
    """A private address under which a chat's calendar is read.

    Attributes:
        token_hash: The SHA-256 of what the address ends in, in hexadecimal digits; the address
            itself is kept nowhere.
        created_by: Who made it.
        revoked_at: From when on it holds no more.
        last_used_at: When it was read last; kept once a day, so that nobody learns more of it.
    """

    __tablename__ = "calendar_feeds"
    __table_args__ = (
        Index(
            "uq_calendar_feeds_valid",
            "chat_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    revoked_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)


class DigestItem(Base):
    """Something that waits for the digest of a chat, or was told in it.

    Attributes:
        key: Unique, as that of a delivery.
        source: As that of a delivery.
        slot_at: When the digest goes out that takes it.
        digest: The key of the delivery that told it; ``None`` until then.
        withdrawn: Whether it was taken back.
    """

    __tablename__ = "digest_items"
    __table_args__ = (
        Index("ix_digest_items_digest_slot_at", "digest", "slot_at"),
        Index("ix_digest_items_source", "source"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(255), unique=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"), index=True)
    thread: Mapped[str | None] = mapped_column(String(255))
    body_id: Mapped[int] = mapped_column(ForeignKey("bodies.id"), index=True)
    source: Mapped[str] = mapped_column(String(64))
    slot_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    digest: Mapped[str | None] = mapped_column(String(255))
    withdrawn: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Instant)


class AnnouncementState(enum.StrEnum):
    """How far an announcement is."""

    DRAFT = "draft"
    AWAITING = "awaiting"
    """A second person has to approve it."""
    SCHEDULED = "scheduled"
    """To be sent at its time, which may be now."""
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    RECALLING = "recalling"
    RECALLED = "recalled"
    DISCARDED = "discarded"
    MISSED = "missed"
    """Its time passed while the hub was down, and it was not to be sent late."""


FLYING = "digests"
"""Stands beside the bodies of a version for the digests that were in flight when it was made."""


class Announcement(Base):
    """What an announcer tells an audience; the id is the number that people read.

    Attributes:
        author_id: Who wrote it, and from when it is let go who did that; ``None`` of what a
            source announces.
        channel: With *chat* and *thread*, where it is talked about with its author; empty if
            nowhere.
        texts: The Markdown as it was written, by language.
        attachment: The picture or document that goes with it.
        audience: Whom it is for.
        importance: ``normal``, ``urgent`` or ``quiet``.
        everyone: Whether it rings for the whole room (``@room``) where that is allowed.
        late: What to do if its time passes while the hub is down: ``send``, ``mark``, ``drop``.
        send_at: When; ``None`` for as soon as it is released.
        version: Counts its texts; who edits says which one was shown.
        bodies: The bodies of its present version by network and language, once it was changed.
        recipients: How many chats it went to, when it was frozen.
        reported: What the message that reports on it shows, as a digest.
        reported_at: Since when.
        reason: Why it was paused or missed.
        decide_by: When a wish for approval expires.
    """

    __tablename__ = "announcements"
    __table_args__ = (Index("ix_announcements_state_send_at", "state", "send_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"), index=True)
    channel: Mapped[str] = mapped_column(String(32))
    chat: Mapped[str] = mapped_column(String(255))
    thread: Mapped[str | None] = mapped_column(String(255))
    language: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(16), default=AnnouncementState.DRAFT)
    texts: Mapped[Any] = mapped_column(Json)
    attachment: Mapped[Any] = mapped_column(Json, nullable=True)
    audience: Mapped[Any] = mapped_column(Json)
    importance: Mapped[str] = mapped_column(String(8), default="normal")
    everyone: Mapped[bool] = mapped_column(default=False)
    late: Mapped[str] = mapped_column(String(8), default="mark")
    send_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)
    recipients: Mapped[int] = mapped_column(default=0)
    bodies: Mapped[Any] = mapped_column(Json, nullable=True)
    reported: Mapped[str | None] = mapped_column(String(64))
    reported_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str | None] = mapped_column(Text)
    decide_by: Mapped[datetime | None] = mapped_column(Instant)
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
