"""Questions that wait for an editor

Revision ID: 0007
Revises: 0006
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ITEM = (
    "ALTER TABLE questions ADD COLUMN item_id {type}"
    " CONSTRAINT fk_questions_item_id REFERENCES inbox_items (id)"
)
# What was open before is listed to who asks for the inbox, and floods nobody.
_WAITING = """
    INSERT INTO inbox_items (id, state, turn, version, shown, reached, opened_at)
    SELECT id, 'open', 1, 1, 1, 0, asked_at FROM questions WHERE state = 'open'
"""


def upgrade() -> None:
    op.create_table(
        "inbox_items",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("hidden_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("entry", sa.String(length=255), nullable=True),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.Column("decided_by", _ID, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["members.id"], name=op.f("fk_inbox_items_decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_items")),
    )
    op.create_index("ix_inbox_items_state", "inbox_items", ["state", "id"], unique=False)
    # In Alembic's words SQLite would copy the table and drop the old one, and with it the ratings.
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(_ITEM.format(type=kind))
    op.execute("ALTER TABLE questions ADD COLUMN missing TEXT")
    op.create_index(op.f("ix_questions_item_id"), "questions", ["item_id"], unique=False)
    op.execute(sa.text(_WAITING))
    op.execute(sa.text("UPDATE questions SET item_id = id WHERE state = 'open'"))


def downgrade() -> None:
    op.drop_index(op.f("ix_questions_item_id"), table_name="questions")
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.drop_column("item_id")
        batch_op.drop_column("missing")
    op.drop_index("ix_inbox_items_state", table_name="inbox_items")
    op.drop_table("inbox_items")
