"""Many notices in one message, once a day or once a week."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby, zip_longest

from bot.config import Settings
from bot.delivery import outbox
from bot.delivery.outbox import Outgoing, Priority
from bot.messages import Address, MessageId
from bot.services import preferences, reminders
from bot.storage import chats, digests, subscriptions
from bot.storage.digests import Collected
from bot.storage.engine import Session
from bot.storage.models import Delivery
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
        key,
        items[-1].address,
        body.with_attachment(None),
        Priority.REMINDER,
        notify=not wanted.silent,
        source="digest",
    )
    await outbox.enqueue(session, outgoing, now=now)
    await _send_files(session, items, key, now=now)
    await digests.note_told(session, ids=ids, digest=key)


async def _send_files(
    session: Session, items: Sequence[Collected], key: str, *, now: datetime
) -> None:
    """Send what is attached to the notices behind the digest, one message each."""
    for one in items:
        attachment = Document.model_validate(one.content).attachment
        if attachment is not None:
            file = Document(attachment=attachment)
            outgoing = Outgoing(
                f"{key}:f{one.id}", one.address, file, Priority.REMINDER, source="digest"
            )
            await outbox.enqueue(session, outgoing, now=now)


async def tell_again(session: Session, *, key: str, settings: Settings, now: datetime) -> None:
    """Edit a digest that was sent, so that it says what its items say now.

    Safe to repeat: the same words are not sent twice.
    """
    sent = await digests.parts(session, key=key)
    if not sent:
        return
    chat = await chats.find(session, channel=sent[0].channel, chat=sent[0].chat)
    if chat is None or chat.left_at is not None:
        return
    language = chat.language or settings.hub.language
    items = [
        Document.model_validate(content)
        for item, content in await digests.contents(session, digest=key)
        if not item.withdrawn
    ]
    day = format_date(sent[0].created_at.astimezone(settings.hub.zone).date(), language)
    new = (
        together(items, language, day)
        if items
        else catalogue.document(language, "announcement-withdrawn")
    )
    await _edit(session, sent, new, key=key, now=now)


async def _edit(
    session: Session, sent: Sequence[Delivery], new: Document, *, key: str, now: datetime
) -> None:
    limit = outbox.limit_of(sent[0].channel)
    parts = outbox.parts(new.with_attachment(None), limit=limit)
    mark = hashlib.sha256(new.model_dump_json().encode()).hexdigest()[:16]
    for old, part in zip_longest(sent, parts):
        if old is None or old.message is None:
            continue  # longer than before, which a correction hardly ever is
        changed = f"{key}:{mark}:{old.part}"
        if await outbox.is_known(session, key=changed):
            continue
        # What is left over of a longer digest says nothing more.
        shown = part or Document.of("…")
        outgoing = Outgoing(
            changed,
            Address(old.channel, old.chat, old.thread),
            shown,
            Priority.REMINDER,
            edit=MessageId(old.message),
            source="digest",
        )
        await outbox.enqueue(session, outgoing, now=now)


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
