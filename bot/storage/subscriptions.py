"""Who wants to hear about what, and the record of who agreed to it."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    and_,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from bot.storage import digests
from bot.storage.addressed import in_chat
from bot.storage.engine import Session
from bot.storage.models import (
    Action,
    ChatRow,
    ChatSettings,
    Consent,
    Delivery,
    DeliveryState,
    Field,
    Subscription,
    SubscriptionFilter,
    Topic,
)


async def settings(session: Session, *, chat_id: int) -> ChatSettings:
    """Return a chat's settings; the usual ones are written down when first asked for."""
    row = await session.get(ChatSettings, chat_id)
    if row is None:
        row = ChatSettings(chat_id=chat_id)
        session.add(row)
        await session.flush()
    return row


async def of_chat(session: Session, *, chat_id: int) -> Sequence[tuple[Subscription, Topic]]:
    """Return what a chat has subscribed to, in the order of the topics."""
    query = (
        select(Subscription, Topic)
        .join(Topic, Topic.id == Subscription.topic_id)
        .where(Subscription.chat_id == chat_id)
        .order_by(Topic.id)
    )
    return [(subscription, topic) for subscription, topic in await session.execute(query)]


async def subscribe(
    session: Session, *, chat_id: int, topic_id: int, thread: str | None, now: datetime
) -> tuple[Subscription, bool]:
    """Return a chat's subscription to a topic, and whether it is new."""
    query = select(Subscription).where(
        Subscription.chat_id == chat_id, Subscription.topic_id == topic_id
    )
    known = await session.scalar(query)
    row = known or Subscription(chat_id=chat_id, topic_id=topic_id, since=now)
    row.thread = thread
    session.add(row)
    await session.flush()
    return row, known is None


async def filters(
    session: Session, *, subscription_ids: Collection[int]
) -> dict[int, dict[Field, list[str]]]:
    """Return what each subscription is narrowed to."""
    query = (
        select(SubscriptionFilter)
        .where(SubscriptionFilter.subscription_id.in_(subscription_ids))
        .order_by(SubscriptionFilter.value)
    )
    found: dict[int, dict[Field, list[str]]] = {}
    for row in await session.scalars(query):
        found.setdefault(row.subscription_id, {}).setdefault(Field(row.field), []).append(
            row.value
        )
    return found


async def wanted_by(session: Session, *, member_id: int) -> tuple[set[str], set[str]]:
    """Return the Länder and the Staffeln to which a member's direct chats are narrowed."""
    own = select(ChatRow.id).where(ChatRow.member_id == member_id)
    chosen = await session.scalars(
        select(ChatSettings.laender).where(ChatSettings.chat_id.in_(own))
    )
    staffeln = await session.scalars(
        select(SubscriptionFilter.value)
        .join(Subscription, Subscription.id == SubscriptionFilter.subscription_id)
        .where(Subscription.chat_id.in_(own), SubscriptionFilter.field == Field.STAFFEL.value)
    )
    return {code for codes in chosen for code in codes.split()}, set(staffeln)


async def narrow(
    session: Session, *, subscription_ids: Collection[int], field: Field, values: Collection[str]
) -> None:
    """Narrow subscriptions to these *values*, and no others; without any they take everything."""
    await session.execute(
        delete(SubscriptionFilter).where(
            SubscriptionFilter.subscription_id.in_(subscription_ids),
            SubscriptionFilter.field == field.value,
        )
    )
    rows = [
        {"subscription_id": number, "field": field.value, "value": value}
        for number in subscription_ids
        for value in values
    ]
    if rows:
        await session.execute(insert(SubscriptionFilter), rows)


async def end(
    session: Session,
    *,
    channel: str | None = None,
    chat: str | None = None,
    topic_id: int | None = None,
    member_id: int | None = None,
    words: str,
    now: datetime,
) -> int:
    """End the subscriptions of a chat, to a topic, or of a chat to a topic, and record it.

    Returns:
        How many there were.
    """
    ending = select(Subscription.id).join(ChatRow, ChatRow.id == Subscription.chat_id)
    if chat is not None:
        ending = ending.where(ChatRow.channel == channel, ChatRow.chat == chat)
    if topic_id is not None:
        ending = ending.where(Subscription.topic_id == topic_id)
    record = (
        select(
            ChatRow.channel,
            ChatRow.chat,
            Subscription.topic_id,
            literal(member_id, Consent.member_id.type),
            false(),
            literal(words, Consent.words.type),
            literal(now, Consent.at.type),
        )
        .join(ChatRow, ChatRow.id == Subscription.chat_id)
        .where(Subscription.id.in_(ending))
    )
    columns = ["channel", "chat", "topic_id", "member_id", "given", "words", "at"]
    await session.execute(insert(Consent).from_select(columns, record))
    result = await session.execute(
        delete(Subscription)
        .where(Subscription.id.in_(ending))
        .returning(Subscription.id)
        .execution_options(synchronize_session=False)
    )
    return len(result.all())


async def withdraw_waiting(
    session: Session, *, channel: str, chat: str, above: int, now: datetime
) -> None:
    """Give up what waits for a chat that wants nothing more, but for answers to it.

    What was sent there is still corrected and taken back: that rings for nobody.

    Args:
        session: The transaction.
        channel: The chat's.
        chat: Its id.
        above: Only what has a later priority than this.
        now: The present.
    """
    # First, since it waits for a digest that is just being put together and then is withdrawn.
    await digests.leave(session, channel=channel, chat=chat)
    await session.execute(
        update(Delivery)
        .where(
            in_chat(channel, chat),
            Delivery.priority > above,
            Delivery.action == Action.SEND.value,
            Delivery.state.in_([DeliveryState.WAITING.value, DeliveryState.PAUSED.value]),
        )
        .values(state=DeliveryState.GONE, error="unsubscribed", done_at=now)
    )


async def move(session: Session, *, old: ChatRow, new: ChatRow) -> None:
    """Carry settings and subscriptions over to a chat that has a row already.

    What the new chat has of its own stays.
    """
    has = select(Subscription.topic_id).where(Subscription.chat_id == new.id)
    await session.execute(
        update(Subscription)
        .where(Subscription.chat_id == old.id, Subscription.topic_id.not_in(has))
        .values(chat_id=new.id, thread=None)
        .execution_options(synchronize_session=False)
    )
    if await session.get(ChatSettings, new.id) is None:
        await session.execute(
            update(ChatSettings)
            .where(ChatSettings.chat_id == old.id)
            .values(chat_id=new.id)
            .execution_options(synchronize_session=False)
        )
    await session.execute(delete(Subscription).where(Subscription.chat_id == old.id))
    await session.execute(delete(ChatSettings).where(ChatSettings.chat_id == old.id))


async def move_record(session: Session, *, channel: str, chat: str, to: str) -> None:
    """Rewrite a chat's address in the record of consent, and drop its threads, which stay back."""
    await session.execute(
        update(Consent).where(Consent.channel == channel, Consent.chat == chat).values(chat=to)
    )
    ids = select(ChatRow.id).where(ChatRow.channel == channel, ChatRow.chat == to)
    await session.execute(
        update(Subscription)
        .where(Subscription.chat_id.in_(ids))
        .values(thread=None)
        .execution_options(synchronize_session=False)
    )


def narrowed(
    *, laender: Collection[str], staffeln: Collection[str], kinds: Collection[str]
) -> list[ColumnElement[bool]]:
    """Return what tells whether a subscription is open for something.

    Args:
        laender: Where it matters; nowhere in particular is open to all subscriptions.
        staffeln: For which Staffeln; likewise.
        kinds: What it is; likewise.
    """
    asked = ((Field.LAND, laender), (Field.STAFFEL, staffeln), (Field.KIND, kinds))
    return [_open_for(field, values) for field, values in asked if values]


def _open_for(field: Field, values: Collection[str]) -> ColumnElement[bool]:
    """Tell whether a subscription is narrowed to one of *values*, or not narrowed at all."""
    mine = and_(
        SubscriptionFilter.subscription_id == Subscription.id,
        SubscriptionFilter.field == field.value,
    )
    return or_(~exists().where(mine), exists().where(mine, SubscriptionFilter.value.in_(values)))


async def count(session: Session, *, topic_id: int) -> int:
    """Return how many chats have subscribed to a topic."""
    query = select(func.count()).where(Subscription.topic_id == topic_id)
    return int(await session.scalar(query) or 0)


async def count_in(session: Session, *, chats: Collection[int]) -> int:
    """Count the subscriptions of chats, by their numbers."""
    query = select(func.count()).select_from(Subscription).where(Subscription.chat_id.in_(chats))
    return await session.scalar(query) or 0
