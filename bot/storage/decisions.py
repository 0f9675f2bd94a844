"""Who decided what: answers to questions, and what becomes of what sources bring."""

from datetime import datetime

from sqlalchemy import update

from bot.storage.engine import Session
from bot.storage.models import InboxItem
from bot.storage.source_models import SourceBatch


async def forget(session: Session, *, before: datetime) -> None:
    """Forget who decided before an instant; what was decided stays."""
    for decided in (InboxItem, SourceBatch):
        await session.execute(
            update(decided)
            .where(decided.decided_at < before, decided.decided_by.is_not(None))
            .values(decided_by=None)
            .execution_options(synchronize_session=False)
        )
