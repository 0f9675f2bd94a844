"""What messages carry: each content once, under its SHA-256."""

from datetime import datetime

from sqlalchemy import CursorResult, Select, delete, select

from bot.storage.engine import Session
from bot.storage.models import Announcement, Body, FileRow
from bot.storage.upserts import insert_into


async def put(session: Session, *, id: str, content: bytes, now: datetime) -> None:  # noqa: A002 # the column's name
    """Keep a content; one that is there already counts as new.

    So a file that is old but about to be used again is not forgotten before anything names it.
    """
    statement = insert_into(session, FileRow).values(
        id=id, size=len(content), content=content, created_at=now
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[FileRow.id], set_={"created_at": statement.excluded.created_at}
        )
    )


async def content_of(session: Session, *, id: str) -> bytes | None:  # noqa: A002 # the column's name
    """Return a content, or ``None`` if it was forgotten or never kept."""
    return await session.scalar(select(FileRow.content).where(FileRow.id == id))


async def forget_unnamed(session: Session, *, id: str) -> None:  # noqa: A002 # the column's name
    """Delete one content, if no body and no announcement names it."""
    await session.execute(
        delete(FileRow)
        .where(
            FileRow.id == id,
            FileRow.id.not_in(_named_by_bodies()),
            FileRow.id.not_in(_named_by_announcements()),
        )
        .execution_options(synchronize_session=False)
    )


async def forget(session: Session, *, before: datetime) -> int:
    """Delete what was kept before an instant and is named by no body and no announcement.

    Both subqueries are read once, and only if any file is that old: ``NOT IN`` becomes a hashed
    set on PostgreSQL and a temporary index on SQLite, where a correlated ``EXISTS`` would read
    all bodies again for each file.
    """
    result = await session.execute(
        delete(FileRow)
        .where(
            FileRow.created_at < before,
            FileRow.id.not_in(_named_by_bodies()),
            FileRow.id.not_in(_named_by_announcements()),
        )
        .execution_options(synchronize_session=False)
    )
    return result.rowcount if isinstance(result, CursorResult) else 0


def _named_by_bodies() -> Select[str]:
    file = Body.content["attachment", "file"].as_string()
    return select(file).where(file.is_not(None))


def _named_by_announcements() -> Select[str]:
    file = Announcement.attachment["file"].as_string()
    return select(file).where(file.is_not(None))
