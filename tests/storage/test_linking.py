"""Members become one and two again, with all that names them; chats hand over what they want."""

from datetime import timedelta

from sqlalchemy import select

from bot.messages import Address, Chat, ChatKind, Identity, Sender
from bot.storage import (
    calendars,
    chats,
    dialogs,
    events,
    grants,
    linking,
    members,
    merging,
    subscriptions,
    topics,
)
from bot.storage.engine import Database, Session
from bot.storage.models import (
    AuditEntry,
    ChatRow,
    DialogRow,
    EventWish,
    Grant,
    IdentityRow,
    Member,
    Subscription,
)
from tests.fakes import START


async def person(session: Session, channel: str, user: str) -> tuple[Member, ChatRow]:
    """Let somebody have written to the bot."""
    sender = Sender(Identity(channel, user), user.title())
    member, _ = await members.note(session, sender=sender, now=START)
    chat = Chat(Address(channel, user), ChatKind.DIRECT)
    row = await chats.note(session, chat=chat, now=START)
    await chats.belong(session, row, member_id=member.id)
    return member, row


async def test_everything_that_names_a_member_follows_but_the_audit_log(
    database: Database,
) -> None:
    """What there may be once only, such as a role, is there once."""
    async with database.begin() as session:
        (one, _), (two, chat) = await person(session, "a", "x"), await person(session, "b", "y")
        for member, role in ((one, "editor"), (two, "editor"), (two, "announcer")):
            await grants.add(session, member_id=member.id, role=role, granted_by=two.id, now=START)
        await dialogs.put(
            session, address=Address("b", "y"), member_id=two.id, subject="s", content={},
            expires_at=START + timedelta(hours=1),
        )  # fmt: skip
        session.add(AuditEntry(at=START, member_id=two.id, action="x", subject="y", details={}))
        two.language, two.project = "en", "Gera"
        await merging.merge(session, member=one, joining=two)
        numbers = one.id, two.id, chat.id
    async with database.begin() as session:
        member = await session.get_one(Member, numbers[0])
        assert (member.language, member.project) == ("en", "Gera")
        assert (await session.get_one(Member, numbers[1])).project is None
        held = (await session.scalars(select(Grant).order_by(Grant.role))).all()
        assert [(one.member_id, one.role, one.granted_by) for one in held] == [
            (numbers[0], "announcer", numbers[0]),
            (numbers[0], "editor", numbers[0]),
        ]
        for model in (IdentityRow, DialogRow):
            assert set(await session.scalars(select(model.member_id))) == {numbers[0]}
        assert (await session.get_one(ChatRow, numbers[2])).member_id == numbers[0]
        assert list(await session.scalars(select(AuditEntry.member_id))) == [numbers[1]]


async def test_what_belongs_to_an_account_goes_back_with_it(database: Database) -> None:
    """By its network."""
    async with database.begin() as session:
        (one, _), (two, chat) = await person(session, "a", "x"), await person(session, "b", "y")
        await merging.merge(session, member=one, joining=two)
        await merging.separate(session, member=one, leaving=two, channel="b")
        numbers = one.id, two.id, chat.id
    async with database.begin() as session:
        rows = await session.execute(select(IdentityRow.channel, IdentityRow.member_id))
        assert {row.channel: row.member_id for row in rows} == {"a": numbers[0], "b": numbers[1]}
        assert (await session.get_one(ChatRow, numbers[2])).member_id == numbers[1]


async def test_a_chat_hands_over_all_that_it_wants_and_its_name_in_keys(
    database: Database,
) -> None:
    """And the same way back, without anything left behind."""
    async with database.begin() as session:
        (_, old), (_, new) = await person(session, "a", "x"), await person(session, "b", "y")
        topic = await topics.add(session, name_de="K", name_en="K", now=START)
        await subscriptions.subscribe(
            session, chat_id=old.id, topic_id=topic.id, thread=None, now=START
        )
        (await subscriptions.settings(session, chat_id=old.id)).leads = "3d"
        event = await events.add(
            session, uid="e", kind="event", content={}, begins_at=START, over_at=None,
            imported=None, now=START,
        )  # fmt: skip
        await events.wish(
            session, event_id=event.id, chat_id=old.id, thread=None, wanted=True, now=START
        )
        await calendars.add(session, chat_id=old.id, token_hash="h", member_id=None, now=START)
        await linking.regard(session, home=old, other=new)
        numbers = old.id, new.id
    for old_id, new_id in (numbers, numbers[::-1]):
        async with database.begin() as session:
            old = await session.get_one(ChatRow, old_id)
            new = await session.get_one(ChatRow, new_id)
            await merging.rehome(session, old=old, new=new)
        async with database.begin() as session:
            rows = {one.id: one for one in await session.scalars(select(ChatRow))}
            assert (rows[new_id].home_id, rows[old_id].home_id) == (None, new_id)
            assert {one.keyed for one in rows.values()} == set(numbers)
            assert rows[new_id].keyed == numbers[0]
            assert (await subscriptions.settings(session, chat_id=new_id)).leads == "3d"
            for column in (Subscription.chat_id, EventWish.chat_id):
                assert list(await session.scalars(select(column))) == [new_id]
            assert await calendars.of_chat(session, chat_id=new_id) is not None


async def test_codes_are_found_while_they_hold_and_forgotten_after(database: Database) -> None:
    """At most one for each member, and none that was entered."""
    hour = timedelta(hours=1)
    async with database.begin() as session:
        (one, _), (two, _) = await person(session, "a", "x"), await person(session, "b", "y")
        for code_hash in ("old", "new"):
            await linking.put_code(
                session, member_id=one.id, channel="a", chat="x", code_hash=code_hash,
                now=START, until=START + hour,
            )  # fmt: skip
        assert await linking.code(session, code_hash="old", now=START) is None
        assert await linking.code(session, code_hash="new", now=START + hour) is None
        found = await linking.code(session, code_hash="new", now=START)
        assert found is not None
        found.entered_by = two.id
        await session.flush()
        assert await linking.code(session, code_hash="new", now=START) is None
        number = found.id
        assert await linking.entered(session, number=number, member_id=two.id, now=START)
        assert not await linking.entered(session, number=number, member_id=one.id, now=START)
        await linking.note_try(session, member_id=two.id, since=START - hour, now=START)
        assert await linking.tries(session, member_id=two.id, since=START - hour) == 1
        await linking.forget(session, now=START + hour, tried_before=START)
        assert await linking.tries(session, member_id=two.id, since=START - hour) == 0
