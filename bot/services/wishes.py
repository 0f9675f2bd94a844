"""PURE: what somebody wants to hear, read from the words of one line."""

import re
from dataclasses import dataclass

from bot import places
from bot.errors import UserError
from bot.services.preferences import listed, ordered, read_laender
from bot.timing.times import echo

KINDS = {
    "frist": "deadline", "fristen": "deadline", "deadline": "deadline", "deadlines": "deadline",
    "termin": "event", "termine": "event", "event": "event", "events": "event",
    "nachricht": "news", "nachrichten": "news", "news": "news",
}  # fmt: skip
"""The kinds of things that one may hear about, by the words for them."""

EVERYTHING = frozenset({"alles", "alle", "all", "everything", "alle themen", "all topics"})
_MARK = re.compile(
    r"\s+(in|für|fuer|for|(?:der |the )?staffeln?|cohort|nur|only)\s+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to hear.

    Attributes:
        name: The words for the topics.
        laender: Codes; empty when none was named.
        staffeln: Years; empty when none was named.
        kinds: Of :data:`KINDS`; empty when none was named.
    """

    name: str
    laender: tuple[str, ...] = ()
    staffeln: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    @property
    def is_narrow(self) -> bool:
        """Whether anything but the topics was named."""
        return bool(self.laender or self.staffeln or self.kinds)


def read(text: str) -> Wish:
    """Read ``Förderfristen in Sachsen und Bayern Staffel 2020 nur Fristen``.

    Raises:
        UserError: A Land, a Staffel or a kind is unknown.
    """
    name, *rest = _MARK.split(text.strip())
    laender: list[str] = []
    staffeln: set[str] = set()
    kinds: set[str] = set()
    for mark, words in zip(rest[::2], rest[1::2], strict=True):
        match mark.casefold().split()[-1]:
            case "staffel" | "staffeln" | "cohort":
                staffeln |= {_staffel(part) for part in listed(words)}
            case "nur" | "only":
                kinds |= {_kind(part) for part in listed(words)}
            case _:
                laender += read_laender(words)
    return Wish(name.strip(), ordered(laender), tuple(sorted(staffeln)), tuple(sorted(kinds)))


def _staffel(text: str) -> str:
    found = places.find_staffel(text)
    if found is None:
        raise UserError("staffel-unknown", typed=echo(text), known=", ".join(places.STAFFELN))
    return found


def _kind(text: str) -> str:
    found = KINDS.get(text.casefold())
    if found is None:
        raise UserError("kind-unknown", typed=echo(text))
    return found
