"""Many notices in one message, once a day or once a week."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from bot.config import Settings
from bot.delivery import outbox
from bot.delivery.outbox import Outgoing, Priority
from bot.services import preferences, reminders
from bot.storage import digests, subscriptions
from bot.storage.digests import Collected
from bot.storage.engine import Session
from bot.text import catalogue
from bot.text.dates import format_date
from bot.text.document import Document

_CHATS = 200
"""Digests that are put together in one transaction; the next tick takes the next ones."""


async def send_due(session: Session, *, settings: Settings, now: datetime) -> int:
    """Put the digests that are due into the outbox, of a limited number of chats.

    Returns:
        How many chats were looked at; call again until there are none.
    """
    found = await digests.due(session, now=await _complete(session, now), chats=_CHATS)
    groups = [list(items) for _, items in groupby(found, key=lambda one: one.chat.id)]
    for items in groups:
        await _send(session, items, settings=settings, now=now)
    return len(groups)


async def _complete(session: Session, now: datetime) -> datetime:
    """Return up to when digests are complete: reminders that are due with them come first."""
    reached = await reminders.reached(session)
    return now if reached is None else min(now, max(reached, now - reminders.PUNCTUAL))


async def _send(
    session: Session, items: Sequence[Collected], *, settings: Settings, now: datetime
) -> None:
    chat, ids = items[0].chat, [one.id for one in items]
    row = await subscriptions.settings(session, chat_id=chat.id)
    wanted = preferences.of(row, chat, settings)
    arrives = wanted.arrives(now, at_once=True)
    if arrives > now:  # quiet or paused meanwhile
        await digests.postpone(session, ids=ids, until=arrives)
        return
    key = f"digest:c{chat.id}:{ids[0]}"
    day = format_date(now.astimezone(wanted.zone).date(), wanted.language)
    body = together([Document.model_validate(one.content) for one in items], wanted.language, day)
    outgoing = Outgoing(
        key, items[-1].address, body, Priority.REMINDER, notify=not wanted.silent, source="digest"
    )
    await outbox.enqueue(session, outgoing, now=now)
    await digests.note_told(session, ids=ids, digest=key)


def together(items: Iterable[Document], language: str, day: str) -> Document:
    """Put notices into one message; a single one stays as it is.

    Buttons are left out, since nobody could tell to which of the notices they belong.
    """
    found = list(items)
    if len(found) == 1:
        return found[0]
    body = catalogue.document(language, "digest-title", day=day, count=len(found))
    for one in found:
        body += one.with_buttons()
    return body
