"""Sources, their items, and what waits for editors

Revision ID: 0009
Revises: 0008
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)
_PRESENT = sa.text("removed_at IS NULL")


def upgrade() -> None:
    # What a source announces has no author. Nothing refers to announcements until now, so the
    # copy that SQLite needs harms nobody.
    with op.batch_alter_table("announcements") as table:
        table.alter_column("author_id", existing_type=_ID, nullable=True)
    _sources()
    _batches()
    _items()
    _requests()
    op.add_column(
        "event_changes",
        sa.Column("quiet", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def _sources() -> None:
    op.create_table(
        "sources",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("topic_id", _ID, nullable=False),
        sa.Column("laender", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("keywords", sa.JSON(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("created_by", _ID, nullable=True),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("removed_at", _AT, nullable=True),
        sa.Column("paused_at", _AT, nullable=True),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("last_modified", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("moved_to", sa.Text(), nullable=False),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("next_at", _AT, nullable=False),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("claimed_until", _AT, nullable=True),
        sa.Column("checked_at", _AT, nullable=True),
        sa.Column("ok_at", _AT, nullable=True),
        sa.Column("changed_at", _AT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=32), nullable=False),
        sa.Column("problem_text", sa.Text(), nullable=False),
        sa.Column("stale_told_at", _AT, nullable=True),
        sa.Column("read_once", sa.Boolean(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["topic_id"], ["topics.id"], name=op.f("fk_sources_topic_id")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["members.id"], name=op.f("fk_sources_created_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
    )
    op.create_index(
        "uq_sources_address",
        "sources",
        ["address"],
        unique=True,
        sqlite_where=_PRESENT,
        postgresql_where=_PRESENT,
    )
    op.create_index("ix_sources_next_at", "sources", ["next_at"], unique=False)


def _batches() -> None:
    op.create_table(
        "source_batches",
        sa.Column("id", _ID, nullable=False),
        sa.Column("source_id", _ID, nullable=False),
        sa.Column("why", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("decided_by", _ID, nullable=True),
        sa.Column("decided_at", _AT, nullable=True),
        sa.Column("opened_at", _AT, nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["sources.id"],
            name=op.f("fk_source_batches_source_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["members.id"], name=op.f("fk_source_batches_decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_batches")),
    )
    op.create_index(
        "ix_source_batches_source_id_state", "source_batches", ["source_id", "state"], unique=False
    )


def _items() -> None:
    op.create_table(
        "source_items",
        sa.Column("id", _ID, nullable=False),
        sa.Column("source_id", _ID, nullable=False),
        sa.Column("uid", sa.String(length=64), nullable=False),
        sa.Column("item", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("event_id", _ID, nullable=True),
        sa.Column("announcement_id", _ID, nullable=True),
        sa.Column("made", sa.JSON(), nullable=True),
        sa.Column("batch_id", _ID, nullable=True),
        sa.Column("ruling", sa.JSON(), nullable=True),
        sa.Column("seen_at", _AT, nullable=False),
        sa.Column("gone_at", _AT, nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["sources.id"],
            name=op.f("fk_source_items_source_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_source_items_event_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcements.id"],
            name=op.f("fk_source_items_announcement_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["source_batches.id"],
            name=op.f("fk_source_items_batch_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_items")),
        sa.UniqueConstraint("uid", name=op.f("uq_source_items_uid")),
    )
    for column in ("source_id", "batch_id", "gone_at"):
        op.create_index(f"ix_source_items_{column}", "source_items", [column], unique=False)


def _requests() -> None:
    op.create_table(
        "posted_requests",
        sa.Column("id", _ID, nullable=False),
        sa.Column("source_id", _ID, nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["sources.id"],
            name=op.f("fk_posted_requests_source_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posted_requests")),
        sa.UniqueConstraint("source_id", "key", name=op.f("uq_posted_requests_source_id_key")),
    )
    op.create_index("ix_posted_requests_at", "posted_requests", ["at"], unique=False)


def downgrade() -> None:
    op.drop_table("posted_requests")
    op.drop_column("event_changes", "quiet")
    op.execute(sa.text("DELETE FROM announcements WHERE author_id IS NULL"))
    op.drop_table("source_items")
    op.drop_table("source_batches")
    op.drop_table("sources")
    with op.batch_alter_table("announcements") as table:
        table.alter_column("author_id", existing_type=_ID, nullable=False)
