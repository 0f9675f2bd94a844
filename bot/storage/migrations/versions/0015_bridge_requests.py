"""Connecting rooms: chats that wait until another one agrees; pinned rules; since when a message fails

Revision ID: 0015
Revises: 0014
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "bridge_requests",
        sa.Column("id", _ID, nullable=False),
        sa.Column("code_id", _ID, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("chat", sa.String(length=255), nullable=False),
        sa.Column("thread", sa.String(length=255), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["code_id"],
            ["bridge_codes.id"],
            name="fk_bridge_requests_code_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_bridge_requests_member_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bridge_requests"),
        sa.UniqueConstraint("code_id", name="uq_bridge_requests_code_id"),
    )
    op.create_index(op.f("ix_bridge_requests_expires_at"), "bridge_requests", ["expires_at"])

    for name in ("notice", "notice_message"):
        op.add_column("bridge_members", sa.Column(name, sa.String(length=255), nullable=True))
    # A plain column: an older program leaves it empty and loses nothing.
    op.add_column("deliveries", sa.Column("failing_since", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("deliveries", "failing_since")
    op.drop_column("bridge_members", "notice_message")
    op.drop_column("bridge_members", "notice")
    op.drop_table("bridge_requests")
