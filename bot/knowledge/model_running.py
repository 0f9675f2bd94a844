"""Running a sentence model: by onnxruntime, as a table of word vectors, by PyTorch.

The packages that this needs are optional and loaded with the model. None of them is let near a
network, and nothing in the folder is executed.
"""

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.errors import ModelError
from bot.knowledge.model_folder import EXPORT, TABLES, Dense, Layout
from bot.knowledge.pooling import Matrix, pooled

INSTALL_MODEL: Final = "pip install 'stadtfunk[model]'"
"""What to do where the packages are missing."""

MOST_PIECES: Final = 128
"""Word pieces of a text that are read, beside prompt and marks."""

_SENTENCE: Final = "sentence_embedding"
_STATES: Final = ("last_hidden_state", "token_embeddings")
_INPUTS: Final = ("input_ids", "attention_mask", "token_type_ids", "position_ids")
_TYPES: Final = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
_ROWS_OF_STATES: Final = 3


class Runner(Protocol):
    """A loaded model; several threads may use it."""

    def vector(self, text: str, *, most: int) -> Matrix | None:
        """The vector of *text*, of any length.

        ``None`` when it has more than *most* word pieces, or none that the model knows.
        """
        ...


def load(layout: Layout) -> Runner:
    """Load the model.

    Raises:
        ModelError: A package is missing, or a file is not what it should be.
    """
    match layout.kind:
        case "onnx":
            return OnnxModel(layout)
        case "static":
            return WordVectors(layout)
        case "package":
            return PackageModel(layout)


class Cutter:
    """Cuts texts into the word pieces of a model.

    Attributes:
        skipped: Pieces at the beginning that are the prompt.
        largest: The largest number of a piece.
    """

    def __init__(self, layout: Layout, *, marks: bool) -> None:
        self._marks = marks
        self._prompt = layout.prompt
        self._lower = layout.lower
        self._tokenizer = _tokenizer(layout.tokenizer)
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.largest = max(self._tokenizer.get_vocab(with_added_tokens=False).values(), default=0)
        prompt = self._tokenizer.encode(self._prompt, add_special_tokens=marks)
        ending = prompt.special_tokens_mask[-1:] == [1]
        self.skipped = len(prompt.ids) - ending if self._prompt else 0
        self._extra = len(prompt.ids)
        most = MOST_PIECES + self._extra
        self._tokenizer.enable_truncation(min(most, layout.longest or most))

    def cut(self, text: str, *, most: int) -> list[int] | None:
        """The numbers of the pieces, as many as the model reads; ``None`` for more than *most*."""
        text = text.lower() if self._lower else text
        found = self._tokenizer.encode(self._prompt + text, add_special_tokens=self._marks)
        if len(found.ids) > most + self._extra:
            return None
        return list(found.ids)

    def number(self, piece: str) -> int | None:
        """The number of a *piece*."""
        found: int | None = self._tokenizer.token_to_id(piece)
        return found


def _tokenizer(file: Path) -> Any:
    tokenizers = _package("tokenizers")
    try:
        return tokenizers.Tokenizer.from_file(str(file))
    except Exception as error:  # noqa: BLE001 # the package raises bare ones
        raise ModelError(f"{file}: can't be read: {_line(error)}") from None


class OnnxModel:
    """A transformer that onnxruntime runs, each sentence alone and on one thread.

    Alone, since a quantized model gives a sentence another vector in other company.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._session = _session(layout.weights)
        self._cutter = Cutter(layout, marks=True)
        self._types = self._input_types()
        self._output = self._chosen_output()
        self._layers = [_layer(one) for one in layout.dense]
        self._try()

    def _input_types(self) -> dict[str, Any]:
        types = {}
        for one in self._session.get_inputs():
            if one.name not in _INPUTS or one.type not in _TYPES:
                known = ", ".join(_INPUTS)
                message = f"wants the input {one.name} ({one.type}), which is none of {known}"
                raise ModelError(f"{self._layout.weights}: {message}")
            types[one.name] = _TYPES[one.type]
        return types

    def _chosen_output(self) -> str:
        names = [one.name for one in self._session.get_outputs()]
        known = [name for name in (_SENTENCE, *_STATES) if name in names]
        return str([*known, *names][0])

    def _try(self) -> None:
        """Make sure that the files belong together."""
        layout = self._layout
        for pieces in ([self._cutter.largest], [0, 0]):
            try:
                found = self._run(pieces)
            except ModelError:
                raise
            except Exception as error:  # noqa: BLE001 # onnxruntime raises bare ones
                message = f"can't read the pieces of {layout.tokenizer.name}: {_line(error)}"
                raise ModelError(f"{layout.weights}: {message}") from None
            if found.ndim != 1 or not len(found) or not np.issubdtype(found.dtype, np.floating):
                message = f"{self._output} is neither a vector of the sentence nor one a piece"
                raise ModelError(f"{layout.weights}: {message}")

    def vector(self, text: str, *, most: int) -> Matrix | None:
        """The vector of *text*."""
        pieces = self._cutter.cut(text, most=most)
        return self._run(pieces) if pieces else None

    def _run(self, pieces: Sequence[int]) -> Matrix:
        found = np.asarray(self._session.run([self._output], self._inputs(pieces))[0])
        if self._output == _SENTENCE or found.ndim != _ROWS_OF_STATES:
            return np.asarray(found[0] if found.ndim else found)
        self._check_width(found.shape[-1])
        skipped = 0 if self._layout.pools_prompt else self._cutter.skipped
        vector = pooled(found[0].astype(np.float32), self._layout.pooling, skipped=skipped)
        for layer in self._layers:
            vector = layer.applied(vector)
        return vector

    def _inputs(self, pieces: Sequence[int]) -> dict[str, NDArray[Any]]:
        values: Mapping[str, Sequence[int]] = {
            "input_ids": pieces,
            "attention_mask": [1] * len(pieces),
            "token_type_ids": [0] * len(pieces),
            "position_ids": range(len(pieces)),
        }
        return {name: np.array([values[name]], dtype=kind) for name, kind in self._types.items()}

    def _check_width(self, width: int) -> None:
        said = self._layout.width
        if said is not None and said != width:
            message = f"says {said} numbers a piece, but {self._layout.weights} gives {width}"
            raise ModelError(f"{self._layout.pooling_file}: {message}")


def _session(file: Path) -> Any:
    onnxruntime = _package("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what goes wrong is raised as well
    try:
        return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 # it raises bare ones
        raise ModelError(f"{file}: can't be loaded: {_line(error)}") from None


class Layer:
    """A linear layer, perhaps with the hyperbolic tangent."""

    def __init__(self, file: Path, weight: Matrix, bias: Matrix, *, tanh: bool) -> None:
        self._file = file
        self._weight = weight
        self._bias = bias
        self._tanh = tanh

    def applied(self, vector: Matrix) -> Matrix:
        """What the layer makes of *vector*.

        Raises:
            ModelError: It is of another width than the layer expects.
        """
        if self._weight.ndim != 2 or self._weight.shape[1] != len(vector):  # noqa: PLR2004 # a matrix
            message = f"linear.weight does not fit vectors of {len(vector)} numbers"
            raise ModelError(f"{self._file}: {message}")
        found = self._weight @ vector + self._bias
        return np.asarray(np.tanh(found) if self._tanh else found)


def _layer(dense: Dense) -> Layer:
    tensors = _tensors(dense.weights)
    weight = tensors.get("linear.weight")
    if weight is None:
        raise ModelError(f"{dense.weights}: has no tensor linear.weight")
    bias = tensors.get("linear.bias", np.zeros(len(weight), dtype=np.float32))
    return Layer(dense.weights, weight, bias, tanh=dense.tanh)


class WordVectors:
    """A table with a vector for each word piece: fast, and blind for the order of words.

    Source: https://sbert.net/docs/package_reference/sentence_transformer/models.html,
    https://github.com/MinishLab/model2vec
    """

    def __init__(self, layout: Layout) -> None:
        tensors = _tensors(layout.weights)
        name = next(name for name in TABLES if name in tensors)
        self._rows = tensors[name]
        self._places = tensors.get("mapping")
        self._weights = tensors.get("weights")
        self._cutter = Cutter(layout, marks=False)
        # model2vec leaves out what it does not know; sentence-transformers takes it along.
        self._unknown = self._number_of_unknown() if name == TABLES[1] else None
        self._check(layout, name)

    def _number_of_unknown(self) -> int | None:
        known = (self._cutter.number(piece) for piece in ("[UNK]", "<unk>"))
        return next((number for number in known if number is not None), None)

    def _check(self, layout: Layout, name: str) -> None:
        shape = self._rows.shape
        if len(shape) != 2 or not shape[1]:  # noqa: PLR2004 # a matrix
            raise ModelError(f"{layout.weights}: {name} is no table of vectors")
        rows = len(self._rows) if self._places is None else len(self._places)
        if self._cutter.largest >= rows:
            message = f"{name} has {rows} rows, fewer than {layout.tokenizer.name} has pieces"
            raise ModelError(f"{layout.weights}: {message}")

    def vector(self, text: str, *, most: int) -> Matrix | None:
        """The vector of *text*."""
        cut = self._cutter.cut(text, most=most)
        pieces = [piece for piece in cut or () if piece != self._unknown]
        if not pieces:
            return None
        places = pieces if self._places is None else self._places[pieces].astype(np.int64)
        found = self._rows[places].astype(np.float32)
        if self._weights is not None:
            found *= self._weights[pieces].astype(np.float32)[:, None]
        return np.asarray(found.mean(axis=0))


class PackageModel:
    """Whatever sentence-transformers runs, if that is installed; it fetches nothing."""

    def __init__(self, layout: Layout) -> None:
        for variable in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
            os.environ[variable] = "1"
        try:
            package = import_module("sentence_transformers")
        except ImportError:
            raise ModelError(f"{layout.weights}: {EXPORT}") from None
        try:
            import_module("torch").set_num_threads(1)
            self._model: Any = package.SentenceTransformer(
                str(layout.folder), device="cpu", local_files_only=True, trust_remote_code=False
            )
        except Exception as error:  # noqa: BLE001 # any part of any model may fail
            raise ModelError(f"{layout.folder}: can't be loaded: {_line(error)}") from None
        self._model.max_seq_length = min(self._model.max_seq_length or MOST_PIECES, MOST_PIECES)
        self._prompt = layout.prompt

    def vector(self, text: str, *, most: int) -> Matrix | None:  # noqa: ARG002 # it is cut by characters
        """The vector of *text*."""
        found = self._model.encode([text], prompt=self._prompt, show_progress_bar=False)
        return np.asarray(found[0], dtype=np.float32)


def _tensors(file: Path) -> dict[str, NDArray[Any]]:
    numpy = _package("safetensors.numpy")
    try:
        found: dict[str, NDArray[Any]] = numpy.load_file(file)
    except Exception as error:  # noqa: BLE001 # the package raises bare ones
        raise ModelError(f"{file}: can't be loaded: {_line(error)}") from None
    return found


def _package(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        raise ModelError(f"{package} is not installed: {INSTALL_MODEL}") from None


def _line(error: Exception) -> str:
    """The first line of what a package says, cut."""
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
