"""How well each entry fits a text: the lexical core and, where there is one, the encoder."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from bot.knowledge.embedding import Embedder, Vectors
from bot.knowledge.entry import Entry
from bot.knowledge.index import Floats, LexicalIndex, Terms
from bot.knowledge.meaning import Meaning, MeaningIndex, masked
from bot.knowledge.smalltalk import TALK
from bot.knowledge.tokens import clean, fold

ENTRY_WEIGHT: Final = 1.5
"""Of the lexical cosine with the whole entry; that with the best phrasing weighs 1."""

BEST_WEIGHT: Final = 1.5
"""Of the meaning of the best phrasing."""

CENTRE_WEIGHT: Final = 1.5
"""Of the meaning that all phrasings of the entry share."""

ANSWER_WEIGHT: Final = 1.0
"""Of the meaning of title and answer."""

LONGEST_QUESTION: Final = 200
"""Bytes (UTF-8) of a message whose meaning is looked at; encoding is what takes time."""

LEXICAL_TOTAL: Final = 1 + ENTRY_WEIGHT
TOTAL: Final = LEXICAL_TOTAL + BEST_WEIGHT + CENTRE_WEIGHT + ANSWER_WEIGHT


@dataclass(frozen=True)
class Signals:
    """Everything that is known about one text before entries are ranked.

    Attributes:
        text: The text as it was written.
        terms: Its n-grams.
        phrasings: Lexical cosine with each phrasing.
        wholes: Lexical cosine with each whole entry.
        talk: Lexical cosine with each line of small talk.
        meaning: The same of sentence vectors, or ``None`` without an encoder.
    """

    text: str
    terms: Terms
    phrasings: Floats
    wholes: Floats
    talk: Floats
    meaning: Meaning | None


class Scorer:
    """Compares texts with the entries; immutable after construction.

    Attributes:
        talk: The lines of small talk that no entry claims as a phrasing.
        index: The lexical part.
        meaning: The sentence vectors, or ``None`` without an encoder.
    """

    def __init__(self, entries: Sequence[Entry], embedder: Embedder | None) -> None:
        claimed = {fold(question) for entry in entries for question in entry.questions}
        self.talk = tuple(line for line in TALK if fold(line) not in claimed)
        self.index = LexicalIndex(entries, others=self.talk)
        self._embedder = embedder
        self.meaning = (
            MeaningIndex(entries, self.talk, self.index.starts, embedder) if embedder else None
        )

    def signals(self, text: str) -> Signals:
        """Compare *text* with everything."""
        return next(self.signals_of_all([text]))

    def signals_of_all(self, texts: Sequence[str]) -> Iterator[Signals]:
        """Compare each of *texts* with everything; faster than one after the other."""
        if self._embedder is None:
            yield from map(self._signals, texts)
        else:
            vectors = self._embedder.encode([_beginning(text) for text in texts])
            yield from map(self._signals, texts, vectors)

    def _signals(self, text: str, vector: Vectors | None = None) -> Signals:
        terms = self.index.terms(text)
        phrasings, wholes, talk = self.index.cosines(terms)
        meaning = None
        if vector is not None and self.meaning is not None:
            meaning = self.meaning.cosines(vector)
        return Signals(text, terms, phrasings, wholes, talk, meaning)

    def signals_of_phrasing(self, phrasing: int, text: str) -> Signals:
        """Compare a phrasing, whose *text* this is, with everything, itself included."""
        return self._signals(text, self.meaning.phrasings[phrasing] if self.meaning else None)

    def signals_of_talk(self, line: int) -> Signals:
        """Compare a line of small talk with everything but itself."""
        vector = self.meaning.talk[line] if self.meaning else None
        signals = self._signals(self.talk[line], vector)
        meaning = signals.meaning
        if meaning is not None:
            meaning = replace(meaning, talk=masked(meaning.talk, line))
        return replace(signals, talk=masked(signals.talk, line), meaning=meaning)

    def without_phrasing(self, signals: Signals, phrasing: int) -> Signals:
        """*signals* of that phrasing's own text, as if its entry had never listed it."""
        owner = int(self.index.owner[phrasing])
        meaning = signals.meaning
        if meaning is not None and self.meaning is not None:
            meaning = self.meaning.without(meaning, phrasing, owner)
        near = self.index.cosine_without(signals.terms, phrasing)
        return replace(
            signals,
            phrasings=masked(signals.phrasings, phrasing),
            wholes=masked(signals.wholes, owner, near),
            meaning=meaning,
        )

    def rank(self, signals: Signals) -> Floats:
        """The score of every entry, at most 1; higher fits better."""
        score = self.best(signals.phrasings) + ENTRY_WEIGHT * signals.wholes
        meaning = signals.meaning
        if meaning is None:
            return score / LEXICAL_TOTAL
        score = score + BEST_WEIGHT * self.best(meaning.phrasings)
        score = score + CENTRE_WEIGHT * meaning.centres + ANSWER_WEIGHT * meaning.answers
        return score / TOTAL

    def best(self, phrasings: Floats) -> Floats:
        """The largest value of each entry among its phrasings."""
        return np.maximum.reduceat(phrasings, self.index.starts)


def _beginning(text: str) -> str:
    """As much of *text* as is encoded.

    Bytes are counted, since a script of which the encoder knows few words costs it one step a
    character and not one a word.
    """
    return clean(text).encode()[:LONGEST_QUESTION].decode("utf-8", "ignore")
