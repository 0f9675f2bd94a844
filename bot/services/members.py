"""Who a person is to the hub: language and role follow the member."""

import enum
from dataclasses import dataclass
from datetime import datetime

from bot.errors import UserError
from bot.messages import Identity, Sender
from bot.storage import members
from bot.storage.engine import Session
from bot.storage.models import Member
from bot.text.catalogue import LANGUAGES, normalise_language

_MOST_ECHOED = 40
"""Characters of a name that nobody knows which are repeated to its author."""


class Role(enum.IntEnum):
    """What somebody may do; a higher role may do all that a lower one may."""

    MEMBER = 0
    MODERATOR = 1
    """Decides for the chat in question: alone with the bot everybody, in a room who leads it."""
    ADMIN = 3


@dataclass(frozen=True, slots=True)
class Person:
    """A member as handlers see one.

    Attributes:
        id: The member's number.
        language: What the person chose, or else what the network says, or ``None``.
        chose_language: Whether the person chose it here.
        role: What the person may do.
    """

    id: int
    language: str | None
    chose_language: bool
    role: Role


async def recognise(
    session: Session,
    *,
    sender: Sender,
    admins: frozenset[Identity],
    moderates: bool = False,
    now: datetime,
) -> Person:
    """Return the person behind *sender*; somebody new becomes a member.

    Args:
        session: The transaction.
        sender: As the network names them.
        admins: The hub's, who may decide everywhere.
        moderates: Whether the person decides for the chat at hand.
        now: The present.
    """
    role = Role.MODERATOR if moderates else Role.MEMBER
    member, account = await members.note(session, sender=sender, now=now)
    return Person(
        id=member.id,
        language=member.language or normalise_language(account.language),
        chose_language=member.language is not None,
        role=Role.ADMIN if sender.identity in admins else role,
    )


async def choose_language(session: Session, *, member_id: int, wanted: str) -> str:
    """Keep the language that a member chose, and return its code.

    Args:
        session: The transaction.
        member_id: Whose.
        wanted: A code or a name, in either language.

    Raises:
        UserError: The hub does not speak it.
    """
    language = language_named(wanted)
    if language is None:
        raise UserError("language-unknown", language=wanted[:_MOST_ECHOED])
    member = await session.get_one(Member, member_id)
    member.language = language
    return language


def language_named(wanted: str) -> str | None:
    """Return the code of a language by its code or name, in either language."""
    return _LANGUAGE_NAMES.get(wanted.casefold().strip())


_LANGUAGE_NAMES = {code: code for code in LANGUAGES} | {
    "deutsch": "de",
    "german": "de",
    "englisch": "en",
    "english": "en",
}
