"""Telling editors that a source fails, or works again; once each."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from bot.config import Settings
from bot.delivery import outbox
from bot.delivery.outbox import Outgoing
from bot.services import source_words
from bot.services.source_places import places
from bot.storage import chats
from bot.storage.engine import Session
from bot.storage.source_models import Source
from bot.text.document import Document


async def tell_stale(session: Session, row: Source, *, settings: Settings, now: datetime) -> int:
    """Tell editors that a source can't be read any more; return in how many chats."""
    word = partial(source_words.stale, row, zone=settings.hub.zone)
    return await _tell(session, row, "stale", word, settings=settings, now=now)


async def tell_works(session: Session, row: Source, *, settings: Settings, now: datetime) -> int:
    """Tell editors that a source of which they were told can be read again."""
    word = partial(source_words.works, row)
    return await _tell(session, row, "works", word, settings=settings, now=now)


async def _tell(
    session: Session,
    row: Source,
    what: str,
    word: Callable[[str], Document],
    *,
    settings: Settings,
    now: datetime,
) -> int:
    since = row.stale_told_at or now
    told = 0
    for address, language in await places(session, settings):
        chat = await chats.find(session, channel=address.channel, chat=address.chat)
        if chat is not None:
            key = f"source:{row.id}:{what}:{since.timestamp():.0f}:c{chat.id}"
            outgoing = Outgoing(key, address, word(language), notify=True)
            told += await outbox.enqueue(session, outgoing, now=now)
    return told
