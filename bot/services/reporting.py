"""The one message that tells an announcer how far an announcement is, edited in place."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.config import Settings
from bot.delivery import outbox
from bot.delivery.outbox import Outgoing
from bot.messages import Address
from bot.services.announcements import source
from bot.services.publishing import Report
from bot.storage import announcements, deliveries
from bot.storage.engine import Session
from bot.text.document import Document

_PAUSE = timedelta(seconds=3)
"""Between two edits: networks count edits as messages, and nobody reads faster."""

Word = Callable[[Report, str, ZoneInfo], Document]
"""Words a report in a language; instants are shown in the zone."""


async def show(
    session: Session, found: Report, *, word: Word, settings: Settings, now: datetime
) -> None:
    """Send the report on an announcement, or edit it if it says something else by now."""
    row = await announcements.find(session, number=found.number, lock=True)
    if row is None:
        return
    if not row.channel:  # nobody is told, so what is over is not watched for ever
        row.reported_at = now
        return
    document = word(found, row.language, settings.hub.zone)
    said = hashlib.sha256(document.model_dump_json().encode()).hexdigest()
    key, address = f"{source(row.id)}:report", Address(row.channel, row.chat, row.thread)
    if said == row.reported:
        row.reported_at = now
        return
    if row.reported_at and abs(now - row.reported_at) < _PAUSE:  # the clock may be set back
        return
    if row.reported is None:
        first = Outgoing(key, address, document)
        await outbox.enqueue(session, first, now=now)
    else:
        message = await deliveries.message_of(session, key=key)
        if await deliveries.any_open(session, beginning=key):
            return  # as soon as the one before has arrived
        if message is None:  # which it never will, so what is over is not watched for ever
            row.reported_at = now
            return
        edit = Outgoing(f"{key}:{now.timestamp():.3f}", address, document, edit=message)
        await outbox.enqueue(session, edit, now=now)
    row.reported, row.reported_at = said, now
