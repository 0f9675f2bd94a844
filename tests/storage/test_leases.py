import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.errors import LeaseLostError
from bot.storage import claims, cursors, leases
from bot.storage.engine import Database, Session
from bot.storage.models import Cursor, Delivery, DeliveryState
from bot.storage.process_models import Lease, ProcessRow
from bot.tenures import Hold
from tests.fakes import START
from tests.storage.rows import LEASE, claim, put

LONG = timedelta(hours=1)
OVER = timedelta(0)
"""A lease that has run out as soon as it is taken."""


@pytest.fixture
async def shared(shared_url: str) -> AsyncIterator[Database]:
    """A PostgreSQL database without leases, as the process ``one`` sees it."""
    opened = Database(shared_url, name="one")
    async with opened.begin() as session:
        for table in (Lease, ProcessRow, Delivery, Cursor):
            await session.execute(table.__table__.delete())  # type: ignore[attr-defined] # SQLAlchemy's
    yield opened
    await opened.close()


async def take(database: Database, holder: str, lasting: timedelta = LONG) -> Hold | None:
    """Take the lease of the channel of the tests."""
    async with database.begin() as session:
        return await leases.take(session, name="fake", holder=holder, lasting=lasting)


async def taken(database: Database, holder: str, lasting: timedelta = LONG) -> Hold:
    """Take it, and be sure of it."""
    hold = await take(database, holder, lasting)
    assert hold is not None
    return hold


def proving(database: Database, hold: Hold) -> Database:
    """Return what the holder writes through."""
    return database.proving(lambda session: leases.require(session, hold))


async def save(session: Session, value: str) -> None:
    """Write something that only the holder may."""
    await cursors.save(session, channel="fake", value=value, now=START)


async def cursor(database: Database) -> str | None:
    """Return what was written last."""
    async with database.begin() as session:
        return await cursors.load(session, channel="fake")


async def blocked(work: Callable[[], Awaitable[object]]) -> bool:
    """Tell whether something is still waiting after a while."""
    try:
        async with asyncio.timeout(0.3):
            await work()
    except TimeoutError:
        return True
    return False


async def test_a_lease_is_taken_and_its_token_proves_it(database: Database) -> None:
    """What the holder does is done, on both databases."""
    hold = await taken(database, "one")
    async with proving(database, hold).begin() as session:
        await save(session, "5")
    assert await cursor(database) == "5"


async def test_nobody_takes_what_another_process_holds(shared: Database) -> None:
    """Two processes never act for one account."""
    await taken(shared, "one")
    assert await take(shared, "two") is None
    async with shared.begin() as session:
        assert await leases.free(session, names=["fake", "new"], holder="two") == ["new"]


async def test_the_token_grows_with_each_change(shared: Database) -> None:
    """An earlier holder is told from a later one, also if both are the same process."""
    first = await taken(shared, "one", OVER)
    second = await taken(shared, "two", OVER)
    third = await taken(shared, "one")
    assert [first.token, second.token, third.token] == [1, 2, 3]


async def test_what_was_slept_through_is_not_written(shared: Database) -> None:
    """A process that wakes up after another took over changes nothing."""
    old = await taken(shared, "one", OVER)
    await taken(shared, "two")
    with pytest.raises(LeaseLostError):
        async with proving(shared, old).begin() as session:
            await save(session, "stale")
    assert await cursor(shared) is None
    async with shared.begin() as session:
        assert await leases.renew(session, holds=[old], lasting=LONG) == set()


async def test_a_late_renewal_counts_if_nobody_came(shared: Database) -> None:
    """A short absence of the database changes no holder."""
    hold = await taken(shared, "one", OVER)
    async with shared.begin() as session:
        assert await leases.renew(session, holds=[hold], lasting=LONG) == {hold}
    assert await take(shared, "two") is None


async def test_nothing_is_claimed_without_the_lease(shared: Database) -> None:
    """The statement that claims proves it by itself."""
    old = await taken(shared, "one", OVER)
    await put(shared, "a")
    new = await taken(shared, "two")
    assert await claimed(shared, old) == []
    assert await claimed(shared, new) == ["a"]


async def claimed(database: Database, hold: Hold) -> list[str]:
    """Claim under a lease; return the keys."""
    async with database.begin() as session:
        rows = await claims.claim_due(
            session, channel="fake", chat=None, owner=hold.holder, now=START,
            until=START + LEASE, limit=10, hold=hold,
        )  # fmt: skip
    return [row.key for row in rows]


async def test_the_new_holder_takes_up_what_was_in_flight(database: Database) -> None:
    """At once, and knowing that it may have arrived."""
    await put(database, "a")
    await claim(database, owner="dead")
    hold = await taken(database, "two")
    async with database.begin() as session:
        assert await claims.take_over_claims(session, channel="fake", hold=hold) == 1
    (row,) = await claim(database, owner="two")
    assert (row.key, row.uncertain) == ("a", True)


async def test_who_lost_the_lease_takes_up_nothing(shared: Database) -> None:
    """The claims of the new holder are safe."""
    old = await taken(shared, "one", OVER)
    await put(shared, "a")
    new = await taken(shared, "two")
    await claimed(shared, new)
    with pytest.raises(LeaseLostError):
        async with shared.begin() as session:
            await claims.take_over_claims(session, channel="fake", hold=old)
    async with shared.begin() as session:
        states = await session.scalars(select(Delivery.state))
        assert list(states) == [DeliveryState.SENDING]


async def test_renewing_does_not_wait_for_work_under_the_lease(shared: Database) -> None:
    """A long transaction costs nobody the lease."""
    hold = await taken(shared, "one")
    async with proving(shared, hold).begin() as session:
        await save(session, "5")

        async def renew() -> None:
            async with shared.begin() as other:
                await leases.renew(other, holds=[hold], lasting=LONG)

        assert not await blocked(renew)


async def test_who_stands_still_in_a_transaction_is_cut_off(
    shared: Database, shared_url: str
) -> None:
    """Its locks keep nobody waiting, and what it had written is undone."""
    other = Database(shared_url, name="two")
    old = await taken(shared, "one", OVER)
    frozen = proving(shared, old).begin()
    session = await frozen.__aenter__()
    await save(session, "stale")
    async with asyncio.timeout(10):
        await taken(other, "two")
    with pytest.raises(Exception, match=r"closed|terminat"):
        await frozen.__aexit__(None, None, None)
    assert await cursor(other) is None
    await other.close()


async def test_of_two_that_fight_one_wins(shared: Database, shared_url: str) -> None:
    """However close they are."""
    other = Database(shared_url, name="two")
    await taken(shared, "dead", OVER)
    for number in range(10):
        async with asyncio.TaskGroup() as tasks:
            fights = [
                tasks.create_task(take(database, f"{name}-{number}"))
                for database, name in ((shared, "one"), (other, "two"))
            ]
        assert sum(fight.result() is not None for fight in fights) == 1
        async with shared.begin() as session:
            await session.execute(update(Lease).values(expires_at=START - timedelta(days=9999)))
    await other.close()


async def test_what_is_given_back_is_free_at_once(shared: Database) -> None:
    """A restart in order keeps nobody waiting."""
    hold = await taken(shared, "one")
    async with shared.begin() as session:
        await leases.release(session, hold=hold)
    assert await take(shared, "two") is not None


async def test_a_process_is_known_until_it_takes_leave(database: Database) -> None:
    """`stadtfunk status` shows who is there."""
    async with database.begin() as session:
        await leases.introduce(session, name="one", host="h", pid=7, version="1")
    async with database.begin() as session:
        await leases.greet(session, name="one")
        assert list(await session.scalars(select(ProcessRow.pid))) == [7]
        await leases.leave(session, name="one")
    async with database.begin() as session:
        assert list(await session.scalars(select(ProcessRow.pid))) == []
