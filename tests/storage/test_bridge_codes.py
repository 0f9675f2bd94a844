"""A code and a request are used once, whoever comes first, and forgotten together."""

import asyncio
from datetime import timedelta

from sqlalchemy import func, select

from bot.messages import Identity, Sender
from bot.storage import bridge_codes, members
from bot.storage.bridge_models import BridgeCode, BridgeRequest
from bot.storage.engine import Database, Session
from tests.fakes import START

LASTS = timedelta(minutes=10)


async def coded(session: Session) -> BridgeCode:
    """Let somebody have made a code."""
    sender = Sender(Identity("matrix", "@anna:x"), "Anna")
    member, _ = await members.note(session, sender=sender, now=START)
    code = BridgeCode(
        code_hash="h", channel="matrix", chat="!a:x", direction="both", member_id=member.id,
        made_at=START, expires_at=START + LASTS,
    )  # fmt: skip
    await bridge_codes.issue(session, code)
    return code


async def requested(session: Session) -> BridgeRequest:
    """Let somebody have entered it."""
    code = await coded(session)
    request = BridgeRequest(
        code_id=code.id, channel="telegram", chat="-100", direction="both",
        member_id=code.member_id, made_at=START, expires_at=START + LASTS,
    )  # fmt: skip
    return await bridge_codes.ask(session, request)


async def test_a_request_is_answered_once(database: Database) -> None:
    """Also by two at the same time, and not when it is too old."""
    async with database.begin() as session:
        number = (await requested(session)).id

    async def answer() -> bool:
        async with database.begin() as session:
            return await bridge_codes.answer(session, number=number, now=START)

    async with database.begin() as session:
        assert not await bridge_codes.answer(session, number=number, now=START + LASTS)
    async with asyncio.TaskGroup() as tasks:
        answers = [tasks.create_task(answer()) for _ in range(4)]
    assert sorted(one.result() for one in answers) == [False, False, False, True]


async def test_looking_at_a_code_leaves_it(database: Database) -> None:
    """It is found until somebody has used it."""
    async with database.begin() as session:
        await coded(session)
    for _ in range(2):
        async with database.begin() as session:
            assert await bridge_codes.find(session, code_hash="h", now=START)
    async with database.begin() as session:
        assert await bridge_codes.redeem(session, code_hash="h", now=START)
        assert await bridge_codes.find(session, code_hash="h", now=START) is None


async def test_a_chat_that_moves_keeps_what_it_asked_for(database: Database) -> None:
    """Under its new address, on both sides."""
    async with database.begin() as session:
        number = (await requested(session)).id
        await bridge_codes.move(session, channel="telegram", chat="-100", to="-200")
        await bridge_codes.move(session, channel="matrix", chat="!a:x", to="!b:x")
    async with database.begin() as session:
        found = await bridge_codes.request(session, number=number)
        assert found
        assert (found[0].chat, found[1].chat) == ("-200", "!b:x")


async def test_a_request_is_forgotten_with_its_code(database: Database) -> None:
    """And not before."""
    async with database.begin() as session:
        await requested(session)
        await bridge_codes.forget(session, before=START + LASTS)
        assert await session.scalar(select(func.count()).select_from(BridgeRequest)) == 1
        await bridge_codes.forget(session, before=START + LASTS * 2)
    async with database.begin() as session:
        for table in (BridgeRequest, BridgeCode):
            assert await session.scalar(select(func.count()).select_from(table)) == 0
