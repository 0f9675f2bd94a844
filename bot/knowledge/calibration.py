"""Fitting the confidence to a knowledge base, without anybody labelling anything.

A logistic is fitted to what :mod:`bot.knowledge.rehearsal` found, held near the shipped one, so
that a small knowledge base keeps the shipped one and a large one gets its own.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from scipy.optimize import minimize

from bot.knowledge.decision import FALLING, FEATURES, Calibration
from bot.knowledge.index import Floats
from bot.knowledge.rehearsal import Sample
from bot.knowledge.scoring import Mode

FEWEST_GOOD: Final = 20
"""Good samples that a fit needs; with fewer, as with single phrasings, the shipped one is used."""

HOLD: Final = 20.0
"""How strongly the shipped weights hold, in pseudo-observations.

They were fitted to real questions, which are further from the phrasings than these are from each
other; with less hold the engine grows too timid.
"""

SHARES: Final = {"good": 0.6, "near": 0.2, "talk": 0.2}
"""Assumed shares of all messages: the best entry is right; it is near, but wrong; small talk."""

SHIPPED: Final[Mapping[Mode, Calibration]] = {
    "lexical": Calibration(
        mean=(0.426, 0.132, 0.651, 0.753, 0.460, 0.513, 0.795, 0.132, 0.000, 0.245, 0.098, 0.062),
        scale=(0.218, 0.150, 0.341, 0.273, 0.241, 0.273, 0.210, 0.317, 1.000, 0.163, 0.297, 0.241),
        weights=(
            0.000,
            0.799,
            0.805,
            0.147,
            0.000,
            0.572,
            0.065,
            0.373,
            0.000,
            0.000,
            -0.096,
            -0.538,
            -0.581,
        ),
    ),
    "quick": Calibration(
        mean=(0.393, 0.114, 0.638, 0.645, 0.473, 0.468, 0.795, 0.022, 0.077, 0.263, 0.098, 0.062),
        scale=(0.189, 0.117, 0.350, 0.302, 0.241, 0.300, 0.210, 0.316, 0.380, 0.180, 0.297, 0.241),
        weights=(
            0.000,
            0.636,
            1.177,
            0.100,
            0.000,
            0.276,
            0.000,
            0.000,
            0.504,
            -0.206,
            -0.308,
            -0.628,
            -0.116,
        ),
    ),
    "thorough": Calibration(
        mean=(0.394, 0.122, 0.669, 0.643, 0.474, 0.459, 0.795, -0.004, 0.064, 0.266, 0.098, 0.062),
        scale=(0.188, 0.121, 0.335, 0.304, 0.235, 0.306, 0.210, 0.321, 0.439, 0.181, 0.297, 0.241),
        weights=(
            0.000,
            0.686,
            1.028,
            0.000,
            0.000,
            0.422,
            0.000,
            0.000,
            0.414,
            -0.138,
            -0.310,
            -0.579,
            0.042,
        ),
    ),
}
"""Fitted to the labelled questions of four sources (a chat bot's phrases in German, also asked in
English, CLINC150, questions about COVID-19, and questions of smart-city projects), each with the
same weight."""


def calibrate(mode: Mode, samples: Sequence[Sample]) -> Calibration:
    """The calibration for rankings of *mode*; deterministic."""
    shipped = SHIPPED[mode]
    enough = sum(sample.good for sample in samples) >= FEWEST_GOOD
    return fit(samples, shipped) if enough else shipped


def fit(samples: Sequence[Sample], shipped: Calibration, *, hold: float = HOLD) -> Calibration:
    """The weights that explain *samples* best while staying near *shipped*.

    Weights keep the sign that their feature must have, so that a lucky sample cannot turn one
    round.

    Args:
        samples: At least one of them good.
        shipped: Where to start, and what to stay near.
        hold: How strongly to stay near it, in pseudo-observations.
    """
    good = np.array([sample.good for sample in samples], dtype=np.float64)
    importance = _importance(samples)
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


def _importance(samples: Sequence[Sample]) -> Floats:
    """One weight a sample, so that each kind has its assumed share; their mean is about 1."""
    kinds = [_kind(sample) for sample in samples]
    counts = Counter(kinds)
    return np.array([SHARES[kind] / counts[kind] for kind in kinds]) * len(samples)


def _kind(sample: Sample) -> str:
    return "good" if sample.good else "talk" if sample.talk else "near"
