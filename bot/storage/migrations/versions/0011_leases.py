"""Leases of several processes

Revision ID: 0011
Revises: 0010
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# The name of the connection tells a process which notifications are its own.
_FUNCTION = """
CREATE FUNCTION notify_of_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('stadtfunk', 'outbox ' || current_setting('application_name'));
    RETURN NULL;
END $$
"""
_TRIGGER = """
CREATE TRIGGER deliveries_were_added AFTER INSERT ON deliveries
FOR EACH STATEMENT EXECUTE FUNCTION notify_of_deliveries()
"""


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=True),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", instant, nullable=True),
        sa.Column("renewed_at", instant, nullable=True),
        sa.Column("expires_at", instant, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "processes",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("started_at", instant, nullable=False),
        sa.Column("seen_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_processes")),
    )
    op.create_table(
        "sealed_secrets",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sealed_secrets")),
    )
    # With a default, so that the program of before goes on writing rows during an update.
    op.add_column(
        "deliveries",
        sa.Column("uncertain", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_FUNCTION)
        op.execute(_TRIGGER)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER deliveries_were_added ON deliveries")
        op.execute("DROP FUNCTION notify_of_deliveries()")
    with op.batch_alter_table("deliveries") as table:
        table.drop_column("uncertain")
    op.drop_table("sealed_secrets")
    op.drop_table("processes")
    op.drop_table("leases")
