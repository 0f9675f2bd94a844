"""The conversations with the most SQL behind them once more, on a real PostgreSQL."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.messages import Address, MessageId
from bot.services import announcements, digests, inbox_answers, topics
from bot.services import inbox as inbox_service
from bot.services.announcements import State
from bot.services.knowledge import KnowledgeBase
from bot.storage import questions, schema
from bot.storage.engine import Database
from bot.storage.models import Question, QuestionState
from schedules.announcements import publish_announcements
from schedules.housekeeping import forget_old_rows
from tests.conversations import erasing
from tests.conversations import test_announcement_trouble as trouble
from tests.conversations import test_announcements as told
from tests.conversations import test_inbox as inbox
from tests.conversations import test_reminders as reminded
from tests.conversations import test_reviews as reviewed
from tests.conversations import test_statistics as counted
from tests.conversations import test_teaching as taught
from tests.conversations.announcing import ONE_LINE, sends, shown, subscribed, taps, ticks
from tests.conversations.editors import answers, asks, promoted, room
from tests.conversations.stage import Stage, knowledge_base
from tests.fakes import FakeClock, Person
from tests.servers.postgres import Postgres


@pytest.fixture(scope="module")
def migrated_name(postgres: Postgres) -> str:
    """The name of a database with the newest schema; copy it."""
    name = postgres.create_database()

    async def migrate() -> None:
        database = Database(postgres.url(name))
        await schema.upgrade(database)
        await database.close()

    asyncio.run(migrate())
    return name


@pytest.fixture
async def hub(
    postgres: Postgres, migrated_name: str, clock: FakeClock, knowledge: KnowledgeBase
) -> AsyncIterator[Stage]:
    """A hub on a PostgreSQL database of its own."""
    name = postgres.create_database(template=migrated_name)
    database = Database(postgres.url(name))
    stage = Stage(database, clock, knowledge=knowledge)
    async with database.begin() as session:
        await topics.ship(session, now=clock.now())
    await stage.ticks()
    yield stage
    await database.close()
    postgres.drop_database(name)


async def test_nothing_is_left_of_who_is_erased(hub: Stage, tmp_path: Path) -> None:
    """Of any row; the bytes of its files are PostgreSQL's own matter, which vacuums them."""
    await erasing.prepared(hub, tmp_path / "data")
    people = [Person(hub.channel, name) for name in (erasing.USER, "anna", "chefin")]
    vera, anna, chefin = people
    await erasing.did_everything(hub, vera, (anna, chefin))
    assert await erasing.left_in_rows(hub)
    await erasing.erases(hub, vera)
    await erasing.cleaned(hub)
    assert await erasing.left_in_rows(hub) == []


Scenario = Callable[..., Awaitable[None]]


@pytest.mark.parametrize(
    "scenario",
    [
        told.test_each_reads_it_in_their_language,
        told.test_quiet_hours_hold_it_and_urgent_ones_pass,
        told.test_a_longer_or_shorter_version_has_as_many_messages_as_it_needs,
        told.test_what_can_not_be_deleted_is_replaced_by_a_note,
        told.test_only_what_failed_is_tried_again,
        told.test_a_second_pair_of_eyes,
        trouble.test_a_digest_on_its_way_does_not_tell_what_was_taken_back,
        trouble.test_trying_again_brings_no_old_version_back,
        reminded.test_reminders_come_at_the_lead_times_of_each,
        reminded.test_a_digest_is_one_message,
        inbox.test_withdrawn_questions_leave_and_the_last_one_closes,
        inbox.test_a_reply_is_sent_to_everybody_who_asked,
        inbox.test_two_replies_at_the_same_moment_send_one_answer,
        inbox.test_later_hides_it_until_the_next_morning,
        inbox.test_the_inbox_lists_what_most_people_wait_for_first,
        inbox.test_what_is_forgotten_waits_no_more,
        inbox.test_who_is_no_editor_any_more_reads_nothing_new,
        inbox.test_an_open_item_can_be_replied_to_however_old_its_message_is,
        counted.test_the_last_weeks_are_told_in_words,
    ],
)
async def test_it_goes_as_on_sqlite(hub: Stage, scenario: Scenario) -> None:
    """The words of a scenario are the same, and so is what comes of them."""
    names = inspect.signature(scenario).parameters
    people = {name: Person(hub.channel, name) for name in names if name != "hub"}
    await scenario(hub=hub, **people)


@pytest.mark.parametrize(
    "scenario",
    [
        taught.test_a_taught_entry_is_changed_by_buttons,
        taught.test_a_taught_entry_is_retired_after_a_question,
        taught.test_a_phrasing_is_added_and_taken_back,
        taught.test_an_entry_gets_an_owner_and_an_interval,
        reviewed.test_all_editors_are_asked_where_nobody_looks_after_an_entry,
        reviewed.test_an_owner_who_was_named_in_chat_counts,
    ],
)
async def test_teaching_goes_as_on_sqlite(hub: Stage, scenario: Scenario, tmp_path: Path) -> None:
    """With a knowledge base of its own, since something is added to it."""
    hub.knowledge = knowledge_base(tmp_path / "knowledge")
    hub.restart()
    names = inspect.signature(scenario).parameters
    people = {name: Person(hub.channel, name) for name in ("anna", "carla", "chefin")}
    await promoted(hub, people["carla"])
    await hub.hears(Person(hub.channel, "chefin", _count=3000).says("/rollen"))
    given = {"hub": hub, "tmp_path": tmp_path, **people}
    await scenario(**{name: given[name] for name in names})


async def test_what_one_process_was_taught_all_answer(hub: Stage, tmp_path: Path) -> None:
    """They share nothing but the database."""
    folder = tmp_path / "knowledge"
    hub.knowledge, other = knowledge_base(folder), knowledge_base(folder)
    hub.restart()
    chefin = Person(hub.channel, "chefin")
    await hub.hears(chefin.says("/lehren Was ist ein Reallabor? | Ein Versuch."))
    await hub.hears(chefin.says("speichern"))
    for base in (hub.knowledge, other):
        assert await base.refresh(hub.database, now=hub.clock.now())
        assert not await base.refresh(hub.database, now=hub.clock.now())
        assert base.engine.ask("was ist ein reallabor").entry == "was-ist-ein-reallabor"


async def test_who_stops_while_a_digest_is_put_together_does_not_get_it(hub: Stage) -> None:
    """The one waits for the other."""
    anna, chefin = Person(hub.channel, "anna"), Person(hub.channel, "chefin")
    await subscribed(hub, anna)
    await hub.hears(anna.says("/sammeln täglich um 12"))
    await sends(hub, chefin, "/ankuendigung Konferenzen: Eins.")
    hub.clock.advance(timedelta(hours=2))
    async with asyncio.TaskGroup() as tasks, hub.database.begin() as session:
        await digests.send_due(session, settings=hub.settings, now=hub.clock.now())
        tasks.create_task(hub.receives(anna.says("Stopp")))
        await asyncio.sleep(0.3)
    await hub.delivers()
    assert "Eins." not in shown(hub, "anna")


async def test_a_lock_shows_what_was_changed_while_it_was_waited_for(hub: Stage) -> None:
    """Also to who had looked before."""
    anna, chefin = Person(hub.channel, "anna"), Person(hub.channel, "chefin")
    await subscribed(hub, anna)
    (preview,) = await hub.hears(chefin.says(ONE_LINE))
    async with hub.database.begin() as session:
        assert (await announcements.find(session, 1)).state == State.DRAFT
        await taps(hub, chefin, preview, "Jetzt senden")
        with pytest.raises(Exception, match="announcement-elsewhere"):
            await announcements.editable(session, 1)
    await hub.ticks(publish_announcements)
    await ticks(hub)


async def test_who_withdraws_while_an_editor_answers_is_too_late(hub: Stage) -> None:
    """Neither waits for the other for ever, and the answer counts."""
    anna, bert = Person(hub.channel, "anna"), Person(hub.channel, "bert")
    await room(hub, bert)
    told = await asks(hub, anna)
    async with asyncio.TaskGroup() as tasks, hub.database.begin() as session:
        await inbox_service.locked(session, 1)
        (withdrawing,) = told.body.numbered_buttons()
        tasks.create_task(hub.receives(anna.taps(told, value=withdrawing.value)))
        await asyncio.sleep(0.3)
        await inbox_answers.answer(session, number=1, text="Ja.", by=1, now=hub.clock.now())
    sent = await hub.delivers()
    assert len(answers(hub, "anna")) == 1
    assert any(one.text.startswith("Zurückziehen geht nicht mehr") for one in sent)
    async with hub.database.begin() as session:
        assert (await session.get_one(Question, 1)).state == QuestionState.ANSWERED


async def test_a_question_that_joins_an_item_while_its_first_one_is_forgotten_still_waits(
    hub: Stage,
) -> None:
    """The tidying looks again once it has the item for itself."""
    anna, bert = Person(hub.channel, "anna"), Person(hub.channel, "bert")
    await room(hub)
    await asks(hub, anna)
    hub.clock.advance(timedelta(days=181))
    await hub.hears(bert.says("/start"))
    async with asyncio.TaskGroup() as tasks, hub.database.begin() as session:
        await inbox_service.locked(session, 1)
        tasks.create_task(hub.runs(forget_old_rows))
        await asyncio.sleep(0.3)
        first = await session.get_one(Question, 1)
        question = await questions.add(
            session,
            text=first.text,
            address=Address("fake", "bert"),
            message=MessageId("m"),
            member_id=first.member_id,
            asked_in="direct",
            language="de",
            state=QuestionState.OPEN,
            confidence=0.0,
            entry=None,
            candidates=[],
            now=hub.clock.now(),
        )
        await inbox_service.put(session, hub.knowledge, question, now=hub.clock.now())
    async with hub.database.begin() as session:
        assert [one.people for one in await inbox_service.listing(session, offset=0, limit=5)] == [
            1
        ]


async def test_an_answer_is_sent_though_one_of_its_questions_is_just_forgotten(
    hub: Stage,
) -> None:
    """Who asked later hears it."""
    anna, bert = Person(hub.channel, "anna"), Person(hub.channel, "bert")
    await room(hub)
    await asks(hub, anna)
    hub.clock.advance(timedelta(days=181))
    await asks(hub, bert)
    async with asyncio.TaskGroup() as tasks, hub.database.begin() as session:
        await questions.forget(session, before=hub.clock.now() - timedelta(days=180))

        async def answer() -> None:
            async with hub.database.begin() as other:
                await inbox_answers.answer(other, number=1, text="Ja.", by=1, now=hub.clock.now())

        tasks.create_task(answer())
        await asyncio.sleep(0.3)
    await hub.delivers()
    assert len(answers(hub, "bert")) == 1
    assert answers(hub, "anna") == []
