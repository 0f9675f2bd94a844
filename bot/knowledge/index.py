"""The lexical core: TF-IDF over character n-grams, for phrasings and for whole entries."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.knowledge.entry import Entry
from bot.knowledge.tokens import LONGEST_ENTRY, fold, language, word_grams

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Numbers = NDArray[np.int32]
Bytes = NDArray[np.uint8]

COMMON: Final = 0.3
"""Weight of an n-gram that every entry has; the rarest one weighs ``log(entries) + COMMON``."""

MOST_POSTINGS: Final = 60_000
"""Pairs of an n-gram and an entry that are looked at for one text, rarest n-grams first.

Only the largest knowledge bases have more, and what is left out there hardly tells entries apart.
"""


PIECE: Final = 2_000
"""Words of a vocabulary that travel together."""


_DAMPED: Final = (1 + np.log(np.arange(256).clip(1))).astype(np.float32)
"""How much an n-gram that occurs so many times counts: the tenth time says less than the first."""


@dataclass(frozen=True)
class Terms:
    """The different n-grams of one text.

    Attributes:
        columns: Numbers of the n-grams that the index knows, sorted.
        counts: How often each of them occurs, damped.
        unknown: How many it does not know.
    """

    columns: Numbers
    counts: NDArray[np.float32]
    unknown: int


class Rows:
    """Which n-grams each of many texts holds and how often, one text after the other."""

    def __init__(self, texts: Iterable[tuple[Numbers, Bytes]]) -> None:
        grams, counts = array("i"), array("B")
        ends = array("q", [0])
        for columns, times in texts:
            grams.frombytes(columns.tobytes())
            counts.frombytes(times.tobytes())
            ends.append(len(grams))
        self.grams: Numbers = np.frombuffer(grams, dtype=np.int32)
        self.counts: Bytes = np.frombuffer(counts, dtype=np.uint8)
        self.ends: Integers = np.frombuffer(ends, dtype=np.int64)
        self.lengths: NDArray[np.float32] = np.zeros(0, dtype=np.float32)

    def weigh(self, weights: NDArray[np.float32]) -> None:
        """Set the lengths of the texts as vectors."""
        squares = (weights[self.grams] * _DAMPED[self.counts]) ** 2
        self.lengths = np.sqrt(sums(squares, self.ends)).astype(np.float32) + np.float32(1e-6)

    def cosines(self, query: NDArray[np.float32], rows: Integers | None = None) -> Floats:
        """The cosine of the *rows*, or all, with a vector that holds a weight for each n-gram."""
        if rows is None:
            values = query[self.grams] * _DAMPED[self.counts]
            return np.asarray(sums(values, self.ends) / self.lengths)
        places, ends = runs(self.ends[rows], self.ends[rows + 1])
        values = query[self.grams[places]] * _DAMPED[self.counts[places]]
        return np.asarray(sums(values, ends) / self.lengths[rows])


def runs(begins: Integers, ends: Integers) -> tuple[Integers, Integers]:
    """All places from each of *begins* to its end, and where each run ends among them."""
    sizes = ends - begins
    stops = np.concatenate([[0], np.cumsum(sizes)])
    return np.arange(stops[-1]) + np.repeat(begins - stops[:-1], sizes), stops


def sums(values: NDArray[np.float32], ends: Integers) -> Floats:
    """The sum of each run of *values*; 0 for an empty one, which ``reduceat`` gets wrong."""
    running = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    return np.asarray(running[ends[1:]] - running[ends[:-1]])


class Words:
    """Some words of a vocabulary, which travel between processes as a piece of their own.

    Who takes them in can do something else between two pieces; all at once would take too long.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words

    def __reduce__(self) -> tuple[type["Words"], tuple[Sequence[str]]]:
        return Words, (self.words,)


class LexicalIndex:
    """Cosines between a text and phrasings and entries; immutable after construction.

    Attributes:
        owner: For each phrasing the number of its entry, ascending.
        starts: For each entry the number of its first phrasing.
        languages: For each entry the languages in which it is asked, as far as they are known.
    """

    def __init__(self, entries: Sequence[Entry], *, others: Sequence[str] = ()) -> None:
        """Index *entries*, and *others* as texts to compare with that teach no n-grams."""
        sizes = [len(entry.questions) for entry in entries]
        self.owner: Integers = np.repeat(np.arange(len(entries)), sizes)
        self.starts: Integers = np.cumsum([0, *sizes])[:-1]
        self._vocabulary: dict[str, int] = {}
        self._known: dict[str, Numbers] = {}
        phrasings = [question for entry in entries for question in entry.questions]
        self.languages = [_languages(entry) for entry in entries]
        self._phrasings = Rows(self._all(fold(text)) for text in phrasings)
        wholes = Rows(self._all(fold(_whole(entry), limit=LONGEST_ENTRY)) for entry in entries)
        self._weights = self._rarity(wholes, len(entries))
        self._unknown_weight = float(np.log(1 + len(entries)) + COMMON)
        self._others = Rows(self._known_of(fold(text)) for text in others)
        for rows in (self._phrasings, wholes, self._others):
            rows.weigh(self._weights)
        self._turn(wholes, len(entries))
        self._known = {}  # only building needs it

    def __getstate__(self) -> dict[str, Any]:
        words = list(self._vocabulary)
        pieces = [Words(words[at : at + PIECE]) for at in range(0, len(words), PIECE)]
        return {**self.__dict__, "_vocabulary": pieces}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vocabulary: dict[str, int] = {}
        for piece in state["_vocabulary"]:
            vocabulary.update(zip(piece.words, count(len(vocabulary))))
        self.__dict__.update({**state, "_vocabulary": vocabulary})

    def _all(self, folded: str) -> tuple[Numbers, Bytes]:
        """The n-grams of *folded*, of which new ones enter the vocabulary, and their counts."""
        return _counted([self._of_word(word) for word in folded.split()])

    def _known_of(self, folded: str) -> tuple[Numbers, Bytes]:
        """The same without new ones."""
        words = [map(self._vocabulary.get, word_grams(word)) for word in folded.split()]
        known = [[gram for gram in word if gram is not None] for word in words]
        return _counted([np.array(word, dtype=np.int32) for word in known])

    def _of_word(self, word: str) -> Numbers:
        known = self._known.get(word)
        if known is None:
            number = self._vocabulary.setdefault
            pieces = [number(gram, len(self._vocabulary)) for gram in word_grams(word)]
            known = self._known[word] = np.array(pieces, dtype=np.int32)
        return known

    def _rarity(self, wholes: Rows, size: int) -> NDArray[np.float32]:
        entries_with = np.bincount(wholes.grams, minlength=len(self._vocabulary))
        return (np.log((1 + size) / (1 + entries_with)) + COMMON).astype(np.float32)

    def _turn(self, wholes: Rows, size: int) -> None:
        """Keep for each n-gram the entries that have it."""
        entries = np.repeat(np.arange(size, dtype=np.int32), np.diff(wholes.ends))
        order = np.argsort(wholes.grams, kind="stable")
        self._entries: Numbers = entries[order]
        self._counts: Bytes = wholes.counts[order]
        counts = np.bincount(wholes.grams, minlength=len(self._vocabulary))
        self._ends: Integers = np.concatenate([[0], np.cumsum(counts)])
        self._lengths = wholes.lengths

    def terms(self, text: str) -> Terms:
        """The n-grams of *text*."""
        folded = fold(text)
        columns, counts = self._known_of(folded)
        found = {gram for word in set(folded.split()) for gram in word_grams(word)}
        return Terms(columns, _DAMPED[counts], len(found) - len(columns))

    def entries(self, terms: Terms) -> tuple[Floats, Floats]:
        """The cosine with every entry, and which part of the text's weight each explains.

        Both in [0, 1].
        """
        chosen = self._rarest(terms.columns)
        columns = terms.columns[chosen]
        weights = self._weights[columns].astype(np.float64)
        row = weights * terms.counts[chosen]
        begins, ends = self._ends[columns], self._ends[columns + 1]
        # Slices are copied several times faster than numbered places.
        slices = [slice(*pair) for pair in zip(begins.tolist(), ends.tolist(), strict=True)]
        if not slices:
            return np.zeros(len(self.starts)), np.zeros(len(self.starts))
        found = np.concatenate([self._entries[part] for part in slices])
        times = _DAMPED[np.concatenate([self._counts[part] for part in slices])]
        sizes = ends - begins
        size = len(self.starts)
        shared = np.bincount(found, np.repeat(weights, sizes), minlength=size)
        common = np.bincount(found, np.repeat(weights * row, sizes) * times, minlength=size)
        total = weights.sum() + terms.unknown * self._unknown_weight
        length = float(np.linalg.norm(row))
        return common / (self._lengths * max(length, 1e-9)), shared / max(total, 1e-9)

    def missing(self, text: str, entry: int) -> float:
        """The weight of the word of *text* that *entry* lacks most, as a share of all weight.

        In [0, 1]. Two questions that differ in one word, such as the name of a city, have almost
        everything in common, but not this.
        """
        words = set(fold(text).split())
        weights = [self._weight_of(word, entry) for word in words]
        total = sum(whole for whole, _ in weights)
        return max((lacking for _, lacking in weights), default=0.0) / max(total, 1e-9)

    def _weight_of(self, word: str, entry: int) -> tuple[float, float]:
        """The weight of a word's n-grams, and of those among them that *entry* lacks."""
        grams = word_grams(word)
        columns = np.array([self._vocabulary[gram] for gram in grams if gram in self._vocabulary])
        unknown = (len(grams) - len(columns)) * self._unknown_weight
        if not len(columns):
            return unknown, unknown
        weights = self._weights[columns]
        lacking = weights[[not self._has(column, entry) for column in columns.tolist()]]
        return float(weights.sum()) + unknown, float(lacking.sum()) + unknown

    def _has(self, column: int, entry: int) -> bool:
        begin, end = int(self._ends[column]), int(self._ends[column + 1])
        place = bisect_left(self._entries, entry, begin, end)
        return bool(place < end and self._entries[place] == entry)

    def _rarest(self, columns: Numbers) -> Integers:
        """The places of those of *columns* that :data:`MOST_POSTINGS` allows, at least one."""
        sizes = self._ends[columns + 1] - self._ends[columns]
        if sizes.sum() <= MOST_POSTINGS:
            return np.arange(len(columns))
        order = np.argsort(sizes, kind="stable")
        count = int(np.searchsorted(np.cumsum(sizes[order]), MOST_POSTINGS))
        return np.sort(order[: max(count, 1)])

    def query(self, terms: Terms) -> NDArray[np.float32]:
        """A vector over all n-grams whose product with a text's weights is their cosine."""
        weights = self._weights[terms.columns]
        row = weights * terms.counts
        vector = np.zeros(len(self._vocabulary), dtype=np.float32)
        vector[terms.columns] = weights * row / max(float(np.linalg.norm(row)), 1e-9)
        return vector

    def phrasings(self, query: NDArray[np.float32], rows: Integers | None = None) -> Floats:
        """The cosine with those phrasings, or with all, each in [0, 1]."""
        return self._phrasings.cosines(query, rows)

    def others(self, query: NDArray[np.float32]) -> Floats:
        """The cosine with every other text, each in [0, 1]."""
        return self._others.cosines(query)

    def known(self, terms: Terms) -> float:
        """Which part of a text's n-grams, by weight, occurs in any entry, in [0, 1]."""
        known = float(self._weights[terms.columns].sum())
        return known / max(known + terms.unknown * self._unknown_weight, 1e-9)

    def keyword(self, text: str) -> str:
        """The word of *text* whose n-grams are rarest among the entries; may be empty."""
        return max(fold(text).split(), key=self._rareness, default="")

    def _rareness(self, word: str) -> float:
        columns = [self._vocabulary[gram] for gram in word_grams(word) if gram in self._vocabulary]
        return float(self._weights[columns].mean()) if columns else 0.0


def _counted(words: Sequence[Numbers]) -> tuple[Numbers, Bytes]:
    """The different numbers in *words*, sorted, and how often each occurs, at most 255 times."""
    if not words:
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.uint8)
    columns, counts = np.unique(np.concatenate(words), return_counts=True)
    return columns, np.minimum(counts, 255).astype(np.uint8)


def _languages(entry: Entry) -> frozenset[str]:
    return frozenset(filter(None, map(language, entry.questions)))


def _whole(entry: Entry) -> str:
    return "\n".join([*entry.questions, *entry.tags, entry.answer])[: 2 * LONGEST_ENTRY]
