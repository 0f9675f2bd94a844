"""The outbox table: what is to be sent, who sends it, what became of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    CursorResult,
    Select,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from bot.messages import Address, MessageId
from bot.storage.addressed import in_chat, is_rest
from bot.storage.engine import Session
from bot.storage.models import (
    FLYING,
    OPEN_STATES,
    Action,
    Announcement,
    Body,
    Delivery,
    DeliveryState,
    DigestItem,
)
from bot.storage.upserts import insert_into


async def add_body(session: Session, *, content: Any, now: datetime) -> int:
    """Keep a document's JSON tree and return its id."""
    body = Body(content=content, created_at=now)
    session.add(body)
    await session.flush()
    return body.id


async def reword(session: Session, row: Delivery, *, content: Any, now: datetime) -> None:
    """Let a delivery that waits say something else, if it does not say that already.

    What it said before is kept only where others say it as well.
    """
    body = await session.get(Body, row.body_id) if row.body_id is not None else None
    if body is None or body.content != content:
        row.body_id = await add_body(session, content=content, now=now)
        await session.flush()
        if body is not None:
            await forget_bodies(session, Body.id == body.id)


async def forget_bodies(session: Session, which: ColumnElement[bool]) -> None:
    """Delete bodies that nothing refers to any more."""
    await session.execute(
        delete(Body)
        .where(which, *await unneeded(session))
        .execution_options(synchronize_session=False)
    )


async def unneeded(session: Session) -> list[ColumnElement[bool]]:
    """Return what holds for the bodies that nothing refers to, nor will any more.

    PostgreSQL has no constraint that would say so as well (docs/adr/0027). It is right beside
    others who write because new deliveries refer only to bodies of their own transaction, and to
    the ones that an announcement has noted, whose row is locked then.
    """
    changed = select(Announcement.bodies).where(Announcement.version > 1)
    noted = {
        number
        for bodies in await session.scalars(changed)
        for name, numbers in (bodies or {}).items()
        if name != FLYING
        for number in numbers
    }
    # Written into the statement, since the number of parameters is limited.
    among: BindParameter[int] = bindparam(
        "noted", sorted(noted), expanding=True, literal_execute=True
    )
    return [
        ~exists().where(Delivery.body_id == Body.id),
        ~exists().where(DigestItem.body_id == Body.id),
        Body.id.not_in(among),
    ]


async def add(
    session: Session,
    *,
    key: str,
    address: Address,
    action: Action,
    body_id: int | None,
    priority: int,
    due_at: datetime,
    now: datetime,
    target: MessageId | None = None,
    target_of: str | None = None,
    reply_to: MessageId | None = None,
    reply_of: str | None = None,
    notify: bool = False,
    part: int = 0,
    source: str | None = None,
    held_until: datetime | None = None,
    expires_at: datetime | None = None,
    instead_of: str | None = None,
    state: DeliveryState = DeliveryState.WAITING,
) -> bool:
    """Put one delivery into the outbox; ``False`` if its key is there already."""
    values = {
        "key": key, "channel": address.channel, "chat": address.chat, "thread": address.thread,
        "action": action.value, "body_id": body_id, "target": target, "target_of": target_of,
        "reply_to": reply_to, "reply_of": reply_of, "notify": notify, "priority": priority,
        "state": state, "attempts": 0, "due_at": due_at, "held_until": held_until,
        "expires_at": expires_at, "source": source, "part": part, "instead_of": instead_of,
        "created_at": now,
    }  # fmt: skip
    statement = (
        insert_into(session, Delivery)
        .values(**values)
        .on_conflict_do_nothing(index_elements=[Delivery.key])
        .returning(Delivery.id)
    )
    return await session.scalar(statement) is not None


async def is_known(session: Session, *, key: str) -> bool:
    """Tell whether there is a delivery of this key, in whatever state."""
    return await session.scalar(select(Delivery.id).where(Delivery.key == key)) is not None


async def body_of(session: Session, *, address: Address, message: MessageId) -> Any:
    """Return the JSON tree that a message of ours shows now, or ``None`` if it is not ours.

    That is the body of its latest edit, or else of the sending.
    """
    shown = or_(Delivery.message == message, Delivery.target == message)
    query = (
        select(Body.content)
        .join(Delivery, Body.id == Delivery.body_id)
        .where(in_chat(address.channel, address.chat, shown))
        .where(Delivery.state.in_([DeliveryState.SENT.value, DeliveryState.SENDING.value,
                                   DeliveryState.WAITING.value]))
        .order_by(Delivery.id.desc())
        .limit(1)
    )  # fmt: skip
    return await session.scalar(query)


async def source_of(session: Session, *, address: Address, message: MessageId) -> str | None:
    """Return the source of the delivery that has become a message, if it has one."""
    query = (
        select(Delivery.source)
        .where(
            Delivery.channel == address.channel,
            Delivery.chat == address.chat,
            Delivery.message == message,
            is_rest(),
            Delivery.source.is_not(None),
        )
        .limit(1)
    )
    return await session.scalar(query)


async def last_message(session: Session, *, address: Address) -> MessageId | None:
    """Return our newest message in a chat and thread, but for those that only carry a file."""
    query = (
        select(Delivery.message)
        .join(Body, Body.id == Delivery.body_id)
        .where(
            Delivery.channel == address.channel,
            Delivery.chat == address.chat,
            Delivery.thread.is_not_distinct_from(address.thread),
            Delivery.action == Action.SEND,
            is_rest(),
            Delivery.state == DeliveryState.SENT,
            Body.content["attachment", "file"].as_string().is_(None),
        )
        .order_by(Delivery.id.desc())
        .limit(1)
    )
    message = await session.scalar(query)
    return MessageId(message) if message else None


async def forget_done(
    session: Session, *, before: datetime, but: Select[str] | CompoundSelect[str] | None = None
) -> int:
    """Delete deliveries that ended before an instant, and bodies nothing refers to.

    Args:
        session: The transaction.
        before: The instant.
        but: Selects the sources whose deliveries are still needed.
    """
    old = delete(Delivery).where(Delivery.done_at < before)
    if but is not None:
        old = old.where(func.coalesce(Delivery.source, "").not_in(but))
    result = await session.execute(old)
    await forget_bodies(session, Body.created_at < before)
    return result.rowcount if isinstance(result, CursorResult) else 0


async def forget_one(session: Session, *, id: int, body_id: int | None) -> None:  # noqa: A002 # the column's name
    """Delete a delivery, and its body, which is nobody else's."""
    await session.execute(
        delete(Delivery).where(Delivery.id == id).execution_options(synchronize_session=False)
    )
    await session.execute(
        delete(Body).where(Body.id == body_id).execution_options(synchronize_session=False)
    )


async def forget_late(session: Session, *, beginning: str, now: datetime) -> int:
    """Delete deliveries whose key begins so, once they are of no use; return how many."""
    late = select(Delivery.id, Delivery.body_id).where(
        Delivery.key.startswith(beginning, autoescape=True), Delivery.expires_at <= now
    )
    rows = (await session.execute(late)).all()
    for number, body_id in rows:
        await forget_one(session, id=number, body_id=body_id)
    return len(rows)


async def count_by_state(session: Session) -> dict[tuple[str, str], int]:
    """Count deliveries by (channel, state), for the metrics."""
    query = select(Delivery.channel, Delivery.state, func.count()).group_by(
        Delivery.channel, Delivery.state
    )
    return {(channel, state): count for channel, state, count in (await session.execute(query))}


_WAITING = (DeliveryState.WAITING.value, DeliveryState.PAUSED.value)
_TOLD = (*_WAITING, DeliveryState.SENDING.value, DeliveryState.SENT.value)


async def waiting_for(session: Session, *, channel: str, chat: str) -> Sequence[Delivery]:
    """Return the new messages that wait for a chat, in their order, locked."""
    query = (
        select(Delivery)
        .where(
            in_chat(channel, chat),
            Delivery.action == Action.SEND.value,
            Delivery.state.in_(_WAITING),
        )
        .order_by(Delivery.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(query)).all()


async def failing(session: Session, *, delivery_id: int) -> Delivery | None:
    """Return a new message that waits since it failed and surely has not arrived, locked."""
    query = (
        select(Delivery)
        .where(
            Delivery.id == delivery_id,
            Delivery.action == Action.SEND.value,
            Delivery.state == DeliveryState.WAITING.value,
            Delivery.failing_since.is_not(None),
            Delivery.uncertain.is_(False),
            Delivery.instead_of.is_(None),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return await session.scalar(query)


async def by_id(session: Session, *, delivery_id: int) -> Delivery | None:
    """Return a delivery as it is now, locked."""
    return await session.get(Delivery, delivery_id, populate_existing=True, with_for_update=True)


async def content_of(session: Session, row: Delivery) -> Any:
    """Return the JSON tree that a delivery says."""
    return await session.scalar(select(Body.content).where(Body.id == row.body_id))


async def is_told(session: Session, *, key: str) -> bool:
    """Tell whether the delivery of this key was sent, or waits to be."""
    query = select(Delivery.id).where(Delivery.key == key, Delivery.state.in_(_TOLD))
    return await session.scalar(query) is not None


async def message_of(session: Session, *, key: str) -> MessageId | None:
    """Return the message that a delivery has become, if it was sent."""
    message = await session.scalar(select(Delivery.message).where(Delivery.key == key))
    return MessageId(message) if message else None


async def any_open(session: Session, *, beginning: str) -> bool:
    """Tell whether a delivery whose key begins so is waiting or on its way."""
    query = select(Delivery.id).where(
        Delivery.key.startswith(beginning, autoescape=True),
        Delivery.state.in_([state.value for state in OPEN_STATES]),
    )
    return await session.scalar(query.limit(1)) is not None


async def rehold(
    session: Session, *, channel: str, chat: str, above: int, until: datetime
) -> None:
    """Let what is held for a chat wait until another instant, which may be now.

    Args:
        session: The transaction.
        channel: The chat's.
        chat: Its id.
        above: Only what has a later priority than this.
        until: When it may be sent.
    """
    await session.execute(
        update(Delivery)
        .where(
            in_chat(channel, chat),
            Delivery.priority > above,
            Delivery.action == Action.SEND,
            Delivery.held_until.is_not(None),
            Delivery.state.in_([DeliveryState.WAITING.value, DeliveryState.PAUSED.value]),
        )
        .values(due_at=until, held_until=until)
        .execution_options(synchronize_session=False)
    )
