"""The last good copy of the knowledge files."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select

from bot.storage.engine import Session
from bot.storage.models import EntryRow


async def replace(session: Session, *, entries: Sequence[tuple[str, Any]], now: datetime) -> None:
    """Keep these (id, JSON tree) pairs in their order, and no others."""
    await session.execute(delete(EntryRow))
    rows = [
        {"id": name, "position": position, "content": content, "loaded_at": now}
        for position, (name, content) in enumerate(entries)
    ]
    if rows:
        await session.execute(insert(EntryRow), rows)


async def load(session: Session) -> Sequence[Any]:
    """Return the JSON trees in their order; empty before the first :func:`replace`."""
    return (await session.scalars(select(EntryRow.content).order_by(EntryRow.position))).all()
