"""Entries and phrasings that were taught in chat, and who looks after entries

Revision ID: 0006
Revises: 0005
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "taught_entries",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("taught_by", _ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["taught_by"], ["members.id"], name=op.f("fk_taught_entries_taught_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taught_entries")),
    )
    op.create_table(
        "taught_phrasings",
        sa.Column("id", _ID, nullable=False),
        sa.Column("entry", sa.String(length=255), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("taught_by", _ID, nullable=True),
        sa.Column("question_id", _ID, nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["taught_by"], ["members.id"], name=op.f("fk_taught_phrasings_taught_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taught_phrasings")),
        sa.UniqueConstraint("entry", "text", name=op.f("uq_taught_phrasings_entry_text")),
    )
    op.create_table(
        "entry_care",
        sa.Column("entry", sa.String(length=255), nullable=False),
        sa.Column("owner_id", _ID, nullable=True),
        sa.Column("reviewed_on", sa.Date(), nullable=True),
        sa.Column("review_days", sa.Integer(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["members.id"], name=op.f("fk_entry_care_owner_id")),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_entry_care")),
    )


def downgrade() -> None:
    op.drop_table("entry_care")
    op.drop_table("taught_phrasings")
    op.drop_table("taught_entries")
