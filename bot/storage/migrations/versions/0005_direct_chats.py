"""Whose direct chat it is

Revision ID: 0005
Revises: 0004
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_COLUMN = (
    "ALTER TABLE chats ADD COLUMN member_id {type}"
    " CONSTRAINT fk_chats_member_id REFERENCES members (id)"
)
_OWNERS = """
    UPDATE chats SET member_id = (
        SELECT identities.member_id FROM identities
        WHERE identities.channel = chats.channel AND identities."user" = chats.chat
    )
    WHERE kind = 'direct'
"""


def upgrade() -> None:
    # In Alembic's words SQLite would copy the table and drop the old one, and with it every
    # subscription that refers to it.
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(_COLUMN.format(type=kind))
    op.create_index(op.f("ix_chats_member_id"), "chats", ["member_id"], unique=False)
    # On Telegram and in the terminal a direct chat has its person's id. On Matrix it gets its
    # person with their next message.
    op.execute(sa.text(_OWNERS))


def downgrade() -> None:
    op.drop_index(op.f("ix_chats_member_id"), table_name="chats")
    with op.batch_alter_table("chats", schema=None) as batch_op:
        batch_op.drop_column("member_id")
