"""From the vectors of word pieces to the vector of a sentence."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]


def _weighted_mean(states: Matrix) -> Matrix:
    """The mean in which each piece counts more than the one before it."""
    return np.asarray(np.average(states, axis=0, weights=np.arange(1, len(states) + 1)))


_WAYS: Final[Mapping[str, Callable[[Matrix], Matrix]]] = {
    "cls": lambda states: states[0],
    "max": lambda states: np.asarray(states.max(axis=0)),
    "mean": lambda states: np.asarray(states.mean(axis=0)),
    "mean_sqrt_len_tokens": lambda states: states.sum(axis=0) / np.sqrt(len(states)),
    "weightedmean": _weighted_mean,
    "lasttoken": lambda states: states[-1],
}


def pooled(states: Matrix, modes: Sequence[str], *, skipped: int = 0) -> Matrix:
    """One vector of the vectors of all pieces.

    Args:
        states: One row a piece, at least one, the marks of begin and end among them.
        modes: The ways to do it; the results of several stand one behind the other.
        skipped: Pieces at the beginning that don't count, but for the first as ``cls``.
    """
    counted = states[skipped:] if skipped < len(states) else states
    parts = [_WAYS[mode](states if mode == "cls" else counted) for mode in modes]
    return np.concatenate(parts).astype(np.float32)
