"""Other words for what a knowledge base says, as its editors list them."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from bot.knowledge.entry import Problem
from bot.knowledge.tokens import clean

NAMES: Final = frozenset(("synonyme.txt", "synonyms.txt"))
"""Files of a knowledge base, in any folder, that list them."""

LONGEST: Final = 100
"""Characters of a word or of words that belong together."""

HINT: Final = "please write a line as: other word, another one = word of the entries"

Pair = tuple[str, str]
"""What members say, and how the entries put it."""


def parse(text: str, file: str) -> tuple[list[Pair], list[Problem]]:
    """Read lines such as ``Öffis, Bus und Bahn = ÖPNV``; ``#`` begins a remark."""
    pairs: list[Pair] = []
    problems: list[Problem] = []
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.partition("#")[0].strip()
        others, equals, word = (part.strip() for part in content.partition("="))
        names = [name.strip() for name in others.split(",")]
        if not content:
            continue
        if not (equals and word and all(names)) or max(map(len, (word, *names))) > LONGEST:
            problems.append(Problem(file=file, line=number, message=f"Not understood; {HINT}."))
        else:
            pairs += [(name, word) for name in names]
    return pairs, problems


class Synonyms:
    """The pairs of a knowledge base; immutable."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        # In lower case as well as folded: a pattern takes "ß" for itself and never for "ss".
        self._meanings = {
            written: word
            for other, word in pairs
            for written in (clean(other).casefold(), clean(other).lower())
        }
        # Of two that begin alike the longer one is meant.
        others = sorted(map(re.escape, self._meanings), key=len, reverse=True)
        pattern = rf"(?<!\w)(?:{'|'.join(others)})(?!\w)"
        self._pattern = re.compile(pattern, re.IGNORECASE) if others else None

    def meanings(self, text: str) -> Mapping[str, str]:
        """What is to be read in *text* as something else, by how it is written there."""
        found = self._pattern.findall(clean(text)) if self._pattern else ()
        pairs = ((written, self._meanings.get(written.lower())) for written in found)
        return {written: word for written, word in pairs if word is not None}
