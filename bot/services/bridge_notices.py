"""The rules of a bridge: told in each of its chats, and pinned where words leave an encryption.

Also where these can be read on Telegram. A chat that lets the bot pin nothing has them all the
same. Pinning is a delivery like any other, behind the rules in the line of their chat, so that a
crash neither loses nor doubles it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.delivery import outbox
from bot.delivery.outbox import MIRRORED, RULES, Deed, Priority
from bot.messages import Address, MessageId, network
from bot.services import bridges as told
from bot.services.bridge_mirroring import address_of
from bot.storage import bridges
from bot.storage.bridge_models import BridgeMember
from bot.storage.engine import Session
from bot.storage.models import Action

PAIR = 2
"""Chats of the smallest bridge."""


async def tell_rules(
    session: Session, member: BridgeMember, *, language: str, now: datetime
) -> None:
    """Tell every chat of a bridge who is connected now, and what holds from then on."""
    known = await bridges.members(session, bridge_id=member.bridge_id)
    opened = any(one.confirmed_at is not None for one in known)
    for one in known:
        others = ", ".join(told.named(other) for other in known if other.id != one.id)
        message = "bridge-rules" if one.confirmed_at is None else "bridge-rules-opened"
        key = f"rules:{member.id}:{int(now.timestamp())}"
        await told.tell(session, [one], message, key=key, now=now, language=language, rooms=others)
        await take_down(session, [one], now=now)
        if one.confirmed_at is not None or (opened and network(one.channel) == "telegram"):
            await _put_up(session, one, f"{MIRRORED}told:{key}:{one.id}", now=now)


async def _put_up(session: Session, member: BridgeMember, notice: str, *, now: datetime) -> None:
    member.notice, member.notice_message = notice, None
    await _enqueue(session, member, Action.PIN, now=now)


async def take_down(session: Session, members: Iterable[BridgeMember], *, now: datetime) -> None:
    """Let the rules be pinned no more, wherever they are."""
    for member in members:
        if member.notice is not None:
            await _enqueue(session, member, Action.UNPIN, now=now)
            member.notice = member.notice_message = None


async def part(
    session: Session, *, address: Address, member_id: int, now: datetime
) -> Sequence[BridgeMember]:
    """Disconnect a chat, and return those that were connected with it.

    Raises:
        UserError: It is not connected.
    """
    member = await bridges.find(session, address=address)
    if member is not None:
        known = await bridges.members(session, bridge_id=member.bridge_id)
        ends = known if len(known) <= PAIR else [member]  # one alone is no bridge
        await take_down(session, ends, now=now)
    return await told.part(session, address=address, member_id=member_id, now=now)


async def _enqueue(
    session: Session, member: BridgeMember, action: Action, *, now: datetime
) -> None:
    notice = member.notice or ""
    deed = Deed(
        key=f"{MIRRORED}{action.value}:{notice.removeprefix(RULES)}",
        address=address_of(member),
        action=action,
        target=MessageId(member.notice_message) if member.notice_message else None,
        target_of=notice,
    )
    await outbox.enqueue_deed(session, deed, priority=Priority.REPLY, now=now)
