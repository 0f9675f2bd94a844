"""What people are told in their direct chats without having asked."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from bot.config import Settings
from bot.delivery import outbox
from bot.delivery.outbox import Outgoing
from bot.messages import Address
from bot.storage.engine import Session
from bot.storage.models import ChatRow, Member
from bot.text import catalogue
from bot.text.catalogue import normalise_language
from bot.text.document import Document

Word = Callable[[str], Document]
"""Words something for who reads a language."""


class Reachable(NamedTuple):
    """A direct chat in which a member can be told something.

    Attributes:
        member_id: Whose.
        address: Where.
        language: In which they read.
    """

    member_id: int
    address: Address
    language: str


def reached(
    rows: Iterable[tuple[ChatRow, Member, str | None]], settings: Settings
) -> list[Reachable]:
    """Return direct chats with the language of each: chosen, the network's, or the hub's."""
    return [
        Reachable(
            member.id,
            Address(chat.channel, chat.chat),
            member.language or normalise_language(spoken) or settings.hub.language,
        )
        for chat, member, spoken in rows
    ]


async def tell(
    session: Session,
    people: Iterable[Reachable],
    message: str,
    *,
    key: str,
    now: datetime,
    **values: str | int,
) -> int:
    """Tell people a *message* of the catalogue, each in their language; return how many.

    Args:
        session: The transaction.
        people: Whom.
        message: The message's name.
        key: Of what it is told, at most 180 characters: nobody is told the same twice.
        now: The present.
        values: What fills the message's placeholders.
    """
    told = 0
    for one in people:
        body = catalogue.document(one.language, message, **values)
        told += await _send(session, one, body, key=key, now=now)
    return told


async def show(
    session: Session,
    people: Iterable[Reachable],
    word: Word,
    *,
    key: str,
    now: datetime,
) -> int:
    """Show people something, worded for the language of each; return how many, as :func:`tell`."""
    told = 0
    for one in people:
        told += await _send(session, one, word(one.language), key=key, now=now)
    return told


async def _send(
    session: Session, one: Reachable, body: Document, *, key: str, now: datetime
) -> bool:
    # By member and network, because the id of a chat may be as long as a whole key.
    mine = f"{key}:{one.member_id}:{one.address.channel}"
    if await outbox.is_known(session, key=mine):
        return False
    outgoing = Outgoing(mine, one.address, body, notify=True)
    return await outbox.enqueue(session, outgoing, now=now)
