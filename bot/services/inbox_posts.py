"""The messages by which editors know of the inbox: one for each item and chat, edited in place."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from bot.config import Settings
from bot.delivery import outbox
from bot.delivery.outbox import Outgoing
from bot.messages import Address, MessageId
from bot.services import inbox as items
from bot.services import inbox_words, posts, roles
from bot.services.inbox import InboxItem, InboxState, source
from bot.services.knowledge import KnowledgeBase
from bot.services.members import Role
from bot.storage import chats, inbox
from bot.storage.engine import Session
from bot.storage.inbox import Post
from bot.text.document import Document

_AT_ONCE = 20


async def waiting(session: Session, *, now: datetime) -> Sequence[int]:
    """Return the numbers of items that editors have to be shown otherwise, some at a time."""
    return await inbox.unshown(session, now=now, limit=_AT_ONCE)


async def show_waiting(
    session: Session,
    number: int,
    *,
    knowledge: KnowledgeBase,
    settings: Settings,
    now: datetime,
) -> None:
    """Show editors how an item is now; safe to repeat."""
    item = await inbox.find(session, number=number, lock=True)
    if item is not None:
        await show(session, item, knowledge=knowledge, settings=settings, now=now)


async def show(
    session: Session,
    item: InboxItem,
    *,
    knowledge: KnowledgeBase,
    settings: Settings,
    now: datetime,
) -> None:
    """Show editors how an item is now: send its message, or edit those that are there.

    What is still on its way is changed later: until then the item counts as not shown.
    """
    if item.hidden_until is not None and item.hidden_until <= now:
        item.hidden_until = None
        item.turn, item.version = item.turn + 1, item.version + 1
    view = await items.view(session, knowledge, item)
    if view.state is InboxState.OPEN and view.hidden_until is None:
        for address, language in await places(session, settings):
            body = inbox_words.item(view, language, settings.hub.zone, now=now)
            await _post(session, item, address, body, now=now)
    known = await inbox.posts(session, source=source(item.id))
    spoken = await spoken_by_editors(session, settings)
    allowed = {(one.channel, one.chat) for one in (*rooms(settings), *spoken)}
    settled = True
    for place, here in groupby(sorted(known, key=_place), key=_place):
        *older, newest = here
        language = spoken.get(newest.address, settings.hub.language)
        body = inbox_words.item(view, language, settings.hub.zone, now=now)
        if place not in allowed:  # who is no editor any more reads nothing new
            body = inbox_words.elsewhere(view, language)
        settled &= await _bring(session, item, newest, body, now=now)
        for post in older:
            body = inbox_words.moved(view, language)
            settled &= await _bring(session, item, post, body, now=now)
    if settled:
        item.shown = item.version


def _place(post: Post) -> tuple[str, str]:
    return post.address.channel, post.address.chat


async def _post(
    session: Session, item: InboxItem, address: Address, body: Document, *, now: datetime
) -> None:
    """Send an item to a chat, once in each of its turns."""
    row = await chats.find(session, channel=address.channel, chat=address.chat)
    if row is not None:
        key = f"{source(item.id)}:c{row.id}:{item.turn}"
        outgoing = Outgoing(key, address, body, notify=True, source=source(item.id))
        await outbox.enqueue(session, outgoing, now=now)


async def _bring(
    session: Session, item: InboxItem, post: Post, body: Document, *, now: datetime
) -> bool:
    return await posts.bring(
        session, post, body, source=source(item.id), version=item.version, now=now
    )


async def open_here(
    session: Session,
    number: int,
    *,
    address: Address,
    asked: MessageId,
    knowledge: KnowledgeBase,
    settings: Settings,
    now: datetime,
) -> None:
    """Show an item once more, in a chat in which somebody asked for it; it is hidden no longer.

    Args:
        session: The transaction.
        number: The item's, or that of one of its questions.
        address: Where.
        asked: The message in which they did: two taps at once show it once.
        knowledge: The entries.
        settings: The operator's.
        now: The present.

    Raises:
        UserError: There is no such item.
    """
    item = await items.find(session, number)
    if item.hidden_until is not None:
        item.hidden_until, item.version = None, item.version + 1
    view = await items.view(session, knowledge, item)
    spoken = await spoken_by_editors(session, settings)
    language = spoken.get(address, settings.hub.language)
    body = inbox_words.item(view, language, settings.hub.zone, now=now)
    key = f"{source(item.id)}:{address.channel}:{asked}:{now.timestamp():.3f}"
    await outbox.enqueue(session, Outgoing(key, address, body, source=source(item.id)), now=now)
    item.shown = 0  # what is above has to be changed


def rooms(settings: Settings) -> list[Address]:
    """Return the chats that are named for the editors."""
    return [Address.parse(text) for text in settings.knowledge.editors]


async def strange_rooms(
    session: Session, settings: Settings, *, named: Sequence[Address] | None = None
) -> list[Address]:
    """Return the chats that are *named* for the editors and in which the bot is not.

    Unless others are, those are the ones to which questions go.
    """
    strange = []
    for address in rooms(settings) if named is None else named:
        row = await chats.find(session, channel=address.channel, chat=address.chat)
        if row is None or row.left_at is not None:
            strange.append(address)
    return strange


async def places(
    session: Session, settings: Settings, *, named: Sequence[Address] | None = None
) -> list[tuple[Address, str]]:
    """Return where editors hear of questions, and in which language.

    Those are the chats that are *named* for it (unless others are, those to which questions go),
    as far as the bot is there; if it is in none of them, the direct chats of all editors.
    """
    wanted = rooms(settings) if named is None else list(named)
    strange = await strange_rooms(session, settings, named=wanted)
    there = [address for address in wanted if address not in strange]
    spoken = await spoken_by_editors(session, settings)
    if there:
        return [(one, spoken.get(one, settings.hub.language)) for one in there]
    return list(spoken.items())


async def spoken_by_editors(session: Session, settings: Settings) -> dict[Address, str]:
    """Return the languages of the direct chats of all editors."""
    people = await roles.reachable(session, roles=(Role.EDITOR,), settings=settings)
    return {one.address: one.language for one in people}
