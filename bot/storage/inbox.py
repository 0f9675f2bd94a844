"""The inbox: questions that wait for an editor, and the messages by which editors know of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    Select,
    String,
    and_,
    cast,
    delete,
    distinct,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)

from bot.messages import Address, MessageId
from bot.storage.engine import Session
from bot.storage.models import (
    OPEN_STATES,
    Action,
    Body,
    Delivery,
    InboxItem,
    InboxState,
    Question,
    QuestionState,
)

SOURCE = "inbox:"
"""The beginning of the source of what tells editors about an item."""

_LARGEST_ID = 2**63 - 1


async def find(session: Session, *, number: int, lock: bool = False) -> InboxItem | None:
    """Return an item; with *lock* nobody else changes it before the transaction ends."""
    if not 0 < number <= _LARGEST_ID:
        return None
    return await session.get(InboxItem, number, with_for_update=lock, populate_existing=lock)


async def begin(session: Session, *, number: int, now: datetime) -> InboxItem:
    """Return the open item whose first question has this *number*; one that was closed reopens."""
    row = await find(session, number=number, lock=True)
    if row is None:
        row = InboxItem(id=number, turn=0, version=0, shown=0, reached=0, opened_at=now)
        session.add(row)
    if row.state != InboxState.OPEN:
        row.state, row.opened_at = InboxState.OPEN, now
        row.turn, row.version = row.turn + 1, row.version + 1
        row.answer, row.entry, row.reached = None, None, 0
        row.decided_by, row.decided_at, row.hidden_until = None, None, None
    await session.flush()
    return row


async def questions(
    session: Session, *, number: int, state: QuestionState | None = None, lock: bool = False
) -> Sequence[Question]:
    """Return the questions of an item, the oldest first; without those that were withdrawn.

    Without those of erased people, too, which have no words any more. With *lock* they stay as
    they are until the transaction ends.
    """
    query = select(Question).where(Question.item_id == number, Question.text != "")
    if state is None:
        query = query.where(Question.state != QuestionState.WITHDRAWN)
    else:
        query = query.where(Question.state == state)
    query = query.order_by(Question.id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(query)).all()


async def open_texts(session: Session) -> Sequence[tuple[int, str]]:
    """Return the open items in order, each with the words of its oldest open question."""
    oldest = (
        select(func.min(Question.id))
        .where(Question.item_id == InboxItem.id, Question.state == QuestionState.OPEN)
        .correlate(InboxItem)
        .scalar_subquery()
    )
    query = (
        select(InboxItem.id, Question.text)
        .join(Question, Question.id == oldest)
        .where(InboxItem.state == InboxState.OPEN)
        .order_by(InboxItem.id)
    )
    return [(number, text) for number, text in await session.execute(query)]


async def count_open_of(session: Session, *, member_id: int) -> int:
    """Count the open questions of a member."""
    query = select(func.count()).where(
        Question.member_id == member_id, Question.state == QuestionState.OPEN
    )
    return await session.scalar(query) or 0


async def count_open(session: Session) -> int:
    """Count the open items."""
    query = select(func.count()).where(InboxItem.state == InboxState.OPEN)
    return await session.scalar(query) or 0


class Listed(NamedTuple):
    """An open item.

    Attributes:
        number: Its number.
        people: How many people wait for the answer.
        asked_at: When the first of them asked.
        text: What was asked first.
        hidden_until: Until when the editors do not want to see it.
    """

    number: int
    people: int
    asked_at: datetime
    text: str
    hidden_until: datetime | None


async def listing(session: Session, *, offset: int, limit: int) -> list[Listed]:
    """Return open items, those that most people wait for first, of equal ones the oldest."""
    people = func.count(distinct(Question.member_id))
    oldest = func.min(Question.id)
    found = (
        select(
            Question.item_id.label("item"),
            people.label("people"),
            func.min(Question.asked_at).label("asked_at"),
            oldest.label("oldest"),
        )
        .join(InboxItem, InboxItem.id == Question.item_id)
        .where(InboxItem.state == InboxState.OPEN, Question.state == QuestionState.OPEN)
        .group_by(Question.item_id)
        .order_by(people.desc(), oldest)
        .offset(offset)
        .limit(limit)
        .subquery()
    )
    query = (
        select(found, Question.text, InboxItem.hidden_until)
        .join(Question, Question.id == found.c.oldest)
        .join(InboxItem, InboxItem.id == found.c.item)
        .order_by(found.c.people.desc(), found.c.oldest)
    )
    return [
        Listed(row.item, row.people, row.asked_at, row.text, row.hidden_until)
        for row in await session.execute(query)
    ]


async def unshown(session: Session, *, now: datetime, limit: int) -> Sequence[int]:
    """Return the numbers of items that editors see otherwise than they are, or not any more."""
    query = (
        select(InboxItem.id)
        .where(or_(InboxItem.version > InboxItem.shown, InboxItem.hidden_until <= now))
        .order_by(InboxItem.id)
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def forget(session: Session) -> None:
    """Close the items whose questions are gone, and delete those that nothing refers to."""
    waits = exists().where(Question.item_id == InboxItem.id, Question.state == QuestionState.OPEN)
    left = and_(InboxItem.state == InboxState.OPEN, ~waits)
    # Somebody may be putting a question to one of them: then it is looked at again afterwards.
    held = (await session.scalars(select(InboxItem.id).where(left).with_for_update())).all()
    await session.execute(
        update(InboxItem)
        .where(InboxItem.id.in_(held), left)
        .values(state=InboxState.CLOSED, version=InboxItem.version + 1, hidden_until=None)
        .execution_options(synchronize_session=False)
    )
    asked = exists().where(Question.item_id == InboxItem.id)
    await session.execute(
        delete(InboxItem)
        .where(~asked, InboxItem.version == InboxItem.shown)
        .execution_options(synchronize_session=False)
    )


# The editors' messages


def still_needed() -> Select[str]:
    """Return what selects the sources of messages that editors may still reply to."""
    source = literal(SOURCE) + cast(InboxItem.id, String)
    return select(source).where(InboxItem.state == InboxState.OPEN)


@dataclass(slots=True)
class Post:
    """A message that shows an item to editors.

    Attributes:
        delivery: The number of the delivery that sent it.
        key: The key of that delivery.
        address: Where it is.
        message: The network's id of it, once it is there.
        shows: The JSON tree of what it shows, or will show.
        busy: Whether it, or a change of it, is still on its way.
    """

    delivery: int
    key: str
    address: Address
    message: MessageId | None
    shows: Any
    busy: bool


async def posts(session: Session, *, source: str) -> list[Post]:
    """Return the messages that tell about an item, in the order they were sent."""
    query = (
        select(Delivery, Body.content)
        .outerjoin(Body, Body.id == Delivery.body_id)
        .where(Delivery.source == source, Delivery.part == 0)
        .order_by(Delivery.id)
    )
    found: list[Post] = []
    for row, content in await session.execute(query):
        busy = row.state in OPEN_STATES
        if row.action == Action.SEND:
            address = Address(row.channel, row.chat, row.thread)
            message = MessageId(row.message) if row.message else None
            found.append(Post(row.id, row.key, address, message, content, busy))
            continue
        for post in found:
            here = (post.address.channel, post.address.chat) == (row.channel, row.chat)
            if here and post.message == row.target:
                post.shows, post.busy = content, post.busy or busy
    return found


async def is_long(session: Session, *, source: str) -> bool:
    """Tell whether anything of a source was sent in several messages."""
    query = select(Delivery.id).where(Delivery.source == source, Delivery.part > 0)
    return await session.scalar(query.limit(1)) is not None
