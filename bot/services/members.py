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


class Role(enum.StrEnum):
    """What somebody may do; an admin may do everything."""

    MEMBER = "member"
    """Everybody."""
    MODERATOR = "moderator"
    """Decides for the chat in question: alone with the bot everybody, in a room who leads it."""
    EDITOR = "editor"
    """Keeps the knowledge base and the events."""
    ANNOUNCER = "announcer"
    """Sends announcements."""
    APPROVER = "approver"
    """Approves announcements of others."""
    ADMIN = "admin"
    """Named in the configuration."""


GRANTED = (Role.EDITOR, Role.ANNOUNCER, Role.APPROVER)
"""The roles that admins give to members."""


@dataclass(frozen=True, slots=True)
class Person:
    """A member as handlers see one.

    Attributes:
        id: The member's number.
        language: What the person chose, or else what the network says, or ``None``.
        chose_language: Whether the person chose it here.
        roles: What the person is, here and everywhere.
    """

    id: int
    language: str | None
    chose_language: bool
    roles: frozenset[Role] = frozenset()

    @property
    def is_trusted(self) -> bool:
        """Whether somebody has given the person something to do here."""
        return bool(self.roles - {Role.MODERATOR})

    def may(self, role: Role) -> bool:
        """Tell whether the person may do what *role* may."""
        return role is Role.MEMBER or role in self.roles or Role.ADMIN in self.roles


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
    member, account = await members.note(session, sender=sender, now=now)
    roles = {Role(name) for name in await members.grants(session, member_id=member.id)}
    roles |= {Role.MODERATOR} if moderates else set()
    if await _is_admin(session, member.id, sender.identity, admins):
        roles.add(Role.ADMIN)
    return Person(
        id=member.id,
        language=member.language or normalise_language(account.language),
        chose_language=member.language is not None,
        roles=frozenset(roles),
    )


async def _is_admin(
    session: Session, member_id: int, identity: Identity, admins: frozenset[Identity]
) -> bool:
    """Tell whether any account of a person is an admin's: what one may do follows the person."""
    if identity in admins:
        return True
    if all(admin.channel == identity.channel for admin in admins):
        return False  # nobody has two accounts on one network
    accounts = await members.accounts(session, member_ids=[member_id])
    return any(Identity(one.channel, one.user) in admins for one in accounts)


async def known(session: Session, *, identity: Identity) -> int | None:
    """Return the number of the member behind an account; makes nobody a member."""
    return await members.find(session, identity=identity)


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
