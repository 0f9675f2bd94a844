"""Chats that the bot knows."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select, update

from bot.messages import Chat, ChatKind
from bot.storage import (
    announcements,
    bridge_places,
    bridges,
    calendars,
    digests,
    events,
    subscriptions,
)
from bot.storage.addressed import in_chat
from bot.storage.engine import Session
from bot.storage.models import OPEN_STATES, Action, ChatRow, Delivery, DeliveryState, Question


async def find(session: Session, *, channel: str, chat: str) -> ChatRow | None:
    """Return what is known of a chat, if anything."""
    query = select(ChatRow).where(ChatRow.channel == channel, ChatRow.chat == chat)
    return await session.scalar(query)


async def home(session: Session, row: ChatRow) -> ChatRow:
    """Return the chat whose settings and subscriptions count in a chat: itself, or another one.

    Another one only for the second direct chat of a linked person.
    """
    return row if row.home_id is None else await session.get_one(ChatRow, row.home_id)


async def find_home(session: Session, *, channel: str, chat: str) -> ChatRow | None:
    """Return the chat whose settings and subscriptions count in a chat, if that is known."""
    row = await find(session, channel=channel, chat=chat)
    return None if row is None else await home(session, row)


async def note_home(session: Session, *, chat: Chat, now: datetime) -> ChatRow:
    """Return the chat whose settings and subscriptions count in a chat; see :func:`note`."""
    return await home(session, await note(session, chat=chat, now=now))


async def note(session: Session, *, chat: Chat, now: datetime) -> ChatRow:
    """Return the row of a chat that something was received from; make or refresh it.

    A chat that we hear from can be written to again, so it is no longer left.
    """
    row = await find(session, channel=chat.address.channel, chat=chat.address.chat)
    return await refresh(session, row, chat=chat, now=now)


async def refresh(session: Session, row: ChatRow | None, *, chat: Chat, now: datetime) -> ChatRow:
    """Bring the *row* that :func:`find` gave up to date, or make one."""
    if row is None:
        row = ChatRow(
            channel=chat.address.channel,
            chat=chat.address.chat,
            title="",
            joined_at=now,
            ambient=False,
        )
        session.add(row)
    row.kind, row.left_at, row.left_reason = chat.kind.value, None, None
    if chat.title:
        row.title = chat.title
    if chat.encrypted is not None:
        row.encrypted = chat.encrypted
    await session.flush()
    return row


async def belong(session: Session, row: ChatRow, *, member_id: int) -> ChatRow | None:
    """Make a direct chat the one in which its network reaches a member.

    Returns:
        The one that was it before.
    """
    row.partner_id = member_id
    if row.member_id == member_id:
        return None
    query = select(ChatRow).where(ChatRow.channel == row.channel, ChatRow.member_id == member_id)
    before = await session.scalar(query)
    if before is not None:
        before.member_id = None
    row.member_id = member_id
    await session.flush()
    return before


async def broadcasts(session: Session) -> Sequence[ChatRow]:
    """Return the Telegram channels in which the bot may post, in the order they were joined."""
    query = select(ChatRow).where(ChatRow.kind == ChatKind.BROADCAST, ChatRow.left_at.is_(None))
    return (await session.scalars(query.order_by(ChatRow.id))).all()


async def leave(session: Session, *, channel: str, chat: str, reason: str, now: datetime) -> None:
    """Deactivate a chat, end its subscriptions and give up everything that waits for it.

    Its calendar is closed: nobody in the chat could do so any more.
    """
    await subscriptions.end(session, channel=channel, chat=chat, words=reason, now=now)
    left = await find(session, channel=channel, chat=chat)
    if left is not None:
        await calendars.revoke(session, chat_id=left.id, now=now)
    await mark_left(session, channel=channel, chat=chat, reason=reason, now=now)
    # First, since it waits for a digest that is just being put together and then is given up.
    await digests.leave(session, channel=channel, chat=chat)
    await give_up(session, channel=channel, chat=chat, reason=reason, now=now)


async def mark_left(
    session: Session, *, channel: str, chat: str, reason: str, now: datetime
) -> None:
    """Note that nothing can be delivered to a chat, unless that is known."""
    await session.execute(
        update(ChatRow)
        .where(ChatRow.channel == channel, ChatRow.chat == chat, ChatRow.left_at.is_(None))
        .values(left_at=now, left_reason=reason)
    )


async def give_up(
    session: Session, *, channel: str, chat: str, reason: str, now: datetime
) -> None:
    """Give up everything that waits for a chat."""
    await session.execute(
        update(Delivery)
        .where(
            in_chat(channel, chat),
            Delivery.state.in_([DeliveryState.WAITING.value, DeliveryState.PAUSED.value]),
        )
        .values(state=DeliveryState.GONE, error=reason, done_at=now)
    )


async def move(session: Session, *, channel: str, chat: str, to: str) -> None:
    """Rewrite the address of a chat everywhere; harmless when done already."""
    old = await find(session, channel=channel, chat=chat)
    new = await find(session, channel=channel, chat=to)
    if old is not None and new is None:
        old.chat = to
    elif old is not None and new is not None:
        new.ambient, new.language = old.ambient, old.language
        new.member_id = new.member_id or old.member_id
        new.home_id = new.home_id or old.home_id
        await session.execute(
            update(ChatRow).where(ChatRow.home_id == old.id).values(home_id=new.id)
        )
        new.partner_id = new.partner_id or old.partner_id
        await subscriptions.move(session, old=old, new=new)
        await digests.move(session, old=old.id, new=new.id)
        await events.move(session, old=old.id, new=new.id)
        await announcements.move(session, old=old.id, new=new.id)
        await calendars.move(session, old=old.id, new=new.id)
        await session.delete(old)
    await session.flush()
    await bridges.move(session, channel=channel, chat=chat, to=to)
    await bridge_places.move(session, channel=channel, chat=chat, to=to)
    await subscriptions.move_record(session, channel=channel, chat=chat, to=to)
    await session.execute(
        update(Delivery)
        .where(in_chat(channel, chat))
        # What was sent stays behind, and so does what would change it: in the new chat its id
        # may be that of somebody else's message.
        .where(Delivery.action == Action.SEND.value)
        .where(Delivery.state.in_([*OPEN_STATES, DeliveryState.PAUSED]))
        .values(chat=to, thread=None)
    )
    await session.execute(
        update(Question)
        .where(Question.channel == channel, Question.chat == chat)
        # So may be that of the question itself; an answer then is no reply to it.
        .values(chat=to, thread=None, message="")
    )


async def gathering(session: Session) -> Sequence[ChatRow]:
    """Return the rooms, groups and Telegram channels that can be written to, by name."""
    query = (
        select(ChatRow)
        .where(ChatRow.kind != ChatKind.DIRECT.value, ChatRow.left_at.is_(None))
        .order_by(ChatRow.title, ChatRow.id)
    )
    return (await session.scalars(query)).all()


async def by_ids(session: Session, *, ids: Collection[int]) -> Sequence[ChatRow]:
    """Return chats by their numbers, also those that can't be reached any more."""
    return (await session.scalars(select(ChatRow).where(ChatRow.id.in_(ids)))).all()
