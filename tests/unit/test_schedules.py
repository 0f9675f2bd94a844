"""What the jobs do."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.config import Settings
from bot.messages import Address, MessageId
from bot.scheduling import JobContext
from bot.services import events
from bot.services.event_files import EventFiles
from bot.services.knowledge import KnowledgeBase
from bot.storage import cursors, members, questions
from bot.storage.engine import Database, Session
from bot.storage.models import Question, QuestionState
from schedules.events import take_changed_events
from schedules.housekeeping import forget_old_rows
from schedules.knowledge import reload_changed_files
from tests.fakes import FakeChannel, FakeClock, Person

CHAT = Address("fake", "anna")


def context(database: Database, clock: FakeClock, *, paths: tuple[Path, ...] = ()) -> JobContext:
    settings = Settings.model_validate({"knowledge": {"keep_questions": "P10D", "paths": paths}})
    return JobContext(database, clock, settings, KnowledgeBase(paths, encoder=False))


async def ask(session: Session, clock: FakeClock, person: Person) -> int:
    """Keep a question and an event, and return the question's number."""
    now = clock.now()
    member, _ = await members.note(session, sender=person.sender, now=now)
    await cursors.mark_seen(session, channel="fake", event=f"e{now}", now=now)
    question = await questions.add(
        session,
        text="Wann?",
        address=CHAT,
        message=MessageId("m"),
        member_id=member.id,
        asked_in="direct",
        language="de",
        state=QuestionState.OPEN,
        confidence=0.0,
        entry=None,
        candidates=[],
        now=now,
    )
    await questions.rate(session, number=question.id, member_id=member.id, helpful=True, now=now)
    return question.id


async def test_questions_are_forgotten_after_the_promised_time(
    sqlite: Database, clock: FakeClock
) -> None:
    """With their ratings; the number of days is the one that /datenschutz tells."""
    job = context(sqlite, clock)
    person = Person(FakeChannel(clock))
    async with sqlite.begin() as session:
        old = await ask(session, clock, person)
    clock.advance(timedelta(days=6))
    async with sqlite.begin() as session:
        young = await ask(session, clock, person)
    clock.advance(timedelta(days=5))
    for _ in range(2):
        await forget_old_rows.run(job)
    async with sqlite.begin() as session:
        assert await session.get(Question, old) is None
        assert await session.get(Question, young) is not None


async def test_an_event_is_recognised_for_two_weeks(sqlite: Database, clock: FakeClock) -> None:
    """No network repeats anything later than that."""
    job = context(sqlite, clock)
    async with sqlite.begin() as session:
        await cursors.mark_seen(session, channel="fake", event="e", now=clock.now())
    for days, is_new in ((13, False), (2, True)):
        clock.advance(timedelta(days=days))
        await forget_old_rows.run(job)
        async with sqlite.begin() as session:
            now = clock.now()
            assert await cursors.mark_seen(session, channel="fake", event="e", now=now) is is_new


async def test_changed_files_are_taken_at_the_next_tick(
    sqlite: Database, clock: FakeClock, tmp_path: Path
) -> None:
    """An editor waits for seconds, not for a restart."""
    file = tmp_path / "k.md"
    job = context(sqlite, clock, paths=(file,))
    await reload_changed_files.run(job)
    assert job.knowledge.engine.ask("Was ist die KTS?").entry is None
    file.write_text("## Was ist die KTS?\n\nEine Stelle.\n", encoding="utf-8")
    await reload_changed_files.run(job)
    assert [entry.answer for entry in job.knowledge.entries] == ["Eine Stelle."]


async def test_changed_events_are_taken_in_at_the_next_tick(
    sqlite: Database, clock: FakeClock, tmp_path: Path
) -> None:
    """A file with a mistake changes nothing until it is mended."""
    file = tmp_path / "e.csv"
    job = replace(context(sqlite, clock), event_files=EventFiles([file]))

    async def places() -> list[str]:
        async with sqlite.begin() as session:
            return [
                entry.event.place for entry in await events.everything(session, since=clock.now())
            ]

    await take_changed_events.run(job)
    assert await places() == []
    for text, expected in (
        ("id,titel,start,ort\na,x,1.2.2029,Kiel\n", ["Kiel"]),
        ("id,titel,start,ort\na,x,31.2.2029,Halle\n", ["Kiel"]),
        ("id,titel,start,ort\na,x,1.2.2029,Zwönitz\n", ["Zwönitz"]),
    ):
        file.write_text(text, encoding="utf-8")
        await take_changed_events.run(job)
        assert await places() == expected
