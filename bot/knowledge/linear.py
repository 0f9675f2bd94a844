"""A linear model over sentence vectors, trained on the phrasings when knowledge is loaded."""

from typing import Final

import numpy as np

from bot.knowledge.embedding import Vectors
from bot.knowledge.index import Floats, Integers

SHARPNESS: Final = 3.0
"""Length that the vectors are given; with shorter ones no class could be told for sure."""

SIMPLICITY: Final = 0.3
"""How strongly large weights are held down, in the unit of one sample's surprise."""

MOST_STEPS: Final = 30
"""Of the optimiser; more of them make no better answers."""

WIDEST: Final = 10.0
"""Standard deviations of the training scores at which a score is cut."""

LARGEST: Final = 4_000_000
"""Samples times entries up to which a model is trained; that takes about ten seconds."""


class LinearModel:
    """Multinomial logistic regression: which entry a vector belongs to; deterministic.

    What tells it apart from nearest neighbours: it learns which directions matter *here*, such as
    that "WhatsApp" says little in a knowledge base about WhatsApp.
    """

    def __init__(self, samples: Vectors, owners: Integers, entries: int) -> None:
        """Learn from *samples*, each of the entry with the number in *owners*.

        The number *entries* itself stands for small talk.
        """
        self._weights = _train(samples * np.float32(SHARPNESS), owners, entries + 1)
        scores = samples @ self._weights
        scores -= scores.mean(axis=1, keepdims=True)
        self._spread = WIDEST * max(float(scores.std()), 1e-6)

    @staticmethod
    def affordable(samples: int, entries: int) -> bool:
        """Whether training is quick enough, and there is a choice to learn."""
        return entries > 1 and samples * entries <= LARGEST

    def scores(self, vector: Vectors) -> Floats:
        """The score of every entry and, at the end, of small talk, in [-1, 1], around 0."""
        found = vector @ self._weights
        found = (found - found.mean()) / self._spread
        return np.asarray(np.clip(found, -1.0, 1.0), dtype=np.float64)


def _train(samples: Vectors, owners: Integers, entries: int) -> Vectors:
    from scipy.optimize import minimize  # its 40 MB only where something is trained

    shape = (samples.shape[1], entries)
    rows = np.arange(len(samples))

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(shape).astype(np.float32)
        scores = samples @ weights
        scores -= scores.max(axis=1, keepdims=True)
        chances = np.exp(scores)
        totals = chances.sum(axis=1, keepdims=True)
        surprise = float((np.log(totals[:, 0]) - scores[rows, owners]).sum())
        chances /= totals
        chances[rows, owners] -= 1
        slope = (samples.T @ chances).ravel().astype(np.float64) + SIMPLICITY * flat
        return surprise + SIMPLICITY / 2 * float(flat @ flat), slope

    start = np.zeros(shape[0] * shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": MOST_STEPS})
    return np.asarray(found.x.reshape(shape) * SHARPNESS, dtype=np.float32)
