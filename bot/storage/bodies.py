"""What messages say."""

from typing import Any

from sqlalchemy import select, update

from bot.storage.engine import Session
from bot.storage.models import Body, Delivery


async def replace(session: Session, *, delivery_id: int, content: Any) -> None:
    """Keep *content* instead of what a delivery that has ended said."""
    body = select(Delivery.body_id).where(Delivery.id == delivery_id).scalar_subquery()
    await session.execute(
        update(Body)
        .where(Body.id == body)
        .values(content=content)
        .execution_options(synchronize_session=False)
    )
