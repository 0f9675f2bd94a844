"""Deliveries whose bodies PostgreSQL does not check

Revision ID: 0016
Revises: 0015
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NAME = "fk_deliveries_body_id"


def upgrade() -> None:
    # SQLite keeps it: there it costs little, and without it the whole table would be copied.
    if op.get_context().dialect.name == "postgresql":
        op.drop_constraint(_NAME, "deliveries", type_="foreignkey")


def downgrade() -> None:
    # Programs of this revision have put others in their place: see bot.storage.indices.
    op.create_index("ix_deliveries_done_at", "deliveries", ["done_at"], if_not_exists=True)
    op.create_index(
        "ix_deliveries_message", "deliveries", ["channel", "chat", "message"], if_not_exists=True
    )
    if op.get_context().dialect.name == "postgresql":
        op.create_foreign_key(_NAME, "deliveries", "bodies", ["body_id"], ["id"])
