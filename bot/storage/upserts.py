"""Inserting what may be there already, on both databases."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from bot.storage.engine import Session


def insert_into(session: Session, table: Any) -> postgresql.Insert | sqlite.Insert:
    """Return an ``INSERT`` that knows ``ON CONFLICT``, in the words of the session's database."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
