"""The lexical core: TF-IDF over character n-grams, for phrasings and for whole entries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bot.knowledge.entry import Entry
from bot.knowledge.tokens import LONGEST_ENTRY, LONGEST_MESSAGE, fold, grams

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

COMMON: Final = 0.3
"""Weight of an n-gram that every entry has; the rarest one weighs ``log(entries) + COMMON``."""


@dataclass(frozen=True)
class Terms:
    """The n-grams of one text.

    Attributes:
        columns: Numbers of the n-grams that the index knows, sorted.
        counts: How often each of *columns* occurs.
        unknown: How many different n-grams the index does not know.
    """

    columns: Integers
    counts: Floats
    unknown: int


class LexicalIndex:
    """Cosines between a text and all phrasings and entries; immutable after construction.

    Attributes:
        owner: For each phrasing the number of its entry, ascending.
        starts: For each entry the number of its first phrasing.
    """

    def __init__(self, entries: Sequence[Entry], *, others: Sequence[str] = ()) -> None:
        """Index *entries*, and *others* as texts to compare with that teach no n-grams."""
        phrasings = [question for entry in entries for question in entry.questions]
        sizes = [len(entry.questions) for entry in entries]
        self.owner: Integers = np.repeat(np.arange(len(entries)), sizes)
        self.starts: Integers = np.cumsum([0, *sizes])[:-1]
        self._vocabulary: dict[str, int] = {}
        whole = self._matrix((_whole(entry) for entry in entries), LONGEST_ENTRY)
        parts = self._matrix(phrasings)
        self._set_weights(whole, len(entries))
        self._entries = whole
        self._phrasings = parts
        apart = self._matrix(others, grow=False)
        stacked = sparse.vstack([self._padded(parts), whole, apart]).tocsr()
        self._by_gram = self._weighted(stacked).T.tocsr()

    def _matrix(
        self, texts: Iterable[str], limit: int = LONGEST_MESSAGE, *, grow: bool = True
    ) -> Any:
        """Counts, one row a text; with *grow* new n-grams enter the vocabulary."""
        ends, columns, counts = [0], [], []
        for text in texts:
            for gram, count in grams(fold(text, limit=limit)).items():
                if grow or gram in self._vocabulary:
                    columns.append(self._vocabulary.setdefault(gram, len(self._vocabulary)))
                    counts.append(float(count))
            ends.append(len(columns))
        shape = (len(ends) - 1, len(self._vocabulary))
        matrix = sparse.csr_matrix((counts, columns, ends), shape=shape)
        matrix.sort_indices()
        return matrix

    def _padded(self, matrix: Any) -> Any:
        matrix.resize(matrix.shape[0], len(self._vocabulary))
        return matrix

    def _set_weights(self, whole: Any, size: int) -> None:
        self._padded(whole)
        entries_with = np.bincount(whole.indices, minlength=len(self._vocabulary))
        self._weights: Floats = np.log((1 + size) / (1 + entries_with)) + COMMON
        self._unknown_weight = float(np.log(1 + size) + COMMON)

    def _weighted(self, counts: Any) -> Any:
        """TF-IDF with sub-linear counts and rows of length 1."""
        matrix = counts.copy()
        matrix.data = (1 + np.log(matrix.data)) * self._weights[matrix.indices]
        lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
        matrix.data /= np.repeat(np.maximum(lengths, 1e-12), np.diff(matrix.indptr))
        return matrix

    def terms(self, text: str) -> Terms:
        """The n-grams of *text*."""
        found = grams(fold(text))
        known = {
            self._vocabulary[gram]: n for gram, n in found.items() if gram in self._vocabulary
        }
        columns = sorted(known)
        counts = [float(known[column]) for column in columns]
        unknown = len(found) - len(columns)
        return Terms(np.array(columns, dtype=np.int64), np.array(counts), unknown)

    def cosines(self, terms: Terms) -> tuple[Floats, Floats, Floats]:
        """The cosine with every phrasing, every entry and every other text, each in [0, 1]."""
        every = self._by_gram[terms.columns].T @ self._row(terms)
        end = len(self.owner) + len(self.starts)
        return every[: len(self.owner)], every[len(self.owner) : end], every[end:]

    def _row(self, terms: Terms) -> Floats:
        """The weights of the text's n-grams, a vector of length 1."""
        row = (1 + np.log(terms.counts)) * self._weights[terms.columns]
        return np.asarray(row / max(float(np.linalg.norm(row)), 1e-12))

    def cover(self, terms: Terms, entry: int, *, without: int | None = None) -> float:
        """Which part of the text the entry explains, by weight, in [0, 1].

        Args:
            terms: The n-grams of the text.
            entry: The number of the entry.
            without: A phrasing of the entry that is to be left out.
        """
        known = self._left(entry, without).columns
        weights = self._weights[terms.columns]
        total = weights.sum() + terms.unknown * self._unknown_weight
        shared = weights[np.isin(terms.columns, known, assume_unique=True)].sum()
        return float(shared / total) if total > 0 else 0.0

    def cosine_without(self, terms: Terms, phrasing: int) -> float:
        """The cosine with the entry of *phrasing*, had it never been written."""
        left = self._left(int(self.owner[phrasing]), phrasing)
        _, mine, theirs = np.intersect1d(
            terms.columns, left.columns, assume_unique=True, return_indices=True
        )
        return float(self._row(terms)[mine] @ self._row(left)[theirs])

    def keyword(self, text: str) -> str:
        """The word of *text* whose n-grams are rarest among the entries; may be empty."""
        return max(fold(text).split(), key=self._rarity, default="")

    def _rarity(self, word: str) -> float:
        columns = [self._vocabulary[gram] for gram in grams(word) if gram in self._vocabulary]
        return float(self._weights[columns].mean()) if columns else 0.0

    def _left(self, entry: int, without: int | None) -> Terms:
        columns, counts = _row_of(self._entries, entry)
        if without is not None:
            gone, times = _row_of(self._phrasings, without)
            counts = counts.copy()
            counts[np.searchsorted(columns, gone)] -= times
            columns, counts = columns[counts > 0], counts[counts > 0]
        return Terms(columns, counts, 0)


def _row_of(matrix: Any, row: int) -> tuple[Integers, Floats]:
    begin, end = matrix.indptr[row], matrix.indptr[row + 1]
    return matrix.indices[begin:end], matrix.data[begin:end]


def _whole(entry: Entry) -> str:
    return "\n".join([*entry.questions, *entry.tags, entry.answer])
