"""Forgetting what is no longer needed, as the retention periods say, and counting the rest."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.config import Settings
from bot.delivery import outbox
from bot.delivery.metrics import BACKLOG
from bot.services import erasure
from bot.services.events import DRAFT_LASTS
from bot.services.linking import TRIES
from bot.storage import (
    announcements,
    audit,
    bridge_codes,
    bridge_places,
    calendars,
    consents,
    cursors,
    decisions,
    deliveries,
    dialogs,
    digests,
    erasing,
    events,
    files,
    inbox,
    linking,
    posted_requests,
    questions,
    source_items,
    tombstones,
)
from bot.storage.engine import Session

REPEATS = timedelta(days=14)
"""Nobody repeats an event or a request after this; Telegram keeps updates for a day."""

_CODES = timedelta(hours=1)
"""Codes of bridges are of no use any more after this, nor is who entered wrong ones."""

_GONE = timedelta(days=400)
"""How long an item of a source is known that is gone from it; what comes back later is new."""

_UNUSED = timedelta(days=1)
"""How much longer than any delivery a file is kept: somebody may just be about to send it."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many rows were deleted."""

    events: int
    deliveries: int
    questions: int
    drafts: int
    consents: int
    audit: int
    files: int
    members: int


async def forget_old(session: Session, *, settings: Settings, now: datetime) -> Forgotten:
    """Delete what is past its time, and erase members who have not been here for long.

    Files go last: which are still needed, only the deliveries that are left can tell.
    """
    sent = now - settings.delivery.keep_sent
    await dialogs.forget(session, before=now)
    await bridge_codes.forget(session, before=now - _CODES)
    await bridge_places.forget(session, before=now - settings.bridges.keep_map)
    await digests.forget(session, before=sent)
    await linking.forget(session, now=now, tried_before=now - TRIES)
    asked = await questions.forget(session, before=now - settings.knowledge.keep_questions)
    await inbox.forget(session)
    await source_items.forget(session, before=now - _GONE)
    await posted_requests.forget(session, before=now - REPEATS)
    needed = inbox.still_needed().union_all(source_items.still_needed())
    await _forget_doers(session, settings=settings, now=now)
    inactive = await erasure.erase_inactive(session, settings=settings, now=now)
    return Forgotten(
        events=await cursors.forget_seen(session, before=now - REPEATS),
        deliveries=await deliveries.forget_done(session, before=sent, but=needed),
        questions=asked,
        drafts=await events.forget_drafts(session, before=now - DRAFT_LASTS),
        consents=await consents.forget(session, before=now - settings.privacy.keep_consents),
        audit=await audit.forget(session, before=now - settings.audit.keep),
        files=await files.forget(session, before=sent - _UNUSED),
        members=inactive,
    )


async def _forget_doers(session: Session, *, settings: Settings, now: datetime) -> None:
    """Delete what tells who did something, and nothing else needs any more."""
    keep = settings.privacy
    await calendars.forget(session, before=now - keep.keep_calendars)
    await announcements.forget_drafts(session, before=now - keep.keep_drafts)
    await announcements.forget_authors(session, before=now - keep.keep_announcements)
    await decisions.forget(session, before=now - settings.audit.keep)
    await tombstones.forget(session, before=now - keep.keep_tombstones)
    await erasing.forget_nobodies(session)
    await outbox.forget_farewells(session, now=now)


async def measure(session: Session) -> None:
    """Bring the gauges of the outbox up to date."""
    BACKLOG.clear()
    for (channel, state), count in (await deliveries.count_by_state(session)).items():
        BACKLOG.labels(channel, state).set(count)
