"""Erasing people: tombstones, the last day of each member, whose direct chat each is

Revision ID: 0014
Revises: 0012
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_PARTNER = """
    ALTER TABLE chats ADD COLUMN partner_id {type}
    CONSTRAINT fk_chats_partner_id REFERENCES members (id)
"""


def upgrade() -> None:
    op.create_table(
        "tombstones",
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleaned_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_tombstones")),
    )
    op.create_index(op.f("ix_tombstones_erased_at"), "tombstones", ["erased_at"])
    # Plain columns, one by one: a batch would copy the tables that others refer to, and on SQLite
    # drop what refers to them.
    op.add_column("members", sa.Column("seen_on", sa.Date(), nullable=True))
    op.add_column("members", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    # Nobody knows when they wrote last: for all of them the time begins now.
    op.execute(sa.text("UPDATE members SET seen_on = CURRENT_DATE"))
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(_PARTNER.format(type=kind))
    op.create_index(op.f("ix_chats_partner_id"), "chats", ["partner_id"])
    # Also the direct chats in which people wrote earlier, as far as a question or a
    # subscription tells whose they are.
    op.execute(
        sa.text(
            "UPDATE chats SET partner_id = COALESCE(member_id,"
            " (SELECT MIN(q.member_id) FROM questions q"
            "  WHERE q.channel = chats.channel AND q.chat = chats.chat),"
            " (SELECT MIN(c.member_id) FROM consents c"
            "  WHERE c.channel = chats.channel AND c.chat = chats.chat))"
            " WHERE kind = 'direct'"
        )
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_chats_partner_id"), table_name="chats")
    with op.batch_alter_table("chats", schema=None) as batch_op:
        batch_op.drop_column("partner_id")
    op.drop_column("members", "erased_at")
    op.drop_column("members", "seen_on")
    op.drop_table("tombstones")
