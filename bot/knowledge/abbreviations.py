"""Abbreviations that a knowledge base never spells out, read off its own words.

"VN" is what everybody calls the Verwendungsnachweis: the first letters of the parts of a compound
or of words that follow each other. Where the knowledge base knows the abbreviation itself, or two
different words would fit, nothing is replaced.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from bot.knowledge.entry import Entry
from bot.knowledge.tokens import WORD, clean, fold
from bot.text import laender

SHORTEST_PART: Final = 4
"""Letters of the parts of a compound."""

MOST_PARTS: Final = 5
MOST_KNOWN: Final = 10_000
"""Words of a knowledge base up to which this is done."""

_ABBREVIATION: Final = re.compile(r"\b[A-ZÄÖÜ]{2,5}\b|^\W*[a-zäöü]{2,4}\W*$")
"""In capitals, or all there is of a message."""

_JOINTS: Final = ("", "s", "es", "n", "en", "e", "er")
"""What stands between the parts of a compound."""

_SMALL: Final = frozenset(
    map(fold, ("und", "der", "die", "des", "für", "von", "of", "the", "and"))
)
"""Words that stand between others without a letter of their own, as in "Bund der Länder"."""

_ADJECTIVE: Final = re.compile(r"[a-zäöüß]{3,}e[nrs]?")


class Abbreviations:
    """What abbreviations stand for in a knowledge base; immutable."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        texts = [text for entry in entries for text in (*entry.questions, *entry.tags)]
        words = [WORD.findall(clean(text)) for text in texts]
        answers = {fold(word) for entry in entries for word in WORD.findall(clean(entry.answer))}
        self._known = answers | {fold(word) for line in words for word in line}
        small = len(self._known) <= MOST_KNOWN
        self._meanings = _meanings(words, self._known) if small else {}

    def meanings(self, text: str) -> Mapping[str, str]:
        """What abbreviations in *text* stand for, by the abbreviation as it is written there."""
        found: dict[str, str] = {}
        for match in _ABBREVIATION.findall(clean(text)) if self._meanings else ():
            short = match.strip()
            meant = self._meanings.get(short.casefold(), set())
            is_free = fold(short) not in self._known and laender.code(short) is None
            if len(meant) == 1 and is_free:
                found[short] = next(iter(meant))
        return found


def _meanings(lines: Iterable[Sequence[str]], known: Collection[str]) -> dict[str, set[str]]:
    compounds: dict[str, dict[str, str]] = defaultdict(dict)
    runs: dict[str, dict[str, str]] = defaultdict(dict)
    parts = {word: _parts(fold(word), known) for line in lines for word in line}
    for word, pieces in parts.items():
        if word[0].isupper() and 1 < len(pieces) <= MOST_PARTS:
            _add(compounds, pieces, word)
    for line in lines:
        for words in _names(line):
            _add(runs, [part for word in words for part in parts[word]], " ".join(words))
    return {
        initials: set((compounds.get(initials) or runs[initials]).values())
        for initials in {*compounds, *runs}
    }


def _add(found: dict[str, dict[str, str]], parts: Sequence[str], written: str) -> None:
    # Of several inflections the first one counts.
    found["".join(part[0] for part in parts)].setdefault(fold(written)[:-2], written)


def _names(line: Sequence[str]) -> Iterator[list[str]]:
    """Words that may be a name together: nouns, also with an adjective before them."""
    for begin, first in enumerate(line):
        if not (first[0].isupper() or _ADJECTIVE.fullmatch(first)):
            continue
        words = [first]
        for word in line[begin + 1 : begin + 2 * MOST_PARTS]:
            if word[0].isupper():
                words.append(word)
                if len(words) <= MOST_PARTS:
                    yield list(words)
            elif fold(word) not in _SMALL:
                break


def _parts(word: str, known: Collection[str]) -> list[str]:
    """The parts of a compound as far as they are words of their own; else the word itself."""
    for cut in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
        head, tail = word[:cut], word[cut:]
        if tail in known and any(_stem(head, joint) in known for joint in _JOINTS):
            return [head, *_parts(tail, known)]
    for cut in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
        if word[cut:] in known:
            return [word[:cut], word[cut:]]
    return [word]


def _stem(head: str, joint: str) -> str:
    return head[: len(head) - len(joint)] if joint and head.endswith(joint) else head
