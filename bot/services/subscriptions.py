"""Who wants to hear about what: agreeing to it, narrowing it, ending it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.config import Settings
from bot.delivery.outbox import Priority
from bot.errors import UserError
from bot.messages import Chat
from bot.services import preferences, topics, wishes
from bot.services.preferences import CHANGES, Preferences
from bot.services.topics import Misspelt
from bot.services.wishes import EVERYTHING, Wish
from bot.storage import chats, consents, deliveries, digests, linking, subscriptions
from bot.storage.engine import Session
from bot.storage.models import ChatRow, Field, Topic


@dataclass(frozen=True, slots=True)
class Author:
    """Who decides for a chat, and where and when.

    Attributes:
        chat: The chat that is to hear something.
        member_id: Who decides.
        language: In which language they read.
        now: When.
    """

    chat: Chat
    member_id: int
    language: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """A subscription as its chat sees it."""

    topic: Topic
    since: datetime
    laender: tuple[str, ...] = ()
    staffeln: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


async def read_wish(session: Session, text: str) -> tuple[Wish, Sequence[Topic] | Misspelt]:
    """Read what somebody wants to hear; the topics, or the one that was probably meant.

    Raises:
        UserError: Something in it is unknown.
    """
    offered = await topics.offered(session)
    whole = next((one for one in offered if text in {one.name_de, one.name_en}), None)
    if whole is not None:  # a name may hold a word that means something elsewhere
        return Wish(text), [whole]
    wish = wishes.read(text)
    if wish.name.casefold() in EVERYTHING:
        return wish, offered
    try:
        found = await topics.find(session, wish.name)
    except UserError:
        found = None
    if isinstance(found, Topic):
        return wish, [found]
    parts = preferences.listed(wish.name)
    if found is not None and len(parts) == 1:
        return wish, found
    wanted = []
    for part in parts:
        one = await topics.find(session, part)
        if isinstance(one, Misspelt):
            return wish, one
        wanted.append(one)
    return wish, wanted


async def subscribe(
    session: Session, author: Author, *, topic: Topic, wish: Wish, words: str
) -> bool:
    """Subscribe a chat to a topic and record by which *words*; ``False`` if nothing changed.

    What the wish leaves open is, for a new subscription, as the chat's settings say.
    """
    chat = await _row(session, author.chat, now=author.now)
    chat.language = chat.language or author.language
    row = await subscriptions.settings(session, chat_id=chat.id)
    # A thread on Matrix is a conversation that ends; a forum topic on Telegram is a place.
    address = author.chat.address
    thread = None if address.network == "matrix" else address.thread
    kept, new = await subscriptions.subscribe(
        session, chat_id=chat.id, topic_id=topic.id, thread=thread, now=author.now
    )
    if not new and not wish.is_narrow:
        return False
    laender = wish.laender or (tuple(row.laender.split()) if new else ())
    for field, values in (
        (Field.LAND, laender), (Field.STAFFEL, wish.staffeln), (Field.KIND, wish.kinds),
    ):  # fmt: skip
        if new or values:
            await subscriptions.narrow(
                session, subscription_ids=[kept.id], field=field, values=values
            )
    await consents.add(
        session,
        address=address,
        topic_id=topic.id,
        member_id=author.member_id,
        words=words,
        now=author.now,
    )
    return True


async def unsubscribe(session: Session, author: Author, *, topic: Topic, words: str) -> bool:
    """End one subscription of a chat; ``False`` if there was none."""
    return bool(await _end(session, author, words=words, topic_id=topic.id))


async def stop(session: Session, author: Author, *, words: str) -> int:
    """End everything, at once: also what is waiting to be sent. Return how many there were."""
    chat = await _row(session, author.chat, now=author.now)
    for one in (chat, await linking.other_chat(session, chat)):
        if one is not None:
            await subscriptions.withdraw_waiting(
                session,
                channel=one.channel,
                chat=one.chat,
                above=Priority.REPLY,
                now=author.now,
            )
    return await _end(session, author, words=words)


async def _end(
    session: Session, author: Author, *, words: str, topic_id: int | None = None
) -> int:
    chat = await _row(session, author.chat, now=author.now)
    return await subscriptions.end(
        session,
        channel=chat.channel,
        chat=chat.chat,
        topic_id=topic_id,
        member_id=author.member_id,
        words=words,
        now=author.now,
    )


async def held(session: Session, *, chat: Chat, now: datetime) -> list[Held]:
    """Return what a chat has subscribed to."""
    row = await _row(session, chat, now=now)
    rows = await subscriptions.of_chat(session, chat_id=row.id)
    filters = await subscriptions.filters(
        session, subscription_ids=[subscription.id for subscription, _ in rows]
    )
    found = []
    for subscription, topic in rows:
        narrowed = filters.get(subscription.id, {})
        laender = preferences.ordered(narrowed.get(Field.LAND, ()))
        staffeln = tuple(narrowed.get(Field.STAFFEL, ()))
        kinds = tuple(narrowed.get(Field.KIND, ()))
        found.append(Held(topic, subscription.since, laender, staffeln, kinds))
    return found


async def preferences_of(
    session: Session, *, chat: Chat, settings: Settings, now: datetime
) -> Preferences:
    """Return when and how a chat wants to hear something."""
    row = await _row(session, chat, now=now)
    return preferences.of(await subscriptions.settings(session, chat_id=row.id), row, settings)


async def change(
    session: Session, author: Author, *, settings: Settings, name: str, text: str
) -> Preferences:
    """Change one preference of a chat to what *text* says, and return them all.

    A new Land narrows everything that the chat has subscribed to.

    Raises:
        UserError: *text* can't be read.
    """
    if name not in CHANGES:
        raise UserError("button-gone")
    chat = await _row(session, author.chat, now=author.now)
    row = await subscriptions.settings(session, chat_id=chat.id)
    wanted = CHANGES[name](preferences.of(row, chat, settings), text.strip(), author.now)
    preferences.keep(wanted, row, chat, settings)
    other = await linking.other_chat(session, chat)
    if other is not None:
        other.language = chat.language
    if name == "land":
        rows = await subscriptions.of_chat(session, chat_id=chat.id)
        ids = [subscription.id for subscription, _ in rows]
        await subscriptions.narrow(
            session, subscription_ids=ids, field=Field.LAND, values=wanted.laender
        )
    await session.flush()
    await _wait_anew(session, chat, wanted, now=author.now)
    return wanted


async def _wait_anew(
    session: Session, chat: ChatRow, wanted: Preferences, *, now: datetime
) -> None:
    """Let what waits for a chat arrive when it is wanted now, and not when it was before."""
    await deliveries.rehold(
        session,
        channel=chat.channel,
        chat=chat.chat,
        above=Priority.URGENT,
        until=wanted.arrives(now, at_once=True),
    )
    await digests.reschedule(session, chat_id=chat.id, slot_at=wanted.arrives(now))


async def _row(session: Session, chat: Chat, *, now: datetime) -> ChatRow:
    """Return the chat whose settings count: of a linked person's two it is always the same."""
    known = await chats.find_home(session, channel=chat.address.channel, chat=chat.address.chat)
    return known or await chats.note(session, chat=chat, now=now)
