"""Words by which a source's items are wanted or not, in time that grows with the text alone.

A pattern is one word or several that stand beside each other. Each is the beginning of a word of
the text ("förder" is in "Förderung"), whatever its case and however its umlauts are written; ``*``
stands for any letters ("*förderung" is in "Städtebauförderung"). There is nothing else: what
people type can't make the hub search for ever, as expressions of the usual kind can.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.places import fold

MOST: Final = 50
"""Patterns of one kind."""
LONGEST: Final = 80
"""Characters of a pattern."""
_WORD = re.compile(r"[^\W_]+")
_PATTERN = re.compile(r"[^\W_*]*(?:\*+[^\W_*]*)*")

Pattern = tuple[tuple[str, ...], ...]
"""A pattern taken apart: of each word what stands between its stars."""


@dataclass(frozen=True, slots=True)
class Keywords:
    """What a source's items have to say, and what not.

    Attributes:
        wanted: Patterns, of which an item has to have one; without any it needs none.
        unwanted: Patterns, of which an item must not have any.
    """

    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()

    def admit(self, *texts: str) -> bool:
        """Tell whether what says *texts* is wanted."""
        words = [fold(one) for text in texts for one in (*_WORD.findall(text), "")]
        if any(_is_in(one, words) for one in self.unwanted):
            return False
        return not self.wanted or any(_is_in(one, words) for one in self.wanted)

    def stored(self) -> dict[str, Any]:
        """Return them as JSON."""
        return {"wanted": list(self.wanted), "unwanted": list(self.unwanted)}

    @classmethod
    def of(cls, stored: Any) -> "Keywords":
        """Read what :meth:`stored` wrote."""
        return cls(tuple(stored.get("wanted", ())), tuple(stored.get("unwanted", ())))


def read(text: str) -> tuple[str, ...]:
    """Read patterns with commas or line ends between them.

    Raises:
        ValueError: One has no letter, or is too long, or there are too many.
    """
    found = tuple(dict.fromkeys(one.strip() for one in re.split(r"[,;\n]", text) if one.strip()))
    for one in found:
        if len(one) > LONGEST or not any(piece for word in _taken_apart(one) for piece in word):
            raise ValueError(one)
    if len(found) > MOST:
        raise ValueError(found[MOST])
    return found


def _taken_apart(pattern: str) -> Pattern:
    words = (one for one in _PATTERN.findall(pattern) if one)
    return tuple(tuple(fold(piece) for piece in word.split("*")) for word in words)


def _is_in(pattern: str, words: Sequence[str]) -> bool:
    wanted = _taken_apart(pattern)
    places = range(len(words) - len(wanted) + 1)
    return any(_all_begin(wanted, words[at : at + len(wanted)]) for at in places)


def _all_begin(wanted: Pattern, words: Iterable[str]) -> bool:
    return all(_begins(pieces, word) for pieces, word in zip(wanted, words, strict=True))


def _begins(pieces: tuple[str, ...], word: str) -> bool:
    """Tell whether *word* begins with the first piece and has the others behind it, in order."""
    first, *rest = pieces
    if not word or not word.startswith(first):
        return False
    at = len(first)
    for piece in rest:
        found = word.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True
