"""What the sending path costs does not grow with the outbox."""

import re

import pytest

from bench.contest.outbox import subscribe
from bot.storage import audiences
from bot.storage.engine import Database
from tests.fakes import START
from tests.storage.plans import ENDED, HOT, MORE_PARTS, OF_A_CHAT, Plan, explained, fill, measured


async def test_no_statement_of_the_sending_path_reads_the_whole_outbox(
    database: Database,
) -> None:
    """With a long history and a broadcast under way, each finds its rows by an index."""
    await fill(database, waiting=2_000, sent=20_000)
    plans = await explained(database, HOT)
    assert {plan.name for plan in plans} == HOT.keys()
    assert [plan for plan in plans if plan.scans] == []


async def test_what_has_ended_is_found_by_its_time(database: Database) -> None:
    """By an index that does not hold what waits."""
    await fill(database, waiting=2_000, sent=20_000)
    plans = await explained(database, ENDED)
    asked = [plan for plan in plans if "done_at" in plan.statement]
    assert {plan.name for plan in asked} == ENDED.keys()
    assert [plan for plan in asked if "ix_deliveries_done" not in "".join(plan.lines)] == []


async def test_what_is_in_a_chat_is_found_by_the_chat(database: Database) -> None:
    """By two indices that share the deliveries: SQLite uses them only for what is written so."""
    await fill(database, waiting=2_000, sent=20_000)
    plans = [one for one in await explained(database, OF_A_CHAT) if "deliveries" in one.statement]
    assert {plan.name for plan in plans} == OF_A_CHAT.keys()
    assert [plan for plan in plans if plan.scans] == []


async def test_parts_that_are_there_are_found_by_the_chat(database: Database) -> None:
    """Not among all parts of an announcement, once for each chat."""
    await fill(database, waiting=2_000, sent=2_000)
    assert await _found_by_the_chat(database)


async def test_they_are_found_so_without_statistics(migrated_sqlite: str) -> None:
    """SQLite has none as long as nobody asks for them."""
    database = Database(migrated_sqlite)
    assert await _found_by_the_chat(database)
    await database.close()


async def _found_by_the_chat(database: Database) -> bool:
    (plan,) = await explained(database, MORE_PARTS)
    looks = re.compile("(SEARCH|SCAN|on deliveries) deliveries_2")
    lines = [line for line in plan.lines if looks.search(line)]
    return len(lines) == 2 and all("_chat" in line for line in lines)


async def test_a_line_is_not_read_again_for_each_that_stands_in_it(database: Database) -> None:
    """PostgreSQL would do so by a join, right after a broadcast of which it knows nothing yet."""
    await fill(database, waiting=2_000, sent=0)
    lines = [line for plan in await explained(database, HOT) for line in plan.lines]
    assert [line for line in lines if "Anti Join" in line or "Semi Join" in line] == []


def test_a_plan_that_reads_the_whole_outbox_is_recognised() -> None:
    """In the words of both databases."""
    for line in ("Seq Scan on deliveries  (cost=0.00..9)", "SCAN deliveries", "SCAN earlier"):
        assert Plan("", "", (line,)).scans
    for line in ("SEARCH deliveries USING INDEX ix", "Index Scan using ix on deliveries"):
        assert not Plan("", "", (line,)).scans


async def test_whether_an_audience_is_large_is_told_without_grouping_it_all(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many chats there are; SQLite need not know."""
    database = Database(postgres_database)
    await subscribe(database, "telegram", 3000, now=START)
    monkeypatch.setattr(audiences, "MANY", 10)
    async with measured(database) as lines, database.begin() as session:
        assert await audiences._is_large(session, audiences.everybody())
    grouped = re.findall(r"Aggregate .*actual .*?rows=(\d+)", "\n".join(lines))
    assert max(map(int, grouped)) <= 100
    await database.close()
