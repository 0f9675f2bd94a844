"""What a restored database must not do again: the hub that was lost went on after the backup."""

from datetime import datetime

from sqlalchemy import and_, delete, func, or_, select, update

from bot.storage.engine import Session
from bot.storage.models import (
    OPEN_STATES,
    Action,
    Announcement,
    AnnouncementState,
    Delivery,
    DeliveryState,
    DigestItem,
    EntryCare,
    EventChange,
    InboxItem,
)

REASON = "restored"
"""Why an announcement is paused, and what an expired delivery says."""


async def announcements_under_way(session: Session, *, now: datetime) -> list[Announcement]:
    """Return the announcements that may have gone out since the backup, locked."""
    waits = AnnouncementState.SCHEDULED.value
    query = (
        select(Announcement)
        .where(
            or_(
                Announcement.state == AnnouncementState.SENDING.value,
                and_(
                    Announcement.state == waits,
                    or_(Announcement.send_at.is_(None), Announcement.send_at <= now),
                ),
            )
        )
        .order_by(Announcement.id)
        .with_for_update()
    )
    return list((await session.scalars(query)).all())


async def expire(session: Session, *, now: datetime) -> int:
    """Give up what waited at the backup and may have been sent since; return how much.

    What can't have been sent, because its time has not come yet, stays, and so does what deletes
    messages, which does no harm twice.
    """
    states = [state.value for state in OPEN_STATES]
    result = await session.execute(
        update(Delivery)
        .where(
            Delivery.state.in_(states),
            Delivery.action != Action.DELETE.value,
            Delivery.due_at <= now,
            or_(Delivery.held_until.is_(None), Delivery.held_until <= now),
        )
        .values(state=DeliveryState.EXPIRED, error=REASON, done_at=now)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return len(result.all())


async def release(session: Session) -> None:
    """Let go of what a process of the lost hub had claimed."""
    await session.execute(
        update(Delivery)
        .where(Delivery.state == DeliveryState.SENDING)
        .values(state=DeliveryState.WAITING, claimed_by=None, claimed_until=None)
        .execution_options(synchronize_session=False)
    )


async def forget_told(session: Session, *, now: datetime) -> None:
    """Count as told what was to be told by itself until *now*.

    That is in digests whose time has come, of changed events, to editors, and to owners of
    entries.
    """
    collected = DigestItem.digest.is_(None), DigestItem.slot_at <= now
    await session.execute(update(DigestItem).where(*collected).values(withdrawn=True))
    await session.execute(delete(EventChange))
    await session.execute(update(InboxItem).values(shown=InboxItem.version))
    await session.execute(
        update(InboxItem).where(InboxItem.hidden_until <= now).values(hidden_until=None)
    )
    await session.execute(
        update(EntryCare).where(EntryCare.told_at.is_not(None)).values(told_at=now)
    )


async def count_open(session: Session) -> int:
    """Count what is still to be sent."""
    states = [state.value for state in OPEN_STATES]
    query = select(func.count()).select_from(Delivery).where(Delivery.state.in_(states))
    return await session.scalar(query) or 0
