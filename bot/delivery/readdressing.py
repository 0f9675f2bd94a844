"""What can't arrive on one network of a linked person goes to the other: the same row, once.

A delivery keeps its key when its address changes, so that it can be doubled neither by a crash nor
by whoever enqueues it again.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.delivery import outbox
from bot.delivery.outbox import Priority
from bot.messages import Address
from bot.storage import chats, deliveries, linking, merging
from bot.storage.engine import Session
from bot.storage.models import Action, ChatRow, Delivery, DeliveryState
from bot.text.document import Document

_OF_A_CHAT = re.compile(r"(.*:c)(\d+)((?:#.*)?)", re.DOTALL)
"""The key of a notice: what it tells, the number that stands for the chat, and the part."""
_IN_PLACE = ("reply:", "greeting:")
"""How the keys begin of what belongs to what was said in a chat, and means nothing elsewhere."""
URGENT_AFTER = timedelta(minutes=5)
"""How long at most an urgent message fails before it goes to the other network."""
_ROOM = 4
"""Messages of the network with the shorter ones that one of the other may make."""


async def leave(session: Session, *, channel: str, chat: str, reason: str, now: datetime) -> None:
    """Deactivate a chat; a linked person is told in their other one from now on.

    Whoever has no other chat that can be reached is told nothing more: see
    :func:`bot.storage.chats.leave`.
    """
    row = await chats.find(session, channel=channel, chat=chat)
    other = await linking.other_chat(session, row) if row else None
    if row is None or other is None or other.left_at is not None:
        await chats.leave(session, channel=channel, chat=chat, reason=reason, now=now)
        return
    await chats.mark_left(session, channel=channel, chat=chat, reason=reason, now=now)
    await move(session, old=row, new=other, now=now)
    await chats.give_up(session, channel=channel, chat=chat, reason=reason, now=now)


async def move(session: Session, *, old: ChatRow, new: ChatRow, now: datetime) -> None:
    """Tell a linked person in *new* from now on, also what waits to be sent to *old*."""
    if old.home_id is None:
        await merging.rehome(session, old=old, new=new)
    rows = await deliveries.waiting_for(session, channel=old.channel, chat=old.chat)
    await send_instead(session, rows, old=old, new=new, now=now)


async def come_back(session: Session, row: ChatRow, *, now: datetime) -> None:
    """Tell a linked person in *row* again, which can be reached again, if they want that."""
    if row.home_id is None or row.member_id is None:
        return
    home = await chats.home(session, row)
    link = await linking.of(session, member_id=row.member_id)
    if link is not None and (link.preferred == row.channel or home.left_at is not None):
        await move(session, old=home, new=row, now=now)


async def replace(session: Session, *, old: ChatRow, new: ChatRow, now: datetime) -> None:
    """Put a new direct chat of a linked person in the place of the *old* one on its network."""
    other = await linking.other_chat(session, old)
    if other is None:
        return
    if old.home_id is None:
        await merging.rehome(session, old=old, new=new)
    else:
        await merging.carry_over(session, old=new, new=other)
        await linking.regard(session, home=other, other=new)
    old.home_id = None
    rows = await deliveries.waiting_for(session, channel=old.channel, chat=old.chat)
    await send_instead(session, rows, old=old, new=new, now=now)


async def send_instead(
    session: Session, rows: Iterable[Delivery], *, old: ChatRow, new: ChatRow, now: datetime
) -> None:
    """Send what waits for *old* to *new*, but for what is or was told there as well."""
    for row in rows:
        if row.key.startswith(_IN_PLACE):
            continue
        if await _is_told(session, row, old=old, new=new):
            row.state, row.error, row.done_at = DeliveryState.GONE, "told elsewhere", now
        else:
            await _readdress(session, row, to=new, now=now)
    await session.flush()


async def retry_elsewhere(session: Session, *, delivery_id: int, now: datetime) -> bool:
    """Send what has failed for good to a linked person's other chat; ``False`` if it can't be.

    Each goes over once: what fails there as well has failed.
    """
    row = await deliveries.by_id(session, delivery_id=delivery_id)
    if row is None or row.action != Action.SEND or row.instead_of is not None:
        return False
    if row.key.startswith(_IN_PLACE):
        return False
    old = await chats.find(session, channel=row.channel, chat=row.chat)
    new = await linking.other_chat(session, old) if old else None
    if old is None or new is None or new.left_at is not None:
        return False
    if await _is_told(session, row, old=old, new=new):
        return False
    row.state, row.done_at, row.instead_of = DeliveryState.WAITING, None, row.channel
    await _readdress(session, row, to=new, now=now)
    await session.flush()
    return True


async def fall_back(
    session: Session, *, delivery_id: int, now: datetime, after: timedelta
) -> bool:
    """Send what fails for so long to a linked person's other chat, with what waits behind it.

    Nothing that may have arrived, and each once, like what has failed for good. Whoever is not
    linked, or can't be reached there, waits on.
    """
    row = await deliveries.failing(session, delivery_id=delivery_id)
    if row is None or row.failing_since is None:
        return False
    patience = min(after, URGENT_AFTER) if row.priority <= Priority.URGENT else after
    if now - row.failing_since < patience or row.key.startswith(_IN_PLACE):
        return False
    old = await chats.find(session, channel=row.channel, chat=row.chat)
    new = await linking.other_chat(session, old) if old else None
    if old is None or new is None or new.left_at is not None:
        return False
    behind = await deliveries.waiting_for(session, channel=old.channel, chat=old.chat)
    for one in behind:
        if _may_go_over(one, row, now=now) and not await _is_told(session, one, old=old, new=new):
            one.instead_of = one.channel
            await _readdress(session, one, to=new, now=now)
    await session.flush()
    return True


def _may_go_over(one: Delivery, failing: Delivery, *, now: datetime) -> bool:
    """Tell whether a waiting message goes along with one that fails."""
    return (
        one.state == DeliveryState.WAITING.value
        and not one.uncertain
        and one.instead_of is None
        and one.priority <= failing.priority
        and (one.held_until is None or one.held_until <= now)
        and not one.key.startswith(_IN_PLACE)
    )


async def _is_told(session: Session, row: Delivery, *, old: ChatRow, new: ChatRow) -> bool:
    """Tell whether the other chat has the same notice of its own: urgent ones may go to both."""
    found = _OF_A_CHAT.fullmatch(row.key)
    if found is None or int(found[2]) not in {old.keyed, new.keyed}:
        return False
    (twin,) = {old.keyed, new.keyed} - {int(found[2])}
    return await deliveries.is_told(session, key=f"{found[1]}{twin}{found[3]}")


async def _readdress(session: Session, row: Delivery, *, to: ChatRow, now: datetime) -> None:
    content = await deliveries.content_of(session, row)
    limit = outbox.limit_of(to.channel)
    first, *rest = outbox.parts(Document.model_validate(content), limit=limit)
    row.channel, row.chat, row.thread, row.reply_to = to.channel, to.chat, None, None
    row.due_at, row.attempts, row.error = max(now, row.held_until or now), 0, None
    row.failing_since = None
    if not rest:
        return
    row.body_id = await deliveries.add_body(
        session, content=first.model_dump(mode="json"), now=now
    )
    row.part *= _ROOM
    for number, part in enumerate(rest, start=1):
        await _add_part(session, row, part, number, now=now)


async def _add_part(
    session: Session, row: Delivery, part: Document, number: int, *, now: datetime
) -> None:
    body_id = await deliveries.add_body(session, content=part.model_dump(mode="json"), now=now)
    await deliveries.add(
        session,
        key=f"{row.key}#r{number + 1}",
        address=Address(row.channel, row.chat),
        action=Action.SEND,
        body_id=body_id,
        priority=row.priority,
        due_at=row.due_at,
        now=now,
        part=row.part + number,
        source=row.source,
        held_until=row.held_until,
        expires_at=row.expires_at,
        instead_of=row.instead_of,
        state=DeliveryState(row.state),
    )
