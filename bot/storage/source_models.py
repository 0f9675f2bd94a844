"""The tables of the sources: what is read, what stood in it last, what waits for an editor."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.models import Base, Id
from bot.storage.types import Instant, Json

_PRESENT = text("removed_at IS NULL")


class SourceKind(enum.StrEnum):
    """How a source is read."""

    FEED = "feed"
    """Fetched from its address."""
    FOLDER = "folder"
    """The feed files in a folder of the hub's machine."""
    WEBHOOK = "webhook"
    """Nothing is read; others send."""


class SourceMode(enum.StrEnum):
    """What becomes of the items of a source."""

    ANNOUNCE = "announce"
    APPROVE = "approve"
    """An editor decides about each reading's changes."""
    CALENDAR = "calendar"
    """Events are kept without telling anybody; news are passed over."""


class Source(Base):
    """Where items come from; the id is the number that people read.

    Attributes:
        kind: A :class:`SourceKind`.
        address: Where it is read; a folder's path. Nobody else's as long as it is not removed.
        topic_id: Who hears of it.
        laender: Codes with spaces between; none are all.
        language: In which it is written.
        zone: The IANA zone of its times that have none.
        mode: A :class:`SourceMode`.
        keywords: ``wanted`` and ``unwanted`` patterns of words.
        template: How its news are worded, as Markdown; empty for the usual way.
        every: How often it is read, in seconds.
        created_by: Who added it; ``None`` for somebody at the command line.
        paused_at: Since when it is not read.
        etag: What its server called the version that was read last.
        last_modified: The same by time.
        digest: What was read last, so that an equal reading needs no comparison.
        moved_to: Where its server sent us for good, the last times.
        moves: How many times in a row.
        next_at: When it is to be read next.
        claimed_by: Who is reading it, until *claimed_until*.
        checked_at: When it was read last, or that was tried.
        ok_at: When that worked last.
        changed_at: When anything in it was different last.
        failures: How often reading it has failed in a row.
        problem: Why, as a name; see :data:`bot.services.source_reading.PROBLEMS`.
        problem_text: Why, in the words of who noticed it.
        stale_told_at: When the editors were told that it fails; ``None`` while it does not.
        read_once: Whether it was ever read.
        token: SHA-256 of what a program has to know that sends to it, in hexadecimal; empty of
            what is read.
    """

    __tablename__ = "sources"
    __table_args__ = (
        Index(
            "uq_sources_address",
            "address",
            unique=True,
            sqlite_where=_PRESENT,
            postgresql_where=_PRESENT,
        ),
        Index("ix_sources_next_at", "next_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(100))
    address: Mapped[str] = mapped_column(Text)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id"))
    laender: Mapped[str] = mapped_column(String(64), default="")
    language: Mapped[str] = mapped_column(String(8), default="de")
    zone: Mapped[str] = mapped_column(String(64), default="Europe/Berlin")
    mode: Mapped[str] = mapped_column(String(8), default=SourceMode.ANNOUNCE)
    keywords: Mapped[Any] = mapped_column(Json)
    template: Mapped[str] = mapped_column(Text, default="")
    every: Mapped[int]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)
    paused_at: Mapped[datetime | None] = mapped_column(Instant)
    etag: Mapped[str] = mapped_column(Text, default="")
    last_modified: Mapped[str] = mapped_column(Text, default="")
    digest: Mapped[str] = mapped_column(String(64), default="")
    moved_to: Mapped[str] = mapped_column(Text, default="")
    moves: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(Instant)
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    ok_at: Mapped[datetime | None] = mapped_column(Instant)
    changed_at: Mapped[datetime | None] = mapped_column(Instant)
    failures: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(String(32), default="")
    problem_text: Mapped[str] = mapped_column(Text, default="")
    stale_told_at: Mapped[datetime | None] = mapped_column(Instant)
    read_once: Mapped[bool] = mapped_column(default=False)
    token: Mapped[str] = mapped_column(String(64), default="")


class BatchReason(enum.StrEnum):
    """Why an editor has to decide."""

    FIRST = "first"
    """The source was read for the first time."""
    MASS = "mass"
    """Very much of it looked new or changed."""
    APPROVE = "approve"
    """That is the source's mode."""
    UNSURE = "unsure"
    """When something is due was read from words, and not surely."""


class BatchState(enum.StrEnum):
    """What became of a batch."""

    OPEN = "open"
    PUBLISHED = "published"
    CALENDAR = "calendar"
    DROPPED = "dropped"
    CLOSED = "closed"
    """Nothing is left to be decided."""


class SourceBatch(Base):
    """Items of one source that wait for an editor together; the id is the number people read.

    Attributes:
        why: A :class:`BatchReason`.
        state: A :class:`BatchState`.
        version: Counts its changes; who decides says which one was shown.
        shown: The version that the editors' messages show.
    """

    __tablename__ = "source_batches"
    __table_args__ = (Index("ix_source_batches_source_id_state", "source_id", "state"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    why: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(16), default=BatchState.OPEN)
    version: Mapped[int] = mapped_column(default=1)
    shown: Mapped[int] = mapped_column(default=0)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    opened_at: Mapped[datetime] = mapped_column(Instant)


class ItemState(enum.StrEnum):
    """What became of an item of a source."""

    HELD = "held"
    """It waits for an editor, in its batch."""
    TOLD = "told"
    """An event or an announcement was made of it."""
    KNOWN = "known"
    """Nothing was made of it: it was over, or old."""
    FILTERED = "filtered"
    """The source's keywords do not want it."""
    DROPPED = "dropped"
    """An editor did not want it."""
    PART = "part"
    """One date of a series, which is told as a whole."""


class SourceItem(Base):
    """An item as it stood in its source last, and what was made of it.

    Attributes:
        uid: Of the event that is made of it: stable, whatever id the source gives it later.
        item: The item as a JSON tree.
        fingerprint: Its fingerprint.
        state: An :class:`ItemState`.
        event_id: The event that was made of it.
        announcement_id: The announcement that was made of it.
        made: What was made of it last, as a JSON tree: what was changed in chat since differs.
        batch_id: The batch in which it waits, or waited last.
        ruling: What an editor said about when it is due, and for which words that holds.
        seen_at: When it stood in its source first.
        gone_at: Since when it does not any more.
    """

    __tablename__ = "source_items"
    __table_args__ = (
        UniqueConstraint("uid"),
        Index("ix_source_items_source_id", "source_id"),
        Index("ix_source_items_batch_id", "batch_id"),
        Index("ix_source_items_gone_at", "gone_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    uid: Mapped[str] = mapped_column(String(64))
    item: Mapped[Any] = mapped_column(Json)
    fingerprint: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("events.id", ondelete="SET NULL"))
    announcement_id: Mapped[int | None] = mapped_column(
        ForeignKey("announcements.id", ondelete="SET NULL")
    )
    made: Mapped[Any] = mapped_column(Json, nullable=True)
    batch_id: Mapped[int | None] = mapped_column(
        ForeignKey("source_batches.id", ondelete="SET NULL")
    )
    ruling: Mapped[Any] = mapped_column(Json, nullable=True)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    gone_at: Mapped[datetime | None] = mapped_column(Instant)


class PostedRequest(Base):
    """A request by which a program sent items, and what it was answered.

    Attributes:
        key: Its ``Idempotency-Key``: whoever sends it again is answered the same.
        digest: SHA-256 of its body, in hexadecimal.
        answer: What was answered, as a JSON tree.
    """

    __tablename__ = "posted_requests"
    __table_args__ = (
        UniqueConstraint("source_id", "key"),
        Index("ix_posted_requests_at", "at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(255))
    digest: Mapped[str] = mapped_column(String(64))
    answer: Mapped[Any] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(Instant)
