"""Chats that want to be connected with another one, which is asked before anything is mirrored."""

from datetime import datetime

from bot.config import Settings
from bot.errors import UserError
from bot.messages import Address, Chat
from bot.services import bridge_connecting, bridge_rights, bridges
from bot.services.bridge_rights import Point, Rights
from bot.services.bridge_signing import visible
from bot.storage import bridge_codes, members
from bot.storage.bridge_models import BridgeCode, BridgeMember, BridgeRequest
from bot.storage.engine import Session


async def concerned(session: Session, *, number: int) -> list[Point]:
    """Return of whom it matters whether they still lead the chat that wants to join."""
    found = await bridge_codes.request(session, number=number)
    if found is None:
        return []
    request, _ = found
    return await bridge_rights.points(
        session, Address(request.channel, request.chat), [request.member_id]
    )


async def tell(session: Session, request: BridgeRequest, *, language: str, now: datetime) -> None:
    """Ask the chat of a code whether the one in which it was entered may join."""
    found = await bridge_codes.request(session, number=request.id)
    if found is None:
        return
    _, code = found
    message = "bridge-request" if code.confirmed_at is None else "bridge-request-opened"
    await bridges.tell_chat(
        session,
        _address(code),
        message,
        key=f"request:{request.id}",
        now=now,
        language=language,
        buttons={
            "bridge-request-yes": f"bridge:yes:{request.id}",
            "bridge-request-no": f"bridge:no:{request.id}",
        },
        values={
            "room": bridges.named(request),
            "asker": await _asker(session, request),
            "minutes": round(bridge_connecting.VALID.total_seconds() / 60),
        },
    )


def _address(side: BridgeCode | BridgeRequest) -> Address:
    return Address(side.channel, side.chat, side.thread or None)


async def _asker(session: Session, request: BridgeRequest) -> str:
    """Return who asks: the name, which its owner chooses, and the account, which they do not."""
    for one in await members.accounts(session, member_ids=[request.member_id]):
        if one.channel == request.channel:
            account = visible(str(one.user))
            return f"„{visible(one.name)}“, {account}" if visible(one.name) else account
    return f"#{request.member_id}"


async def _answered(
    session: Session, number: int, chat: Chat, now: datetime
) -> tuple[BridgeRequest, BridgeCode]:
    """Take the one answer to a request.

    Raises:
        UserError: There is none that waits in this chat.
    """
    found = await bridge_codes.request(session, number=number)
    if found is None:
        raise UserError("bridge-request-gone")
    request, code = found
    if (code.channel, code.chat) != (chat.address.channel, chat.address.chat):
        raise UserError("button-gone")
    if not await bridge_codes.answer(session, number=number, now=now):
        raise UserError("bridge-request-gone")
    return request, code


async def agree(
    session: Session,
    *,
    number: int,
    chat: Chat,
    member_id: int,
    rights: Rights,
    settings: Settings,
    now: datetime,
) -> BridgeMember:
    """Connect a chat that was asked with the one that wants to join.

    Args:
        session: The transaction.
        number: Of the request.
        chat: The chat that was asked.
        member_id: Who agrees; they lead it.
        rights: Whether who asked still leads the other one.
        settings: The operator's.
        now: The present.

    Raises:
        UserError: There is no such request any more, or something stands against it now.
    """
    request, code = await _answered(session, number, chat, now)
    there = Address(request.channel, request.chat, request.thread or None)
    if (
        await bridge_rights.leads(
            session, request.member_id, Address(request.channel, request.chat), rights, settings
        )
        is False
    ):
        raise UserError("bridge-request-lapsed")
    if request.confirmed_at is None and await bridge_connecting.is_encrypted(session, there):
        raise UserError("bridge-encrypted-there")
    await bridge_connecting.require_connectable(session, code, there)
    member = await bridge_connecting.join(session, code, request, now=now)
    await bridges.note(session, "bridge-agreed", member, member_id=member_id, now=now)
    return member


async def refuse(
    session: Session, *, number: int, chat: Chat, language: str, now: datetime
) -> str:
    """Let a chat not join, tell it so, and return what it is called.

    Raises:
        UserError: There is no such request any more.
    """
    request, code = await _answered(session, number, chat, now)
    await bridges.tell_chat(
        session,
        _address(request),
        "bridge-request-refused-there",
        key=f"refused:{request.id}",
        now=now,
        language=language,
        values={"room": bridges.named(code)},
    )
    return bridges.named(request)
