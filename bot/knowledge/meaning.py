"""The sentence vectors of a knowledge base, and how near a text's vector comes to them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.knowledge.embedding import Embedder, Vectors
from bot.knowledge.entry import Entry
from bot.knowledge.index import Floats, Integers, runs

SMALL: Final = 5_000
"""Phrasings up to which vectors are kept in full precision and every entry is looked at."""

SKETCH: Final = 128
"""Numbers of the shortened vectors by which the nearest of many entries are found."""

AT_ONCE: Final = 1_000
"""Texts that are encoded together; bounds the memory that is needed meanwhile."""

LONG_ANSWER: Final = 300
"""Characters of title and answer that are encoded."""


@dataclass(frozen=True)
class Meaning:
    """Cosines of sentence vectors, each in [-1, 1].

    Attributes:
        best: With the nearest phrasing of each entry that was looked at.
        centres: With what the phrasings of each of them share.
        answers: With title and answer of each of them.
        talk: With each line of small talk.
    """

    best: Floats
    centres: Floats
    answers: Floats
    talk: Floats


class MeaningIndex:
    """What one encoder makes of the phrasings, answers and small talk; immutable.

    Attributes:
        answered: The numbers of the entries whose answers are encoded.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        talk: Sequence[str],
        embedder: Embedder,
        *,
        centred: bool = False,
    ) -> None:
        """Encode everything.

        Args:
            entries: At least one.
            talk: Lines of small talk.
            embedder: The encoder.
            centred: Whether to take off what all phrasings share; for encoders that place all
                sentences close together.
        """
        questions = [question for entry in entries for question in entry.questions]
        sizes = [len(entry.questions) for entry in entries]
        self._ends: Integers = np.cumsum([0, *sizes])
        small = len(questions) <= SMALL
        self._kind: Any = np.float32 if small else np.float16
        phrasings = self._encoded(questions, embedder)
        self._mean = phrasings.mean(axis=0, dtype=np.float32) * np.float32(centred)
        self._phrasings = self.placed(phrasings) if centred else phrasings
        self._talk = self.placed(embedder.encode(talk))
        # Many answers would take too long; the phrasings stand for them.
        self.answered = [number for number, entry in enumerate(entries) if entry.answer and small]
        self._answers = self._answer_vectors(entries, embedder, centred=centred)
        self._sketch = None if small else Sketch(np.concatenate(list(self._centres_of_all())))

    def _encoded(self, texts: Sequence[str], embedder: Embedder) -> NDArray[Any]:
        first = embedder.encode(texts[:1])
        rows = np.empty((len(texts), first.shape[1]), dtype=self._kind)
        for begin in range(0, len(texts), AT_ONCE):
            rows[begin : begin + AT_ONCE] = embedder.encode(texts[begin : begin + AT_ONCE])
        return rows

    def _answer_vectors(
        self, entries: Sequence[Entry], embedder: Embedder, *, centred: bool
    ) -> NDArray[Any]:
        """Of title and answer, for the entries in :attr:`answered`."""
        if not self.answered:
            return np.zeros((0, len(self._mean)), dtype=self._kind)
        texts = [answer_text(entries[number])[:LONG_ANSWER] for number in self.answered]
        vectors = self._encoded(texts, embedder)
        if not centred:
            return vectors
        return unit(vectors - vectors.mean(axis=0) * (len(vectors) > 1))

    def placed(self, vectors: Vectors) -> Vectors:
        """*vectors* as the phrasings are placed: around their mean, of length 1."""
        return unit(vectors - self._mean)

    def samples(self) -> tuple[Vectors, Integers]:
        """All vectors, and for each the number of its entry; after the last one, small talk."""
        entries = len(self._ends) - 1
        owner = np.repeat(np.arange(entries), np.diff(self._ends))
        answered = np.array(self.answered, dtype=np.int64)
        talk = np.full(len(self._talk), entries)
        return (
            np.concatenate([self._phrasings, self._answers, self._talk]),
            np.concatenate([owner, answered, talk]),
        )

    def nearest(self, vector: Vectors, count: int) -> Integers:
        """The numbers of about the *count* entries whose centres are nearest to *vector*."""
        if self._sketch is None:
            return np.arange(len(self._ends) - 1)
        return self._sketch.nearest(vector, count)

    def cosines(self, vector: Vectors, entries: Integers | None = None) -> Meaning:
        """How near a placed *vector* is to all *entries*, or to those with these numbers."""
        chosen = np.arange(len(self._ends) - 1) if entries is None else entries
        rows, stops = runs(self._ends[chosen], self._ends[chosen + 1])
        found = self._phrasings if entries is None else self._phrasings[rows]
        phrasings = found.astype(np.float32, copy=False)
        near = phrasings @ vector
        sums = np.add.reduceat(phrasings, stops[:-1], axis=0)
        centres = (sums @ vector) / np.maximum(np.linalg.norm(sums, axis=1), 1e-9)
        return Meaning(
            best=np.maximum.reduceat(near, stops[:-1]).astype(np.float64),
            centres=centres.astype(np.float64),
            answers=self._near_answers(vector, chosen, centres).astype(np.float64),
            talk=(self._talk @ vector).astype(np.float64),
        )

    def _near_answers(self, vector: Vectors, chosen: Integers, centres: Vectors) -> Vectors:
        """With the answers; an entry without one is represented by its phrasings."""
        near = centres.copy()
        if self.answered:
            places = np.searchsorted(self.answered, chosen)
            places = np.minimum(places, len(self.answered) - 1)
            has = np.array(self.answered)[places] == chosen
            near[has] = self._answers[places[has]].astype(np.float32, copy=False) @ vector
        return near

    def _centres_of_all(self) -> Iterator[Vectors]:
        """The centres of all entries, not of length 1, part by part to save memory."""
        for begin in range(0, len(self._ends) - 1, AT_ONCE):
            ends = self._ends[begin : begin + AT_ONCE + 1]
            rows = self._phrasings[ends[0] : ends[-1]].astype(np.float32)
            yield np.add.reduceat(rows, ends[:-1] - ends[0], axis=0)


class Sketch:
    """Shortened vectors: the directions in which the entries differ most."""

    def __init__(self, centres: Vectors) -> None:
        _, directions = np.linalg.eigh(centres.T @ centres)
        self._directions: Vectors = directions[:, -SKETCH:].astype(np.float32)
        self._centres = unit(centres) @ self._directions

    def nearest(self, vector: Vectors, count: int) -> Integers:
        """The numbers of the *count* entries that seem nearest to *vector*."""
        near = self._centres @ (vector @ self._directions)
        return np.argpartition(-near, count)[:count]


def answer_text(entry: Entry) -> str:
    """What represents the answer of an entry."""
    return f"{entry.questions[0]} {entry.answer}"


def unit(vectors: NDArray[Any]) -> Vectors:
    """*vectors* of length 1, along the last axis; a vector of zeros stays one."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)
