"""What may have arrived is neither changed nor taken back before that is known.

Seen in the fault suite: a process stood still with messages in flight, the announcement was
edited, another process found them on Matrix, and the old words stayed there.
"""

import pytest
from sqlalchemy import select

from bot.messages import Address, Chat, ChatKind
from bot.storage import broadcasting, chats, revising
from bot.storage.engine import Database
from bot.storage.models import Action, Body, Delivery, DeliveryState
from bot.storage.revising import Version
from tests.fakes import START

_SOURCE = "announcement:1"


async def _waiting(database: Database, channel: str, *, uncertain: bool) -> tuple[int, int]:
    """Let one message wait; return the bodies of its words and of the better ones."""
    async with database.begin() as session:
        await chats.note(session, chat=Chat(Address(channel, "anna"), ChatKind.DIRECT), now=START)
        bodies = [Body(content={"number": number}, created_at=START) for number in range(2)]
        session.add_all(bodies)
        await session.flush()
        old, new = (body.id for body in bodies)
        session.add(
            Delivery(
                key=f"{_SOURCE}:c1", channel=channel, chat="anna", action=Action.SEND.value,
                body_id=old, priority=0, state=DeliveryState.WAITING.value, due_at=START,
                source=_SOURCE, created_at=START, uncertain=uncertain,
            )
        )  # fmt: skip
        return old, new


async def _found(database: Database) -> Delivery:
    async with database.begin() as session:
        row: Delivery | None = await session.scalar(select(Delivery))
        assert row is not None
        return row


_CASES = [("matrix", True, True), ("matrix", False, False), ("telegram", True, False)]


@pytest.mark.parametrize(("channel", "uncertain", "kept"), _CASES)
async def test_what_may_be_there_is_changed_once_it_is_found(
    database: Database, channel: str, *, uncertain: bool, kept: bool
) -> None:
    """Else the network would show the old words, and nobody would know."""
    old, new = await _waiting(database, channel, uncertain=uncertain)
    version = Version(_SOURCE, 2, channel, "de", default=True, bodies=[new])
    async with database.begin() as session:
        await revising.change(session, version, priority=1, now=START)
    assert (await _found(database)).body_id == (old if kept else new)


@pytest.mark.parametrize(("channel", "uncertain", "kept"), _CASES)
async def test_what_may_be_there_is_deleted_once_it_is_found(
    database: Database, channel: str, *, uncertain: bool, kept: bool
) -> None:
    """Else it would stay there for good."""
    await _waiting(database, channel, uncertain=uncertain)
    async with database.begin() as session:
        await broadcasting.withdraw(session, source=_SOURCE, edits=True, now=START)
    expected = DeliveryState.WAITING if kept else DeliveryState.WITHDRAWN
    assert (await _found(database)).state == expected
