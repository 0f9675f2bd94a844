from collections.abc import Collection
from datetime import timedelta

from bot.messages import Address, Chat, ChatKind, Identity, Sender
from bot.storage import audit, chats, grants, members
from bot.storage.engine import Database, Session
from tests.fakes import START

LATER = START + timedelta(days=1)


async def arrive(session: Session, user: str, *, kind: ChatKind = ChatKind.DIRECT) -> int:
    """Let somebody write to the bot, and return their number as a member."""
    sender = Sender(Identity("telegram", user), f"Name {user}", "en")
    member, _ = await members.note(session, sender=sender, now=START)
    chat = Chat(Address("telegram", user), kind)
    row = await chats.note(session, chat=chat, now=START)
    await chats.belong(session, row, member_id=member.id)
    return member.id


async def reached(
    session: Session, *, roles: Collection[str] = (), admins: Collection[str] = ()
) -> list[str]:
    identities = [Identity("telegram", user) for user in admins]
    rows = await grants.direct_chats(session, roles=roles, admins=identities)
    return [chat.chat for chat, _, language in rows if language == "en"]


async def test_a_role_is_given_once_and_taken_once(database: Database) -> None:
    """A repeat says that nothing changed."""
    async with database.begin() as session:
        anna = await arrive(session, "1")
        for given in (True, False):
            assert given is await grants.add(
                session, member_id=anna, role="editor", granted_by=anna, now=START
            )
        assert await members.grants(session, member_id=anna) == ["editor"]
        for taken in (True, False):
            assert taken is await grants.remove(session, member_id=anna, role="editor")
        assert await members.grants(session, member_id=anna) == []


async def test_direct_chats_of_holders_and_admins_are_found(database: Database) -> None:
    """Each once, whatever they are; neither rooms nor chats that were left."""
    async with database.begin() as session:
        anna, bert = await arrive(session, "1"), await arrive(session, "2")
        await arrive(session, "3")
        await arrive(session, "4", kind=ChatKind.ROOM)
        for role in ("editor", "approver"):
            await grants.add(session, member_id=anna, role=role, granted_by=bert, now=START)
        assert await reached(session) == []
        assert await reached(session, roles=["editor", "approver"], admins=["1"]) == ["1"]
        assert await reached(session, roles=["announcer"], admins=["2", "4", "9"]) == ["2"]
        assert await reached(session, roles=["editor"], admins=["3"]) == ["1", "3"]
        await chats.leave(session, channel="telegram", chat="1", reason="blocked", now=LATER)
        assert await reached(session, roles=["editor"]) == []


async def test_a_direct_chat_that_moves_keeps_its_person(database: Database) -> None:
    """Also when its new room was heard of before."""
    async with database.begin() as session:
        anna = await arrive(session, "1")
        new = Chat(Address("telegram", "11"), ChatKind.DIRECT)
        await chats.note(session, chat=new, now=START)
        await chats.move(session, channel="telegram", chat="1", to="11")
        (found,) = await grants.chats_of(session, member_id=anna)
        assert found[0].chat == "11"


async def test_names_are_found_whatever_their_capitals(database: Database) -> None:
    """As far as the database knows its letters."""
    async with database.begin() as session:
        anna = await arrive(session, "1")
        for name in ("Name 1", "NAME 1", "name 1"):
            (found,) = await members.named(session, name=name)
            assert found.member_id == anna
        assert await members.named(session, name="Name") == []


async def test_the_audit_log_is_read_backwards_and_forgets(database: Database) -> None:
    """By subject or whole, a page at a time."""
    async with database.begin() as session:
        anna = await arrive(session, "1")
        for number, who in ((1, anna), (2, None), (3, anna)):
            await audit.add(
                session,
                action="announcement-sent",
                subject=f"announcement:{number % 2}",
                member_id=who,
                details={"number": number},
                now=START if number == 1 else LATER,
            )
        whole = await audit.recent(session, subject=None, offset=0, limit=2)
        rest = await audit.recent(session, subject=None, offset=2, limit=2)
        assert [row.details["number"] for row in (*whole, *rest)] == [3, 2, 1]
        odd = await audit.recent(session, subject="announcement:1", offset=0, limit=9)
        assert [row.details["number"] for row in odd] == [3, 1]
        assert await audit.forget(session, before=LATER) == 1
