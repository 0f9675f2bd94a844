"""The sentence vectors of a knowledge base, and how near a text's vector comes to them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.knowledge.embedding import Embedder, Vectors
from bot.knowledge.entry import Entry
from bot.knowledge.index import Floats, Integers


@dataclass(frozen=True)
class Meaning:
    """Cosines of sentence vectors, each in [-1, 1].

    Attributes:
        phrasings: With each phrasing.
        centres: With what the phrasings of each entry share.
        answers: With title and answer of each entry.
        talk: With each line of small talk.
    """

    phrasings: Floats
    centres: Floats
    answers: Floats
    talk: Floats


class MeaningIndex:
    """The vectors of all phrasings, entries and lines of small talk; immutable.

    Attributes:
        phrasings: One row a phrasing.
        talk: One row a line of small talk.
    """

    def __init__(
        self, entries: Sequence[Entry], talk: Sequence[str], starts: Integers, embedder: Embedder
    ) -> None:
        questions = [question for entry in entries for question in entry.questions]
        vectors = embedder.encode([*questions, *talk])
        self.phrasings: Vectors = vectors[: len(questions)]
        self.talk: Vectors = vectors[len(questions) :]
        self._starts = starts
        self._sums = np.add.reduceat(self.phrasings, starts, axis=0)
        self._centres = _unit(self._sums)
        self._answers = self._answer_vectors(entries, embedder)

    def _answer_vectors(self, entries: Sequence[Entry], embedder: Embedder) -> Vectors:
        """Title and answer; an entry without an answer is represented by its phrasings."""
        answered = [number for number, entry in enumerate(entries) if entry.answer]
        texts = [f"{entries[number].questions[0]} {entries[number].answer}" for number in answered]
        vectors = self._centres.copy()
        if texts:
            vectors[answered] = embedder.encode(texts)
        return vectors

    def cosines(self, vector: Vectors) -> Meaning:
        """How near *vector* is to everything."""
        return Meaning(
            phrasings=_dot(self.phrasings, vector),
            centres=_dot(self._centres, vector),
            answers=_dot(self._answers, vector),
            talk=_dot(self.talk, vector),
        )

    def without(self, meaning: Meaning, phrasing: int, owner: int) -> Meaning:
        """*meaning* of that phrasing's own vector, as if its entry had never listed it."""
        vector = self.phrasings[phrasing]
        centre = _unit((self._sums[owner] - vector)[None, :])[0]
        near = float(centre @ vector)
        answers = meaning.answers
        if phrasing == self._starts[owner]:  # the answer's vector holds the title
            answers = masked(answers, owner, min(float(answers[owner]), near))
        return Meaning(
            phrasings=masked(meaning.phrasings, phrasing),
            centres=masked(meaning.centres, owner, near),
            answers=answers,
            talk=meaning.talk,
        )


def masked(values: Floats, at: int, value: float = 0.0) -> Floats:
    """A copy of *values* with another *value* at one place."""
    changed = values.copy()
    changed[at] = value
    return changed


def _dot(rows: Vectors, vector: Vectors) -> Floats:
    return (rows @ vector).astype(np.float64)


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)
