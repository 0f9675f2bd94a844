"""The engine: built once from entries, then asked from any thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from bot.knowledge.calibration import calibrate
from bot.knowledge.decision import Calibration, ChatKind, Decision, decide, features
from bot.knowledge.embedding import Embedder
from bot.knowledge.entry import Entry
from bot.knowledge.index import Floats
from bot.knowledge.scoring import Scorer
from bot.knowledge.smalltalk import TALK
from bot.knowledge.tokens import fold, is_question

MOST_CANDIDATES: Final = 5

SHORTEST_MESSAGE: Final = 2
"""Letters and digits; what is shorter says nothing."""


@dataclass(frozen=True)
class Candidate:
    """An entry that may be meant; a higher score fits better, at most 1."""

    entry: str
    score: float


@dataclass(frozen=True)
class Verdict:
    """What the engine makes of a message.

    Attributes:
        decision: Whether to answer with *entry*, to offer *candidates*, or to say nothing.
        entry: Id of the entry to answer with; ``None`` unless *decision* is ``answer``.
        confidence: Probability that the first candidate answers the message, in [0, 1].
        candidates: The best entries, best first, at most :data:`MOST_CANDIDATES`; also when
            the decision is ``silent``, for the inbox.
    """

    decision: Decision
    entry: str | None
    confidence: float
    candidates: tuple[Candidate, ...]


SMALL_TALK: Final = frozenset(map(fold, TALK))
"""What is never answered, unless an entry lists it as a phrasing."""

NOTHING: Final = Verdict("silent", None, 0.0, ())


class Engine:
    """Finds the entry that answers a message, or knows that none does.

    Immutable once built, so any number of threads may ask; build a new one when the knowledge
    changes.

    Attributes:
        entries: The entries by id.
    """

    def __init__(
        self, entries: Sequence[Entry], scorer: Scorer | None, calibration: Calibration | None
    ) -> None:
        self.entries: Mapping[str, Entry] = MappingProxyType({e.id: e for e in entries})
        self._ids = tuple(entry.id for entry in entries)
        self._scorer = scorer
        self._calibration = calibration
        self._literal = _literal(entries)

    @classmethod
    def build(cls, entries: Sequence[Entry], *, embedder: Embedder | None = None) -> "Engine":
        """Index *entries* and fit the confidence to them; deterministic.

        Args:
            entries: With different ids; none at all makes an engine that is always silent.
            embedder: Adds meaning to spelling; without it the lexical core runs alone.
        """
        if not entries:
            return cls((), None, None)
        scorer = Scorer(entries, embedder)
        questions = [question for entry in entries for question in entry.questions]
        return cls(entries, scorer, calibrate(scorer, questions))

    def ask(self, text: str, *, chat: ChatKind = "direct") -> Verdict:
        """What to do about *text*; never raises, and long texts cost no more than short ones."""
        folded = fold(text)
        if self._scorer is None or self._calibration is None or len(folded) < SHORTEST_MESSAGE:
            return NOTHING
        signals = self._scorer.signals(text)
        best, values = features(self._scorer, signals)
        scores = self._scorer.rank(signals)
        named = self._literal.get(folded, ())
        if named:
            return self._named(named, scores, text, chat)
        if folded in SMALL_TALK:
            return Verdict("silent", None, 0.0, self._candidates(scores))
        confidence = float(self._calibration.confidence(values))
        decision = decide(confidence, values, text, chat)
        entry = self._ids[best] if decision == "answer" else None
        return Verdict(decision, entry, confidence, self._candidates(scores))

    def _named(self, named: tuple[int, ...], scores: Floats, text: str, chat: ChatKind) -> Verdict:
        """*text* is a phrasing, word for word, of one entry or of several."""
        scores[list(named)] = 1.0
        candidates = self._candidates(scores)
        if chat == "ambient" and (len(named) > 1 or not is_question(text)):
            return Verdict("silent", None, 1.0 / len(named), candidates)
        if len(named) > 1:
            return Verdict("suggest", None, 1.0 / len(named), candidates)
        return Verdict("answer", self._ids[named[0]], 1.0, candidates)

    def _candidates(self, scores: Floats) -> tuple[Candidate, ...]:
        # A stable sort, so that equal scores keep the order of the files.
        order = np.argsort(-scores, kind="stable")[:MOST_CANDIDATES].tolist()
        return tuple(Candidate(self._ids[number], float(scores[number])) for number in order)


def _literal(entries: Sequence[Entry]) -> dict[str, tuple[int, ...]]:
    """The entries that list a phrasing, by the folded phrasing."""
    found: dict[str, tuple[int, ...]] = {}
    for number, entry in enumerate(entries):
        for folded in {fold(question) for question in entry.questions}:
            found[folded] = (*found.get(folded, ()), number)
    return found
