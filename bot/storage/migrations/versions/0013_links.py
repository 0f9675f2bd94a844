"""Linked people: two accounts that are one member

Revision ID: 0013
Revises: 0012
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("chats", sa.Column("home_id", _ID, nullable=True))
    op.add_column("chats", sa.Column("known_as", _ID, nullable=True))
    # The index of chats.home_id is built afterwards: see bot.storage.indices.
    op.add_column("deliveries", sa.Column("instead_of", sa.String(length=32), nullable=True))
    _links()
    _codes()
    op.create_table(
        "link_tries",
        sa.Column("member_id", _ID, autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_link_tries_member_id"),
        sa.PrimaryKeyConstraint("member_id", name="pk_link_tries"),
    )
    op.create_index(op.f("ix_link_tries_since"), "link_tries", ["since"])


def _links() -> None:
    op.create_table(
        "links",
        sa.Column("member_id", _ID, autoincrement=False, nullable=False),
        sa.Column("joined_id", _ID, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("preferred", sa.String(length=32), nullable=False),
        sa.Column("urgent_both", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_links_member_id"),
        sa.ForeignKeyConstraint(["joined_id"], ["members.id"], name="fk_links_joined_id"),
        sa.PrimaryKeyConstraint("member_id", name="pk_links"),
        sa.UniqueConstraint("joined_id", name="uq_links_joined_id"),
    )


def _codes() -> None:
    op.create_table(
        "link_codes",
        sa.Column("id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("chat", sa.String(length=255), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("entered_by", _ID, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_link_codes_member_id"),
        sa.ForeignKeyConstraint(["entered_by"], ["members.id"], name="fk_link_codes_entered_by"),
        sa.PrimaryKeyConstraint("id", name="pk_link_codes"),
        sa.UniqueConstraint("code_hash", name="uq_link_codes_code_hash"),
        sa.UniqueConstraint("member_id", name="uq_link_codes_member_id"),
    )
    op.create_index(op.f("ix_link_codes_entered_by"), "link_codes", ["entered_by"])
    op.create_index(op.f("ix_link_codes_expires_at"), "link_codes", ["expires_at"])


def downgrade() -> None:
    for table in ("link_tries", "link_codes", "links"):
        op.drop_table(table)
    op.drop_column("deliveries", "instead_of")
    op.drop_index(op.f("ix_chats_home_id"), "chats", if_exists=True)
    op.drop_column("chats", "known_as")
    op.drop_column("chats", "home_id")
