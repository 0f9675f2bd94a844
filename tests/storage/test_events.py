"""Events and their drafts, on both databases."""

import asyncio
from datetime import timedelta

import pytest

from bot.errors import UserError
from bot.events.event import Event, Status
from bot.services import events as service
from bot.services.events import Imported
from bot.storage import events, members
from bot.storage.engine import Database
from bot.storage.models import EventRow
from bot.text.moments import Moment
from tests.fakes import START, FakeChannel, FakeClock, Person

DAY = timedelta(days=1)


def event(uid: str = "a", *, days: int = 10, **values: object) -> Event:
    start = Moment(day=(START + days * DAY).date())
    return Event.model_validate({"uid": uid, "title": uid, "start": start, **values})


async def take(database: Database, *found: Event) -> Imported:
    async with database.begin() as session:
        return await service.take(session, found=found, now=START)


async def rows(database: Database) -> list[EventRow]:
    async with database.begin() as session:
        return list(await events.listed(session, since=START - 1000 * DAY))


async def editor(database: Database, user: str = "chefin") -> int:
    """Return the number of a member."""
    person = Person(FakeChannel(FakeClock()), user)
    async with database.begin() as session:
        member, _ = await members.note(session, sender=person.sender, now=START)
        return member.id


async def test_importing_again_changes_only_what_changed(database: Database) -> None:
    """The versions of the others stay, so nobody is told of a change that is none."""
    assert await take(database, event("a"), event("b")) == Imported(added=2)
    assert await take(database, event("a"), event("b", place="Kiel")) == Imported(
        changed=1, unchanged=1
    )
    assert {row.uid: row.version for row in await rows(database)} == {"a": 1, "b": 2}


async def test_disappearing_from_a_file_is_no_cancellation(database: Database) -> None:
    """What is gone from the file stays as it was."""
    await take(database, event("a"), event("b"))
    await take(database, event("a"))
    assert [row.uid for row in await rows(database)] == ["a", "b"]


async def test_a_change_in_chat_outlives_an_unchanged_file(database: Database) -> None:
    """Until the file itself says something new."""
    await take(database, event("a"))
    chefin = await editor(database)
    async with database.begin() as session:
        entry = (await service.everything(session, since=START))[0]
        off = entry.event.model_copy(update={"status": Status.CANCELLED})
        draft = await service.draft_change(
            session, entry=entry, event=off, member_id=chefin, now=START
        )
        await service.save(session, number=draft.number, member_id=chefin, now=START)
    assert await take(database, event("a")) == Imported(unchanged=1)
    assert [row.content["status"] for row in await rows(database)] == ["cancelled"]
    assert await take(database, event("a", place="Kiel")) == Imported(changed=1)
    assert [row.content["status"] for row in await rows(database)] == ["confirmed"]


async def test_what_is_over_is_not_listed(database: Database) -> None:
    """Except for whoever asks for the past."""
    await take(database, event("past", days=-3), event("next"))
    async with database.begin() as session:
        assert [row.uid for row in await events.listed(session, since=START)] == ["next"]


async def test_a_draft_is_taken_once(database: Database) -> None:
    """A second tap on the button finds nothing."""
    chefin = await editor(database)
    async with database.begin() as session:
        draft = await service.draft_new(session, event=event(), member_id=chefin, now=START)
    async with database.begin() as session:
        saved = await service.save(session, number=draft.number, member_id=chefin, now=START)
        assert saved.event == event()
    async with database.begin() as session:
        with pytest.raises(UserError, match="event-draft-gone"):
            await service.save(session, number=draft.number, member_id=chefin, now=START)


async def test_a_draft_that_is_past_its_time_is_gone_and_forgotten(database: Database) -> None:
    """After a day nobody remembers what was to be saved."""
    chefin = await editor(database)
    async with database.begin() as session:
        draft = await service.draft_new(session, event=event(), member_id=chefin, now=START)
    async with database.begin() as session:
        with pytest.raises(UserError, match="event-draft-gone"):
            await service.save(session, number=draft.number, member_id=chefin, now=START + DAY)
        assert await events.forget_drafts(session, before=START - DAY) == 0
        assert await events.forget_drafts(session, before=START) == 1


async def test_a_draft_of_an_event_that_changed_meanwhile_is_refused(database: Database) -> None:
    """The editor has not seen what would be overwritten."""
    await take(database, event("a"))
    chefin = await editor(database)
    async with database.begin() as session:
        entry = (await service.everything(session, since=START))[0]
        moved = event("a", days=20)
        draft = await service.draft_change(
            session, entry=entry, event=moved, member_id=chefin, now=START
        )
    await take(database, event("a", place="Kiel"))
    async with database.begin() as session:
        with pytest.raises(UserError, match="event-changed-meanwhile"):
            await service.save(session, number=draft.number, member_id=chefin, now=START)


async def test_numbers_that_no_database_holds_are_unknown(database: Database) -> None:
    """Members write numbers as they like."""
    async with database.begin() as session:
        for number in (0, 7, 10**20):
            with pytest.raises(UserError, match="event-unknown"):
                await service.find(session, number=number)
            with pytest.raises(UserError, match="event-draft-gone"):
                await service.drop(session, number=number, member_id=1, now=START)


async def test_changes_are_told_in_their_order_by_one_of_several_processes(
    database: Database,
) -> None:
    """Whoever asks at the same time gets others or none, and nothing is taken twice."""
    names = [f"e{number}" for number in range(6)]
    await take(database, *(event(name) for name in names))
    await take(database, *(event(name, place="Kiel") for name in names))
    taken: list[list[int]] = []

    async def tell() -> None:
        async with database.begin() as session:
            found = await events.take_changes(session, limit=2)
            await asyncio.sleep(0)
            taken.append([change.id for change, _ in found])

    async with asyncio.TaskGroup() as tasks:
        for _ in range(4):
            tasks.create_task(tell())
    for _ in range(3):
        await tell()
    whole = [number for part in taken for number in part]
    assert len(whole) == len(set(whole)) == len(names)
    assert all(part == sorted(part) for part in taken)


async def test_a_change_that_could_not_be_told_is_told_later(database: Database) -> None:
    """It is forgotten only together with what it leads to."""
    await take(database, event("a"))
    await take(database, event("a", place="Kiel"))
    async with database.begin() as session:
        await events.take_changes(session, limit=9)
        await session.rollback()
    for expected in (1, 0):
        async with database.begin() as session:
            assert len(await events.take_changes(session, limit=9)) == expected


async def test_the_state_of_all_events_is_another_after_each_change(database: Database) -> None:
    """Pages are made anew by it; what did not change leaves it alone."""

    async def state() -> object:
        async with database.begin() as session:
            return await events.state(session)

    seen = [await state()]
    assert seen == [(0, 0, None)]
    for found in (event("a"), event("b"), event("a", place="Kiel")):
        await take(database, found)
        seen.append(await state())
    await take(database, event("b"))
    assert await state() == seen[-1] == (2, 3, START)
    assert len(set(map(str, seen))) == len(seen)
