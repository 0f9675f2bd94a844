"""The deliveries of one announcement together: counted, halted, changed, taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Update,
    and_,
    case,
    func,
    or_,
    select,
    update,
)

from bot.messages import ACCOUNT_MARK
from bot.storage.engine import Session
from bot.storage.models import (
    Action,
    ChatRow,
    Delivery,
    DeliveryState,
    DigestItem,
)

DELETE_MARK, NOTE_MARK, _EDIT = "r", "w", "e"
"""What marks the keys of what deletes a message, puts a note in its place, or brings a version."""
WAITING = (DeliveryState.WAITING.value, DeliveryState.PAUSED.value)
_FAILED = (DeliveryState.DEAD.value, DeliveryState.REJECTED.value)


def may_be_there(row: Any) -> ColumnElement[bool]:
    """Tell whether what waits may have arrived, and will be found on its network if so.

    It is sent to its end first, as what is in flight: only then it can be edited or deleted. Where
    a repeat would be a second message, nobody is sent what is not to be there any more.
    """
    matrix = or_(row.channel == "matrix", row.channel.startswith(f"matrix{ACCOUNT_MARK}"))
    return and_(row.uncertain, row.action == Action.SEND.value, matrix)


REPLACED = "replaced"
"""The state of what was told in a digest and taken out of it again."""
REPLACE = "replace"
"""The action of an edit that puts a note in the place of what can't be deleted."""
_OUTDATED = "outdated"


@dataclass(frozen=True, slots=True)
class Count:
    """How many chats an announcement has reached in one way.

    Attributes:
        action: ``send``, ``edit``, ``delete`` or :data:`REPLACE`; ``digest`` for what is
            collected.
        state: Of the deliveries; of what is collected ``waiting``, ``sent``, ``withdrawn`` or
            :data:`REPLACED`.
        held: Whether somebody wants quiet until later.
        slowed: Whether the network is waited for.
        number: How many chats.
    """

    channel: str
    action: str
    state: str
    held: bool
    slowed: bool
    number: int


def _is_of_use(source: str, version: int) -> ColumnElement[bool]:
    """Leave out the changes to versions that are not the newest any more."""
    return _deed(source, version) != _OUTDATED


async def counts(session: Session, *, source: str, version: int, now: datetime) -> list[Count]:
    """Count the chats of an announcement; of a long message by its first part.

    Of the edits those to this *version* count, and not the ones to earlier versions.
    """
    held = case((Delivery.held_until > now, 1), else_=0)
    slowed = case((and_(Delivery.error.is_not(None), Delivery.due_at > now), 1), else_=0)
    deed = _deed(source, version)
    query = (
        select(Delivery.channel, deed, Delivery.state, held, slowed, func.count())
        .where(Delivery.source == source, Delivery.part == 0, _is_of_use(source, version))
        .group_by(Delivery.channel, deed, Delivery.state, held, slowed)
    )
    rows = [
        Count(channel, action, state, bool(is_held), bool(is_slowed), number)
        for channel, action, state, is_held, is_slowed, number in await session.execute(query)
    ]
    return rows + await _collected(session, source)


def _deed(source: str, version: int) -> ColumnElement[str]:
    """Return what a delivery does; what brought an earlier version is outdated."""

    def begins(marker: str) -> ColumnElement[bool]:
        return Delivery.key.startswith(f"{source}:{marker}:", autoescape=True)

    return case(
        (Delivery.action != Action.EDIT.value, Delivery.action),
        (begins(NOTE_MARK), REPLACE),
        (begins(change_mark(version)), Action.EDIT.value),
        else_=_OUTDATED,
    )


def change_mark(version: int) -> str:
    """Return what marks the keys of what brings a version."""
    return f"{_EDIT}{version}"


async def _collected(session: Session, source: str) -> list[Count]:
    told = DigestItem.digest.is_not(None)
    state = case(
        (and_(DigestItem.withdrawn, told), REPLACED),
        (DigestItem.withdrawn, DeliveryState.WITHDRAWN.value),
        (told, DeliveryState.SENT.value),
        else_=DeliveryState.WAITING.value,
    )
    query = (
        select(ChatRow.channel, state, func.count())
        .join(ChatRow, ChatRow.id == DigestItem.chat_id)
        .where(DigestItem.source == source)
        .group_by(ChatRow.channel, state)
    )
    return [
        Count(channel, "digest", name, name == DeliveryState.WAITING, False, number)  # noqa: FBT003 # as the class says
        for channel, name, number in await session.execute(query)
    ]


async def reasons(session: Session, *, source: str, limit: int) -> Sequence[tuple[str, str, int]]:
    """Return why messages failed: (state, the network's words, how many), the most often first."""
    number = func.count()
    query = (
        select(Delivery.state, func.coalesce(Delivery.error, ""), number)
        .where(
            Delivery.source == source,
            Delivery.part == 0,
            Delivery.state.in_([*_FAILED, DeliveryState.GONE.value, DeliveryState.EXPIRED.value]),
        )
        .group_by(Delivery.state, Delivery.error)
        .order_by(number.desc())
        .limit(limit)
    )
    return [(state, error, count) for state, error, count in await session.execute(query)]


async def any_open(session: Session, *, source: str) -> bool:
    """Tell whether anything of *source* is on its way, waiting or halted."""
    states = [*WAITING, DeliveryState.SENDING.value]
    query = select(Delivery.id).where(Delivery.source == source, Delivery.state.in_(states))
    if await session.scalar(query.limit(1)) is not None:
        return True
    waiting = select(DigestItem.id).where(
        DigestItem.source == source,
        DigestItem.digest.is_(None),
        DigestItem.withdrawn.is_(False),
    )
    return await session.scalar(waiting.limit(1)) is not None


def _changing(source: str, *states: str) -> Update:
    return (
        update(Delivery)
        .where(Delivery.source == source, Delivery.state.in_(states))
        .execution_options(synchronize_session=False)
    )


async def halt(session: Session, *, source: str) -> None:
    """Send nothing more of *source* until it is resumed, and change nothing."""
    await session.execute(
        _changing(source, DeliveryState.WAITING.value).values(state=DeliveryState.PAUSED)
    )


async def halt_again(session: Session, *, source: str) -> None:
    """Halt what was in flight when all was halted, failed, and would be tried again."""
    await session.execute(
        _changing(source, DeliveryState.WAITING.value)
        .where(Delivery.action == Action.SEND.value)
        .values(state=DeliveryState.PAUSED)
    )


async def resume(session: Session, *, source: str) -> None:
    """Send on what was halted."""
    await session.execute(
        _changing(source, DeliveryState.PAUSED.value).values(state=DeliveryState.WAITING)
    )


async def withdraw(session: Session, *, source: str, edits: bool, now: datetime) -> None:
    """Take back what has not been sent yet, and with *edits* what has not been changed yet.

    What is about to be deleted is deleted all the same: nothing would let it be a second time.
    """
    actions = [Action.SEND.value, *([Action.EDIT.value] if edits else [])]
    await session.execute(
        _changing(source, *WAITING)
        .where(Delivery.action.in_(actions), ~may_be_there(Delivery))
        .values(state=DeliveryState.WITHDRAWN, error="withdrawn", done_at=now)
    )


async def retry(session: Session, *, source: str, version: int, now: datetime) -> int:
    """Let what failed be tried again, as if for the first time; return how many messages.

    Of changes, only those to this *version*: an older one would replace it.
    """
    result = await session.execute(
        _changing(source, *_FAILED)
        .where(_is_of_use(source, version))
        .values(
            state=DeliveryState.WAITING,
            attempts=0,
            due_at=now,
            created_at=now,
            done_at=None,
            held_until=None,
        )
    )
    return result.rowcount if isinstance(result, CursorResult) else 0


async def replace_collected(
    session: Session, *, source: str, language: str, default: bool, body_id: int
) -> None:
    """Replace what digests say, or will say, in chats that speak a language."""
    chosen = ChatRow.language == language
    chats = select(ChatRow.id).where(
        or_(chosen, ChatRow.language.is_(None)) if default else chosen
    )
    await session.execute(
        update(DigestItem)
        .where(DigestItem.source == source, DigestItem.chat_id.in_(chats))
        .values(body_id=body_id)
        .execution_options(synchronize_session=False)
    )


async def withdraw_collected(session: Session, *, source: str) -> None:
    """Take back what digests said, or would have said."""
    await session.execute(
        update(DigestItem)
        .where(DigestItem.source == source)
        .values(withdrawn=True)
        .execution_options(synchronize_session=False)
    )


async def withdraw_waiting_items(session: Session, *, source: str) -> None:
    """Take back what digests would have said."""
    await session.execute(
        update(DigestItem)
        .where(DigestItem.source == source, DigestItem.digest.is_(None))
        .values(withdrawn=True)
        .execution_options(synchronize_session=False)
    )
