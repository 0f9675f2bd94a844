"""A sentence model of the operator's own, from a folder on this machine."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bot.errors import ModelError
from bot.knowledge.embedding import LONGEST_READ, LONGEST_SENTENCE, Vectors
from bot.knowledge.meaning import unit
from bot.knowledge.model_folder import read_layout
from bot.knowledge.model_running import MOST_PIECES, Runner, load
from bot.knowledge.tokens import clean

MOST_PIECES_OF_MESSAGE: Final = 48
"""Word pieces of a message that are read; a usual question has 15."""

_PROBE: Final = "Wann ist geöffnet?"


class LocalModel:
    """Any model in the layout of sentence-transformers, as the second encoder.

    Nothing is fetched, ever. The model is loaded at the first use, once, with packages that are
    an extra of ours; several threads may encode at the same time, each with one thread.

    Args:
        folder: Where the model is; see :mod:`bot.knowledge.model_folder`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._runner: Runner | None = None
        self._width = 0

    def __reduce__(self) -> tuple[type["LocalModel"], tuple[Path]]:
        """Let another process load the model for itself."""
        return type(self), (self._folder,)

    def open(self) -> None:
        """Load the model now instead of at the first use.

        Raises:
            ModelError: It can't be used; says which file is wrong, or what to install.
        """
        self._loaded()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 for each text; of zeros for one of which the model knows nothing.

        Raises:
            ModelError: As :meth:`open`.
        """
        runner = self._loaded()
        rows = np.zeros((len(texts), self._width), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            found = _vector(runner, clean(text, limit=LONGEST_SENTENCE), most=MOST_PIECES)
            if found is not None:
                row[:] = found
        return rows

    def read(self, text: str) -> Vectors | None:
        """The vector of a message, or ``None`` for one that is no ordinary question.

        That is one over :data:`LONGEST_READ` characters or :data:`MOST_PIECES_OF_MESSAGE` word
        pieces, since nobody may make the bot slow, or one of which the model knows nothing.
        """
        short = clean(text, limit=LONGEST_READ + 1)
        if len(short) > LONGEST_READ:
            return None
        return _vector(self._loaded(), short, most=MOST_PIECES_OF_MESSAGE)

    def _loaded(self) -> Runner:
        with self._lock:
            if self._runner is None:
                runner = load(read_layout(self._folder))
                probe = runner.vector(_PROBE, most=MOST_PIECES)
                if probe is None or not _usable(probe):
                    raise ModelError(f"{self._folder}: the model makes nothing of “{_PROBE}”")
                self._runner, self._width = runner, len(probe)
            return self._runner


def _vector(runner: Runner, text: str, *, most: int) -> Vectors | None:
    """The vector of length 1, or ``None``; whatever text a model fails on, the bot does not."""
    try:
        found = runner.vector(text, most=most)
    except Exception:  # noqa: BLE001 # the packages raise bare ones, and models are code of others
        return None
    return unit(found) if found is not None and _usable(found) else None


def _usable(vector: Vectors) -> bool:
    return bool(vector.any() and np.isfinite(vector).all())
