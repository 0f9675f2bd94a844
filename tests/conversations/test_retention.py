"""What goes by itself: people who are away for long, and who was erased before."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from bot.services import erasure, tombstones
from bot.storage.models import (
    IdentityRow,
    Tombstone,
)
from schedules.housekeeping import forget_old_rows
from tests.conversations.announcing import subscribed
from tests.conversations.erasing import (
    erases,
)
from tests.conversations.stage import Stage
from tests.fakes import Person

pytestmark = pytest.mark.usefixtures("erasable")


async def test_who_is_not_there_for_long_is_erased(
    hub: Stage, vera: Person, anna: Person, bert: Person, chefin: Person
) -> None:
    """But not who is told something, has a role, or is an admin."""
    await hub.hears(vera.says("/start"))
    await subscribed(hub, anna)
    await hub.hears(bert.says("/start"))
    await hub.hears(chefin.says("/rolle fake:bert Redaktion"))
    hub.clock.advance(timedelta(days=731))
    await hub.runs(forget_old_rows)
    async with hub.database.begin() as session:
        left = set(await session.scalars(select(IdentityRow.user)))
    assert left == {"anna", "bert", "chefin"}


async def test_who_wrote_in_time_stays(hub: Stage, vera: Person) -> None:
    await hub.hears(vera.says("/start"))
    hub.clock.advance(timedelta(days=700))
    await hub.hears(vera.says("/help"))
    hub.clock.advance(timedelta(days=700))
    await hub.runs(forget_old_rows)
    assert (await hub.rows())["members"] == 1


async def test_authors_drafts_and_tombstones_are_forgotten_in_time(
    hub: Stage, vera: Person, chefin: Person
) -> None:
    await erases(hub, vera)
    await hub.hears(chefin.says("/ankuendigung Thema Konferenzen: Eins."))
    hub.clock.advance(timedelta(days=91))
    await hub.runs(forget_old_rows)
    assert "announcements" not in await hub.rows()
    assert (await hub.rows())["tombstones"] == 1
    hub.clock.advance(timedelta(days=280))
    await hub.runs(forget_old_rows)
    assert "tombstones" not in await hub.rows()


async def test_who_was_erased_after_a_backup_is_erased_from_it_again(
    hub: Stage, vera: Person, anna: Person
) -> None:
    """Not who came back before the backup was made."""
    hub.clock.advance(timedelta(days=1))
    for person in (vera, anna):
        await hub.hears(person.says("/start"))
    now = hub.clock.now()
    marks = await _marks(hub, vera, anna)
    async with hub.database.begin() as session:
        await erasure.erase_again(
            session,
            [(marks[0], now + timedelta(hours=1)), (marks[1], now - timedelta(hours=1))],
            settings=hub.settings,
            now=now,
        )
        left = set(await session.scalars(select(IdentityRow.user)))
    assert left == {"anna"}


async def _marks(hub: Stage, *people: Person) -> list[str]:
    """Return what the tombstones of people are, without erasing them."""
    found = []
    for person in people:
        async with hub.database.begin() as session:
            await tombstones.put(
                session,
                [person.sender.identity],
                settings=hub.settings,
                now=hub.clock.now() - timedelta(days=9),
            )
            found += list(await session.scalars(select(Tombstone.mark)))
            await session.execute(delete(Tombstone))
    return found
