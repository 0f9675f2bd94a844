"""Requests by which programs sent items: each key is answered once, and then the same again."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from bot.storage.engine import Session
from bot.storage.source_models import PostedRequest


async def find(session: Session, *, source_id: int, key: str) -> PostedRequest | None:
    """Return the request that was sent to a source under this key."""
    query = select(PostedRequest).where(
        PostedRequest.source_id == source_id, PostedRequest.key == key
    )
    return await session.scalar(query)


async def add(
    session: Session, *, source_id: int, key: str, digest: str, answer: Any, now: datetime
) -> None:
    """Keep what a request was answered."""
    session.add(PostedRequest(source_id=source_id, key=key, digest=digest, answer=answer, at=now))
    await session.flush()


async def forget(session: Session, *, before: datetime) -> int:
    """Delete requests that came before an instant."""
    result = await session.execute(
        delete(PostedRequest)
        .where(PostedRequest.at < before)
        .execution_options(synchronize_session=False)
    )
    return result.rowcount  # type: ignore[attr-defined, no-any-return] # a DELETE gives a CursorResult
