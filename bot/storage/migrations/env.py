"""Run by Alembic: applies the migrations on the connection that was handed in."""

from typing import Any, Literal

from alembic import context

from bot.storage.models import Base
from bot.storage.schema import is_compared
from bot.storage.types import Instant, Json


def _plain(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our own column types as the standard ones that they are in the database."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Json):
        return "sa.JSON()"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=_plain,
    include_object=is_compared(connection.dialect.name),
)
with context.begin_transaction():
    context.run_migrations()
