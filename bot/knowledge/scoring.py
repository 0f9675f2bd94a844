"""How well each entry fits a text: spelling and, where there are encoders, meaning."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from bot.knowledge.abbreviations import Abbreviations
from bot.knowledge.embedding import Embedder, Vectors
from bot.knowledge.entry import Entry
from bot.knowledge.index import Floats, Integers, LexicalIndex, runs
from bot.knowledge.linear import LinearModel
from bot.knowledge.meaning import SMALL, MeaningIndex
from bot.knowledge.spelling import Spelling, corrected
from bot.knowledge.synonyms import Pair, Synonyms
from bot.knowledge.tokens import fold

Mode = Literal["lexical", "quick", "thorough"]
"""What a text was compared by: spelling alone, with the quick encoder, with both encoders."""

QUICK: Final = ("quick phrasing", "quick centre", "quick answer")
THOROUGH: Final = ("thorough phrasing", "thorough centre", "thorough answer")

PARTS: Final[Mapping[Mode, tuple[str, ...]]] = {
    "lexical": ("phrasing", "entry", "cover"),
    "quick": ("phrasing", "entry", "cover", *QUICK, "linear"),
    "thorough": ("phrasing", "entry", "cover", *QUICK, *THOROUGH, "linear"),
}
"""What a score is made of:

- phrasing: cosine of the n-grams with the nearest phrasing
- entry: cosine of the n-grams with phrasings, tags and answer together
- cover: which part of the text's n-grams, by weight, the entry has
- quick …, thorough …: cosine of the encoder's vectors with the nearest phrasing, with what the
  phrasings share, with title and answer
- linear: the score of the model that was trained on the phrasings
"""

WEIGHTS: Final[Mapping[Mode, tuple[float, ...]]] = {
    "lexical": (1.0, 1.5, 0.7),
    "quick": (1.05, 1.6, 1.2, 1.5, 1.5, 1.0, 10.0),
    "thorough": (0.6, 0.95, 1.55, 1.0, 1.5, 0.5, 1.5, 1.5, 1.0, 16.0),
}
"""One weight a part; that of the linear model is for entries of very many phrasings."""

LONE_SPELLING: Final = 2.0
"""How much more spelling counts for a text of one word, which is no sentence to understand."""

LONE_LINEAR: Final = 0.25
"""How much less the linear model counts for it."""

SHORTLIST: Final = 128
"""Entries of a large knowledge base that are looked at closely."""

MOST_FOR_THOROUGH: Final = 2_000
"""Phrasings up to which the thorough encoder reads along; it takes about 8 ms for each."""


@dataclass(frozen=True)
class Ranking:
    """What is known about one text and the entries that may be meant.

    Attributes:
        text: The text as it was written.
        mode: What it was compared by.
        numbers: The entries that were looked at, ascending.
        parts: One row an entry, one column for each of ``PARTS[mode]``.
        scores: The weighted mean of the parts of each entry, at most 1.
        talk: For phrasing, quick phrasing and thorough phrasing, as far as the mode has them,
            the cosine with the nearest line of small talk.
        talk_score: What the linear model gives to small talk, in [-1, 1]; 0 without a model.
        known: Which part of the text's n-grams occurs in the knowledge base at all, in [0, 1].
        corrections: Words of the text that were read as others: typing errors, abbreviations,
            synonyms.
    """

    text: str
    mode: Mode
    numbers: Integers
    parts: Floats
    scores: Floats
    talk: Floats
    talk_score: float
    known: float
    corrections: Mapping[str, str]

    def part(self, name: str) -> Floats:
        """One column of the parts."""
        return self.parts[:, PARTS[self.mode].index(name)]

    def near(self, place: int) -> Floats:
        """The cosines with an entry's nearest phrasing, in the order of :attr:`talk`."""
        columns = [at for at, name in enumerate(PARTS[self.mode]) if name.endswith("phrasing")]
        return self.parts[place, columns]

    def lead(self, place: int) -> Floats:
        """How far an entry is ahead of every other one, by each part of the best encoder."""
        names = {"lexical": (), "quick": QUICK, "thorough": THOROUGH}[self.mode]
        columns = [PARTS[self.mode].index(name) for name in names]
        if not columns or len(self.parts) == 1:
            return np.zeros(1)
        others = np.delete(self.parts[:, columns], place, axis=0)
        return np.asarray(self.parts[place, columns] - others.max(axis=0))

    def without(self, numbers: Collection[int]) -> "Ranking | None":
        """The same for fewer entries; ``None`` if none is left."""
        keep = ~np.isin(self.numbers, list(numbers))
        if not keep.any():
            return None
        return replace(
            self,
            numbers=self.numbers[keep],
            parts=self.parts[keep],
            scores=self.scores[keep],
        )

    def with_other(self, other: "Ranking") -> "Ranking | None":
        """The mean of two rankings of this text; ``None`` if they looked at different things."""
        if self.mode != other.mode or not np.array_equal(self.numbers, other.numbers):
            return None
        return replace(
            self,
            parts=(self.parts + other.parts) / 2,
            scores=(self.scores + other.scores) / 2,
            talk=(self.talk + other.talk) / 2,
            talk_score=(self.talk_score + other.talk_score) / 2,
            known=(self.known + other.known) / 2,
        )

    def lowered(self, number: int, by: float) -> "Ranking":
        """The same with a lower score for one entry."""
        return replace(self, scores=self.scores - by * (self.numbers == number))

    def linear(self, place: int) -> float:
        """The linear model's score of an entry; 0 without a model."""
        return 0.0 if self.mode == "lexical" else float(self.parts[place, -1])


class Scorer:
    """Compares texts with the entries; immutable after construction.

    Attributes:
        index: The lexical part.
        mode: The best mode there is; an unusual message may get a simpler one.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        *,
        talk: Sequence[str],
        quick: Embedder | None = None,
        thorough: Embedder | None = None,
        synonyms: Sequence[Pair] = (),
    ) -> None:
        phrasings = sum(len(entry.questions) for entry in entries)
        claimed = {fold(question) for entry in entries for question in entry.questions}
        talk = [line for line in talk if fold(line) not in claimed]
        self.index = LexicalIndex(entries, others=talk)
        self._spelling = Spelling(entries)
        self._abbreviations = Abbreviations(entries)
        self._synonyms = Synonyms(synonyms)
        self._all = phrasings <= SMALL
        self._encoder = quick
        self._reader = thorough if quick and phrasings <= MOST_FOR_THOROUGH else None
        self._quick = MeaningIndex(entries, talk, quick) if quick else None
        self._thorough = (
            MeaningIndex(entries, talk, self._reader, centred=True) if self._reader else None
        )
        self.mode: Mode = "lexical" if not quick else "thorough" if self._reader else "quick"
        self._models = self._trained(len(entries))
        self._trust = _trust(phrasings / len(entries))

    def _trained(self, entries: int) -> Mapping[Mode, LinearModel]:
        models: dict[Mode, LinearModel] = {}
        if self._quick is None:
            return models
        vectors, owners = self._quick.samples()
        if not LinearModel.affordable(len(vectors), entries):
            return models
        models["quick"] = LinearModel(vectors, owners, entries)
        if self._thorough is not None:
            both = np.concatenate([vectors, self._thorough.samples()[0]], axis=1)
            models["thorough"] = LinearModel(both, owners, entries)
        return models

    def rank(self, text: str, *, mode: Mode = "thorough") -> Ranking:
        """Compare *text* with the entries, in *mode* or the next simpler one that is possible."""
        corrections = {
            **self._spelling.corrections(text),
            **self._abbreviations.meanings(text),
            **self._synonyms.meanings(text),
        }
        meant = corrected(text, corrections)
        quick = self._encoder.read(meant) if self._encoder and mode != "lexical" else None
        thorough = None
        if quick is not None and mode == "thorough" and self._reader and self._thorough:
            read = self._reader.read(meant)
            thorough = None if read is None else self._thorough.placed(read)
        ranking = self._ranked(meant, quick, thorough)
        return replace(ranking, text=text, corrections=corrections)

    def _ranked(self, text: str, quick: Vectors | None, thorough: Vectors | None) -> Ranking:
        terms = self.index.terms(text)
        wholes, covers = self.index.entries(terms)
        chosen = None if self._all else self._shortlist(wholes, covers, quick)
        numbers = np.arange(len(wholes)) if chosen is None else chosen
        query = self.index.query(terms)
        columns = [self._best_phrasing(query, chosen), wholes[numbers], covers[numbers]]
        talk = [self.index.others(query)]
        for index, vector in ((self._quick, quick), (self._thorough, thorough)):
            if index is not None and vector is not None:
                near = index.cosines(vector, chosen)
                columns += [near.best, near.centres, near.answers]
                talk.append(near.talk)
        mode = self._mode_of(quick, thorough)
        linear = self._linear(mode, quick, thorough)
        if mode != "lexical":
            columns.append(linear[numbers])
        parts = np.stack(columns, axis=1)
        return Ranking(
            text=text,
            mode=mode,
            numbers=numbers,
            parts=parts,
            scores=parts @ self.weights(mode, text),
            talk=np.array([line.max(initial=0.0) for line in talk]),
            talk_score=float(linear[-1]),
            known=self.index.known(terms),
            corrections={},
        )

    @staticmethod
    def _mode_of(quick: Vectors | None, thorough: Vectors | None) -> Mode:
        return "lexical" if quick is None else "quick" if thorough is None else "thorough"

    def _shortlist(self, wholes: Floats, covers: Floats, quick: Vectors | None) -> Integers:
        """The entries worth a closer look: near by spelling or near by meaning."""
        count = min(SHORTLIST, len(wholes))
        near = wholes + covers
        if count == len(near):
            return np.arange(count)
        spelt = np.argpartition(-near, count - 1)[:count]
        if quick is None or self._quick is None:
            return np.sort(spelt)
        meant = self._quick.nearest(quick, count // 2)
        order = np.argsort(-near[spelt], kind="stable")
        return np.union1d(spelt[order[: count // 2]], meant)

    def _best_phrasing(self, query: NDArray[np.float32], chosen: Integers | None) -> Floats:
        starts = self.index.starts
        if chosen is None:
            return np.asarray(np.maximum.reduceat(self.index.phrasings(query), starts))
        ends = np.append(starts, len(self.index.owner))
        rows, stops = runs(ends[chosen], ends[chosen + 1])
        return np.asarray(np.maximum.reduceat(self.index.phrasings(query, rows), stops[:-1]))

    def _linear(self, mode: Mode, quick: Vectors | None, thorough: Vectors | None) -> Floats:
        """The linear model's score of every entry and of small talk."""
        model = self._models.get(mode)
        vectors = [vector for vector in (quick, thorough) if vector is not None]
        if model is None:
            return np.zeros(len(self.index.starts) + 1)
        return model.scores(np.concatenate(vectors))

    def weights(self, mode: Mode, text: str) -> Floats:
        """How much each part counts in *mode* for *text*; the sum is 1."""
        weights = np.array(WEIGHTS[mode])
        lone = len(text.split()) == 1
        if mode != "lexical":
            weights[:3] *= LONE_SPELLING if lone else 1.0
            weights[-1] *= LONE_LINEAR if lone else 1.0
            weights[-1] *= self._trust if mode in self._models else 0.0
        return np.asarray(weights / weights.sum())


def _trust(phrasings: float) -> float:
    """How much a model can learn from so many phrasings an entry, in [0, 1)."""
    return max(phrasings - 1, 0.0) / (phrasings + 1)
