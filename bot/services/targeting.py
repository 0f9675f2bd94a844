"""Whom an announcement is for: kept with it, read from words, selected in the database."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from bot import places
from bot.errors import UserError
from bot.places import fold
from bot.services import preferences, subscriptions, topics
from bot.services.preferences import listed, read_laender
from bot.services.topics import Misspelt
from bot.storage import audiences, chats
from bot.storage.audiences import Audience
from bot.storage.engine import Session
from bot.timing.times import echo

NETWORKS = ("matrix", "telegram")
_KNOWN: dict[str, Collection[str]] = {
    "laender": places.LAENDER,
    "staffeln": places.STAFFELN,
    "channels": NETWORKS,
}
"""What can be chosen; topics and chats are numbers."""
_DIGITS = 15
"""Of a number; the databases refuse to compare much longer ones."""
_NEAR = 0.6
_ALL = frozenset({"alle", "all", "alleabonnenten", "allsubscribers", "everybody"})
_CLAUSE = re.compile(
    r"(?:(?P<topics>themen|thema|topics?)|(?P<laender>länder|laender|land)"
    r"|(?P<staffeln>staffeln|staffel|cohorts?)|(?P<channels>netze|netz|networks?|nur|only)"
    r"|(?P<chats>räume|raeume|raum|rooms?|chats?))\b\s*:?\s*(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom an announcement is for; without anything, everybody who has subscribed to news.

    Attributes:
        topics: Numbers of topics, of which a chat has subscribed to one.
        laender: Codes, for one of which a subscription is open.
        staffeln: Years, likewise.
        chats: Numbers of chats that get it in any case, and alone if nothing else is named.
        channels: Networks; none are all.
    """

    topics: tuple[int, ...] = ()
    laender: tuple[str, ...] = ()
    staffeln: tuple[str, ...] = ()
    chats: tuple[int, ...] = ()
    channels: tuple[str, ...] = ()

    def stored(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)

    @classmethod
    def of(cls, stored: Any) -> "Wanted":
        """Read what :meth:`stored` wrote."""
        return cls(**{name: tuple(values) for name, values in stored.items()})

    @property
    def select(self) -> Audience:
        """Its ``SELECT``: with the chats that read along in a bridge."""
        return audiences.bridged(self._chosen, topic_ids=self.topics)

    @property
    def _chosen(self) -> Audience:
        named = audiences.named(chat_ids=self.chats, channels=self.channels)
        if self.chats and not (self.topics or self.laender or self.staffeln):
            return named
        subscribed = audiences.subscribers(
            topic_ids=self.topics or None,
            laender=self.laender,
            staffeln=self.staffeln,
            kinds=("news",),
            channels=self.channels,
        )
        return audiences.either(subscribed, named) if self.chats else subscribed

    def toggled(self, what: str, value: str) -> "Wanted":
        """Return it with one value more, or less if it was there.

        Raises:
            KeyError: *what* is no field.
            ValueError: *value* is no value of it.
        """
        one: int | str = value
        if what in {"topics", "chats"}:
            if not (value.isascii() and value.isdecimal() and len(value) <= _DIGITS):
                raise ValueError(value)
            one = int(value)
        elif value not in _KNOWN[what]:
            raise ValueError(value)
        values: tuple[Any, ...] = tuple(sorted(set(getattr(self, what)) ^ {one}))
        if what == "laender":
            values = preferences.ordered(values)
        return replace(self, **{what: values})


async def read(session: Session, text: str) -> Wanted:
    """Read ``Thema Konferenzen, Land Sachsen und Bayern, Staffel 2020, nur Matrix, Raum AG X``.

    What stands without its kind's name is of the same kind as what stands before it, or else
    subscriptions as one subscribes to them: ``Konferenzen in Sachsen``.

    Raises:
        UserError: Something in it is unknown.
    """
    wanted, kind = Wanted(), ""
    for clause in re.split(r"\s*[,;\n]\s*", text.strip()):
        found = _CLAUSE.fullmatch(clause)
        if found is not None:
            kind = next(name for name, word in found.groupdict().items() if word)
            wanted = await _with(session, wanted, kind, found["rest"])
        elif kind:
            wanted = await _with(session, wanted, kind, clause)
        elif clause and fold(clause) not in _ALL:
            wanted = await _as_subscription(session, wanted, clause)
    return wanted


async def _with(session: Session, wanted: Wanted, kind: str, text: str) -> Wanted:
    parts = listed(text)
    values: Iterable[int | str]
    match kind:
        case "topics":
            values = [(await topics.exact(session, part)).id for part in parts]
        case "laender":
            values = read_laender(text)
        case "staffeln":
            values = [_staffel(part) for part in parts]
        case "channels":
            values = [_network(part) for part in parts]
        case _:
            values = [await _chat(session, part) for part in parts]
    present = getattr(wanted, kind)
    return replace(wanted, **{kind: tuple(dict.fromkeys((*present, *values)))})


async def _as_subscription(session: Session, wanted: Wanted, text: str) -> Wanted:
    wish, found = await subscriptions.read_wish(session, text)
    if isinstance(found, Misspelt):
        raise UserError("topic-unknown-nearest", typed=found.typed, nearest=found.topic.name_de)
    return replace(
        wanted,
        topics=tuple(topic.id for topic in found),
        laender=wish.laender or wanted.laender,
        staffeln=wish.staffeln or wanted.staffeln,
    )


def _staffel(text: str) -> str:
    found = places.find_staffel(text)
    if found is None:
        raise UserError("staffel-unknown", typed=echo(text), known=", ".join(places.STAFFELN))
    return found


def _network(text: str) -> str:
    name = fold(text)
    if name not in NETWORKS:
        raise UserError("network-unknown", typed=echo(text))
    return name


async def _chat(session: Session, text: str) -> int:
    """Return the number of the room or channel of this name, or of this number."""
    known = await chats.gathering(session)
    if text.isascii() and text.isdecimal():
        found = [row.id for row in known if row.id == int(text)]
        if found:
            return found[0]
    names = {fold(row.title): row for row in known if row.title}
    if fold(text) in names:
        return names[fold(text)].id
    near = process.extractOne(
        fold(text),
        list(names),
        scorer=DamerauLevenshtein.normalized_similarity,
        score_cutoff=_NEAR,
    )
    if near is None:
        raise UserError("room-unknown", typed=echo(text))
    raise UserError("room-unknown-nearest", typed=echo(text), nearest=names[near[0]].title)


async def rooms(session: Session) -> Sequence[tuple[int, str, str]]:
    """Return the rooms and channels that can be named: (number, title, network)."""
    return [(row.id, row.title or row.chat, row.channel) for row in await chats.gathering(session)]
