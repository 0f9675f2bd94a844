"""The messages by which editors know of batches: one for each batch and chat, edited in place."""

from collections.abc import Sequence
from datetime import datetime

from bot.config import Settings
from bot.delivery import outbox
from bot.delivery.outbox import Outgoing
from bot.messages import Address
from bot.services import posts, source_views, source_words
from bot.services.source_holding import source_of
from bot.services.source_places import places
from bot.storage import chats, inbox, source_items
from bot.storage.engine import Session
from bot.storage.source_models import BatchState, SourceBatch
from bot.text.document import Document

_AT_ONCE = 20


async def waiting(session: Session) -> Sequence[int]:
    """Return the numbers of batches that editors have to be shown otherwise, some at a time."""
    return await source_items.unshown(session, limit=_AT_ONCE)


async def show(session: Session, number: int, *, settings: Settings, now: datetime) -> None:
    """Show editors how a batch is now: send its message, or edit those that are there.

    Safe to repeat. What is still on its way is changed later: until then the batch counts as not
    shown.
    """
    batch = await source_items.find_batch(session, number=number, lock=True)
    if batch is None:
        return
    view = await source_views.view(session, batch, now=now)
    spoken = dict(await places(session, settings))
    if view.state is BatchState.OPEN:
        for address, language in spoken.items():
            body = source_words.batch(view, language)
            await _post(session, batch, address, body, now=now)
    # Where there is no editor to be reached, it waits for one.
    settled = bool(spoken) or view.state is not BatchState.OPEN
    for post in await inbox.posts(session, source=source_of(number)):
        if post.address in spoken:
            body = source_words.batch(view, spoken[post.address])
        else:  # who is no editor any more reads nothing new
            body = source_words.elsewhere(view, settings.hub.language)
        settled &= await posts.bring(
            session, post, body, source=source_of(number), version=batch.version, now=now
        )
    if settled:
        batch.shown = batch.version


async def _post(
    session: Session, batch: SourceBatch, address: Address, body: Document, *, now: datetime
) -> None:
    """Send a batch to a chat, once."""
    row = await chats.find(session, channel=address.channel, chat=address.chat)
    if row is not None:
        name = source_of(batch.id)
        outgoing = Outgoing(f"{name}:c{row.id}", address, body, notify=True, source=name)
        await outbox.enqueue(session, outgoing, now=now)
