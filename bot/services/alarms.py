"""Telling the admins that something is wrong with the hub itself."""

from datetime import datetime, timedelta

from bot.config import Settings
from bot.services import informing, roles
from bot.storage.engine import Session

ALARMS = ("job", "channel-down")
"""What is told; each has a message in the catalogue, by its name behind ``alarm-``."""

SILENCE = timedelta(hours=6)
"""How long the same alarm about the same thing is not repeated."""


async def raise_alarm(
    session: Session,
    *,
    name: str,
    subject: str = "",
    settings: Settings,
    now: datetime,
    but: str | None = None,
    **values: str | int,
) -> int:
    """Tell every admin who can be reached, at most once in each six hours of the day.

    Args:
        session: The transaction.
        name: One of :data:`ALARMS`.
        subject: About what, at most 100 characters; each has its own six hours.
        settings: The operator's.
        now: The present.
        but: The network that does not work, on which nobody is told.
        values: What fills the placeholders of the message; no secrets.

    Returns:
        How many messages are new in the outbox.

    Raises:
        KeyError: There is no such alarm.
        TypeError: The message needs other values.
    """
    admins = await roles.reachable(session, roles=(), settings=settings, but=but)
    slot = int(now.timestamp() // SILENCE.total_seconds())
    return await informing.tell(
        session,
        admins,
        f"alarm-{name}",
        key=f"alarm:{name}:{subject}:{slot}",
        now=now,
        **values,
    )
