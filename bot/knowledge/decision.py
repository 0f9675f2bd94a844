"""Answer, suggest or be silent: from signals to features, to a confidence, to a decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from bot.knowledge.index import Floats
from bot.knowledge.scoring import Scorer, Signals
from bot.knowledge.tokens import fold, is_odd, is_question, is_statement

ChatKind = Literal["direct", "room", "ambient"]
"""``direct``: alone with the bot; ``room``: addressed in a room; ``ambient``: overheard there."""

Decision = Literal["answer", "suggest", "silent"]

FEATURES: Final = ("score", "margin", "cover", "talk", "statement", "odd")
"""What the confidence is made of; see :func:`features`."""

FALLING: Final = frozenset({"statement", "odd"})
"""Features of which more means less confidence; of all others it never means less."""


@dataclass(frozen=True)
class Threshold:
    """The confidence from which on an entry is answered, and that for suggesting entries."""

    answer: float
    suggest: float


THRESHOLDS: Final[Mapping[ChatKind, Threshold]] = {
    "direct": Threshold(answer=0.94, suggest=0.15),
    "room": Threshold(answer=0.94, suggest=0.3),
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
        scaled = (values - np.array(self.mean)) / np.array(self.scale)
        logit = scaled @ np.array(self.weights[:-1]) + self.weights[-1]
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logit, -30, 30))))


def features(
    scorer: Scorer, signals: Signals, *, hidden: int | None = None, without: int | None = None
) -> tuple[int, Floats]:
    """The best entry's number and the :data:`FEATURES`, which do not depend on the size.

    Args:
        scorer: Made the signals.
        signals: Of the text.
        hidden: An entry to be treated as missing.
        without: A phrasing of the best entry to be treated as missing.
    """
    scores = scorer.rank(signals)
    if hidden is not None:
        scores[hidden] = -1.0
    best = int(np.argmax(scores))
    others = np.delete(scores, [best] if hidden is None else [best, hidden])
    owner = None if without is None else int(scorer.index.owner[without])
    cover = scorer.index.cover(signals.terms, best, without=without if owner == best else None)
    text = signals.text
    return best, np.array(
        [
            scores[best],
            _margin(float(scores[best]), others),
            cover,
            _talk_lead(scorer, signals, best),
            float(is_statement(text)),
            float(is_odd(text)),
        ]
    )


def _margin(best: float, others: Floats) -> float:
    """How far *best* is ahead of the second, as a share of it; 0 when it is the only entry."""
    return (best - float(others.max())) / max(best, 0.05) if len(others) else 0.0


def _talk_lead(scorer: Scorer, signals: Signals, best: int) -> float:
    """How much nearer the text is to the best entry's phrasings than to small talk."""
    near = signals if signals.meaning is None else signals.meaning
    return float(scorer.best(near.phrasings)[best] - near.talk.max(initial=0.0))


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
