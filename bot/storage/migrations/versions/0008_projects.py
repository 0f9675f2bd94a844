"""The members' projects, and when a question was answered

Revision ID: 0008
Revises: 0007
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ANSWERED = "UPDATE questions SET answered_at = asked_at WHERE entry IS NOT NULL"


def upgrade() -> None:
    # Plain columns, one by one: a batch would copy the tables that others refer to.
    op.add_column("members", sa.Column("project", sa.String(length=100), nullable=True))
    op.add_column("members", sa.Column("phase", sa.String(length=1), nullable=True))
    op.add_column("questions", sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_questions_answered_at"), "questions", ["answered_at"], unique=False)
    op.execute(sa.text(_ANSWERED))


def downgrade() -> None:
    op.drop_index(op.f("ix_questions_answered_at"), table_name="questions")
    op.drop_column("questions", "answered_at")
    op.drop_column("members", "phase")
    op.drop_column("members", "project")
