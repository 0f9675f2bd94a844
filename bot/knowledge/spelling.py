"""Typing errors, set right by the words of the knowledge base."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from rapidfuzz import fuzz, process

from bot.knowledge.entry import Entry
from bot.knowledge.tokens import LONGEST_ENTRY, WORD, clean, fold

SHORTEST: Final = 8
"""Letters of a word that is set right; a short one has too many neighbours."""

LEAST_LIKENESS: Final = 88.0
"""Per cent of letters that must agree: one wrong letter of nine, two of seventeen."""

ENDING: Final = 3
"""Letters at the end of a word that grammar may change; who writes them made no mistake."""

MOST_WORDS: Final = 4
"""Words of a message that are looked up; a text with more unknown ones has no typing errors."""

MOST_KNOWN: Final = 10_000
"""Words of a knowledge base up to which this is done; looking further takes too long."""


class Spelling:
    """The words of a knowledge base; immutable."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        words: Counter[str] = Counter()
        for entry in entries:
            for text in (*entry.questions, *entry.tags, entry.answer):
                words.update(WORD.findall(clean(text, limit=LONGEST_ENTRY)))
        self._written = _most_usual(words) if len(words) <= MOST_KNOWN else {}
        self._long = [word for word in self._written if len(word) >= SHORTEST]

    def corrections(self, text: str) -> Mapping[str, str]:
        """What words of *text* should be, by the words as they are written there."""
        if not self._long:
            return {}
        words = dict.fromkeys(WORD.findall(clean(text)))
        unknown = [word for word in words if self._is_unknown(word)][: MOST_WORDS + 1]
        if len(unknown) > MOST_WORDS:
            return {}
        found = {word: self._nearest(word) for word in unknown}
        return {word: right for word, right in found.items() if right is not None}

    def _is_unknown(self, word: str) -> bool:
        folded = fold(word)
        return len(folded) >= SHORTEST and folded.isalpha() and folded not in self._written

    def _nearest(self, word: str) -> str | None:
        folded = fold(word)
        found = process.extractOne(
            folded, self._long, scorer=fuzz.ratio, score_cutoff=LEAST_LIKENESS
        )
        if found is None or found[0][0] != folded[0] or _is_inflected(folded, found[0]):
            return None
        return self._written[found[0]]


def corrected(text: str, corrections: Mapping[str, str]) -> str:
    """*text* with its words set right; unchanged without corrections.

    What is to be set right may be several words, which are looked for before single ones.
    """
    if not corrections:
        return text
    several = sorted((words for words in corrections if not WORD.fullmatch(words)), key=len)
    pattern = "|".join([*map(re.escape, reversed(several)), WORD.pattern])
    return re.sub(pattern, lambda match: corrections.get(match[0], match[0]), clean(text))


def _is_inflected(word: str, other: str) -> bool:
    """Whether two words differ in their endings only."""
    pairs = zip(word, other, strict=False)
    same = next((at for at, (one, two) in enumerate(pairs) if one != two), len(word))
    return max(len(word), len(other)) - same <= ENDING


def _most_usual(words: Counter[str]) -> dict[str, str]:
    """The most usual way of writing each folded word."""
    written: dict[str, str] = {}
    for word, _ in words.most_common():
        written.setdefault(fold(word), word)
    return written
