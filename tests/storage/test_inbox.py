from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.delivery import outbox
from bot.delivery.outbox import Outgoing
from bot.messages import Address, Identity, MessageId, Sender
from bot.storage import deliveries, inbox, members, questions
from bot.storage.engine import Database
from bot.storage.models import InboxItem, InboxState, Question, QuestionState
from bot.text.document import Document
from tests.fakes import START
from tests.storage.rows import ROOM, claim, finish


async def asked(database: Database, name: str, text: str, *, joins: int | None = None) -> int:
    """Keep an open question that begins an item, or joins one; return its number."""
    async with database.begin() as session:
        sender = Sender(Identity("fake", name), name)
        member, _ = await members.note(session, sender=sender, now=START)
        question = await questions.add(
            session,
            text=text,
            address=Address("fake", name),
            message=MessageId("q"),
            member_id=member.id,
            asked_in="direct",
            language="de",
            state=QuestionState.OPEN,
            confidence=0.0,
            entry=None,
            candidates=[],
            now=START,
        )
        item = joins or (await inbox.begin(session, number=question.id, now=START)).id
        question.item_id = item
        return question.id


async def change(database: Database, number: int, **values: Any) -> None:
    async with database.begin() as session:
        item = await session.get_one(InboxItem, number)
        for name, value in values.items():
            setattr(item, name, value)


async def close(database: Database, number: int, state: QuestionState) -> None:
    async with database.begin() as session:
        (await session.get_one(Question, number)).state = state


async def test_an_item_is_listed_by_how_many_people_wait(database: Database) -> None:
    """Somebody who asks twice is one; of equal items the older one comes first."""
    first = await asked(database, "anna", "eins")
    second = await asked(database, "anna", "zwei")
    await asked(database, "anna", "zwei!", joins=second)
    third = await asked(database, "anna", "drei")
    await asked(database, "bert", "drei?", joins=third)
    async with database.begin() as session:
        found = await inbox.listing(session, offset=0, limit=5)
        assert [(one.number, one.people, one.text) for one in found] == [
            (third, 2, "drei"),
            (first, 1, "eins"),
            (second, 1, "zwei"),
        ]
        assert found[0].asked_at == START
        page = await inbox.listing(session, offset=1, limit=1)
        assert [one.number for one in page] == [first]
        assert await inbox.count_open(session) == len(found)


async def test_an_item_is_told_by_its_oldest_open_question(database: Database) -> None:
    """What was withdrawn is compared with nothing any more."""
    first = await asked(database, "anna", "eins")
    await asked(database, "bert", "uno", joins=first)
    async with database.begin() as session:
        assert await inbox.open_texts(session) == [(first, "eins")]
    await close(database, first, QuestionState.WITHDRAWN)
    async with database.begin() as session:
        assert await inbox.open_texts(session) == [(first, "uno")]
        assert [one.text for one in await inbox.questions(session, number=first)] == ["uno"]
    await change(database, first, state=InboxState.ANSWERED)
    async with database.begin() as session:
        assert await inbox.open_texts(session) == []


async def test_an_item_that_begins_again_has_no_answer_yet(database: Database) -> None:
    """It is put before the editors anew; one that is open stays as it is."""
    number = await asked(database, "anna", "eins")
    async with database.begin() as session:
        item = await inbox.begin(session, number=number, now=START)
        assert (item.turn, item.version, item.shown) == (1, 1, 0)
    await change(database, number, state=InboxState.ANSWERED, answer="Ja.", reached=3)
    async with database.begin() as session:
        item = await inbox.begin(session, number=number, now=START)
        assert (item.state, item.turn, item.version) == (InboxState.OPEN, 2, 2)
        assert (item.answer, item.reached) == (None, 0)


async def test_what_has_to_be_shown_is_found(database: Database) -> None:
    """What has changed, and what was hidden until now."""
    number = await asked(database, "anna", "eins")
    later = START + timedelta(hours=1)
    async with database.begin() as session:
        assert await inbox.unshown(session, now=START, limit=5) == [number]
    await change(database, number, shown=1, hidden_until=later)
    async with database.begin() as session:
        assert await inbox.unshown(session, now=START, limit=5) == []
        assert await inbox.unshown(session, now=later, limit=5) == [number]


async def test_items_without_questions_are_closed_and_then_deleted(database: Database) -> None:
    """Once their messages say so."""
    number, kept = await asked(database, "anna", "eins"), await asked(database, "bert", "zwei")
    async with database.begin() as session:
        await session.delete(await session.get_one(Question, number))
    async with database.begin() as session:
        await inbox.forget(session)
    async with database.begin() as session:
        item = await session.get_one(InboxItem, number)
        assert (item.state, item.version) == (InboxState.CLOSED, 2)
        assert (await session.get_one(InboxItem, kept)).state == InboxState.OPEN
        item.shown = item.version
    async with database.begin() as session:
        await inbox.forget(session)
    async with database.begin() as session:
        assert list(await session.scalars(select(InboxItem.id))) == [kept]


async def test_a_message_is_known_by_what_it_shows_now(database: Database) -> None:
    """Its changes count, and those of other messages and other items do not."""

    async def send(key: str, words: str, source: str, *, edit: str | None = None) -> None:
        body = Document.of(words)
        target = MessageId(edit) if edit else None
        outgoing = Outgoing(key, ROOM, body, source=source, edit=target)
        async with database.begin() as session:
            await outbox.enqueue(session, outgoing, now=START)

    for number, source in ((1, "inbox:7"), (2, "inbox:7"), (3, "inbox:8")):
        await send(f"k{number}", "alt", source)
        (row,) = await claim(database)
        await finish(database, row, message=f"m{number}")
    await send("e1", "neu", "inbox:7", edit="m1")
    async with database.begin() as session:
        first, second = await inbox.posts(session, source="inbox:7")
        assert (first.message, first.busy, second.busy) == ("m1", True, False)
        assert first.shows == Document.of("neu").model_dump(mode="json")
        assert second.shows == Document.of("alt").model_dump(mode="json")
        for message, told in {"m1": "inbox:7", "m3": "inbox:8", "m4": None}.items():
            found = await deliveries.source_of(session, address=ROOM, message=MessageId(message))
            assert found == told


async def test_a_member_has_open_questions_or_none(database: Database) -> None:
    """Those that were answered do not count."""
    number = await asked(database, "anna", "eins")
    await asked(database, "anna", "zwei")
    await close(database, number, QuestionState.ANSWERED)
    async with database.begin() as session:
        member = (await session.get_one(Question, number)).member_id
        assert await inbox.count_open_of(session, member_id=member) == 1
