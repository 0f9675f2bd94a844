"""The audit log: who did what that others may have to answer for."""

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from bot.messages import Identity
from bot.services import roles
from bot.storage import audit, linking, members
from bot.storage.engine import Session
from bot.text import catalogue

ACTIONS = (
    "role-granted", "role-revoked", "account-linked", "account-unlinked", "person-erased",
    "topic-created", "topic-renamed", "topic-retired",
    "event-saved", "event-cancelled", "event-extended", "event-postponed",
    "ambient-on", "ambient-off",
    "announcement-sent", "announcement-scheduled", "announcement-approved",
    "announcement-refused", "announcement-paused", "announcement-resumed",
    "announcement-cancelled", "announcement-edited", "announcement-recalled",
    "announcement-retried", "announcement-missed",
    "entry-taught", "entry-changed", "entry-retired", "entry-reviewed", "entry-owned",
    "entry-paced",
    "phrasing-added", "phrasing-removed",
    "question-answered", "question-linked", "question-dismissed",
    "question-revised",
    "source-added", "source-changed", "source-paused", "source-resumed", "source-removed",
    "source-token-renewed",
    "source-moved", "source-published", "source-calendared", "source-dropped",
    "source-corrected",
    "bridge-connected", "bridge-agreed", "bridge-parted", "own-network-on", "own-network-off",
)  # fmt: skip
"""What is written down; each has a sentence in the catalogue, by its name behind ``audit-``."""

_LONGEST = 80
"""Characters of a name or title that are shown."""
_SHORT = re.compile(r"[a-z0-9-]{1,40}")
"""An id that is part of a subject, which has to fit into a button."""
_ABBREVIATED = 12


@dataclass(frozen=True, slots=True)
class Noted:
    """An entry of the log.

    Attributes:
        at: When.
        who: The person's name, or else their account, or a number that leads to nobody;
            ``None`` for the bot itself.
        action: One of :data:`ACTIONS`, or what another version of this program wrote.
        details: What fills the placeholders of its sentence.
    """

    at: datetime
    who: str | None
    action: str
    details: dict[str, str | int]


async def note(
    session: Session,
    *,
    action: str,
    subject: str,
    member_id: int | None,
    now: datetime,
    **details: str | int,
) -> int:
    """Write down who did what, in the transaction in which it is done.

    Args:
        session: The transaction.
        action: One of :data:`ACTIONS`.
        subject: To what: ``announcement:12``, ``event:8``, ``member:3``; at most 64 characters.
        member_id: Who; ``None`` for the bot itself.
        now: The present.
        details: What fills the placeholders of the sentence; never a text that was sent.

    Returns:
        The entry's number.

    Raises:
        ValueError: The action has no sentence, or a placeholder of it no value.
    """
    if action not in ACTIONS:
        raise ValueError(f"no such action: {action}")
    if missing := catalogue.placeholders(f"audit-{action}") - details.keys():
        raise ValueError(f"{action} needs {sorted(missing)}")
    return await audit.add(
        session, action=action, subject=subject, member_id=member_id, details=details, now=now
    )


def of_entry(name: str) -> str:
    """Return the subject that an entry of the knowledge base is; long ids are abbreviated."""
    if _SHORT.fullmatch(name):
        return f"entry:{name}"
    return f"entry:{sha256(name.encode()).hexdigest()[:_ABBREVIATED]}"


async def recent(
    session: Session, *, subject: str | None = None, offset: int = 0, limit: int
) -> list[Noted]:
    """Return what was done, the newest first.

    Args:
        session: The transaction.
        subject: To what; ``None`` for everything.
        offset: How many newer entries to pass over.
        limit: How many at most.
    """
    rows = await audit.recent(session, subject=subject, offset=offset, limit=limit)
    names = await _names(session, {row.member_id for row in rows if row.member_id is not None})
    return [Noted(row.at, _who(row.member_id, names), row.action, row.details) for row in rows]


async def name_of(session: Session, *, member_id: int) -> str:
    """Return what a member is called: the name that an account shows, or else an account.

    Whoever is erased has neither, and is a number that leads to nobody.
    """
    return (await _names(session, {member_id})).get(member_id, f"#{member_id}")


def _who(member_id: int | None, names: dict[int, str]) -> str | None:
    return None if member_id is None else names.get(member_id, f"#{member_id}")


async def _names(session: Session, numbers: set[int]) -> dict[int, str]:
    """Return what each member is called: the name that an account shows, or else an account."""
    of = await linking.joined(session, member_ids=sorted(numbers))
    accounts = await members.accounts(session, member_ids=sorted(numbers | {*of.values()}))
    names = {one.member_id: str(Identity(one.channel, one.user)) for one in reversed(accounts)}
    names |= {one.member_id: line(one.name) for one in reversed(accounts) if one.name}
    # Who is part of another member now is called like that one.
    return names | {joined: names[member] for joined, member in of.items() if member in names}


def sentence(language: str, entry: Noted) -> str:
    """Return what was done in one line of words; what another version wrote, by its name."""
    if entry.action not in ACTIONS:
        return entry.action
    message = f"audit-{entry.action}"
    needed = catalogue.placeholders(message)
    values = {name: _worded(language, name, entry.details.get(name, "?")) for name in needed}
    return catalogue.text(language, message, **values)


def _worded(language: str, name: str, value: str | int) -> str:
    known = {role.value: message for role, message in roles.NAMES.items()}
    if name == "role" and value in known:
        return catalogue.text(language, known[str(value)])
    return line(str(value))


def line(text: str) -> str:
    """Return names of chats and people, which may hold anything, as a short piece of a line."""
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
