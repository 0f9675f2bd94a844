"""Bridged rooms

Revision ID: 0012
Revises: 0011
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    id_type = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "bridges",
        sa.Column("id", id_type, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bridges")),
    )
    op.create_table(
        "bridge_codes",
        sa.Column("id", id_type, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("chat", sa.String(length=255), nullable=False),
        sa.Column("thread", sa.String(length=255), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("member_id", id_type, nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_bridge_codes_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bridge_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_bridge_codes_code_hash")),
    )
    with op.batch_alter_table("bridge_codes", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_bridge_codes_expires_at"), ["expires_at"], unique=False
        )

    op.create_table(
        "bridge_locks",
        sa.Column("id", id_type, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("chat", sa.String(length=255), nullable=False),
        sa.Column("thread", sa.String(length=255), nullable=False),
        sa.Column("topic_id", id_type, nullable=True),
        sa.Column("locked_by", id_type, nullable=True),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["locked_by"], ["members.id"], name=op.f("fk_bridge_locks_locked_by")
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topics.id"], name=op.f("fk_bridge_locks_topic_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bridge_locks")),
        sa.UniqueConstraint(
            "channel",
            "chat",
            "thread",
            "topic_id",
            name=op.f("uq_bridge_locks_channel_chat_thread_topic_id"),
        ),
    )
    with op.batch_alter_table("bridge_locks", schema=None) as batch_op:
        batch_op.create_index("ix_bridge_locks_topic_id", ["topic_id"], unique=False)

    op.create_table(
        "bridge_members",
        sa.Column("id", id_type, nullable=False),
        sa.Column("bridge_id", id_type, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("chat", sa.String(length=255), nullable=False),
        sa.Column("thread", sa.String(length=255), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("joined_by", id_type, nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lag_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["bridge_id"],
            ["bridges.id"],
            name=op.f("fk_bridge_members_bridge_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["joined_by"], ["members.id"], name=op.f("fk_bridge_members_joined_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bridge_members")),
        sa.UniqueConstraint(
            "channel", "chat", "thread", name=op.f("uq_bridge_members_channel_chat_thread")
        ),
    )
    with op.batch_alter_table("bridge_members", schema=None) as batch_op:
        batch_op.create_index("ix_bridge_members_bridge_id", ["bridge_id"], unique=False)

    op.create_table(
        "bridge_posts",
        sa.Column("id", id_type, nullable=False),
        sa.Column("bridge_id", id_type, nullable=False),
        sa.Column("author", sa.String(length=300), nullable=False),
        sa.Column("author_name", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["bridge_id"],
            ["bridges.id"],
            name=op.f("fk_bridge_posts_bridge_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bridge_posts")),
    )
    with op.batch_alter_table("bridge_posts", schema=None) as batch_op:
        batch_op.create_index(
            "ix_bridge_posts_bridge_id_author_name", ["bridge_id", "author_name"], unique=False
        )
        batch_op.create_index(
            "ix_bridge_posts_bridge_id_digest", ["bridge_id", "digest"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_bridge_posts_said_at"), ["said_at"], unique=False)

    op.create_table(
        "bridge_tries",
        sa.Column("id", id_type, nullable=False),
        sa.Column("member_id", id_type, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_bridge_tries_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bridge_tries")),
    )
    with op.batch_alter_table("bridge_tries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bridge_tries_at"), ["at"], unique=False)
        batch_op.create_index("ix_bridge_tries_member_id_at", ["member_id", "at"], unique=False)

    op.create_table(
        "bridge_places",
        sa.Column("id", id_type, nullable=False),
        sa.Column("post_id", id_type, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("chat", sa.String(length=255), nullable=False),
        sa.Column("thread", sa.String(length=255), nullable=False),
        sa.Column("message", sa.String(length=255), nullable=True),
        sa.Column("key", sa.String(length=255), nullable=True),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("blocks", sa.Integer(), nullable=False),
        sa.Column("original", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["bridge_posts.id"],
            name=op.f("fk_bridge_places_post_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bridge_places")),
    )
    with op.batch_alter_table("bridge_places", schema=None) as batch_op:
        batch_op.create_index(
            "ix_bridge_places_channel_chat_message", ["channel", "chat", "message"], unique=False
        )
        batch_op.create_index("ix_bridge_places_key", ["key"], unique=False)
        batch_op.create_index("ix_bridge_places_post_id", ["post_id"], unique=False)

    op.create_table(
        "bridge_reactions",
        sa.Column("id", id_type, nullable=False),
        sa.Column("post_id", id_type, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("chat", sa.String(length=255), nullable=False),
        sa.Column("author", sa.String(length=300), nullable=False),
        sa.Column("emoji", sa.String(length=64), nullable=False),
        sa.Column("own", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["bridge_posts.id"],
            name=op.f("fk_bridge_reactions_post_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bridge_reactions")),
    )
    with op.batch_alter_table("bridge_reactions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_bridge_reactions_channel_chat_own", ["channel", "chat", "own"], unique=False
        )
        batch_op.create_index("ix_bridge_reactions_post_id", ["post_id"], unique=False)

    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("target_of", sa.String(length=255), nullable=True))
        batch_op.add_column(sa.Column("reply_of", sa.String(length=255), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_column("reply_of")
        batch_op.drop_column("target_of")

    with op.batch_alter_table("bridge_reactions", schema=None) as batch_op:
        batch_op.drop_index("ix_bridge_reactions_post_id")
        batch_op.drop_index("ix_bridge_reactions_channel_chat_own")

    op.drop_table("bridge_reactions")
    with op.batch_alter_table("bridge_places", schema=None) as batch_op:
        batch_op.drop_index("ix_bridge_places_post_id")
        batch_op.drop_index("ix_bridge_places_key")
        batch_op.drop_index("ix_bridge_places_channel_chat_message")

    op.drop_table("bridge_places")
    with op.batch_alter_table("bridge_tries", schema=None) as batch_op:
        batch_op.drop_index("ix_bridge_tries_member_id_at")
        batch_op.drop_index(batch_op.f("ix_bridge_tries_at"))

    op.drop_table("bridge_tries")
    with op.batch_alter_table("bridge_posts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bridge_posts_said_at"))
        batch_op.drop_index("ix_bridge_posts_bridge_id_digest")
        batch_op.drop_index("ix_bridge_posts_bridge_id_author_name")

    op.drop_table("bridge_posts")
    with op.batch_alter_table("bridge_members", schema=None) as batch_op:
        batch_op.drop_index("ix_bridge_members_bridge_id")

    op.drop_table("bridge_members")
    with op.batch_alter_table("bridge_locks", schema=None) as batch_op:
        batch_op.drop_index("ix_bridge_locks_topic_id")

    op.drop_table("bridge_locks")
    with op.batch_alter_table("bridge_codes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bridge_codes_expires_at"))

    op.drop_table("bridge_codes")
    op.drop_table("bridges")
