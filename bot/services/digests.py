"""Many notices in one message, once a day or once a week."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain, groupby, repeat

from bot.config import Settings
from bot.delivery import outbox
from bot.delivery.outbox import Outgoing, Priority
from bot.messages import Address, MessageId
from bot.services import preferences, reminders
from bot.storage import chats, deliveries, digests, subscriptions
from bot.storage.digests import Collected
from bot.storage.engine import Session
from bot.storage.models import Action, Delivery, DeliveryState
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


async def tell_again(
    session: Session, *, key: str, mark: str, settings: Settings, now: datetime
) -> None:
    """Let a digest that was sent, or waits to be, say what its items say now.

    Safe to repeat: for each *mark*, which names the reason, it is edited once.
    """
    await _take_back_files(session, key, now=now)
    told = await digests.parts(session, key=key)
    if not told:
        return
    chat = await chats.find(session, channel=told[0].channel, chat=told[0].chat)
    if chat is None or chat.left_at is not None:
        return
    language = chat.language or settings.hub.language
    items = [
        Document.model_validate(content)
        for item, content in await digests.contents(session, digest=key)
        if not item.withdrawn
    ]
    if not items:
        note = catalogue.document(language, "announcement-withdrawn")
        await _edit(session, _unsent_withdrawn(told, now), note, mark=mark, now=now)
        return
    day = format_date(told[0].created_at.astimezone(settings.hub.zone).date(), language)
    await _edit(session, told, together(items, language, day), mark=mark, now=now)


def _unsent_withdrawn(told: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """Withdraw what waits of a digest of which nothing is left, and return what was sent."""
    for row in told:
        if row.state == DeliveryState.WAITING:
            _withdraw(row, now)
    return [row for row in told if row.state == DeliveryState.SENT]


async def _take_back_files(session: Session, key: str, *, now: datetime) -> None:
    for file in await digests.files(session, key=key):
        if file.state == DeliveryState.WAITING:
            _withdraw(file, now)
        elif file.message is not None:
            await deliveries.add(
                session,
                key=f"{file.key}:r",
                address=Address(file.channel, file.chat, file.thread),
                action=Action.DELETE,
                body_id=None,
                priority=Priority.REMINDER,
                due_at=now,
                now=now,
                target=MessageId(file.message),
                source="digest",
            )


def _withdraw(row: Delivery, now: datetime) -> None:
    row.state, row.error, row.done_at = DeliveryState.WITHDRAWN, "withdrawn", now


async def _edit(
    session: Session, told: Sequence[Delivery], new: Document, *, mark: str, now: datetime
) -> None:
    if not told:
        return
    parts = outbox.parts(new.with_attachment(None), limit=outbox.limit_of(told[0].channel))
    # Of one that is longer than before, which a correction hardly ever is, the end is missing;
    # what is left over of a longer one says nothing more.
    rest = repeat(Document.of("…"))
    for row, part in zip(told, chain(parts, rest), strict=False):
        if row.state == DeliveryState.WAITING:
            content = part.model_dump(mode="json")
            await deliveries.reword(session, row, content=content, now=now)
        elif row.message is not None:
            await _edit_sent(session, row, part, key=f"{row.key}:{mark}", now=now)


async def _edit_sent(
    session: Session, row: Delivery, part: Document, *, key: str, now: datetime
) -> None:
    if await outbox.is_known(session, key=key):
        return
    outgoing = Outgoing(
        key,
        Address(row.channel, row.chat, row.thread),
        part,
        Priority.REMINDER,
        edit=MessageId(row.message or ""),
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
