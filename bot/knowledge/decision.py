"""Answer, suggest or be silent: from a ranking to features, to a confidence, to a decision."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from bot.knowledge.index import Floats, LexicalIndex
from bot.knowledge.scoring import Ranking
from bot.knowledge.spelling import corrected
from bot.knowledge.tokens import fold, is_odd, is_question, is_statement, language

ChatKind = Literal["direct", "room", "ambient"]
"""``direct``: alone with the bot; ``room``: addressed in a room; ``ambient``: overheard there."""

Decision = Literal["answer", "suggest", "silent"]

FEATURES: Final = (
    "score",
    "margin",
    "chance",
    "agreement",
    "near",
    "cover",
    "known",
    "talk",
    "asks",
    "meaning",
    "model",
    "foreign",
    "missing",
    "statement",
    "odd",
)
"""What the confidence is made of; see :func:`features`."""

FALLING: Final = frozenset({"missing", "statement", "odd"})
"""Features of which more means less confidence; of all others it never means less."""

SHARPNESS: Final = 30.0
"""Turns scores into chances, by a softmax."""

MODEL_SHARPNESS: Final = 12.0
"""The same for what the linear model gives."""


@dataclass(frozen=True)
class Threshold:
    """The confidence from which on an entry is answered, and that for suggesting entries."""

    answer: float
    suggest: float


THRESHOLDS: Final[Mapping[ChatKind, Threshold]] = {
    "direct": Threshold(answer=0.8, suggest=0.1),
    "room": Threshold(answer=0.8, suggest=0.2),
    "ambient": Threshold(answer=0.97, suggest=2.0),
}
"""A suggestion in an overheard conversation would be an interruption: no confidence is enough."""

KEYWORD_COVER: Final = 0.95
"""From this cover on a short text counts as keywords of an entry, which are worth a suggestion."""

MOST_KEYWORDS: Final = 3
"""Words; a longer text has to reach the confidence."""

SHORTEST_KEYWORD: Final = 2
"""Letters that the longest of the keywords must have."""


@dataclass(frozen=True)
class Calibration:
    """A logistic function of the features.

    Attributes:
        mean: Subtracted from the features, one number each.
        scale: Divides them, one number each.
        weights: One number a feature and, at the end, the constant.
    """

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]

    def confidence(self, values: Floats) -> Floats:
        """The probability that the best entry answers, for rows of features; in [0, 1]."""
        logit = self.pushes(values).sum(axis=-1) + self.weights[-1]
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logit, -30, 30))))

    def pushes(self, values: Floats) -> Floats:
        """How much each feature adds to the logarithm of the odds."""
        scaled = (values - np.array(self.mean)) / np.array(self.scale)
        return np.asarray(scaled * np.array(self.weights[:-1]))


def features(ranking: Ranking, index: LexicalIndex) -> tuple[int, Floats]:
    """The best entry's place in *ranking* and the :data:`FEATURES`.

    - score, cover, known: as in the ranking, of the best entry
    - margin: how far its score is ahead of the second
    - chance: its share when scores compete, so that many near entries lower it
    - agreement: the share of the parts for which it is the best entry, too
    - near: mean cosine, of spelling and of each encoder, with its nearest phrasing
    - talk: how much nearer the text is to the entry than to small talk, by the least of these
    - asks: how far the linear model prefers it to small talk
    - meaning: how far the best encoder prefers it to every other entry; the mean of what it is
      compared with
    - model: its share when the linear model's scores compete, small talk among them
    - foreign: whether the text is in a language in which the entry is not asked
    - missing: how much of the text is a word that it lacks
    - statement, odd: whether the text tells something; whether it has links and the like
    """
    scores = ranking.scores
    best = int(np.argmax(scores))
    second = float(np.partition(scores, -2)[-2]) if len(scores) > 1 else scores[best]
    chances = np.exp(SHARPNESS * (scores - scores[best]))
    agreement = (ranking.parts[best] >= ranking.parts.max(axis=0)).mean()
    near = ranking.near(best)
    meant = corrected(ranking.text, ranking.corrections)
    return best, np.array(
        [
            scores[best],
            scores[best] - second,
            1.0 / chances.sum(),
            agreement,
            near.mean(),
            ranking.part("cover")[best],
            ranking.known,
            (near - ranking.talk).min(),
            ranking.linear(best) - ranking.talk_score,
            ranking.lead(best).mean(),
            _share(ranking, best),
            float(_is_foreign(ranking.text, index.languages[int(ranking.numbers[best])])),
            index.missing(meant, int(ranking.numbers[best])),
            float(is_statement(ranking.text)),
            float(is_odd(ranking.text)),
        ]
    )


def _share(ranking: Ranking, best: int) -> float:
    """The chance that the linear model gives to the best entry; 0 without a model."""
    if ranking.mode == "lexical":
        return 0.0
    scores = np.append(ranking.part("linear"), ranking.talk_score)
    chances = np.exp(MODEL_SHARPNESS * (scores - scores[best]))
    return float(1.0 / chances.sum())


def _is_foreign(text: str, languages: Collection[str]) -> bool:
    written = language(text)
    return written is not None and bool(languages) and written not in languages


def decide(confidence: float, values: Floats, text: str, chat: ChatKind) -> Decision:
    """What to do with the best entry.

    A statement is never answered, whatever it is about, and overheard messages are answered only
    if they clearly ask.
    """
    named = dict(zip(FEATURES, values.tolist(), strict=True))
    threshold = THRESHOLDS[chat]
    if named["statement"] or (chat == "ambient" and not is_question(text)):
        return "silent"
    if confidence >= threshold.answer:
        return "answer"
    words = fold(text).split()
    short = len(words) <= MOST_KEYWORDS and max(map(len, words), default=0) >= SHORTEST_KEYWORD
    keywords = short and named["cover"] >= KEYWORD_COVER
    plausible = confidence >= threshold.suggest or keywords
    return "suggest" if plausible and threshold.suggest <= 1 else "silent"
