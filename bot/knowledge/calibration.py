"""Fitting the confidence to a knowledge base, without anybody labelling anything.

A logistic is fitted to what :mod:`bot.knowledge.rehearsal` found, held near the shipped one, so
that a small knowledge base keeps the shipped one and a large one gets its own.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from bot.knowledge.decision import FALLING, FEATURES, Calibration
from bot.knowledge.index import Floats
from bot.knowledge.rehearsal import Sample
from bot.knowledge.scoring import Mode

FEWEST_GOOD: Final = 20
"""Good samples that a fit needs; with fewer, as with single phrasings, the shipped one is used."""

FEWEST_RATED: Final = 20
"""Answers that members have rated, from which on their word counts."""

RATED: Final = 5.0
"""Rehearsed samples that one rated answer counts for: it is a real question, asked by a member."""

HOLD: Final = 1_600.0
"""How strongly the shipped weights hold, in pseudo-observations; divided by the square of the
phrasings an entry has.

They were fitted to real questions, which are further from the phrasings than these are from each
other; with less hold the engine grows too timid. Of two phrasings one is missing in the rehearsal,
which then says little about the whole; of eight it hardly matters.
"""

SHARES: Final = {"good": 0.6, "near": 0.2, "talk": 0.2}
"""Assumed shares of all messages: the best entry is right; it is near, but wrong; small talk."""


def _calibration(constant: float, **features: tuple[float, float, float]) -> Calibration:
    """From mean, scale and weight of each feature."""
    mean, scale, weights = zip(*(features[name] for name in FEATURES), strict=True)
    return Calibration(mean, scale, (*weights, constant))


SHIPPED: Final[Mapping[Mode, Calibration]] = {
    "lexical": _calibration(
        -0.549,
        score=(0.426, 0.215, 0.000),
        margin=(0.141, 0.157, 0.791),
        chance=(0.666, 0.340, 0.721),
        agreement=(0.758, 0.273, 0.194),
        near=(0.463, 0.240, 0.000),
        cover=(0.513, 0.266, 0.595),
        known=(0.796, 0.205, 0.199),
        talk=(0.136, 0.319, 0.430),
        asks=(0.000, 1.000, 0.000),
        meaning=(0.000, 1.000, 0.000),
        model=(0.000, 1.000, 0.000),
        foreign=(0.057, 0.231, 0.250),
        missing=(0.243, 0.159, 0.000),
        statement=(0.102, 0.302, -0.345),
        odd=(0.060, 0.237, -0.619),
    ),
    "quick": _calibration(
        -0.328,
        score=(0.395, 0.178, 0.000),
        margin=(0.115, 0.117, 0.307),
        chance=(0.647, 0.340, 0.940),
        agreement=(0.642, 0.305, 0.261),
        near=(0.449, 0.214, 0.000),
        cover=(0.433, 0.262, 0.578),
        known=(0.790, 0.190, 0.000),
        talk=(-0.005, 0.289, 0.000),
        asks=(0.019, 0.375, 0.373),
        meaning=(0.068, 0.121, 0.000),
        model=(0.223, 0.255, 0.239),
        foreign=(0.042, 0.201, 0.421),
        missing=(0.267, 0.160, -0.113),
        statement=(0.102, 0.303, -0.471),
        odd=(0.051, 0.220, -0.630),
    ),
    "thorough": _calibration(
        -0.146,
        score=(0.395, 0.174, 0.000),
        margin=(0.120, 0.120, 0.327),
        chance=(0.676, 0.325, 1.011),
        agreement=(0.647, 0.295, 0.001),
        near=(0.447, 0.208, 0.000),
        cover=(0.422, 0.268, 0.563),
        known=(0.790, 0.190, 0.000),
        talk=(-0.033, 0.291, 0.000),
        asks=(0.019, 0.419, 0.306),
        meaning=(0.089, 0.140, 0.016),
        model=(0.240, 0.275, 0.341),
        foreign=(0.042, 0.201, 0.377),
        missing=(0.270, 0.164, -0.094),
        statement=(0.102, 0.303, -0.439),
        odd=(0.051, 0.220, -0.585),
    ),
}
"""Fitted to the labelled questions of five sources, each with the same weight: phrases of a chat
bot in German, also asked in English; CLINC150; questions about COVID-19; questions of smart-city
projects; and the evaluation set of this repository. Three of them also with only one, two or three
phrasings an entry."""


def calibrate(mode: Mode, samples: Sequence[Sample], *, phrasings: float) -> Calibration:
    """The calibration for rankings of *mode*; deterministic.

    Args:
        mode: What the samples were compared by.
        samples: What the rehearsal found, and what members said of answers.
        phrasings: How many an entry has on average.
    """
    shipped = SHIPPED[mode]
    rehearsed = [sample for sample in samples if not sample.rated]
    rated = [sample for sample in samples if sample.rated]
    enough = rehearsed if sum(sample.good for sample in rehearsed) >= FEWEST_GOOD else []
    enough = enough + (rated if len(rated) >= FEWEST_RATED else [])
    return fit(enough, shipped, hold=HOLD / phrasings**2) if enough else shipped


def fit(samples: Sequence[Sample], shipped: Calibration, *, hold: float) -> Calibration:
    """The weights that explain *samples* best while staying near *shipped*.

    Weights keep the sign that their feature must have, so that a lucky sample cannot turn one
    round.

    Args:
        samples: At least one of them good.
        shipped: Where to start, and what to stay near.
        hold: How strongly to stay near it, in pseudo-observations.
    """
    from scipy.optimize import minimize  # its 40 MB only where something is fitted

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
    """One weight a sample, so that each rehearsed kind has its assumed share; about 1 on average.

    What members have said needs no assumption.
    """
    kinds = [_kind(sample) for sample in samples]
    counts = Counter(kinds)
    rehearsed = len(samples) - counts["rated"]
    weights = {kind: share * rehearsed / max(counts[kind], 1) for kind, share in SHARES.items()}
    return np.array([{**weights, "rated": RATED}[kind] for kind in kinds])


def _kind(sample: Sample) -> str:
    if sample.rated:
        return "rated"
    return "good" if sample.good else "talk" if sample.talk else "near"
