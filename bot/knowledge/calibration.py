"""Fitting the confidence to a knowledge base, without anybody labelling anything.

Every phrasing is asked twice: as if its entry had never listed it (should the entry be found, it
is a good answer) and as if its entry did not exist (whatever is found is a wrong answer). The
shipped small talk is asked too. A logistic is fitted to that, held near the shipped one, so that
a small knowledge base keeps the shipped one and a large one gets its own.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import minimize

from bot.knowledge.decision import FALLING, FEATURES, Calibration, features
from bot.knowledge.index import Floats
from bot.knowledge.scoring import Scorer

MOST_SAMPLES: Final = 200
"""Phrasings that are asked at most; evenly spread, so the same every time."""

FEWEST_GOOD: Final = 20
"""Good samples that a fit needs; with fewer, as with single phrasings, the shipped one is used."""

TALK_STEP: Final = 2
"""Of so many lines of small talk one is asked."""

HOLD: Final = 10.0
"""How strongly the shipped weights hold, in pseudo-observations."""

GOOD_SHARE: Final = 0.6
"""Assumed share of messages whose best entry is the right one."""

NEAR_SHARE: Final = 0.3
"""Assumed share of questions whose best entry is near, but wrong."""

TALK_SHARE: Final = 0.1
"""Assumed share of small talk."""

MEANING: Final = Calibration(
    mean=(0.469, 0.224, 0.478, 0.173, 0.093, 0.057),
    scale=(0.221, 0.175, 0.299, 0.290, 0.291, 0.232),
    weights=(0.461, 1.104, 0.478, 1.117, -0.264, -0.587, 0.118),
)
"""Shipped for an engine with an encoder.

Fitted to the labelled questions of five sets (chat-bot phrases in German, also asked in English,
CLINC150, and questions of smart-city projects), each set with the same weight.
"""

LEXICAL: Final = Calibration(
    mean=(0.420, 0.281, 0.506, 0.186, 0.093, 0.057),
    scale=(0.211, 0.219, 0.279, 0.316, 0.291, 0.232),
    weights=(0.927, 0.826, 0.746, 0.257, -0.180, -0.519, -0.003),
)
"""Shipped for the lexical core alone; fitted to the same questions."""


@dataclass(frozen=True)
class Sample:
    """One question that was asked while fitting: its features, and what came of it."""

    values: Floats
    good: bool
    talk: bool = False

    @property
    def share(self) -> float:
        """The share of all messages that samples like this one stand for."""
        return GOOD_SHARE if self.good else TALK_SHARE if self.talk else NEAR_SHARE


def calibrate(scorer: Scorer, questions: Sequence[str]) -> Calibration:
    """The calibration for a knowledge base; deterministic.

    Args:
        scorer: Of the knowledge base.
        questions: All phrasings, in the order of the scorer's index.
    """
    shipped = LEXICAL if scorer.meaning is None else MEANING
    samples = [*_phrasings(scorer, questions), *_talk(scorer, questions)]
    enough = sum(sample.good for sample in samples) >= FEWEST_GOOD
    return fit(samples, shipped) if enough else shipped


def _phrasings(scorer: Scorer, questions: Sequence[str]) -> Iterator[Sample]:
    """Phrasings, each as if it were not listed and as if its entry were not there."""
    owner = scorer.index.owner
    sizes = np.bincount(owner)
    for number in _evenly(len(questions), MOST_SAMPLES):
        signals = scorer.signals_of_phrasing(number, questions[number])
        if sizes[owner[number]] > 1:
            rest = scorer.without_phrasing(signals, number)
            best, values = features(scorer, rest, without=number)
            yield Sample(values, good=best == owner[number])
        if len(sizes) > 1:
            yield Sample(features(scorer, signals, hidden=int(owner[number]))[1], good=False)


def _talk(scorer: Scorer, questions: Sequence[str]) -> Iterator[Sample]:
    """Small talk, as it is and with a keyword of the knowledge base in it."""
    for number in range(0, len(scorer.talk), TALK_STEP):
        signals = scorer.signals_of_talk(number)
        yield Sample(features(scorer, signals)[1], good=False, talk=True)
    for signals in scorer.signals_of_all(list(_talk_about(scorer, questions))):
        yield Sample(features(scorer, signals)[1], good=False, talk=True)


def _talk_about(scorer: Scorer, questions: Sequence[str]) -> Iterator[str]:
    lines = scorer.talk[::TALK_STEP]
    for line, place in zip(lines, _evenly(len(questions), len(lines)), strict=False):
        keyword = scorer.index.keyword(questions[place])
        yield f"{line.rstrip('?')} {keyword}{'?' * line.endswith('?')}"


def _evenly(size: int, count: int) -> list[int]:
    """*count* numbers below *size*, or all of them, evenly spread."""
    return sorted({int(place) for place in np.linspace(0, size - 1, min(size, count))})


def fit(samples: Sequence[Sample], shipped: Calibration, *, hold: float = HOLD) -> Calibration:
    """The weights that explain *samples* best while staying near *shipped*.

    Weights keep the sign that their feature must have, so that a lucky sample cannot turn one
    round.

    Args:
        samples: At least one of them good.
        shipped: Where to start, and what to stay near.
        hold: How strongly to stay near it, in pseudo-observations.
    """
    kinds = Counter(sample.share for sample in samples)
    good = np.array([sample.good for sample in samples], dtype=np.float64)
    importance = np.array([sample.share / kinds[sample.share] for sample in samples])
    importance *= len(samples)
    values = np.array([sample.values for sample in samples])
    scaled = (values - np.array(shipped.mean)) / np.array(shipped.scale)
    rows = np.column_stack([scaled, np.ones(len(scaled))])
    start = np.array(shipped.weights)

    def loss(weights: Floats) -> tuple[float, Floats]:
        logit = rows @ weights
        away = weights - start
        error = importance * (np.logaddexp(0, logit) - good * logit)
        slope = rows.T @ (importance * (1 / (1 + np.exp(-logit)) - good))
        return float(error.sum() + hold * away @ away / 2), slope + hold * away

    signs = [(None, 0) if name in FALLING else (0, None) for name in FEATURES]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[*signs, (None, None)])
    return Calibration(shipped.mean, shipped.scale, tuple(found.x.tolist()))
