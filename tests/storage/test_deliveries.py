import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from bot.messages import Address, MessageId
from bot.storage import claims, deliveries
from bot.storage.due import next_due
from bot.storage.engine import Database
from bot.storage.models import Action, Body, DeliveryState
from tests.fakes import START
from tests.storage.rows import (
    LEASE,
    ROOM,
    claim,
    claimed_keys,
    delivery,
    edit,
    finish,
    put,
    send,
    states,
)

MINUTE = timedelta(minutes=1)


def room(name: str) -> Address:
    return Address("fake", name)


async def test_a_key_enters_the_outbox_only_once(database: Database) -> None:
    """Whatever is repeated, a message is sent once."""
    assert await put(database, "a", words="first")
    assert not await put(database, "a", words="second", address=room("elsewhere"))
    (row,) = await claim(database)
    assert (row.content, row.address) == ({"words": "first"}, ROOM)


async def test_a_claim_gives_everything_that_a_send_needs(database: Database) -> None:
    """The relay asks the database once, not once more for each message."""
    thread = Address("fake", "room", "topic")
    async with database.begin() as session:
        body = await deliveries.add_body(session, content={"words": "hello"}, now=START)
        await deliveries.add(
            session,
            key="a",
            address=thread,
            action=Action.EDIT,
            body_id=body,
            priority=10,
            due_at=START,
            now=START,
            target=MessageId("m1"),
            reply_to=MessageId("q1"),
            notify=True,
        )
    (row,) = await claim(database)
    assert (row.key, row.address, row.action, row.content) == (
        "a", thread, Action.EDIT, {"words": "hello"},
    )  # fmt: skip
    assert (row.target, row.reply_to, row.notify, row.attempts) == ("m1", "q1", True, 0)
    assert row.created_at == START


async def test_a_deletion_needs_no_body(database: Database) -> None:
    """There is nothing to say any more."""
    async with database.begin() as session:
        await deliveries.add(
            session,
            key="a",
            address=ROOM,
            action=Action.DELETE,
            body_id=None,
            priority=0,
            due_at=START,
            now=START,
            target=MessageId("m1"),
        )
    (row,) = await claim(database)
    assert (row.action, row.content, row.target) == (Action.DELETE, None, "m1")


async def test_replies_go_before_broadcasts_and_early_before_late(database: Database) -> None:
    """First by priority, then by when it fell due, then by when it was put in."""
    for key, priority, due in [
        ("broadcast", 20, -3), ("late", 0, 0), ("early", 0, -2), ("late too", 0, 0),
    ]:  # fmt: skip
        await put(database, key, address=room(key), priority=priority, due_in=due * MINUTE)
    assert await claimed_keys(database, limit=3) == ["early", "late", "late too"]
    assert await claimed_keys(database) == ["broadcast"]


async def test_nothing_is_claimed_before_it_is_due(database: Database) -> None:
    """A reminder waits for its moment and then goes at once."""
    await put(database, "later", due_in=MINUTE)
    assert await claimed_keys(database, now=START + MINUTE - timedelta(microseconds=1)) == []
    async with database.begin() as session:
        due = await next_due(session, channel="fake", chat=None)
        assert due == START + MINUTE
        assert await next_due(session, channel="other", chat=None) is None
        assert await next_due(session, channel="fake", chat="other") is None
    assert await claimed_keys(database, now=START + MINUTE) == ["later"]


async def test_what_stands_in_a_line_is_not_looked_for_before_its_first(
    database: Database,
) -> None:
    """However long it has been due: nobody asks again and again for what can't go."""
    await put(database, "first", due_in=MINUTE)
    await put(database, "second")
    async with database.begin() as session:
        due = await next_due(session, channel="fake", chat=None, now=START)
    assert due == START + MINUTE


async def test_other_channels_and_chats_are_left_alone(database: Database) -> None:
    """A relay serves its own channel, and in a terminal its own person."""
    await put(database, "other channel", address=Address("other", "room"))
    await put(database, "other chat", address=room("b"))
    await put(database, "mine")
    async with database.begin() as session:
        rows = await claims.claim_due(
            session,
            channel="fake",
            chat="room",
            owner="one",
            now=START,
            until=START + LEASE,
            limit=9,
        )
        assert [row.key for row in rows] == ["mine"]
        assert await deliveries.count_by_state(session) == {
            ("fake", "sending"): 1,
            ("fake", "waiting"): 1,
            ("other", "waiting"): 1,
        }


async def test_the_second_part_waits_for_the_first(database: Database) -> None:
    """Parts of one answer never overtake each other, not even while the first is retried."""
    for key in ("part 1", "part 2", "part 3"):
        await put(database, key)
    await put(database, "elsewhere", address=room("b"))
    first, _ = await claim(database)
    assert first.key == "part 1"
    assert await claim(database) == []

    async with database.begin() as session:
        due = START + MINUTE
        assert await claims.postpone(
            session, id=first.id, owner="one", due_at=due, error="busy", spend_attempt=True
        )
    assert await claimed_keys(database) == []
    (again,) = await claim(database, now=START + MINUTE)
    assert (again.key, again.attempts) == ("part 1", 1)
    await finish(database, again)
    assert await claimed_keys(database) == ["part 2"]


@pytest.mark.parametrize(
    "state", [DeliveryState.REJECTED, DeliveryState.GONE, DeliveryState.DEAD, DeliveryState.SENT]
)
async def test_the_line_goes_on_however_its_first_ended(
    database: Database, state: DeliveryState
) -> None:
    """One message that can't be delivered does not silence a chat."""
    await put(database, "first")
    await put(database, "second")
    (row,) = await claim(database)
    await finish(database, row, state=state)
    assert await claimed_keys(database) == ["second"]


async def test_a_reply_does_not_wait_for_a_broadcast_to_the_same_chat(database: Database) -> None:
    """The order is kept within a priority; across them the reply may overtake."""
    await put(database, "broadcast", priority=20)
    await put(database, "reply")
    assert await claimed_keys(database) == ["reply", "broadcast"]


async def test_a_claim_is_left_alone_until_it_runs_out(database: Database) -> None:
    """Then its owner is taken for dead, and another sends the message again."""
    await put(database, "a")
    await claim(database, owner="one")
    assert await claimed_keys(database, owner="two", now=START + LEASE) == []
    late = START + LEASE + timedelta(microseconds=1)
    assert await claimed_keys(database, owner="two", now=late) == ["a"]


async def test_a_former_owner_changes_nothing(database: Database) -> None:
    """Who was too slow can't overwrite what the next one is doing."""
    await put(database, "a")
    (row,) = await claim(database, owner="one")
    late = START + 2 * LEASE
    await claim(database, owner="two", now=late)

    assert not await finish(database, row, owner="one", message="wrong")
    async with database.begin() as session:
        assert not await claims.postpone(
            session, id=row.id, owner="one", due_at=late, error="wrong", spend_attempt=True
        )
    kept = await delivery(database, "a")
    assert (kept.state, kept.claimed_by, kept.message, kept.error, kept.attempts) == (
        "sending", "two", None, None, 0,
    )  # fmt: skip
    assert await finish(database, row, owner="two", message="right")
    assert not await finish(database, row, owner="two", message="again")
    assert (await delivery(database, "a")).message == "right"


async def test_the_end_of_a_delivery_is_recorded_whole(database: Database) -> None:
    """State, time, the network's id and the number of attempts; the claim is gone."""
    await put(database, "a")
    (row,) = await claim(database)
    await finish(database, row, message="m7")
    kept = await delivery(database, "a")
    assert (kept.state, kept.done_at, kept.message, kept.attempts) == ("sent", START, "m7", 1)
    assert (kept.claimed_by, kept.claimed_until) == (None, None)


async def test_a_wait_that_the_network_asked_for_spends_no_attempt(database: Database) -> None:
    """A flood is not the message's fault."""
    await put(database, "a")
    (row,) = await claim(database)
    async with database.begin() as session:
        await claims.postpone(
            session, id=row.id, owner="one", due_at=START, error="flood", spend_attempt=False
        )
    (again,) = await claim(database)
    assert again.attempts == 0


async def test_a_restarted_process_takes_up_its_own_claims_at_once(database: Database) -> None:
    """It need not wait for them to run out; those of others it leaves alone."""
    await put(database, "mine")
    await put(database, "mine elsewhere", address=Address("other", "room"))
    await claim(database, owner="one")
    await put(database, "theirs", address=room("b"))
    await claim(database, owner="two")

    async with database.begin() as session:
        assert await claims.release_claims(session, channel="fake", chat="b", owner="one") == 0
        assert await claims.release_claims(session, channel="fake", chat=None, owner="one") == 1
    assert await states(database) == {
        "mine": "waiting", "mine elsewhere": "waiting", "theirs": "sending",
    }  # fmt: skip
    assert await claimed_keys(database, owner="one") == ["mine"]


async def test_several_relays_never_claim_the_same_row(migrated_url: str) -> None:
    """Each message of a broadcast is sent by one process, and none is left over."""
    hubs = [Database(migrated_url) for _ in range(3)]
    keys = [f"to {number}" for number in range(30)]
    async with hubs[0].begin() as session:
        body = await deliveries.add_body(session, content={}, now=START)
        for key in keys:
            await deliveries.add(
                session,
                key=key,
                address=room(key),
                action=Action.SEND,
                body_id=body,
                priority=20,
                due_at=START,
                now=START,
            )

    async def work(hub: Database, owner: str) -> list[str]:
        taken: list[str] = []
        misses = 0
        while misses < 3:
            some = await claimed_keys(hub, owner=owner, limit=2)
            taken += some
            misses += not some
        return taken

    async with asyncio.TaskGroup() as tasks:
        workers = [
            tasks.create_task(work(hub, f"owner {number}")) for number, hub in enumerate(hubs)
        ]
    taken = [key for worker in workers for key in worker.result()]
    assert sorted(taken) == sorted(keys)
    for hub in hubs:
        await hub.close()


async def test_on_postgresql_relays_claim_beside_each_other(migrated_postgres: str) -> None:
    """While one has not committed yet, another gets the next rows at once, but no second part."""
    first, second = Database(migrated_postgres), Database(migrated_postgres)
    await put(first, "part 1")
    await put(first, "part 2")
    await put(first, "elsewhere", address=room("b"))
    async with first.begin() as session:
        rows = await claims.claim_due(
            session,
            channel="fake",
            chat=None,
            owner="one",
            now=START,
            until=START + LEASE,
            limit=1,
        )
        assert [row.key for row in rows] == ["part 1"]
        async with asyncio.timeout(5):
            assert await claimed_keys(second, owner="two") == ["elsewhere"]
    assert await claimed_keys(second, owner="two") == []
    await first.close()
    await second.close()


async def shown(database: Database, message: str, address: Address = ROOM) -> object:
    async with database.begin() as session:
        return await deliveries.body_of(session, address=address, message=MessageId(message))


async def test_a_message_shows_its_newest_edit(database: Database) -> None:
    """The number of a button means what the member sees, not what was sent first."""
    await send(database, "sent", "m1", words="first")
    assert await shown(database, "m1") == {"words": "first"}
    row = await edit(database, "edited", "m1", words="second")
    await finish(database, row, message="m1")
    assert await shown(database, "m1") == {"words": "second"}


async def test_an_edit_that_was_refused_does_not_count(database: Database) -> None:
    """The member still sees what was there before."""
    await send(database, "sent", "m1", words="first")
    row = await edit(database, "edited", "m1", words="second")
    await finish(database, row, state=DeliveryState.REJECTED, message=None)
    assert await shown(database, "m1") == {"words": "first"}


async def test_what_others_wrote_shows_no_body_of_ours(database: Database) -> None:
    """The same id in another chat is another message."""
    await send(database, "sent", "m1")
    assert await shown(database, "m2") is None
    assert await shown(database, "m1", room("b")) is None
    assert await shown(database, "m1", Address("other", "room")) is None


async def test_the_newest_message_is_of_its_own_thread(database: Database) -> None:
    """Edits and what never arrived are no messages."""
    await send(database, "1", "m1")
    await send(database, "2", "m2")
    row = await edit(database, "3", "m1", words="edited")
    await finish(database, row, message="m1")
    await put(database, "4", address=Address("fake", "room", "topic"))
    (row,) = await claim(database)
    await finish(database, row, message="m4")
    await put(database, "5")
    async with database.begin() as session:
        assert await deliveries.last_message(session, address=ROOM) == "m2"
        topic = Address("fake", "room", "topic")
        assert await deliveries.last_message(session, address=topic) == "m4"
        assert await deliveries.last_message(session, address=room("b")) is None


async def test_forgetting_deletes_what_ended_and_bodies_that_nothing_needs(
    database: Database,
) -> None:
    """What still waits keeps its words, however old it is."""
    await send(database, "done", "m1")
    async with database.begin() as session:
        shared = await deliveries.add_body(session, content={"words": "shared"}, now=START)
        for key, due in [("shared done", timedelta(0)), ("shared later", timedelta(days=90))]:
            await deliveries.add(
                session,
                key=key,
                address=room(key),
                action=Action.SEND,
                body_id=shared,
                priority=0,
                due_at=START + due,
                now=START,
            )
    (row,) = await claim(database)
    await finish(database, row)

    async with database.begin() as session:
        assert await deliveries.forget_done(session, before=START) == 0
        assert await deliveries.forget_done(session, before=START + MINUTE) == 2

    assert await states(database) == {"shared later": "waiting"}
    async with database.begin() as session:
        bodies = (await session.scalars(select(Body.content))).all()
    assert bodies == [{"words": "shared"}]


async def test_deliveries_are_counted_by_channel_and_state(database: Database) -> None:
    """The operator sees what waits and what failed."""
    await send(database, "a", "m1")
    await put(database, "b")
    await put(database, "c", address=Address("other", "room"))
    async with database.begin() as session:
        assert await deliveries.count_by_state(session) == {
            ("fake", "sent"): 1,
            ("fake", "waiting"): 1,
            ("other", "waiting"): 1,
        }


async def test_claiming_and_looking_ahead_read_open_deliveries_only(migrated_sqlite: str) -> None:
    """What was sent in the last thirty days costs no time."""
    database, statements = Database(migrated_sqlite), list[tuple[str, object]]()

    @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
    def note(_: object, __: object, statement: str, parameters: object, *___: object) -> None:
        statements.append((statement, parameters))

    await claim(database)
    async with database.begin() as session:
        await next_due(session, channel="fake", chat=None)
        await next_due(session, channel="fake", chat=None, now=START)
    read = [one for one in statements if "FROM deliveries" in one[0]]
    async with database.begin() as session:
        connection = await session.connection()
        plans = [
            str((await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)).all())  # type: ignore[arg-type] # as they came
            for sql, values in read
        ]
    await database.close()
    assert len(plans) == 3
    assert all("ix_deliveries_open" in plan for plan in plans)
    assert not any("SCAN deliveries" in plan for plan in plans)
