"""Roles that admins give in chat, and where those who have them are reached."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from bot.config import Settings
from bot.errors import UserError
from bot.messages import Identity, network
from bot.places import fold
from bot.services import informing
from bot.services.informing import Reachable, reached
from bot.services.members import GRANTED, Role
from bot.storage import grants, members
from bot.storage.engine import Session
from bot.storage.models import IdentityRow
from bot.text import catalogue
from bot.timing.times import echo

__all__ = [
    "NAMES", "Holder", "Reachable", "accounts_of", "chats_of", "grant", "holders", "inform",
    "person", "reachable", "read_role", "revoke",
]  # fmt: skip

NAMES = {
    Role.EDITOR: "role-editor",
    Role.ANNOUNCER: "role-announcer",
    Role.APPROVER: "role-approver",
}
"""The catalogue's names of what the roles are called."""

_WORDS = {
    "redaktion": Role.EDITOR,
    "redakteur": Role.EDITOR,
    "redakteurin": Role.EDITOR,
    "editor": Role.EDITOR,
    "ankuendigungen": Role.ANNOUNCER,
    "ankuendigung": Role.ANNOUNCER,
    "announcer": Role.ANNOUNCER,
    "announcements": Role.ANNOUNCER,
    "freigabe": Role.APPROVER,
    "freigaben": Role.APPROVER,
    "approver": Role.APPROVER,
    "approval": Role.APPROVER,
}
_NEAR = 0.6
"""Least similarity (1 is equal) at which another word is proposed."""
_MOST_NAMED = 5
"""Accounts that are listed when several people have the same name."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with roles, or who could have some.

    Attributes:
        member_id: Their number.
        name: What their network shows; chosen by the person, so never trusted.
        accounts: As ``telegram:4711``, the oldest first.
        roles: Those that were given to them, in the usual order.
    """

    member_id: int
    name: str
    accounts: tuple[str, ...]
    roles: tuple[Role, ...] = ()


def read_role(typed: str) -> Role:
    """Return the role of this name, in either language.

    Raises:
        UserError: There is none; the nearest one is proposed.
    """
    role = _WORDS.get(fold(typed))
    if role is not None:
        return role
    found = process.extractOne(
        fold(typed),
        list(_WORDS),
        scorer=DamerauLevenshtein.normalized_similarity,
        score_cutoff=_NEAR,
    )
    if found is None:
        raise UserError("role-unknown", typed=echo(typed))
    raise UserError("role-unknown-nearest", typed=echo(typed), nearest=_shown(found[0]))


def _shown(word: str) -> str:
    return word.replace("ue", "ü").title() if word.startswith("ank") else word.title()


async def person(session: Session, typed: str) -> Holder:
    """Return whom *typed* means: an account, a Matrix address, or a name that only one has.

    Raises:
        UserError: Nobody who has ever written to the bot, or several people.
    """
    account = await _account(session, typed.strip())
    if account is not None:
        return _holder(account.member_id, [account])
    named = await members.named(session, name=typed.strip())
    if not named:
        raise UserError("person-unknown", typed=echo(typed))
    if len({one.member_id for one in named}) > 1:
        shown = ", ".join(_written(one) for one in named[:_MOST_NAMED])
        raise UserError("person-ambiguous", typed=echo(typed), accounts=shown)
    return _holder(named[0].member_id, named)


async def _account(session: Session, typed: str) -> IdentityRow | None:
    text = f"matrix:{typed}" if typed.startswith("@") else typed
    channel, _, user = text.partition(":")
    return await members.account(session, channel=channel.casefold(), user=user)


async def grant(
    session: Session, *, admin: int, account: str, role: Role, now: datetime
) -> Holder:
    """Give a role to a person.

    Args:
        session: The transaction.
        admin: The member who gives it.
        account: Whom, as it was typed; see :func:`person`.
        role: One of :data:`bot.services.members.GRANTED`.
        now: The present.

    Raises:
        UserError: The person is unknown or not the only one of that name, or has the role.
    """
    who = await person(session, account)
    if not await grants.add(
        session, member_id=who.member_id, role=role, granted_by=admin, now=now
    ):
        raise UserError("role-held", account=who.accounts[0])
    return who


async def revoke(session: Session, *, account: str, role: Role) -> Holder:
    """Take a role from a person.

    Raises:
        UserError: The person is unknown or not the only one of that name, or has no such role.
    """
    who = await person(session, account)
    if not await grants.remove(session, member_id=who.member_id, role=role):
        raise UserError("role-not-held", account=who.accounts[0])
    return who


async def holders(session: Session, role: Role | None = None) -> list[Holder]:
    """Return everybody who was given *role*, or any role, in the order they came to the bot."""
    accounts: dict[int, list[IdentityRow]] = {}
    held: dict[int, set[Role]] = {}
    for name, member_id, account in await grants.given(session, role=role):
        held.setdefault(member_id, set()).add(Role(name))
        known = accounts.setdefault(member_id, [])
        if account not in known:
            known.append(account)
    return [_holder(one, accounts[one], held[one]) for one in accounts]


async def accounts_of(session: Session, *, member_id: int) -> list[str]:
    """Return a member's accounts, as ``telegram:4711``."""
    rows = await members.accounts(session, member_ids=[member_id])
    return [_written(row) for row in rows]


def configured_admins(settings: Settings) -> frozenset[Identity]:
    """Return who is an admin by the configuration, as seen by each of the hub's accounts.

    Each account sees the same person under the same number or name.
    """
    channels = settings.channels.names
    named = [Identity.parse(text) for text in settings.admins]
    return frozenset(named) | {
        Identity(channel, one.user)
        for one in named
        for channel in channels
        if network(channel) == one.channel
    }


async def reachable(
    session: Session, *, roles: Collection[Role], settings: Settings, but: str | None = None
) -> list[Reachable]:
    """Return the direct chats of everybody who has one of *roles* or is an admin.

    On each network it is the one in which the person wrote last; who never wrote to the bot
    alone, or has blocked it, can't be reached. Of a linked person it is the one in which they
    are told things, or the other if that is on the network *but*, on which nobody is told any.
    """
    admins = configured_admins(settings)
    rows = await grants.direct_chats(session, roles=roles, admins=admins, but=but)
    return reached(rows, settings)


async def chats_of(session: Session, *, member_id: int, settings: Settings) -> list[Reachable]:
    """Return the direct chats of one member, likewise."""
    return reached(await grants.chats_of(session, member_id=member_id), settings)


async def inform(
    session: Session,
    *,
    member_id: int,
    role: Role,
    given: bool,
    key: str,
    settings: Settings,
    now: datetime,
) -> bool:
    """Tell a person that they were given a role or that it was taken from them.

    Returns:
        Whether they can be reached.
    """
    told = 0
    for one in await chats_of(session, member_id=member_id, settings=settings):
        name = catalogue.text(one.language, NAMES[role])
        message = "role-given-you" if given else "role-taken-you"
        told += await informing.tell(session, [one], message, key=key, now=now, role=name)
    return bool(told)


def _holder(
    member_id: int, accounts: Sequence[IdentityRow], roles: Collection[Role] = ()
) -> Holder:
    name = next((one.name for one in accounts if one.name), "")
    written = tuple(_written(one) for one in accounts)
    return Holder(member_id, name, written, tuple(one for one in GRANTED if one in roles))


def _written(account: IdentityRow) -> str:
    return str(Identity(account.channel, account.user))
