from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.messages import Address, Chat, ChatKind, Identity, MessageId, Sender
from bot.storage import announcements, chats, deliveries, events, members, questions
from bot.storage.engine import Database
from bot.storage.models import (
    Action,
    Announcement,
    ChatRow,
    Delivery,
    DeliveryState,
    DigestItem,
    Member,
    Question,
    QuestionState,
)
from tests.fakes import START
from tests.storage.rows import ROOM, claim, delivery, finish, put, states

OLD, NEW = Chat(ROOM, ChatKind.ROOM, "Digitales"), Chat(Address("fake", "new"), ChatKind.ROOM)


async def noted(database: Database, chat: Chat) -> ChatRow:
    async with database.begin() as session:
        return await chats.note(session, chat=chat, now=START)


async def found(database: Database, chat: str) -> ChatRow | None:
    async with database.begin() as session:
        return await chats.find(session, channel="fake", chat=chat)


async def left(database: Database, chat: str = "room") -> None:
    async with database.begin() as session:
        await chats.leave(session, channel="fake", chat=chat, reason="kicked", now=START)


async def moved(database: Database) -> None:
    async with database.begin() as session:
        await chats.move(session, channel="fake", chat="room", to="new")


async def test_a_chat_is_made_when_first_heard_from(database: Database) -> None:
    """It may be written to, and only questions addressed to the bot are answered there."""
    await noted(database, OLD)
    row = await found(database, "room")
    assert row is not None
    assert (row.kind, row.title, row.ambient, row.left_at) == ("room", "Digitales", False, None)
    assert row.joined_at == START


async def test_hearing_again_refreshes_a_chat_and_keeps_its_settings(database: Database) -> None:
    """A new title counts, no title keeps the old one, and what was set stays."""
    async with database.begin() as session:
        row = await chats.note(session, chat=OLD, now=START)
        row.ambient, row.language = True, "en"
    await noted(database, Chat(ROOM, ChatKind.ROOM, "Neu"))
    again = await noted(database, Chat(ROOM, ChatKind.BROADCAST))
    assert (again.title, again.kind, again.ambient, again.language) == (
        "Neu", "broadcast", True, "en",
    )  # fmt: skip
    async with database.begin() as session:
        assert len((await session.scalars(select(ChatRow))).all()) == 1


@pytest.mark.parametrize("encrypted", [True, False])
async def test_what_the_network_says_of_encryption_is_kept(
    database: Database, *, encrypted: bool
) -> None:
    """A message from which nothing is learnt changes nothing; a later word counts."""
    assert (await noted(database, OLD)).encrypted is None
    assert (await noted(database, replace(OLD, encrypted=encrypted))).encrypted is encrypted
    assert (await noted(database, OLD)).encrypted is encrypted
    again = await noted(database, replace(OLD, encrypted=not encrypted))
    assert again.encrypted is not encrypted


async def test_a_left_chat_gives_up_what_waits_for_it_and_nothing_else(database: Database) -> None:
    """Other chats' messages, and what was sent already, stay as they are."""
    await noted(database, OLD)
    await put(database, "sent")
    (row,) = await claim(database)
    await finish(database, row)
    await put(database, "topic", address=Address("fake", "room", "topic"))
    await put(database, "elsewhere", address=Address("fake", "other"))
    await put(database, "namesake", address=Address("other", "room"))

    await left(database)

    assert await states(database) == {
        "sent": "sent", "topic": "gone", "elsewhere": "waiting", "namesake": "waiting",
    }  # fmt: skip
    given_up = await delivery(database, "topic")
    assert (given_up.error, given_up.done_at) == ("kicked", START)
    async with database.begin() as session:
        chat = await chats.find(session, channel=OLD.address.channel, chat=OLD.address.chat)
        assert chat is not None
        assert chat.left_at == START


async def test_what_is_being_sent_when_a_chat_is_left_ends_by_itself(database: Database) -> None:
    """Only its relay knows what became of it."""
    await put(database, "flying")
    (row,) = await claim(database)
    await left(database)
    assert await finish(database, row)
    assert await states(database) == {"flying": "sent"}


async def test_leaving_twice_keeps_the_first_reason(database: Database) -> None:
    """The later report of the same loss does not hide when and why it began."""
    await noted(database, OLD)
    await left(database)
    async with database.begin() as session:
        later = START + timedelta(days=1)
        await chats.leave(session, channel="fake", chat="room", reason="again", now=later)
    row = await found(database, "room")
    assert row is not None
    assert (row.left_at, row.left_reason) == (START, "kicked")


async def test_a_chat_that_is_heard_from_again_is_no_longer_left(database: Database) -> None:
    """Being invited again is enough."""
    await noted(database, OLD)
    await left(database)
    row = await noted(database, OLD)
    assert (row.left_at, row.left_reason) == (None, None)


async def asked(database: Database, address: Address) -> int:
    async with database.begin() as session:
        sender = Sender(Identity("fake", "anna"), "Anna")
        member, _ = await members.note(session, sender=sender, now=START)
        question = await questions.add(
            session,
            text="Wann?",
            address=address,
            message=MessageId("q"),
            member_id=member.id,
            asked_in="room",
            language="de",
            state=QuestionState.OPEN,
            confidence=0.1,
            entry=None,
            candidates=[],
            now=START,
        )
        return question.id


async def test_a_move_rewrites_the_address_everywhere(database: Database) -> None:
    """The chat, what waits, what is being sent, and its questions live on under the new id."""
    await noted(database, OLD)
    topic = Address("fake", "room", "topic")
    number = await asked(database, topic)
    await put(database, "sent")
    (row,) = await claim(database)
    await finish(database, row)
    await put(database, "flying", address=topic)
    await put(database, "waiting", priority=20)
    (flying,) = await claim(database, limit=1)

    await moved(database)

    row_of_chat = await found(database, "new")
    assert row_of_chat is not None
    assert row_of_chat.title == "Digitales"
    assert await found(database, "room") is None
    for key, chat in [("sent", "room"), ("flying", "new"), ("waiting", "new")]:
        assert (await delivery(database, key)).chat == chat
    # Threads belong to the old chat; there is none of that name in the new one.
    assert (await delivery(database, "flying")).thread is None
    assert await finish(database, flying, state=DeliveryState.SENT)
    async with database.begin() as session:
        question = await session.get_one(Question, number)
        assert (question.chat, question.thread) == ("new", None)


async def test_a_move_to_a_chat_that_is_known_already_keeps_the_settings(
    database: Database,
) -> None:
    """The network may report the new chat before it reports the move."""
    async with database.begin() as session:
        row = await chats.note(session, chat=OLD, now=START)
        row.ambient, row.language = True, "en"
    await noted(database, NEW)
    await moved(database)
    row_of_chat = await found(database, "new")
    assert row_of_chat is not None
    assert (row_of_chat.ambient, row_of_chat.language) == (True, "en")
    assert await found(database, "room") is None


async def test_a_move_to_a_known_chat_carries_over_what_waits_for_the_old_one(
    database: Database,
) -> None:
    """What is collected, what is wished, and announcements for this very room."""
    old, new = await noted(database, OLD), await noted(database, NEW)
    async with database.begin() as session:
        event = await events.add(
            session, uid="e", kind="event", content={}, begins_at=START, over_at=None,
            imported=None, now=START,
        )  # fmt: skip
        await events.wish(
            session, event_id=event.id, chat_id=old.id, thread="t", wanted=True, now=START
        )
        body = await deliveries.add_body(session, content={}, now=START)
        item = DigestItem(
            key="i", chat_id=old.id, body_id=body, source="event:1", slot_at=START,
            created_at=START,
        )  # fmt: skip
        session.add(item)
        member = Member(created_at=START)
        session.add(member)
        await session.flush()
        draft = await announcements.add(
            session, author_id=member.id, address=ROOM, language="de", texts={"de": "x"},
            attachment=None, audience={"chats": [old.id, 99]}, now=START,
        )  # fmt: skip
    await moved(database)
    async with database.begin() as session:
        assert await events.wished(session, event_id=event.id, chat_id=new.id)
        assert (await session.get_one(DigestItem, item.id)).chat_id == new.id
        kept = await session.get_one(Announcement, draft.id)
        assert kept.audience == {"chats": [new.id, 99]}


async def test_what_is_halted_moves_and_what_changes_a_message_stays(database: Database) -> None:
    """The old message's id means another one in the new chat."""
    await noted(database, OLD)
    await put(database, "halted")
    await put(database, "edit", action=Action.EDIT, target=MessageId("m1"))
    async with database.begin() as session:
        await session.execute(
            update(Delivery).where(Delivery.key == "halted").values(state=DeliveryState.PAUSED)
        )
    await moved(database)
    for key, chat in [("halted", "new"), ("edit", "room")]:
        assert (await delivery(database, key)).chat == chat


@pytest.mark.parametrize("times", [1, 2])
async def test_moving_again_is_harmless(database: Database, times: int) -> None:
    """Each message that comes back reports the same move."""
    await noted(database, OLD)
    await put(database, "waiting")
    for _ in range(times):
        await moved(database)
    row = await found(database, "new")
    assert row is not None
    assert row.title == "Digitales"
    assert (await delivery(database, "waiting")).chat == "new"


async def test_a_chat_that_nobody_noted_can_move_and_be_left(database: Database) -> None:
    """Messages may be on their way to a chat that never spoke."""
    await put(database, "waiting")
    await moved(database)
    assert (await delivery(database, "waiting")).chat == "new"
    await left(database, "new")
    assert await states(database) == {"waiting": "gone"}
