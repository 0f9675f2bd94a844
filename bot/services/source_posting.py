"""Sources that send by themselves: a program posts items, each request once.

A request is taken over in one transaction with what it was answered. Whoever hears nothing, for
instance because the hub died, sends it again under the same key and is answered the same; without
a key it is taken again, which changes nothing, since items are known by their ids.
"""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Any, Final

from bot.clock import Clock
from bot.config import Settings
from bot.errors import UserError
from bot.feeds import posted
from bot.feeds.item import Reading
from bot.feeds.keywords import Keywords
from bot.services import audit, source_changes, sources, topics
from bot.services.source_places import talk_of
from bot.storage import posted_requests
from bot.storage import sources as rows
from bot.storage.engine import Database, Session
from bot.storage.source_models import Source, SourceKind, SourceMode

LONGEST_KEY: Final = 255
"""Characters of an ``Idempotency-Key``."""
_TOKEN_BYTES: Final = 32
_MOST_MISTAKES: Final = 20


@dataclass(frozen=True, slots=True)
class Posted:
    """What a program sent.

    Attributes:
        number: To which source.
        token: What it says to prove that it may.
        key: The ``Idempotency-Key``; empty without one.
        body: The items, as JSON.
    """

    number: int
    token: str
    key: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What it is answered.

    Attributes:
        status: Of HTTP.
        tree: The body, as a JSON tree.
    """

    status: int
    tree: Mapping[str, Any] = field(default_factory=dict)


_STRANGER: Final = Answer(401, {"title": "There is no such source, or the token is another one"})
_PAUSED: Final = Answer(409, {"title": "An editor has paused this source; nothing was taken"})
_REUSED: Final = Answer(
    422, {"title": "This Idempotency-Key was used for a request with another content"}
)


async def create(
    session: Session,
    *,
    name: str,
    topic: str,
    typed: Mapping[str, str],
    settings: Settings,
    now: datetime,
) -> tuple[Source, str]:
    """Keep a source to which a program sends; return it and its token, which is shown once.

    Args:
        session: The transaction.
        name: What it is called.
        topic: The name of the topic whose subscribers hear of it.
        typed: What else is said, by the names of :data:`bot.services.sources.SETTABLE`.
        settings: The operator's.
        now: The present.

    Raises:
        UserError: Something in it can't be used.
    """
    found = await topics.exact(session, topic)
    row = await rows.add(
        session,
        kind=SourceKind.WEBHOOK.value, name="", address=f"webhook:{secrets.token_hex(8)}",
        topic_id=found.id, laender="", language=settings.hub.language,
        zone=settings.hub.timezone, mode=SourceMode.ANNOUNCE.value,
        keywords=Keywords().stored(), template="", every=0, created_by=None, created_at=now,
        next_at=now, read_once=True,  # what is sent is meant, so the first of it is no flood
    )  # fmt: skip
    sources.apply(row, {"name": name, **typed})
    token = _renewed(row)
    await _note(session, "source-added", row, now)
    return row, token


async def renew(session: Session, number: int, *, now: datetime) -> tuple[Source, str]:
    """Give a source another token; the old one is of no use any more.

    Raises:
        UserError: There is no such source, or nothing is sent to it.
    """
    row = await sources.locked(session, number)
    if row.kind != SourceKind.WEBHOOK:
        raise UserError("source-no-webhook", number=number)
    token = _renewed(row)
    await _note(session, "source-token-renewed", row, now)
    return row, token


def _renewed(row: Source) -> str:
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    row.token = _hash(token.encode())
    return token


def _hash(content: bytes) -> str:
    return sha256(content).hexdigest()


async def receive(database: Database, sent: Posted, *, settings: Settings, clock: Clock) -> Answer:
    """Take over what a program sent, and say what it is answered.

    Raises:
        StorageError: Nothing was taken; it is to be sent again.
    """
    async with database.begin() as session:
        known = await _known(session, sent)
        if isinstance(known, Answer):
            return known
        zone = known.zone
    # Reading many items takes its time, and nobody else waits for it.
    reading = await asyncio.to_thread(_read, sent.body, zone, clock.now().date())
    if reading.problem:
        return _refusal(reading)
    async with database.begin() as session:
        row = await _known(session, sent, lock=True)  # it may have been sent twice at once
        if isinstance(row, Answer):
            return row
        return await _take(session, row, sent, reading, settings=settings, now=clock.now())


async def _known(session: Session, sent: Posted, *, lock: bool = False) -> Source | Answer:
    """Return the source, or the answer if there is nothing to be taken."""
    row = await rows.find(session, number=sent.number, lock=lock)
    told = row.token if row is not None and row.kind == SourceKind.WEBHOOK else ""
    # Compared in any case, so that an answer takes as long for a number that nobody has.
    if not compare_digest(told or "0" * 64, _hash(sent.token.encode())) or row is None:
        return _STRANGER
    if sent.key:
        before = await posted_requests.find(session, source_id=row.id, key=sent.key)
        if before is not None:
            is_same = before.digest == _hash(sent.body)
            return Answer(200, before.answer) if is_same else _REUSED
    return _PAUSED if row.paused_at is not None else row


def _read(body: bytes, zone: str, today: date) -> Reading:
    return posted.parse(body, zone=zone, now=today)


def _refusal(reading: Reading) -> Answer:
    mistakes = [{"where": one.where, "why": one.why} for one in reading.skipped[:_MOST_MISTAKES]]
    tree = {"title": reading.problem[:1].upper() + reading.problem[1:], "mistakes": mistakes}
    return Answer(422 if mistakes else 400, tree)


async def _take(
    session: Session,
    row: Source,
    sent: Posted,
    reading: Reading,
    *,
    settings: Settings,
    now: datetime,
) -> Answer:
    taken = await source_changes.take(
        session, row, reading, talk=await talk_of(session, settings), now=now, complete=False
    )
    row.checked_at = row.ok_at = now
    tree = {
        "items": len(reading.items),
        "told": taken.told,
        "kept": taken.kept,
        "held": taken.held,
    }
    if sent.key:
        await posted_requests.add(
            session, source_id=row.id, key=sent.key, digest=_hash(sent.body), answer=tree, now=now
        )
    await session.flush()
    return Answer(200, tree)


async def _note(session: Session, action: str, row: Source, now: datetime) -> None:
    await audit.note(
        session, action=action, subject=sources.subject(row.id), member_id=None, now=now,
        number=row.id, name=row.name,
    )  # fmt: skip
