"""The audit log: who did what."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CursorResult, delete, select

from bot.storage.engine import Session
from bot.storage.models import AuditEntry


async def add(
    session: Session,
    *,
    action: str,
    subject: str,
    member_id: int | None,
    details: dict[str, str | int],
    now: datetime,
) -> int:
    """Write an entry and return its number."""
    row = AuditEntry(at=now, member_id=member_id, action=action, subject=subject, details=details)
    session.add(row)
    await session.flush()
    return row.id


async def recent(
    session: Session, *, subject: str | None, offset: int, limit: int
) -> Sequence[AuditEntry]:
    """Return entries about a subject, or all, the newest first."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).offset(offset).limit(limit)
    if subject is not None:
        query = query.where(AuditEntry.subject == subject)
    return (await session.scalars(query)).all()


async def forget(session: Session, *, before: datetime) -> int:
    """Delete what was done before an instant, and return how many entries that were."""
    result = await session.execute(delete(AuditEntry).where(AuditEntry.at < before))
    return result.rowcount if isinstance(result, CursorResult) else 0
