"""Whom something goes to, and what they get, on both databases."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from bot.messages import Address, Chat, ChatKind
from bot.storage import audiences, chats, deliveries, events, subscriptions, topics
from bot.storage.audiences import Audience, Posting
from bot.storage.engine import Database, Session
from bot.storage.models import Body, ChatSettings, Delivery, DigestItem
from tests.fakes import START
from tests.storage.rows import addresses

SHIPPED = (("deadlines", "Fristen", "Deadlines"), ("news", "Neues", "News"))
HOUR = timedelta(hours=1)


@pytest.fixture
async def topic(database: Database) -> int:
    """The first of two topics."""
    async with database.begin() as session:
        await topics.ship(session, shipped=SHIPPED, now=START)
        return min(one.id for one in await topics.offered(session))


async def chat(
    session: Session, name: str, *topic_ids: int, thread: str | None = None, channel: str = "fake"
) -> int:
    """Make a chat without settings that has subscribed to topics; return its row's id."""
    address = Address(channel, name)
    row = await chats.note(session, chat=Chat(address, ChatKind.ROOM), now=START)
    for topic_id in topic_ids:
        await subscriptions.subscribe(
            session, chat_id=row.id, topic_id=topic_id, thread=thread, now=START
        )
    return row.id


async def event(session: Session, uid: str = "a") -> int:
    """Make an event; return its number."""
    row = await events.add(
        session,
        uid=uid,
        kind="event",
        content={},
        begins_at=START,
        over_at=None,
        imported=None,
        now=START,
    )
    return row.id


async def wish(session: Session, event_id: int, chat_id: int, *, wanted: bool) -> None:
    await events.wish(
        session, event_id=event_id, chat_id=chat_id, thread="9", wanted=wanted, now=START
    )


async def posting(session: Session, *words: str, key: str = "news:1") -> Posting:
    """Make a notice of so many parts."""
    bodies = [
        await deliveries.add_body(session, content={"words": one}, now=START) for one in words
    ]
    return Posting(key, bodies, "news", 20, notify=True, due_at=START + HOUR, now=START)


async def found(session: Session, audience: Audience) -> list[str]:
    return sorted(str(one) for one in await addresses(session, audience))


async def sent(session: Session) -> Sequence[tuple[str, str | None, int, bool, str]]:
    """Return the deliveries in their order: key, thread, part, whether it rings, words."""
    query = select(Delivery, Body.content).join(Body, Body.id == Delivery.body_id)
    rows = await session.execute(query.order_by(Delivery.id))
    return [(row.key, row.thread, row.part, row.notify, body["words"]) for row, body in rows]


async def test_an_audience_of_several_has_each_chat_once(database: Database, topic: int) -> None:
    """Whoever has subscribed to both and is named besides is told once."""
    async with database.begin() as session:
        both = await chat(session, "both", topic, topic + 1, thread="7")
        await chat(session, "one", topic)
        await chat(session, "none")
        whole = audiences.either(
            audiences.subscribers(topic_ids=[topic]),
            audiences.subscribers(topic_ids=[topic + 1]),
            audiences.named(chat_ids=[both]),
        )
        assert await found(session, whole) == ["fake:both:7", "fake:one"]
        assert await audiences.count(session, audience=whole) == {("fake", "room"): 2}


async def test_named_chats_are_reached_whatever_they_have_subscribed_to(
    database: Database, topic: int
) -> None:
    """In the forum topic that they chose; not if they are left, or on another network."""
    async with database.begin() as session:
        ids = [
            await chat(session, "none"),
            await chat(session, "forum", topic, thread="7"),
            await chat(session, "left", topic),
            await chat(session, "other", channel="matrix"),
        ]
        await chats.leave(session, channel="fake", chat="left", reason="kicked", now=START)
        everywhere = audiences.named(chat_ids=ids)
        assert await found(session, everywhere) == ["fake:forum:7", "fake:none", "matrix:other"]
        here = audiences.named(chat_ids=ids, channels=["fake"])
        assert await found(session, here) == ["fake:forum:7", "fake:none"]
        assert await found(session, audiences.named(chat_ids=[])) == []


async def test_a_network_is_all_of_the_hubs_accounts_there(database: Database, topic: int) -> None:
    """And no other network whose name begins alike."""
    async with database.begin() as session:
        for channel in ("telegram", "telegram.west", "telegraph", "matrix"):
            await chat(session, channel, topic, channel=channel)
        there = audiences.subscribers(topic_ids=[topic], channels=["telegram"])
        assert await found(session, there) == ["telegram.west:telegram.west", "telegram:telegram"]


async def test_wishes_for_one_event_add_to_the_subscriptions_and_take_away(
    database: Database, topic: int
) -> None:
    """Nobody is told who was left or said no; who wants it has it where they said so."""
    async with database.begin() as session:
        number, other = await event(session), await event(session, "b")
        muted, wanting, left = (
            await chat(session, "muted", topic, topic + 1),
            await chat(session, "wanting"),
            await chat(session, "left"),
        )
        await chat(session, "usual", topic)
        for one in (wanting, left):
            await wish(session, number, one, wanted=True)
        await wish(session, number, muted, wanted=False)
        await chats.leave(session, channel="fake", chat="left", reason="kicked", now=START)
        subscribed = audiences.subscribers(topic_ids=[topic])
        audience = audiences.of_event(subscribed, event_id=number)
        assert await found(session, audience) == ["fake:usual", "fake:wanting:9"]
        assert await audiences.holds(session, audience=audience, chat_id=wanting)
        assert not await audiences.holds(session, audience=audience, chat_id=muted)
        usual = audiences.of_event(subscribed, event_id=other)
        assert await found(session, usual) == ["fake:muted", "fake:usual"]
        everybody = await found(session, audiences.everybody())
        assert {"fake:muted", "fake:usual", "fake:wanting:9"} <= set(everybody)


async def test_a_chat_that_nobody_has_set_up_is_like_one_with_the_usual_settings(
    database: Database, topic: int
) -> None:
    """They share a profile, whose settings are those that a new row would have."""
    async with database.begin() as session:
        await chat(session, "bare", topic)
        await subscriptions.settings(session, chat_id=await chat(session, "usual", topic))
        audience = audiences.subscribers(topic_ids=[topic])
        (profile,) = await audiences.profiles(session, audience=audience)
        kept = await session.scalar(select(ChatSettings))
        assert kept is not None
        assert profile.count == 2
        assert (profile.channel, profile.language) == ("fake", None)
        for name, value in profile.values:
            assert value == getattr(kept, name), name
            assert getattr(profile.settings, name) == value
        notice = await posting(session, "hello")
        assert await audiences.post(
            session, audience=audience, profile=profile, posting=notice
        ) == 2  # fmt: skip


async def test_profiles_differ_by_whatever_is_chosen(database: Database, topic: int) -> None:
    """A notice for one profile goes to nobody of another, also where nothing is chosen."""
    async with database.begin() as session:
        ids = [await chat(session, name, topic) for name in ("a", "b", "c", "d", "e")]
        wanted: list[dict[str, object]] = [
            {},
            {"leads": "3b"},
            {"paused_until": START + HOUR},
            {"timezone": "Europe/Lisbon"},
            {"quiet": False},
        ]
        for chat_id, values in zip(ids, wanted, strict=True):
            row = await subscriptions.settings(session, chat_id=chat_id)
            for name, value in values.items():
                setattr(row, name, value)
        row_of_b = await chats.find(session, channel="fake", chat="b")
        assert row_of_b is not None
        row_of_b.language = "en"
    async with database.begin() as session:
        audience = audiences.subscribers(topic_ids=[topic])
        found = await audiences.profiles(session, audience=audience)
        assert len(found) == 5
        english = next(one for one in found if one.language == "en")
        assert english.settings.leads == "3b"
        paused = next(one for one in found if one.settings.paused_until)
        assert paused.settings.paused_until == START + HOUR
        for number, profile in enumerate(found):
            notice = await posting(session, "hello", key=f"news:{number}")
            assert await audiences.post(
                session, audience=audience, profile=profile, posting=notice
            ) == 1  # fmt: skip
        assert len({key.rpartition(":c")[2] for key, *_ in await sent(session)}) == 5


async def test_the_parts_of_a_long_notice_keep_their_order_and_ring_once(
    database: Database, topic: int
) -> None:
    """In the chat's forum topic; telling it again tells it to nobody twice."""
    async with database.begin() as session:
        one = await chat(session, "one", topic, thread="7")
        audience = audiences.subscribers(topic_ids=[topic])
        (profile,) = await audiences.profiles(session, audience=audience)
        notice = await posting(session, "first", "second", "third")
        for expected in (1, 0):
            assert expected == await audiences.post(
                session, audience=audience, profile=profile, posting=notice
            )
        assert await sent(session) == [
            (f"news:1:c{one}", "7", 0, True, "first"),
            (f"news:1:c{one}#2", "7", 1, False, "second"),
            (f"news:1:c{one}#3", "7", 2, False, "third"),
        ]


async def test_very_many_chats_are_told_by_several_statements_each_chat_once(
    database: Database, topic: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the planner is told for them, it is told for nothing else."""
    monkeypatch.setattr(audiences, "PORTION", 3)
    monkeypatch.setattr(audiences, "MANY", 2)
    async with database.begin() as session:
        rows = [await chat(session, f"chat{number}", topic) for number in range(7)]
        audience = audiences.subscribers(topic_ids=[topic])
        (profile,) = await audiences.profiles(session, audience=audience)
        notice = await posting(session, "first", "second")
        for expected in (7, 0):
            assert expected == await audiences.post(
                session, audience=audience, profile=profile, posting=notice
            )
        told = await sent(session)
        assert sorted(key for key, *_ in told) == sorted(
            key for row in rows for key in (f"news:1:c{row}", f"news:1:c{row}#2")
        )
        assert [part for _, _, part, *_ in told] == [0] * 7 + [1] * 7
        if database.dialect == "postgresql":
            assert await session.scalar(text("SHOW enable_nestloop")) == "on"


@pytest.mark.parametrize(("many", "is_large"), [(1, True), (2, True), (3, False)])
async def test_whether_an_audience_is_large_is_told_by_its_chats(
    database: Database,
    topic: int,
    monkeypatch: pytest.MonkeyPatch,
    many: int,
    is_large: bool,  # noqa: FBT001 # a parameter of the test
) -> None:
    """Not by how often each belongs to it: by two topics, and by an event."""
    monkeypatch.setattr(audiences, "MANY", many)
    async with database.begin() as session:
        other = max(one.id for one in await topics.offered(session))
        rows = [await chat(session, name, topic, other) for name in ("one", "two")]
        number = await event(session)
        for row in rows:
            await wish(session, number, row, wanted=True)
        assert await audiences._is_large(session, audiences.everybody()) is is_large
        subscribed = audiences.subscribers(topic_ids=None)
        of_event = audiences.of_event(subscribed, event_id=number)
        for audience in (subscribed, of_event, audiences.bridged(of_event, topic_ids=[topic])):
            assert await audiences._is_large(session, audience) is is_large


async def test_a_notice_says_when_it_may_be_sent_and_until_when(
    database: Database, topic: int
) -> None:
    """Both databases keep the instants as they are."""
    async with database.begin() as session:
        await chat(session, "one", topic)
        audience = audiences.subscribers(topic_ids=[topic])
        (profile,) = await audiences.profiles(session, audience=audience)
        notice = await posting(session, "hello")
        held = replace(notice, held_until=START + HOUR, expires_at=START + 2 * HOUR)
        await audiences.post(session, audience=audience, profile=profile, posting=held)
    async with database.begin() as session:
        (row,) = await session.scalars(select(Delivery))
        assert (row.due_at, row.held_until, row.expires_at, row.created_at) == (
            START + HOUR, START + HOUR, START + 2 * HOUR, START,
        )  # fmt: skip
        assert (row.state, row.action, row.priority, row.source) == ("waiting", "send", 20, "news")


async def test_what_is_collected_is_not_told_at_once_as_well(
    database: Database, topic: int
) -> None:
    """Nor the other way round; who has neither gets it."""
    async with database.begin() as session:
        await chat(session, "one", topic)
        first = audiences.subscribers(topic_ids=[topic])
        (profile,) = await audiences.profiles(session, audience=first)
        collected, told = (
            await posting(session, "a", "b", key="news:1"),
            await posting(session, "c", key="news:2"),
        )
        single = replace(collected, bodies=collected.bodies[:1])
        for spread, notice, expected in (
            (audiences.collect, single, 1),
            (audiences.post, collected, 0),
            (audiences.post, told, 1),
            (audiences.collect, told, 0),
        ):
            assert expected == await spread(
                session, audience=first, profile=profile, posting=notice
            )
        assert [words for *_, words in await sent(session)] == ["c"]
        await chat(session, "two", topic)
        assert (
            await audiences.post(session, audience=first, profile=profile, posting=collected) == 1
        )
        assert [words for *_, words in await sent(session)] == ["c", "a", "b"]


async def test_what_is_collected_is_kept_once_for_each_chat(
    database: Database, topic: int
) -> None:
    """And only new chats get it when it is told again."""
    async with database.begin() as session:
        await chat(session, "one", topic, thread="7")
        audience = audiences.subscribers(topic_ids=[topic])
        (profile,) = await audiences.profiles(session, audience=audience)
        notice = await posting(session, "hello")
        for expected in (1, 0):
            assert expected == await audiences.collect(
                session, audience=audience, profile=profile, posting=notice
            )
        await chat(session, "two", topic)
        assert (
            await audiences.collect(session, audience=audience, profile=profile, posting=notice)
            == 1
        )
    async with database.begin() as session:
        first, second = await session.scalars(select(DigestItem).order_by(DigestItem.id))
        assert (first.thread, first.slot_at, first.source) == ("7", START + HOUR, "news")
        assert (second.thread, second.digest, second.withdrawn) == (None, None, False)
