"""Sources: added, changed, paused, removed. What is made of their items is told elsewhere."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from bot.config import Settings
from bot.errors import UserError
from bot.feeds import keywords
from bot.feeds.keywords import Keywords
from bot.fetching.addresses import sound, without_password
from bot.fetching.trouble import FetchError
from bot.places import fold
from bot.services import audit, topics
from bot.services.preferences import read_laender
from bot.services.source_news import PLACEHOLDERS, unknown_placeholders
from bot.storage import source_items, sources
from bot.storage.engine import Session
from bot.storage.source_models import BatchState, Source, SourceKind, SourceMode
from bot.text.catalogue import normalise_language
from bot.timing.times import echo

__all__ = [
    "LONGEST_EVERY", "MODES", "SETTABLE", "SHORTEST_EVERY", "Source", "SourceKind", "SourceMode",
    "Wish", "add", "apply", "change", "check_new", "count", "find", "keywords_of", "listed",
    "locked", "pause", "read_every", "read_soon", "remove", "resume", "shown_address", "subject",
]  # fmt: skip

SHORTEST_EVERY = timedelta(minutes=5)
"""More often nobody's server is asked."""
LONGEST_EVERY = timedelta(days=7)
_LONGEST_NAME = 100
_LONGEST_TEMPLATE = 2000
_EVERY = re.compile(r"(\d{1,6})\s*([a-zäöü]*)\.?")
_UNITS = {
    "s": 1, "sekunden": 1, "seconds": 1, "": 60,
    "m": 60, "min": 60, "minute": 60, "minuten": 60, "minutes": 60,
    "h": 3600, "std": 3600, "stunde": 3600, "stunden": 3600, "hour": 3600, "hours": 3600,
    "d": 86400, "t": 86400, "tag": 86400, "tage": 86400, "day": 86400, "days": 86400,
}  # fmt: skip
MODES = {
    "sofort": SourceMode.ANNOUNCE, "ankuendigen": SourceMode.ANNOUNCE,
    "announce": SourceMode.ANNOUNCE, "atonce": SourceMode.ANNOUNCE,
    "freigabe": SourceMode.APPROVE, "pruefen": SourceMode.APPROVE,
    "approve": SourceMode.APPROVE,
    "kalender": SourceMode.CALENDAR, "nurkalender": SourceMode.CALENDAR,
    "calendar": SourceMode.CALENDAR, "calendaronly": SourceMode.CALENDAR,
}  # fmt: skip
"""What people call the modes, folded."""


def subject(number: int) -> str:
    """Return what the audit log calls a source."""
    return f"source:{number}"


def shown_address(row: Source) -> str:
    """Return the address as it may be shown: without a password."""
    return row.address if row.kind != SourceKind.FEED else without_password(sound(row.address))


def keywords_of(row: Source) -> Keywords:
    """Return which items of a source are wanted."""
    return Keywords.of(row.keywords)


# Adding


@dataclass(frozen=True, slots=True)
class Wish:
    """A source that somebody wants to be read.

    Attributes:
        address: ``https``, ``http`` or ``webcal``; or a folder of the hub's machine.
        topic: The name of the topic whose subscribers hear of it.
        settings: What else is said, by the names of :data:`SETTABLE`, as it was typed.
    """

    address: str
    topic: str
    settings: Mapping[str, str]


async def add(
    session: Session,
    wish: Wish,
    *,
    member_id: int | None,
    settings: Settings,
    now: datetime,
    local: bool = False,
) -> Source:
    """Keep a new source; it is read at once, and what stands in it waits for an editor.

    Args:
        session: The transaction.
        wish: What was asked for.
        member_id: Who asked; ``None`` for somebody at the command line.
        settings: The operator's.
        now: The present.
        local: Whether it may be a folder of this machine, which nobody may read from a chat.

    Raises:
        UserError: Something in it can't be used, or the source is known already.
    """
    kind, address = _read_address(wish.address, local=local)
    await _must_be_new(session, address)
    topic = await topics.exact(session, wish.topic)
    row = Source(
        kind=kind.value, name=_usual_name(kind, address), address=address, topic_id=topic.id,
        laender="", language=settings.hub.language, zone=settings.hub.timezone,
        mode=SourceMode.ANNOUNCE.value, keywords=Keywords().stored(), template="",
        every=round(settings.feeds.every.total_seconds()), created_by=member_id, created_at=now,
        next_at=now,
    )  # fmt: skip
    apply(row, wish.settings)
    session.add(row)
    await session.flush()
    await _note(session, "source-added", row, member_id, now)
    return row


def apply(row: Source, typed: Mapping[str, str]) -> None:
    """Set what was typed, by the names of :data:`SETTABLE`.

    Raises:
        UserError: Something of it can't be used.
    """
    for what, value in typed.items():
        _SETTERS[what](row, value)


def _read_address(typed: str, *, local: bool) -> tuple[SourceKind, str]:
    written = typed.strip()
    if local and "://" not in written and Path(written).is_dir():
        return SourceKind.FOLDER, str(Path(written).resolve())
    try:
        return SourceKind.FEED, str(sound(written))
    except FetchError:
        raise UserError("source-address-unsound", typed=echo(typed)) from None


async def check_new(session: Session, typed: str) -> None:
    """Make sure that an address can be read and is no source yet.

    Raises:
        UserError: Not so.
    """
    _, address = _read_address(typed, local=False)
    await _must_be_new(session, address)


async def _must_be_new(session: Session, address: str) -> None:
    known = await sources.by_address(session, address=address)
    if known is not None:
        raise UserError("source-known", number=known.id, name=known.name)


def _usual_name(kind: SourceKind, address: str) -> str:
    if kind is SourceKind.FOLDER:
        return Path(address).name[:_LONGEST_NAME] or address[:_LONGEST_NAME]
    return (urlsplit(address).hostname or address).removeprefix("www.")[:_LONGEST_NAME]


# Finding


async def find(session: Session, number: int) -> Source:
    """Return a source.

    Raises:
        UserError: There is none of this number.
    """
    row = await sources.find(session, number=number)
    if row is None:
        raise UserError("source-unknown", number=number)
    return row


async def locked(session: Session, number: int) -> Source:
    """Return a source that nobody else changes, and of which nothing is taken, until the end.

    Raises:
        UserError: There is none of this number.
    """
    row = await sources.find(session, number=number, lock=True)
    if row is None:
        raise UserError("source-unknown", number=number)
    return row


async def listed(
    session: Session, *, offset: int = 0, limit: int | None = None
) -> Sequence[Source]:
    """Return the sources, by number."""
    return await sources.listed(session, offset=offset, limit=limit)


async def count(session: Session) -> int:
    """Count the sources."""
    return await sources.count(session)


# Changing


async def change(
    session: Session, number: int, *, what: str, typed: str, member_id: int | None, now: datetime
) -> Source:
    """Change one of the :data:`SETTABLE` things, or the topic, as it was typed.

    What its items became before stays as it is; from the next reading on it counts for what is
    new or different.

    Raises:
        UserError: There is no such source, or what was typed can't be used.
        KeyError: There is no such thing to set.
    """
    row = await locked(session, number)
    if row.kind == SourceKind.WEBHOOK and what in {"address", "every"}:
        raise UserError("source-sends", number=number)
    if what == "topic":
        row.topic_id = (await topics.exact(session, typed)).id
    elif what == "address":
        await _move(session, row, typed)
    else:
        _SETTERS[what](row, typed)
        row.next_at = min(row.next_at, now + timedelta(seconds=row.every))
    await _note(session, "source-changed", row, member_id, now)
    await session.flush()
    return row


async def _move(session: Session, row: Source, typed: str) -> None:
    kind, address = _read_address(typed, local=row.kind == SourceKind.FOLDER)
    if address != row.address:
        await _must_be_new(session, address)
        row.kind, row.address = kind.value, address
        row.etag, row.last_modified, row.moved_to, row.moves = "", "", "", 0


async def read_soon(session: Session, number: int, *, now: datetime) -> Source:
    """Let a source be read at once, and not only when it is due.

    Raises:
        UserError: There is none of this number.
    """
    row = await locked(session, number)
    row.next_at = min(row.next_at, now)
    return row


async def pause(session: Session, number: int, *, member_id: int | None, now: datetime) -> Source:
    """Read a source no more until it is resumed.

    Raises:
        UserError: There is none of this number.
    """
    row = await locked(session, number)
    if row.paused_at is None:
        row.paused_at = now
        await _note(session, "source-paused", row, member_id, now)
    return row


async def resume(session: Session, number: int, *, member_id: int | None, now: datetime) -> Source:
    """Read a source again, at once.

    Raises:
        UserError: There is none of this number.
    """
    row = await locked(session, number)
    if row.paused_at is not None:
        row.paused_at, row.next_at = None, now
        await _note(session, "source-resumed", row, member_id, now)
    return row


async def remove(session: Session, number: int, *, member_id: int | None, now: datetime) -> Source:
    """Read a source never again; what was made of its items stays, what waits does not.

    Raises:
        UserError: There is none of this number.
    """
    row = await locked(session, number)
    row.removed_at = now
    for batch in await source_items.open_batches(session, source_id=number):
        batch.state, batch.decided_by, batch.decided_at = BatchState.CLOSED, member_id, now
        batch.version += 1
    await _note(session, "source-removed", row, member_id, now)
    await session.flush()
    return row


async def _note(
    session: Session, action: str, row: Source, member_id: int | None, now: datetime
) -> None:
    await audit.note(
        session, action=action, subject=subject(row.id), member_id=member_id, now=now,
        number=row.id, name=row.name,
    )  # fmt: skip


# What was typed


def read_every(typed: str) -> timedelta:
    """Read how often: ``30m``, ``2 Stunden``, ``1 day``; a bare number is minutes.

    Raises:
        UserError: It is none, or more often or more seldom than a source is read.
    """
    found = _EVERY.fullmatch(typed.strip().casefold())
    seconds = int(found[1]) * _UNITS.get(found[2], 0) if found else 0
    if not SHORTEST_EVERY.total_seconds() <= seconds <= LONGEST_EVERY.total_seconds():
        raise UserError("source-every-unknown", typed=echo(typed))
    return timedelta(seconds=seconds)


def _set_every(row: Source, typed: str) -> None:
    row.every = round(read_every(typed).total_seconds())


def _set_name(row: Source, typed: str) -> None:
    name = " ".join(typed.split())
    if not 0 < len(name) <= _LONGEST_NAME:
        raise UserError("source-name-unfit", limit=_LONGEST_NAME)
    row.name = name


def _set_laender(row: Source, typed: str) -> None:
    row.laender = " ".join(read_laender(typed)) if typed.strip() else ""


def _set_language(row: Source, typed: str) -> None:
    known = {"deutsch": "de", "german": "de", "englisch": "en", "english": "en"}
    language = known.get(typed.strip().casefold()) or normalise_language(typed.strip())
    if language is None:
        raise UserError("source-language-unknown", typed=echo(typed))
    row.language = language


def _set_zone(row: Source, typed: str) -> None:
    if typed.strip() not in available_timezones():
        raise UserError("source-zone-unknown", typed=echo(typed))
    row.zone = typed.strip()


def _set_mode(row: Source, typed: str) -> None:
    mode = MODES.get(fold(typed))
    if mode is None:
        raise UserError("source-mode-unknown", typed=echo(typed))
    row.mode = mode.value


def _set_template(row: Source, typed: str) -> None:
    template = typed.strip()
    if len(template) > _LONGEST_TEMPLATE:
        raise UserError("source-template-long", limit=_LONGEST_TEMPLATE)
    for name in unknown_placeholders(template):
        known = ", ".join(f"{{{one}}}" for one in PLACEHOLDERS)
        raise UserError("source-template-unknown", typed=echo(name), known=known)
    row.template = template


def _set_words(which: str) -> Callable[[Source, str], None]:
    def put(row: Source, typed: str) -> None:
        try:
            found = keywords.read(typed)
        except ValueError as error:
            raise UserError("source-keyword-unfit", typed=echo(str(error))) from None
        row.keywords = {**row.keywords, which: list(found)}

    return put


_SETTERS: dict[str, Callable[[Source, str], None]] = {
    "name": _set_name,
    "laender": _set_laender,
    "language": _set_language,
    "zone": _set_zone,
    "mode": _set_mode,
    "every": _set_every,
    "wanted": _set_words("wanted"),
    "unwanted": _set_words("unwanted"),
    "template": _set_template,
}
SETTABLE = tuple(_SETTERS)
"""What can be set by its name; an empty text takes away what can be missing."""
