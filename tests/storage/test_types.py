from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from bot.storage import cursors
from bot.storage.engine import Database
from bot.storage.models import Cursor, SeenEvent

# The second two o'clock of the night in which the summer ends.
AMBIGUOUS = datetime(2027, 10, 31, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    "instant",
    [
        datetime(2027, 1, 15, 9, 0, 0, 123_456, tzinfo=UTC),
        datetime(2027, 7, 1, 0, 30, tzinfo=ZoneInfo("Europe/Berlin")),
        AMBIGUOUS,
        datetime(2027, 1, 15, 9, 0, tzinfo=timezone(-timedelta(hours=9, minutes=30))),
    ],
    ids=str,
)
async def test_an_instant_comes_back_as_the_same_instant_in_utc(
    database: Database, instant: datetime
) -> None:
    """The zone in which something was written never moves it."""
    async with database.begin() as session:
        await cursors.save(session, channel="fake", value="1", now=instant)
    async with database.begin() as session:
        kept = (await session.scalars(select(Cursor.updated_at))).one()
    assert kept == instant.astimezone(UTC)
    assert kept.utcoffset() == timedelta(0)


async def test_instants_of_different_zones_compare_by_the_instant(database: Database) -> None:
    """SQLite keeps times as text, which must not be compared as the reader's clock shows them."""
    nine = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)
    async with database.begin() as session:
        await cursors.mark_seen(session, channel="fake", event="e", now=nine)
        half_past = nine + timedelta(minutes=30)
        early = half_past.astimezone(timezone(-timedelta(hours=12)))
        assert await cursors.forget_seen(session, before=early) == 1


async def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    """It could mean anything, so it is a mistake of ours and not kept."""
    naive = datetime(2027, 1, 15, 9, 0)  # noqa: DTZ001 # that is the point
    with pytest.raises(StatementError, match="has no time zone"):
        async with database.begin() as session:
            await cursors.mark_seen(session, channel="fake", event="e", now=naive)
    async with database.begin() as session:
        assert (await session.scalars(select(SeenEvent))).all() == []
