"""What is taught in chat is in use at once, beside the files, and survives what spoils either."""

import asyncio
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.errors import UserError
from bot.knowledge.entry import Entry
from bot.services import teaching
from bot.services.knowledge import KnowledgeBase
from bot.storage import members
from bot.storage.engine import Database
from tests.fakes import START, FakeChannel, FakeClock, Person

QUESTION = "Was ist ein Reallabor?"
FILE = "## Was ist die KTS?\n\nEine Stelle.\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A knowledge file with one entry."""
    file = tmp_path / "a.md"
    file.write_text(FILE, encoding="utf-8")
    return file


def write(file: Path, content: str) -> None:
    file.write_text(content, encoding="utf-8")


def spoil(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00 no text")


class School:
    """Somebody who teaches a knowledge base."""

    def __init__(self, database: Database, file: Path, member: int) -> None:
        self.database = database
        self.base = KnowledgeBase([file], encoder=False)
        self.member = member

    async def refreshed(self) -> bool:
        return await self.base.refresh(self.database, now=START)

    async def teach(
        self,
        question: str = QUESTION,
        answer: str = "Ein Versuch.",
        source: str | None = None,
        *phrasings: str,
    ) -> Entry:
        async with self.database.begin() as session:
            return await teaching.teach(
                session,
                self.base,
                question=question,
                answer=answer,
                source=source,
                language="de",
                by=self.member,
                phrasings=phrasings,
                now=START,
            )

    async def phrase(self, words: str, entry: str = "was-ist-die-kts") -> bool:
        async with self.database.begin() as session:
            return await teaching.add_phrasing(
                session, self.base, entry=entry, text=words, by=self.member, now=START
            )

    def answer(self, question: str) -> str | None:
        found = self.base.engine.ask(question).entry
        return self.base.engine.entries[found].answer if found else None


@pytest.fixture
async def school(sqlite: Database, file: Path) -> School:
    """A member who teaches a knowledge base of one entry."""
    person = Person(FakeChannel(FakeClock()), "anna")
    async with sqlite.begin() as session:
        row, _ = await members.note(session, sender=person.sender, now=START)
    school = School(sqlite, file, row.id)
    await school.refreshed()
    return school


async def test_what_was_taught_is_answered_in_every_process(school: School, file: Path) -> None:
    """With the day on which it was taught as the day of its review."""
    other = KnowledgeBase([file], encoder=False)
    await other.refresh(school.database, now=START)
    entry = await school.teach(QUESTION, "Ein *Versuch*.", "https://example.org", "Reallabor?")
    assert entry.id == "was-ist-ein-reallabor"
    for base in (school.base, other):
        assert await base.refresh(school.database, now=START)
        assert not await base.refresh(school.database, now=START)
        given = base.engine.entries[base.engine.ask("Reallabor?").entry or ""]
        assert given == entry
        assert given.reviewed == date(2027, 1, 15)
        assert [one.id for one in base.entries] == ["was-ist-die-kts", entry.id]


async def test_ids_are_made_unique_against_files_and_chat(school: School) -> None:
    """Also in one transaction, before anything is refreshed."""
    names = [(await school.teach("Was ist die KTS?")).id for _ in range(2)]
    names.append((await school.teach("什么")).id)
    assert names == ["was-ist-die-kts-2", "was-ist-die-kts-3", "eintrag"]


async def test_a_file_that_has_a_taught_entry_meanwhile_counts(school: School, file: Path) -> None:
    """Because somebody has exported and perhaps mended it; what was added to it stays."""
    await school.teach()
    await school.refreshed()
    await school.phrase("Wozu ein Reallabor?", "was-ist-ein-reallabor")
    write(file, f"{FILE}\n## {QUESTION}\n\nBesser gesagt.\n")
    await school.refreshed()
    assert len(school.base.entries) == 2
    assert school.answer("Wozu ein Reallabor?") == "Besser gesagt."


async def test_a_taught_phrasing_finds_its_entry(school: School, file: Path) -> None:
    """Once, however it is written, and also when the file has it meanwhile."""
    assert await school.phrase("Wozu gibt es diese Stelle?")
    for again in ("wozu gibt es  diese stelle", "WAS ist die KTS"):
        assert not await school.phrase(again)
    await school.refreshed()
    assert school.answer("Wozu gibt es diese Stelle?") == "Eine Stelle."
    write(file, FILE.replace("\nEine", "\n- Wozu gibt es diese Stelle\n\nEine"))
    await school.refreshed()
    (entry,) = school.base.entries
    assert entry.questions == ("Was ist die KTS?", "Wozu gibt es diese Stelle")


async def test_a_phrasing_is_taken_back(school: School) -> None:
    """And then it finds nothing any more."""
    await school.phrase("Xylophon Quark?")
    await school.refreshed()
    assert school.answer("Xylophon Quark?") == "Eine Stelle."
    async with school.database.begin() as session:
        (row,) = await teaching.phrasings(session, entry="was-ist-die-kts")
        remove = partial(
            teaching.remove_phrasing, session, number=row.number, by=school.member, now=START
        )
        assert await remove() == "was-ist-die-kts"
        with pytest.raises(UserError, match="phrasing-gone"):
            await remove()
    await school.refreshed()
    assert school.answer("Xylophon Quark?") is None


async def test_a_taught_entry_is_changed_and_retired(school: School) -> None:
    """All that is not named stays; those of files are out of reach."""
    entry = await school.teach(QUESTION, "Alt.", "Amt", "Reallabor?")
    async with school.database.begin() as session:
        await teaching.change(
            session, entry=entry.id, by=school.member, now=START, answer="Neu.", source=""
        )
    await school.refreshed()
    changed = school.base.engine.entries[entry.id]
    assert changed == entry.model_copy(update={"answer": "Neu.", "source": None})
    for name in (entry.id, "was-ist-die-kts"):
        async with school.database.begin() as session:
            if name == entry.id:
                await teaching.retire(session, entry=name, by=school.member, now=START)
            with pytest.raises(UserError, match="entry-not-taught"):
                await teaching.retire(session, entry=name, by=school.member, now=START)
    await school.refreshed()
    assert [one.id for one in school.base.entries] == ["was-ist-die-kts"]


@pytest.mark.parametrize(
    ("question", "answer", "refusal"),
    [
        ("???", "x", "phrasing-empty"),
        ("q" * 301, "x", "phrasing-too-long"),
        ("Was?", " \n", "teach-answer-empty"),
        ("Was?", "x" * 8001, "teach-answer-long"),
    ],
)
async def test_what_can_not_be_an_entry_is_refused(
    school: School, question: str, answer: str, refusal: str
) -> None:
    """And nothing is kept."""
    with pytest.raises(UserError, match=refusal):
        await school.teach(question, answer)
    assert not await school.refreshed()


async def test_a_spoiled_row_costs_only_itself(school: School) -> None:
    """It is named as a problem, and the others are answered."""
    for question in (QUESTION, "Was ist Quatsch?", "Was ist Zukunft?"):
        await school.teach(question, question)
    async with school.database.begin() as session:
        spoil = "UPDATE taught_entries SET content = :content WHERE id = :id"
        for name, content in (("was-ist-quatsch", '{"que'), ("was-ist-zukunft", '{"a": 1}')):
            await session.execute(text(spoil), {"id": name, "content": content})
    await school.refreshed()
    assert [entry.id for entry in school.base.entries] == [
        "was-ist-die-kts",
        "was-ist-ein-reallabor",
    ]
    assert [str(one) for one in school.base.problems] == [
        "chat: The entry “was-ist-quatsch” can't be read; please teach it again.",
        "chat: The entry “was-ist-zukunft” can't be read; please teach it again.",
    ]


async def test_broken_files_cost_nothing_of_what_was_taught(school: School, file: Path) -> None:
    """Nor do they keep it from being changed, or from being there after a restart."""
    spoil(file)
    await school.refreshed()
    await school.teach()
    await school.refreshed()
    school.base = KnowledgeBase([file], encoder=False)
    await school.refreshed()
    assert school.answer(QUESTION) == "Ein Versuch."
    assert school.answer("Was ist die KTS?") == "Eine Stelle."


async def test_while_the_database_is_away_what_was_taught_is_answered(
    school: School, file: Path
) -> None:
    """Also when the files change meanwhile."""
    await school.teach()
    await school.refreshed()
    write(file, FILE.replace("Eine", "Die eine"))
    away = Database("postgresql://hub@127.0.0.1:9/hub")
    await school.base.refresh(away, now=START)
    await away.close()
    assert school.answer(QUESTION) == "Ein Versuch."
    assert school.answer("Was ist die KTS?") == "Die eine Stelle."


async def test_what_was_just_taught_does_not_wait_for_the_new_engine(
    school: School, file: Path
) -> None:
    """That of a large knowledge base takes its time, and is built in another process."""
    lines = [f"## Was kostet Nummer {number}?\n\nNichts.\n" for number in range(300)]
    write(file, "\n".join(lines))
    await school.refreshed()
    await school.teach("Wo ist das Fundbüro?", "Im Keller.")
    async with asyncio.TaskGroup() as group:
        building = group.create_task(school.refreshed())
        while school.answer("Wo ist das Fundbüro?") is None:
            await asyncio.sleep(0)
        assert not building.done()
    assert school.answer("Wo ist das Fundbüro") == "Im Keller."
