"""What is done to messages of somebody who is erased: to them, about them, and what they carried.

A message to them that waits is never sent, and one that was sent leaves no row, but for what an
announcement counts. One that is on its way at that moment may still arrive. Its row says nothing
any more, and is deleted once its outcome has come: SQLite would give its number to the next
message, and the outcome would be recorded there.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    delete,
    exists,
    false,
    func,
    not_,
    or_,
    select,
    tuple_,
    update,
)

from bot.storage import bridge_places, deliveries, files, naming
from bot.storage.addressed import in_chat
from bot.storage.bridge_models import BridgePlace, BridgePost
from bot.storage.engine import Session
from bot.storage.models import (
    OPEN_STATES,
    Action,
    Announcement,
    Base,
    Body,
    Delivery,
    DeliveryState,
    DigestItem,
    Question,
    SeenEvent,
)
from bot.storage.naming import needles
from bot.storage.persons import Who

_COUNTED = "announcement:"
_BROADCAST = ("announcement:", "event:", "digest")
"""The beginnings of the sources of what says the same to many and names nobody who only reads."""
_ERASED = "erased:"
"""The beginning of keys that do not tell any more to what they belong."""
_EVENT_KEYS = ("reply:", "greeting:")
_FAILED = (DeliveryState.DEAD.value, DeliveryState.REJECTED.value)
_AT_ONCE = 400


def _to(person: Who) -> ColumnElement[bool]:
    # Of somebody without a chat of their own these are none, not all.
    return or_(false(), *(in_chat(channel, chat) for channel, chat in person.places))


def _counted() -> ColumnElement[bool]:
    return Delivery.source.startswith(_COUNTED, autoescape=True)


async def forget_events(session: Session, person: Who) -> None:
    """Forget what was received from a person, as far as anything tells that it was theirs."""
    names: set[tuple[str, str]] = set()
    if person.places:
        keys = await session.execute(select(Delivery.channel, Delivery.key).where(_to(person)))
        names |= {
            (channel, key.removeprefix(f"{start}{channel}:").partition("#")[0])
            for channel, key in keys
            for start in _EVENT_KEYS
            if key.startswith(f"{start}{channel}:")
        }
    asked = select(Question.channel, Question.message).where(
        Question.member_id == person.member_id
    )
    names |= {(channel, message) for channel, message in await session.execute(asked)}
    for few in _portions(sorted(names)):
        await session.execute(
            delete(SeenEvent).where(tuple_(SeenEvent.channel, SeenEvent.event).in_(few))
        )
    for one in person.accounts:
        # In the terminal an event is named after its person.
        if len(one.user) >= naming.SHORTEST:
            await session.execute(
                delete(SeenEvent).where(
                    SeenEvent.channel == one.channel,
                    SeenEvent.event.contains(one.user, autoescape=True),
                )
            )


def _portions(items: list[tuple[str, str]]) -> Iterable[list[tuple[str, str]]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]


async def settle_own(session: Session, person: Who, *, now: datetime) -> set[int]:
    """Delete the messages to a person; of announcements only the counts stay.

    Returns:
        The bodies that may be needed no more.
    """
    if not person.places:
        return set()
    bodies = await session.scalars(select(Delivery.body_id).where(_to(person)).distinct())
    found = {number for number in bodies if number is not None}
    await _anonymise(session, and_(_to(person), _counted()))
    await _detach(session, and_(_to(person), Delivery.state == DeliveryState.SENDING), now=now)
    await session.execute(
        delete(Delivery).where(_to(person)).execution_options(synchronize_session=False)
    )
    return found


async def settle_mirrored(session: Session, person: Who, *, now: datetime) -> set[int]:
    """Delete the copies of what a person said in connected chats, and what changed them.

    What others say in the same message, and nobody has been sent yet, is still sent.

    Returns:
        The bodies that may be needed no more.
    """
    found = await _part_from_others(session, person, now=now)
    copies = or_(Delivery.key.in_(_keys_of(person)), _changes_of(person))
    bodies = await session.scalars(select(Delivery.body_id).where(copies).distinct())
    found |= {number for number in bodies if number is not None}
    waiting = and_(copies, Delivery.state != DeliveryState.SENDING)
    await session.execute(
        delete(Delivery).where(waiting).execution_options(synchronize_session=False)
    )
    await _detach(session, copies, now=now)
    return found


def _keys_of(person: Who) -> Select[Any]:
    """Select the deliveries that bring what a person said."""
    return _of_places(person, BridgePlace.key).where(BridgePlace.key.is_not(None))


def _of_places(person: Who, *columns: Any) -> Select[Any]:
    """Select columns of the places of what a person said."""
    accounts = [str(one) for one in person.accounts]
    posts = select(*columns).join(BridgePost, BridgePost.id == BridgePlace.post_id)
    return posts.where(BridgePost.author.in_(accounts))


def _changes_of(person: Who) -> ColumnElement[bool]:
    """Tell what edits such a copy, or shows how others reacted to it."""
    shown = _of_places(person, BridgePlace.channel, BridgePlace.chat, BridgePlace.message)
    target = tuple_(Delivery.channel, Delivery.chat, Delivery.target)
    return and_(
        Delivery.action.in_([Action.EDIT.value, Action.REACT.value]),
        or_(Delivery.target_of.in_(_keys_of(person)), target.in_(shown)),
    )


async def _part_from_others(session: Session, person: Who, *, now: datetime) -> set[int]:
    """Take a person's words out of waiting copies that say something of others as well.

    Those of others have a sign of their own behind theirs. Returns the bodies that said both.
    """
    accounts = {str(one) for one in person.accounts}
    waiting = Delivery.state == DeliveryState.WAITING.value
    query = select(Delivery).where(Delivery.key.in_(_keys_of(person)), waiting)
    found = set[int]()
    for delivery in (await session.scalars(query)).all():
        places = await bridge_places.sharing(session, key=delivery.key)
        posts = [await session.get_one(BridgePost, one.post_id) for one in places]
        body = await session.get(Body, delivery.body_id) if delivery.body_id else None
        if body is None or all(post.author in accounts for post in posts):
            continue
        kept, start = [], 0
        for place, post in zip(places, posts, strict=True):
            words = body.content["blocks"][start : start + place.blocks]
            start += place.blocks
            if post.author in accounts:
                await bridge_places.drop(session, place)
            else:
                kept += words
        found.add(body.id)
        content = body.content | {"blocks": kept}
        await deliveries.reword(session, delivery, content=content, now=now)
    await session.flush()
    return found


async def _anonymise(session: Session, which: ColumnElement[bool]) -> None:
    """Let rows be counted, and nothing else: they have neither chat nor message any more.

    What waits is withdrawn, and what failed counts as unreachable, so that nobody tries again.
    """
    rows = (await session.execute(select(Delivery.id, Delivery.key).where(which))).all()
    for number, key in rows:
        kept = key.partition("#")[0].rpartition(":")[0]
        await session.execute(
            update(Delivery)
            .where(Delivery.id == number)
            .values(
                key=f"{kept}:x{number}",
                chat="",
                thread=None,
                message=None,
                target=None,
                reply_to=None,
                error=None,
                claimed_by=None,
                claimed_until=None,
                done_at=func.coalesce(Delivery.done_at, Delivery.created_at),
                state=case(
                    (
                        Delivery.state.in_([*OPEN_STATES, DeliveryState.PAUSED]),
                        DeliveryState.WITHDRAWN.value,
                    ),
                    (Delivery.state.in_(_FAILED), DeliveryState.GONE.value),
                    else_=Delivery.state,
                ),
            )
            .execution_options(synchronize_session=False)
        )


async def _detach(session: Session, flying: ColumnElement[bool], *, now: datetime) -> None:
    """Let rows of what is on its way say nothing; what fails is not tried again."""
    for number in (await session.scalars(select(Delivery.id).where(flying))).all():
        await session.execute(
            update(Delivery)
            .where(Delivery.id == number)
            .values(
                key=f"{_ERASED}{number}",
                chat="",
                thread=None,
                target=None,
                reply_to=None,
                body_id=None,
                source=None,
                expires_at=now,
            )
            .execution_options(synchronize_session=False)
        )


def _detached() -> ColumnElement[bool]:
    return and_(Delivery.chat == "", Delivery.key.startswith(_ERASED, autoescape=True))


async def forget_landed(session: Session) -> None:
    """Delete the rows of what was on its way, once it is not any more."""
    await session.execute(
        delete(Delivery)
        .where(_detached(), Delivery.state != DeliveryState.SENDING)
        .execution_options(synchronize_session=False)
    )


async def any_left(session: Session, *, farewells: str) -> bool:
    """Tell whether anything to erased people is on its way.

    Args:
        session: The transaction.
        farewells: The beginning of the keys of last messages.
    """
    left = or_(_detached(), Delivery.key.startswith(farewells, autoescape=True))
    return await session.scalar(select(Delivery.id).where(left).limit(1)) is not None


async def settle_answers(session: Session, person: Who) -> None:
    """Let the answers to a person's questions in rooms tell no more to what they were given."""
    asked = exists().where(
        Question.member_id == person.member_id,
        Question.message != "",
        Question.channel == Delivery.channel,
        Question.chat == Delivery.chat,
        Question.message == Delivery.reply_to,
    )
    named = [
        Delivery.key.contains(one.user, autoescape=True)
        for one in person.accounts
        if len(one.user) >= naming.SHORTEST
    ]
    numbers = (await session.scalars(select(Delivery.id).where(or_(asked, *named)))).all()
    for number in numbers:
        await session.execute(
            update(Delivery)
            .where(Delivery.id == number)
            .values(key=f"{_ERASED}{number}", reply_to=None)
            .execution_options(synchronize_session=False)
        )


async def strike_out_of_bodies(session: Session, person: Who, *texts: str) -> None:
    """Strike a person's names, accounts and words out of what others were told of them.

    Not out of what is told to many: nobody shall spoil announcements by a name that is a word.
    """
    content = Base.metadata.tables[Body.__tablename__].c.content
    told_to_many = exists().where(
        Delivery.body_id == Body.id,
        or_(*(Delivery.source.startswith(one, autoescape=True) for one in _BROADCAST)),
    )
    collected = exists().where(DigestItem.body_id == Body.id)
    where = and_(not_(told_to_many), not_(collected))
    await naming.strike_out(session, content, needles(person, *texts), where=where)


async def sweep(session: Session, *, bodies: Iterable[int], contents: Iterable[str]) -> None:
    """Delete bodies, and what they or others carried, that nothing needs any more."""
    unneeded = await deliveries.unneeded(session)
    attached = Body.content["attachment", "file"].as_string()
    carried = set(contents)
    numbers = sorted(bodies)
    for start in range(0, len(numbers), _AT_ONCE):
        few = and_(Body.id.in_(numbers[start : start + _AT_ONCE]), *unneeded)
        names = await session.scalars(select(attached).where(few, attached.is_not(None)))
        carried |= set(names)
        await session.execute(delete(Body).where(few).execution_options(synchronize_session=False))
    for name in sorted(carried):
        await files.forget_unnamed(session, id=name)


async def attached_to(session: Session, drafts: ColumnElement[bool]) -> set[str]:
    """Return the files that announcements carry."""
    file = Announcement.attachment["file"].as_string()
    return set(await session.scalars(select(file).where(drafts, file.is_not(None))))
