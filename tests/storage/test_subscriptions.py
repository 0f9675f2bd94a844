from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select

from bot.messages import Address, Chat, ChatKind, Identity, Sender
from bot.storage import audiences, chats, consents, deliveries, members, subscriptions, topics
from bot.storage.audiences import Posting
from bot.storage.engine import Database
from bot.storage.models import ChatRow, ChatSettings, Consent, Field, Subscription
from tests.fakes import START
from tests.storage.rows import ROOM, addresses, put, states

SHIPPED = (("deadlines", "Fristen", "Deadlines"), ("news", "Neues", "News"))
NEW = Address("fake", "new")
MANY = 10_000


@pytest.fixture
async def topic(database: Database) -> int:
    """The first of two topics."""
    async with database.begin() as session:
        await topics.ship(session, shipped=SHIPPED, now=START)
        return min([one.id for one in await topics.offered(session)])


async def subscribed(
    database: Database,
    topic: int,
    address: Address = ROOM,
    *,
    laender: Collection[str] = (),
    staffeln: Collection[str] = (),
    now: datetime = START,
) -> None:
    """Subscribe a chat, with the record of its consent."""
    async with database.begin() as session:
        chat = await chats.note(session, chat=Chat(address, ChatKind.ROOM), now=now)
        await subscriptions.settings(session, chat_id=chat.id)
        row, _ = await subscriptions.subscribe(
            session, chat_id=chat.id, topic_id=topic, thread=address.thread, now=now
        )
        for field, values in ((Field.LAND, laender), (Field.STAFFEL, staffeln)):
            await subscriptions.narrow(
                session, subscription_ids=[row.id], field=field, values=values
            )
        await consents.add(
            session, address=address, topic_id=topic, member_id=None, words="/abo", now=now
        )


async def audience(
    database: Database,
    *topic_ids: int,
    laender: Collection[str] = (),
    staffeln: Collection[str] = (),
) -> list[str]:
    """Return the addresses that hear about *topic_ids*."""
    query = audiences.subscribers(topic_ids=topic_ids, laender=laender, staffeln=staffeln)
    async with database.begin() as session:
        found = await addresses(session, query)
    return sorted(str(address) for address in found)


async def record(database: Database) -> Sequence[tuple[str, bool, str]]:
    """Return the record of consent: where, whether given, by which words."""
    async with database.begin() as session:
        rows = await session.scalars(select(Consent).order_by(Consent.id))
        return [(row.chat, row.given, row.words) for row in rows]


async def test_topics_are_shipped_once(database: Database, topic: int) -> None:
    """What admins retired does not come back at the next start."""
    async with database.begin() as session:
        for one in await topics.offered(session):
            one.retired_at = START
    async with database.begin() as session:
        await topics.ship(session, shipped=SHIPPED, now=START)
        assert await topics.offered(session) == []
        assert await topics.find(session, id=topic) is None


async def test_an_audience_hears_what_it_is_narrowed_to(database: Database, topic: int) -> None:
    """What matters nowhere in particular reaches everybody, each address once."""
    await subscribed(database, topic, Address("fake", "all"))
    await subscribed(database, topic, Address("fake", "sn"), laender=["SN", "TH"])
    await subscribed(
        database, topic, Address("fake", "by", "7"), laender=["BY"], staffeln=["2020"]
    )
    await subscribed(database, topic + 1, Address("fake", "sn"))
    assert await audience(database, topic) == ["fake:all", "fake:by:7", "fake:sn"]
    assert await audience(database, topic, topic + 1) == ["fake:all", "fake:by:7", "fake:sn"]
    assert await audience(database, topic, laender=["SN"]) == ["fake:all", "fake:sn"]
    assert await audience(database, topic, laender=["BY"], staffeln=["2019"]) == ["fake:all"]
    assert await audience(database, topic, staffeln=["2020"]) == [
        "fake:all", "fake:by:7", "fake:sn",
    ]  # fmt: skip
    assert await audience(database, topic + 1) == ["fake:sn"]
    assert await audience(database) == []


async def test_leaving_ends_subscriptions_and_records_why(database: Database, topic: int) -> None:
    """The others stay; leaving twice is recorded once."""
    await subscribed(database, topic)
    await subscribed(database, topic, NEW)
    for _ in range(2):
        async with database.begin() as session:
            await chats.leave(session, channel="fake", chat="room", reason="kicked", now=START)
    assert await audience(database, topic) == ["fake:new"]
    assert await record(database) == [
        ("room", True, "/abo"), ("new", True, "/abo"), ("room", False, "kicked"),
    ]  # fmt: skip


async def test_a_retired_topic_ends_for_everybody(database: Database, topic: int) -> None:
    """Each chat has its end recorded."""
    await subscribed(database, topic)
    await subscribed(database, topic, NEW)
    await subscribed(database, topic + 1, NEW)
    async with database.begin() as session:
        assert await subscriptions.count(session, topic_id=topic) == 2
        ended = await subscriptions.end(session, topic_id=topic, words="retired", now=START)
    assert ended == 2
    assert await audience(database, topic, topic + 1) == ["fake:new"]
    assert len(await record(database)) == 5


@pytest.mark.parametrize("known", [False, True])
async def test_a_move_carries_everything_over(
    database: Database, topic: int, *, known: bool
) -> None:
    """Filters, settings and the record; a thread belongs to the old chat."""
    await subscribed(database, topic, Address("fake", "room", "7"), laender=["SN"])
    async with database.begin() as session:
        row = await session.scalar(select(ChatSettings))
        assert row is not None
        row.leads = "3b"
        if known:
            await chats.note(session, chat=Chat(NEW, ChatKind.ROOM), now=START)
    async with database.begin() as session:
        await chats.move(session, channel="fake", chat="room", to="new")
    assert await audience(database, topic, laender=["SN"]) == ["fake:new"]
    assert await audience(database, topic, laender=["BY"]) == []
    assert await record(database) == [("new", True, "/abo")]
    async with database.begin() as session:
        assert [one.leads for one in await session.scalars(select(ChatSettings))] == ["3b"]


async def test_a_move_to_a_subscribed_chat_keeps_what_is_there(
    database: Database, topic: int
) -> None:
    """Nothing is doubled, and the new chat's own filters count."""
    await subscribed(database, topic, laender=["SN"])
    await subscribed(database, topic + 1)
    await subscribed(database, topic, NEW, laender=["BY"])
    async with database.begin() as session:
        await chats.move(session, channel="fake", chat="room", to="new")
        assert len((await session.scalars(select(Subscription))).all()) == 2
    assert await audience(database, topic, laender=["BY"]) == ["fake:new"]
    assert await audience(database, topic, laender=["SN"]) == []
    assert await audience(database, topic + 1) == ["fake:new"]


async def test_what_waits_is_withdrawn_but_for_answers(database: Database) -> None:
    """Stopping also stops what was on its way."""
    await put(database, "answer")
    await put(database, "news", priority=20)
    await put(database, "elsewhere", priority=20, address=NEW)
    async with database.begin() as session:
        await subscriptions.withdraw_waiting(
            session, channel="fake", chat="room", above=0, now=START
        )
    assert await states(database) == {"answer": "waiting", "news": "gone", "elsewhere": "waiting"}


async def test_the_record_is_forgotten_some_time_after_the_end(
    database: Database, topic: int
) -> None:
    """Consent that still counts can always be proven, however old it is."""
    await subscribed(database, topic)
    await subscribed(database, topic, NEW)
    async with database.begin() as session:
        await subscriptions.end(session, channel="fake", chat="new", words="stop", now=START)
        assert await consents.forget(session, before=START) == 0
        assert await consents.forget(session, before=START + timedelta(seconds=1)) == 2
    assert await record(database) == [("room", True, "/abo")]


async def test_an_audience_of_ten_thousand_is_one_select(database: Database, topic: int) -> None:
    """It can be inserted from without any row leaving the database."""
    async with database.begin() as session:
        await session.execute(insert(ChatRow), [_chat(number) for number in range(MANY)])
        ids = (await session.scalars(select(ChatRow.id).order_by(ChatRow.id))).all()
        rows = [{"chat_id": one, "topic_id": topic, "since": START} for one in ids]
        await session.execute(insert(Subscription), rows)
        numbers = (await session.scalars(select(Subscription.id))).all()
        for land, part in (("SN", numbers[: MANY // 4]), ("BY", numbers[MANY // 4 : MANY // 2])):
            await subscriptions.narrow(
                session, subscription_ids=part, field=Field.LAND, values=[land]
            )
    query = audiences.subscribers(topic_ids=[topic], laender=["SN"])
    async with database.begin() as session:
        (profile,) = await audiences.profiles(session, audience=query)
        assert profile.count == MANY * 3 // 4
        body = await deliveries.add_body(session, content={}, now=START)
        posting = Posting("news", [body], "news", 20, notify=True, due_at=START, now=START)
        for expected in (MANY * 3 // 4, 0):
            assert expected == await audiences.post(
                session, audience=query, profile=profile, posting=posting
            )


def _chat(number: int) -> dict[str, object]:
    return {
        "channel": "fake", "chat": f"c{number}", "kind": "direct", "title": "",
        "ambient": False, "joined_at": START,
    }  # fmt: skip


async def test_what_a_member_wants_to_hear_of_is_that_of_their_direct_chats(
    database: Database, topic: int
) -> None:
    """On all networks together; rooms, and the chats of others, are not theirs."""
    people = {}
    for user in ("anna", "bert"):
        async with database.begin() as session:
            sender = Sender(Identity("fake", user), user.title())
            people[user] = (await members.note(session, sender=sender, now=START))[0].id
    chosen: tuple[tuple[Address, str, str, list[str]], ...] = (
        (Address("fake", "anna"), "anna", "SN", ["2019"]),
        (Address("other", "anna"), "anna", "TH SN", ["2019"]),
        (Address("fake", "bert"), "bert", "", ["2021"]),
        (ROOM, "", "BY", ["2020"]),
    )
    for address, user, laender, staffeln in chosen:
        await subscribed(database, topic, address, staffeln=staffeln)
        async with database.begin() as session:
            row = await chats.find(session, channel=address.channel, chat=address.chat)
            assert row
            row.member_id = people.get(user)
            (await subscriptions.settings(session, chat_id=row.id)).laender = laender
    async with database.begin() as session:
        anna = await subscriptions.wanted_by(session, member_id=people["anna"])
        assert anna == ({"SN", "TH"}, {"2019"})
        assert await subscriptions.wanted_by(session, member_id=people["bert"]) == (
            set(),
            {"2021"},
        )
