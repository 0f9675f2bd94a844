"""What one can subscribe to: shipped, and managed by admins."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from bot.errors import UserError
from bot.events.event import Event, Kind
from bot.places import fold
from bot.storage import subscriptions, topics
from bot.storage.engine import Session
from bot.storage.models import Topic
from bot.timing.times import echo

__all__ = [
    "SHIPPED", "Misspelt", "Topic", "by_id", "by_ids", "create", "exact", "find", "name_of",
    "of_event", "offered", "rename", "retire", "ship", "subscribers",
]  # fmt: skip

SHIPPED = (
    ("conferences", "Konferenzen", "Conferences"),
    ("deadlines", "Förderfristen", "Funding deadlines"),
    ("trainings", "Schulungen", "Trainings"),
    ("news", "Netzwerk-Nachrichten", "Network news"),
)
"""Key, German and English name of the topics that a new hub begins with."""

LONGEST = 40
"""Characters of a name, so that it fits on a button."""
_NEAR = 0.6
_RENAME = re.compile(r"(.+?)\s*(?::|→|->|=>)\s*(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Misspelt:
    """A name that nobody knows, and the topic that was probably meant."""

    typed: str
    topic: Topic


def name_of(topic: Topic, language: str) -> str:
    """Return what a topic is called in ``de`` or ``en``."""
    return topic.name_en if language == "en" else topic.name_de


async def ship(session: Session, *, now: datetime) -> None:
    """Offer the usual topics on a hub that never had any."""
    await topics.ship(session, shipped=SHIPPED, now=now)


async def offered(session: Session) -> Sequence[Topic]:
    """Return the topics that can be subscribed to."""
    return await topics.offered(session)


async def by_ids(session: Session, numbers: Collection[int]) -> Sequence[Topic]:
    """Return topics by their numbers, also those that are no longer offered."""
    return await topics.by_ids(session, ids=numbers)


async def find(session: Session, typed: str) -> Topic | Misspelt:
    """Return the topic of this name, in either language.

    Raises:
        UserError: There is none, and none that is like it.
    """
    known = await topics.offered(session)
    names = {fold(name): topic for topic in known for name in (topic.name_de, topic.name_en)}
    wanted = fold(typed)
    if wanted in names:
        return names[wanted]
    found = process.extractOne(
        wanted,
        list(names),
        scorer=DamerauLevenshtein.normalized_similarity,
        score_cutoff=_NEAR,
    )
    if found is None:
        raise UserError("topic-unknown", typed=echo(typed))
    return Misspelt(echo(typed), names[found[0]])


async def by_id(session: Session, number: int) -> Topic | None:
    """Return a topic that can be subscribed to."""
    return await topics.find(session, id=number)


async def create(session: Session, text: str, *, now: datetime) -> Topic:
    """Offer a topic ``German name / English name``; one name serves both languages.

    Raises:
        UserError: The name is missing, too long or taken.
    """
    german, english = await _names(session, text, but=None)
    return await topics.add(session, name_de=german, name_en=english, now=now)


async def rename(session: Session, text: str) -> tuple[str, Topic]:
    """Rename a topic ``old: new / new in English``; return the old name and the topic.

    Raises:
        UserError: One of the names is missing, the old one unknown, the new one unfit.
    """
    match = _RENAME.fullmatch(text)
    if match is None:
        raise UserError("topic-rename-usage")
    topic = await exact(session, match[1])
    old = topic.name_de
    topic.name_de, topic.name_en = await _names(session, match[2], but=topic.id)
    await session.flush()
    return old, topic


async def exact(session: Session, typed: str) -> Topic:
    """Return the topic of exactly this name.

    Raises:
        UserError: There is none; the nearest one is proposed.
    """
    found = await find(session, typed)
    if isinstance(found, Misspelt):
        nearest = found.topic.name_de
        raise UserError("topic-unknown-nearest", typed=found.typed, nearest=nearest)
    return found


async def _names(session: Session, text: str, *, but: int | None) -> tuple[str, str]:
    parts = [" ".join(part.split()) for part in text.split("/")]
    german, english = parts[0], parts[-1]
    if not all(fold(part) for part in parts) or len(parts) > 2:  # noqa: PLR2004 # two languages
        raise UserError("topic-usage")
    if max(len(german), len(english)) > LONGEST:
        raise UserError("topic-too-long", limit=LONGEST)
    for topic in await topics.offered(session):
        taken = {fold(topic.name_de), fold(topic.name_en)}
        if topic.id != but and taken & {fold(german), fold(english)}:
            raise UserError("topic-taken", typed=german)
    return german, english


async def subscribers(session: Session, topic: Topic) -> int:
    """Return how many chats have subscribed to a topic."""
    return await subscriptions.count(session, topic_id=topic.id)


async def retire(session: Session, topic: Topic, *, member_id: int, now: datetime) -> int:
    """No longer offer a topic, and end all subscriptions to it; return how many."""
    topic.retired_at = now
    return await subscriptions.end(
        session, topic_id=topic.id, member_id=member_id, words="topic retired", now=now
    )


_USUAL = {
    Kind.DEADLINE: "deadlines",
    Kind.WORKSHOP: "trainings",
    Kind.TRAINING: "trainings",
}


def of_event(offered: Sequence[Topic], event: Event) -> list[int]:
    """Return the topic that an event names, or else the usual one of its kind."""
    wanted = fold(event.topic)
    named = [topic.id for topic in offered if wanted and wanted in _names_of(topic)]
    usual = _USUAL.get(event.kind, "conferences")
    return named or [topic.id for topic in offered if topic.key == usual]


def _names_of(topic: Topic) -> set[str]:
    return {fold(topic.key or ""), fold(topic.name_de), fold(topic.name_en)}
