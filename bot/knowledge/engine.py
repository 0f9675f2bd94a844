"""The engine: built once from entries, then asked from any thread."""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np

from bot.knowledge.calibration import SHIPPED, calibrate
from bot.knowledge.decision import FEATURES, Calibration, ChatKind, Decision, decide, features
from bot.knowledge.embedding import MOST_REMEMBERED, Embedder, Memo
from bot.knowledge.entry import Entry
from bot.knowledge.following import is_follow_up, joined, leans
from bot.knowledge.rehearsal import Sample, rehearse
from bot.knowledge.scope import Scope, holds, scope
from bot.knowledge.scoring import MOST_FOR_THOROUGH, PARTS, Mode, Ranking, Scorer
from bot.knowledge.smalltalk import TALK
from bot.knowledge.synonyms import Pair
from bot.knowledge.tokens import LONGEST_MESSAGE, fold, is_question

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


@dataclass(frozen=True)
class Rating:
    """Whether it helped a member who asked *text* to be answered with *entry*."""

    text: str
    entry: str
    helpful: bool


@dataclass(frozen=True)
class Lessons:
    """What is known beside the entries.

    Attributes:
        ratings: What members said of answers; they sharpen the confidence.
        synonyms: What members say, and how the entries put it.
    """

    ratings: tuple[Rating, ...] = ()
    synonyms: tuple[Pair, ...] = ()


NOTHING_ELSE: Final = Lessons()


@dataclass(frozen=True)
class Setting:
    """What a message is understood by, beside its text.

    Attributes:
        before: The question that the same person asked in the same chat just before.
        given: The id of the entry that answered it.
        scope: What is known of the person's project: its Land, Staffel and phase.
    """

    before: str | None = None
    given: str | None = None
    scope: Scope = field(default_factory=dict)


UNKNOWN: Final = Setting()
"""Nothing was asked before, and nothing is known of who asks."""

GIVEN_BEFORE: Final = 0.05
"""Taken off the score of the entry that was just given; nobody asks for it twice in a row."""


@dataclass(frozen=True)
class Explanation:
    """How a verdict came about, for people who want to know.

    Attributes:
        mode: What the text was compared by.
        corrections: Words that were read as others, for typing errors.
        rule: Why the confidence did not decide: ``"phrasing"`` when the text is a phrasing word
            for word, ``"small talk"``, ``"too short"``; ``None`` when it did.
        follows: Whether the text was read together with the question before it.
        weights: How much each part of a score counts, in the order of ``PARTS[mode]``.
        parts: The parts of the score of each candidate of the verdict.
        features: What the confidence is made of, by name, with each one's push: how much it
            adds to the logarithm of the odds.
    """

    mode: Mode
    corrections: Mapping[str, str]
    rule: str | None
    follows: bool
    weights: Mapping[str, float]
    parts: tuple[Mapping[str, float], ...]
    features: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class _Asked:
    """A verdict, the rule that made it if it was one, and the ranking if there is one."""

    verdict: Verdict
    rule: str | None = None
    ranking: Ranking | None = None
    follows: bool = False


class Engine:
    """Finds the entry that answers a message, or knows that none does.

    Immutable once built, so any number of threads may ask; build a new one when the knowledge
    changes.

    Attributes:
        entries: The entries by id.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        scorer: Scorer | None,
        calibrations: Mapping[Mode, Calibration],
    ) -> None:
        self.entries: Mapping[str, Entry] = MappingProxyType({e.id: e for e in entries})
        self._ids = tuple(entry.id for entry in entries)
        self._scorer = scorer
        self._calibrations = calibrations
        self._literal = _literal(entries)
        self._fresh: Mapping[str, str] = {}
        self._numbers = {name: number for number, name in enumerate(self._ids)}
        scopes = {number: scope(entry.valid_for) for number, entry in enumerate(entries)}
        self._scopes = {number: valid for number, valid in scopes.items() if valid}

    @classmethod
    def build(
        cls,
        entries: Sequence[Entry],
        *,
        embedder: Embedder | None = None,
        thorough: Embedder | None = None,
        lessons: Lessons = NOTHING_ELSE,
    ) -> "Engine":
        """Index *entries* and fit the confidence to them; deterministic.

        Args:
            entries: With different ids; none at all makes an engine that is always silent.
            embedder: Adds meaning to spelling; without it the lexical core runs alone.
            thorough: A slower second encoder beside *embedder*; left out for large knowledge
                bases, where encoding all phrasings would take minutes.
            lessons: What is known beside the entries.
        """
        if not entries:
            return cls((), None, {})
        phrasings = sum(len(entry.questions) for entry in entries)
        if phrasings > MOST_FOR_THOROUGH:
            thorough = None
        quick, thorough = _memo(embedder), _memo(thorough if embedder else None)
        samples = rehearse(entries, TALK, quick=quick, thorough=thorough)
        # A large knowledge base would fill the memory with vectors that are kept anyway.
        kept = quick.encoder if quick and phrasings > MOST_REMEMBERED else quick
        scorer = Scorer(
            entries, talk=TALK, quick=kept, thorough=thorough, synonyms=lessons.synonyms
        )
        samples += _rated(lessons.ratings, entries, scorer)
        # What only unusual messages are compared by keeps the shipped calibration.
        own = {scorer.mode: calibrate(scorer.mode, samples, phrasings=phrasings / len(entries))}
        return cls(entries, scorer, {**SHIPPED, **own})

    def amended(self, entries: Sequence[Entry]) -> "Engine":
        """The same engine with what can be taken from *entries* at once.

        That are new answers, and new phrasings asked word for word; the rest takes building.
        Entries that are gone are still found.
        """
        engine = copy(self)
        engine.entries = MappingProxyType({**self.entries, **{e.id: e for e in entries}})
        engine._fresh = {  # noqa: SLF001 # of the same class
            folded: entries[numbers[0]].id
            for folded, numbers in _literal(entries).items()
            if len(numbers) == 1 and folded not in self._literal
        }
        return engine

    def ask(self, text: str, *, chat: ChatKind = "direct", setting: Setting = UNKNOWN) -> Verdict:
        """What to do about *text*; never raises, and long texts cost no more than short ones."""
        return self._asked(text, chat, setting).verdict

    def explain(
        self, text: str, *, chat: ChatKind = "direct", setting: Setting = UNKNOWN
    ) -> tuple[Verdict, Explanation]:
        """What :meth:`ask` makes of *text*, and why."""
        asked = self._asked(text, chat, setting)
        ranking = asked.ranking
        if ranking is None or self._scorer is None:
            nothing = Explanation("lexical", {}, asked.rule, asked.follows, {}, (), {})
            return asked.verdict, nothing
        weights = self._scorer.weights(ranking.mode, text)
        names = PARTS[ranking.mode]
        places = {self._ids[number]: at for at, number in enumerate(ranking.numbers.tolist())}
        rows = [ranking.parts[places[one.entry]].tolist() for one in asked.verdict.candidates]
        return asked.verdict, Explanation(
            mode=ranking.mode,
            corrections=ranking.corrections,
            rule=asked.rule,
            follows=asked.follows,
            weights=dict(zip(names, weights.tolist(), strict=True)),
            parts=tuple(dict(zip(names, row, strict=True)) for row in rows),
            features=self._pushes(ranking),
        )

    def _pushes(self, ranking: Ranking) -> dict[str, tuple[float, float]]:
        if self._scorer is None:
            return {}
        values = features(ranking, self._scorer.index)[1]
        pushes = self._calibrations[ranking.mode].pushes(values)
        pairs = zip(values.tolist(), pushes.tolist(), strict=True)
        return dict(zip(FEATURES, pairs, strict=True))

    def _asked(self, text: str, chat: ChatKind, setting: Setting) -> "_Asked":
        folded = fold(text)
        fresh = self._fresh.get(folded)
        if fresh is not None and (chat != "ambient" or is_question(text)):
            return _Asked(Verdict("answer", fresh, 1.0, (Candidate(fresh, 1.0),)), "phrasing")
        return self._searched(text, folded, chat, setting)

    def _searched(self, text: str, folded: str, chat: ChatKind, setting: Setting) -> "_Asked":
        if self._scorer is None or len(folded) < SHORTEST_MESSAGE:
            return _Asked(NOTHING, "too short")
        ranking = self._within(self._scorer.rank(text), text, setting)
        if ranking is None:
            return _Asked(NOTHING, "nothing holds")
        named = self._holding(self._literal.get(folded, ()), ranking)
        if named:
            return _Asked(self._named(named, ranking, chat), "phrasing", ranking)
        if folded in SMALL_TALK:
            silence = Verdict("silent", None, 0.0, self._candidates(ranking))
            return _Asked(silence, "small talk", ranking)
        alone = _Asked(self._decided(ranking, text, chat), None, ranking)
        if alone.verdict.decision == "answer" and not leans(text):
            return alone
        return self._followed(alone, ranking, text, chat, setting)

    def _decided(self, ranking: Ranking, text: str, chat: ChatKind) -> Verdict:
        """What the confidence decides."""
        assert self._scorer is not None  # noqa: S101 # there is a ranking
        best, values = features(ranking, self._scorer.index)
        confidence = float(self._calibrations[ranking.mode].confidence(values))
        decision = decide(confidence, values, text, chat)
        entry = self._ids[int(ranking.numbers[best])] if decision == "answer" else None
        return Verdict(decision, entry, confidence, self._candidates(ranking))

    def _followed(
        self, alone: "_Asked", ranking: Ranking, text: str, chat: ChatKind, setting: Setting
    ) -> "_Asked":
        """The same with the question before it, if the text leans on that."""
        if setting.before is None or self._scorer is None or not is_follow_up(text):
            return alone
        whole = self._scorer.rank(joined(setting.before, text))
        whole_within = self._within(whole, text, setting)
        if whole_within is None:
            return alone
        both = ranking.with_other(whole_within)
        if both is None:
            return alone
        if setting.given is not None:
            both = both.lowered(self._numbers.get(setting.given, -1), GIVEN_BEFORE)
        verdict = self._decided(both, text, chat)
        if leans(text) or verdict.confidence > alone.verdict.confidence:
            return _Asked(verdict, None, both, follows=True)
        return alone

    def _within(self, ranking: Ranking, text: str, setting: Setting) -> Ranking | None:
        """*ranking* without the entries that hold for others; ``None`` when all do."""
        if not self._scopes:
            return ranking
        wanted = {**setting.scope, **scope([text[:LONGEST_MESSAGE]])}
        out = [number for number, valid in self._scopes.items() if not holds(valid, wanted)]
        return ranking.without(out) if out else ranking

    @staticmethod
    def _holding(named: tuple[int, ...], ranking: Ranking) -> tuple[int, ...]:
        return tuple(number for number in named if number in ranking.numbers)

    def _named(self, named: tuple[int, ...], ranking: Ranking, chat: ChatKind) -> Verdict:
        """The text is a phrasing, word for word, of one entry or of several."""
        candidates = self._candidates(ranking, first=named)
        if chat == "ambient" and (len(named) > 1 or not is_question(ranking.text)):
            return Verdict("silent", None, 1.0 / len(named), candidates)
        if len(named) > 1:
            return Verdict("suggest", None, 1.0 / len(named), candidates)
        return Verdict("answer", self._ids[named[0]], 1.0, candidates)

    def _candidates(
        self, ranking: Ranking, *, first: tuple[int, ...] = ()
    ) -> tuple[Candidate, ...]:
        """The best entries, those of *first* with the highest score there is."""
        scores = np.where(np.isin(ranking.numbers, first), 1.0, ranking.scores)
        # A stable sort, so that equal scores keep the order of the files.
        order = np.argsort(-scores, kind="stable")[:MOST_CANDIDATES]
        return tuple(
            Candidate(self._ids[number], score)
            for number, score in zip(
                ranking.numbers[order].tolist(), scores[order].tolist(), strict=True
            )
        )


def _memo(embedder: Embedder | None) -> Memo | None:
    return embedder if isinstance(embedder, Memo) or embedder is None else Memo(embedder)


def _rated(
    ratings: Sequence[Rating], entries: Sequence[Entry], scorer: Scorer
) -> Iterator[Sample]:
    """What members' ratings say of the entries that are still found for the same questions."""
    for rating in ratings:
        ranking = scorer.rank(rating.text)
        best, values = features(ranking, scorer.index)
        found = entries[int(ranking.numbers[best])].id == rating.entry
        if found and ranking.mode == scorer.mode:
            yield Sample(values, rating.helpful, rated=True)


def _literal(entries: Sequence[Entry]) -> dict[str, tuple[int, ...]]:
    """The entries that list a phrasing, by the folded phrasing."""
    found: dict[str, tuple[int, ...]] = {}
    for number, entry in enumerate(entries):
        for folded in {fold(question) for question in entry.questions}:
            found[folded] = (*found.get(folded, ()), number)
    return found
