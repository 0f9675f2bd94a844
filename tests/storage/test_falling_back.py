"""What fails for long goes to a linked person's other network, with what waits behind it."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.delivery import outbox, readdressing
from bot.delivery.outbox import Outgoing, Priority
from bot.messages import Address, Chat, ChatKind, Identity, Sender
from bot.storage import chats, claims, linking, members
from bot.storage.engine import Database, Session
from bot.storage.link_models import Link
from bot.storage.models import Delivery, DeliveryState
from bot.text.document import Document
from tests.fakes import START

HERE, THERE = Address("telegram", "4711"), Address("matrix", "!direct:x")
HOUR = timedelta(hours=1)


@pytest.fixture
async def linked(database: Database) -> Database:
    """A member with a direct chat on each of two networks, who prefers the first."""
    async with database.begin() as session:
        sender = Sender(Identity("telegram", "4711"), "Tina")
        member, _ = await members.note(session, sender=sender, now=START)
        other, _ = await members.note(
            session, sender=Sender(Identity("matrix", "@mina:x"), "Mina"), now=START
        )
        rows = []
        for address in (HERE, THERE):
            row = await chats.note(session, chat=Chat(address, ChatKind.DIRECT), now=START)
            await chats.belong(session, row, member_id=member.id)
            rows.append(row)
        rows[1].home_id = rows[0].id
        link = Link(
            member_id=member.id, joined_id=other.id, channel="matrix", preferred="telegram",
            roles={"own": [], "brought": []}, linked_at=START,
        )  # fmt: skip
        await linking.add(session, link)
    return database


async def told(
    session: Session, key: str, *, priority: Priority = Priority.REMINDER, **more: object
) -> None:
    """Put a message into the outbox."""
    outgoing = Outgoing(key, HERE, Document.of(key), priority=priority, **more)  # type: ignore[arg-type]
    assert await outbox.enqueue(session, outgoing, now=START)


async def fails(session: Session, *, uncertain: bool = False) -> int:
    """Let the first message be tried in vain, and return its number."""
    (claimed,) = await claims.claim_due(
        session, channel="telegram", chat=None, owner="me", now=START, until=START + HOUR, limit=1,
        hold=None,
    )  # fmt: skip
    assert await claims.postpone(
        session, id=claimed.id, owner="me", due_at=START + HOUR, error="away",
        spend_attempt=False, uncertain=uncertain, failing_since=START,
    )  # fmt: skip
    return claimed.id


async def gone_over(database: Database, number: int, *, after: timedelta = HOUR) -> dict[str, str]:
    """Let an hour be over; return on which network each message waits."""
    async with database.begin() as session:
        await readdressing.fall_back(session, delivery_id=number, now=START + HOUR, after=after)
    async with database.begin() as session:
        rows = (await session.scalars(select(Delivery).order_by(Delivery.id))).all()
        return {row.key: row.channel for row in rows}


async def test_what_waits_behind_it_goes_along_in_its_order(linked: Database) -> None:
    """But what belongs to the chat, what may have arrived, what is in flight, and what rests."""
    async with linked.begin() as session:
        await told(session, "eins")
        number = await fails(session)
        await told(session, "zwei")
        await told(session, "reply:telegram:1")
        await told(session, "morgen", held_until=START + 3 * HOUR)
        await told(session, "unklar")
        await told(session, "unterwegs")
        for key, values in (
            ("unklar", {"uncertain": True}),
            ("unterwegs", {"state": DeliveryState.SENDING.value}),
        ):
            await session.execute(update(Delivery).where(Delivery.key == key).values(values))
    assert await gone_over(linked, number) == {
        "eins": "matrix", "zwei": "matrix", "reply:telegram:1": "telegram",
        "morgen": "telegram", "unklar": "telegram", "unterwegs": "telegram",
    }  # fmt: skip
    async with linked.begin() as session:
        row = await session.scalar(select(Delivery).where(Delivery.key == "eins"))
        assert row
        assert (row.chat, row.instead_of, row.failing_since) == (THERE.chat, "telegram", None)
        assert (row.attempts, row.error) == (0, None)
    assert (await gone_over(linked, number))["eins"] == "matrix", "it goes over once"


async def test_what_has_time_does_not_go_with_what_is_urgent(linked: Database) -> None:
    """An urgent one fails for five minutes at most."""
    async with linked.begin() as session:
        await told(session, "eilig", priority=Priority.URGENT)
        number = await fails(session)
        await told(session, "hat Zeit")
    found = await gone_over(linked, number, after=2 * HOUR)
    assert found == {"eilig": "matrix", "hat Zeit": "telegram"}


@pytest.mark.parametrize("uncertain", [True, False])
async def test_what_may_have_arrived_or_fails_since_lately_waits(
    linked: Database,
    uncertain: bool,  # noqa: FBT001 # a parameter of the test
) -> None:
    """Twice is as wrong as never."""
    async with linked.begin() as session:
        await told(session, "eins")
        number = await fails(session, uncertain=uncertain)
    after = HOUR if uncertain else HOUR + timedelta(seconds=1)
    assert await gone_over(linked, number, after=after) == {"eins": "telegram"}


async def test_who_can_not_be_reached_there_either_waits(linked: Database) -> None:
    """The message comes when the network is back."""
    async with linked.begin() as session:
        await told(session, "eins")
        number = await fails(session)
        await chats.mark_left(
            session, channel=THERE.channel, chat=THERE.chat, reason="gone", now=START
        )
    assert await gone_over(linked, number) == {"eins": "telegram"}
