"""Addresses of calendars, and that a calendar holds exactly what its chat is told of."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from bot.events.event import Event, Kind
from bot.messages import Address, Chat, ChatKind
from bot.services import reminders, topics
from bot.services.calendar_contents import selection
from bot.storage import audiences, calendars, chats, events, subscriptions
from bot.storage.engine import Database, Session
from bot.storage.models import CalendarFeed, EventRow, EventWish, Field, Subscription
from bot.text.moments import Moment
from tests.fakes import START

LATER = START + timedelta(days=1)


async def chat(session: Session, name: str = "anna") -> int:
    where = Chat(Address("fake", name), ChatKind.DIRECT)
    return (await chats.note(session, chat=where, now=START)).id


async def add(session: Session, chat_id: int, name: str) -> CalendarFeed:
    return await calendars.add(
        session, chat_id=chat_id, token_hash=name, member_id=None, now=START
    )


async def test_a_chat_has_one_address_that_holds(database: Database) -> None:
    """A new one takes the place of the old one, which is still known."""
    async with database.begin() as session:
        number = await chat(session)
        await add(session, number, "old")
        await add(session, number, "new")
    async with database.begin() as session:
        held = await calendars.of_chat(session, chat_id=number)
        old = await calendars.find(session, token_hash="old")
        assert held is not None
        assert old is not None
        assert (held.token_hash, old.revoked_at) == ("new", START)


async def test_the_database_refuses_a_second_one(database: Database) -> None:
    """Whoever wrote it there."""
    async with database.begin() as session:
        number = await chat(session)
        await add(session, number, "one")
    with pytest.raises(IntegrityError):
        async with database.begin() as session:
            session.add(CalendarFeed(chat_id=number, token_hash="two", created_at=START))


async def test_the_day_of_reading_is_written_once_a_day(database: Database) -> None:
    """However often somebody asks, and also if a clock is set back."""
    async with database.begin() as session:
        feed = await add(session, await chat(session), "one")
    for today in (START, LATER, START):
        async with database.begin() as session:
            await calendars.use(session, feed_id=feed.id, today=today)
    async with database.begin() as session:
        assert (await session.get_one(CalendarFeed, feed.id)).last_used_at == LATER


@pytest.mark.parametrize(("own", "held"), [(False, "old"), (True, "new")])
async def test_a_chat_that_moves_takes_its_address_along(
    database: Database, *, own: bool, held: str
) -> None:
    """Unless the new chat has one of its own, which people there have seen."""
    async with database.begin() as session:
        old, new = await chat(session, "old"), await chat(session, "new")
        await add(session, old, "old")
        if own:
            await add(session, new, "new")
    async with database.begin() as session:
        await chats.move(session, channel="fake", chat="old", to="new")
    async with database.begin() as session:
        found = await calendars.of_chat(session, chat_id=new)
        assert found is not None
        assert found.token_hash == held
        assert await session.scalar(select(func.count()).select_from(CalendarFeed)) == 1 + own


async def test_revoked_addresses_are_forgotten_after_a_while(database: Database) -> None:
    """Those that hold are not."""
    async with database.begin() as session:
        number = await chat(session)
        await add(session, number, "old")
        await add(session, number, "new")
        assert await calendars.forget(session, before=START) == 0
        assert await calendars.forget(session, before=LATER) == 1
        assert await calendars.find(session, token_hash="old") is None
        assert await calendars.find(session, token_hash="new") is not None


LAENDER = ["SN", "BY", "NW"]
STAFFELN = ["2019", "2020", "2021"]
EVENT = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(Kind),
        "topic": st.sampled_from(["", "conferences", "deadlines", "Netzwerk-Nachrichten", "no"]),
        "laender": st.lists(st.sampled_from(LAENDER), max_size=2, unique=True),
        "staffeln": st.lists(st.sampled_from([2019, 2020, 2021]), max_size=2, unique=True),
    }
)
SUBSCRIPTION = st.fixed_dictionaries(
    {
        Field.LAND: st.lists(st.sampled_from(LAENDER), max_size=2, unique=True),
        Field.STAFFEL: st.lists(st.sampled_from(STAFFELN), max_size=2, unique=True),
        Field.KIND: st.lists(
            st.sampled_from(["deadline", "event", "news"]), max_size=2, unique=True
        ),
    }
)


async def _wanting(session: Session, number: int, wanted: dict[int, Any]) -> None:
    for topic_id, narrowed in wanted.items():
        row, _ = await subscriptions.subscribe(
            session, chat_id=number, topic_id=topic_id, thread=None, now=START
        )
        for field, values in narrowed.items():
            await subscriptions.narrow(
                session, subscription_ids=[row.id], field=field, values=values
            )


async def _kept(session: Session, uid: int, fields: dict[str, Any]) -> tuple[EventRow, Event]:
    if "topic" in fields:
        fields = fields | {"topic": fields["topic"].lower()}
    event = Event(uid=str(uid), title="x", start=Moment(day=START.date()), **fields)
    row = await events.add(
        session,
        uid=event.uid,
        kind=event.kind.value,
        content=event.model_dump(mode="json"),
        begins_at=START,
        over_at=LATER,
        imported=None,
        now=START,
    )
    return row, event


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    found=st.lists(EVENT, min_size=1, max_size=4),
    wanted=st.dictionaries(st.integers(1, 4), SUBSCRIPTION, max_size=3),
    wishes=st.lists(st.sampled_from([None, True, False]), min_size=4, max_size=4),
)
async def test_an_event_is_in_the_calendar_of_those_who_are_told_of_it(
    sqlite: Database,
    found: list[dict[str, Any]],
    wanted: dict[int, Any],
    wishes: list[bool | None],
) -> None:
    """And of nobody else: both ways of asking give the same answer."""
    async with sqlite.begin() as session:
        for table in (EventWish, EventRow, Subscription):
            await session.execute(delete(table))
        await topics.ship(session, now=START)
        number, other = await chat(session), await chat(session, "bert")
        await _wanting(session, number, wanted)
        rows = [await _kept(session, uid, fields) for uid, fields in enumerate(found)]
        for (row, _), wish in zip(rows, wishes, strict=False):
            await events.wish(
                session, event_id=row.id, chat_id=number, thread=None, wanted=wish, now=START
            )
        chosen = await selection(session, chat_id=number)
        for row, event in rows:
            audience = await reminders.audience_of(session, event=event, number=row.id)
            told = await audiences.holds(session, audience=audience, chat_id=number)
            assert chosen.takes(event, row.id) == told
        nothing = await selection(session, chat_id=other)
        assert not any(nothing.takes(event, row.id) for row, event in rows)


async def test_what_changes_with_any_event_changes(database: Database) -> None:
    """So that a calendar is written anew, and only then."""
    async with database.begin() as session:
        row, _ = await _kept(session, 1, {})
        first = await calendars.state_of_events(session)
        assert first == await calendars.state_of_events(session)
        await events.change(
            session, row, kind="event", content=row.content, begins_at=START, over_at=None,
            now=datetime(2027, 1, 15, 9, tzinfo=UTC),
        )  # fmt: skip
        second = await calendars.state_of_events(session)
        await _kept(session, 2, {})
        assert len({first, second, await calendars.state_of_events(session)}) == 3
