"""Telling people that entries have to be reviewed which they look after."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256

from bot.config import Settings
from bot.errors import UserError
from bot.knowledge.entry import Entry
from bot.services import entries, informing, roles
from bot.services.informing import Reachable
from bot.services.knowledge import KnowledgeBase
from bot.services.members import Role
from bot.storage import teaching as stored
from bot.storage.engine import Session
from bot.text.document import Document
from bot.timing.quiet import Quiet, is_quiet


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody is asked to review.

    Attributes:
        entries: The longest overdue first.
        editing: Whether they may do so in chat, or have to tell an editor.
    """

    entries: Sequence[Entry]
    editing: bool


Word = Callable[[Wanted, str], Document]
"""Words it in a language."""


async def remind(
    session: Session,
    knowledge: KnowledgeBase,
    *,
    word: Word,
    settings: Settings,
    now: datetime,
) -> int:
    """Ask the owners of what is overdue to review it, once each time that it has become so.

    Who looks after nothing in particular, the editors, are asked where an entry has no owner who
    can be reached. At night and on days off nobody is asked.

    Returns:
        How many messages are new in the outbox.
    """
    if _is_quiet(settings, now):
        return 0
    editors = await roles.reachable(session, roles=(Role.EDITOR,), settings=settings)
    due = await _news(session, entries.stale(knowledge, settings=settings, now=now), settings, now)
    told = 0
    for people, wanted in await _shared(session, due, editors, settings):
        told += await informing.show(
            session, people, partial(word, wanted), key=_key(wanted, now), now=now
        )
        for entry in wanted.entries if people else ():
            (await stored.care(session, entry=entry.id)).told_at = now
    return told


def _is_quiet(settings: Settings, now: datetime) -> bool:
    laender = (settings.hub.land,) if settings.hub.land else ()
    return is_quiet(now, Quiet(), zone=settings.hub.zone, laender=laender)


async def _news(
    session: Session, stale: Sequence[Entry], settings: Settings, now: datetime
) -> list[Entry]:
    """Return those of which nobody was told since they became due."""
    told = {row.entry: row.told_at for row, _ in await stored.cares(session)}
    news = []
    for entry in stale:
        since = entries.overdue(
            entry, settings.knowledge.review_every, entries.local_day(now, settings)
        )
        last = told.get(entry.id)
        if since and (last is None or entries.local_day(last, settings) <= since):
            news.append(entry)
    return news


async def _shared(
    session: Session, due: Sequence[Entry], editors: Sequence[Reachable], settings: Settings
) -> list[tuple[Sequence[Reachable], Wanted]]:
    """Return who is asked to review what."""
    owners: dict[int | None, list[Entry]] = {}
    chats: dict[int | None, Sequence[Reachable]] = {None: editors}
    for entry in due:
        owner = await _owner(session, entry)
        if owner is not None and owner not in chats:
            chats[owner] = await roles.chats_of(session, member_id=owner, settings=settings)
        owners.setdefault(owner if chats.get(owner) else None, []).append(entry)
    able = {one.member_id for one in editors}
    return [
        (chats[owner], Wanted(tuple(found), editing=owner is None or owner in able))
        for owner, found in owners.items()
    ]


async def _owner(session: Session, entry: Entry) -> int | None:
    """Return the member who looks after an entry, if that is one whom the bot knows."""
    if entry.owner is None:
        return None
    try:
        return (await roles.person(session, entry.owner)).member_id
    except UserError:
        return None


def _key(wanted: Wanted, now: datetime) -> str:
    names = "\n".join(entry.id for entry in wanted.entries)
    return f"review:{now:%Y%m%d}:{sha256(names.encode()).hexdigest()[:20]}"
