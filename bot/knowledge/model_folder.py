"""What a folder of sentence-transformers says of its model: which files, and how to use them.

Source: https://sbert.net/docs/package_reference/sentence_transformer/models.html
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from bot.errors import ModelError

Kind = Literal["onnx", "static", "package"]
"""Run by onnxruntime; a table of word vectors; weights of PyTorch for sentence-transformers."""

EXPORT: Final = (
    "there are weights of PyTorch but no .onnx file; please either export one "
    "(pip install 'optimum-onnx[onnxruntime]'; optimum-cli export onnx --task feature-extraction "
    "--model FOLDER FOLDER/onnx) or pip install sentence-transformers"
)
"""What to do where only PyTorch could run the model."""

NO_TOKENIZER: Final = (
    "there is no such file; please save it with the library it was trained with: "
    "AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)"
)

POOLINGS: Final[Mapping[str, str]] = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
"""The ways to make one vector of many, in the order in which several are put together."""

ACTIVATIONS: Final = ("Identity", "Tanh")
"""Of a dense layer."""

_MODULES: Final = ("Transformer", "StaticEmbedding", "Pooling", "Dense", "Normalize")
_USUAL: Final = (
    "onnx/model.onnx",
    "model.onnx",
    "onnx/model_quantized.onnx",
    "model_quantized.onnx",
)
_SAFETENSORS: Final = "model.safetensors"
_PYTORCH: Final = (_SAFETENSORS, "pytorch_model.bin")
TABLES: Final = ("embedding.weight", "embeddings")
"""What the tensor of a table of word vectors is called: by sentence-transformers, by model2vec."""


@dataclass(frozen=True)
class Dense:
    """A linear layer behind the pooling.

    Attributes:
        weights: The file with ``linear.weight`` and perhaps ``linear.bias``.
        tanh: Whether the hyperbolic tangent is taken of the result.
    """

    weights: Path
    tanh: bool


@dataclass(frozen=True)
class Layout:
    """What is in the folder.

    Attributes:
        folder: The folder.
        kind: How the model is run.
        weights: The file with the model.
        tokenizer: The file with its tokenizer.
        longest: Word pieces that the model reads at most; ``None`` where the folder says nothing.
        prompt: What is written in front of a question.
        lower: Whether the text has to be in lower case.
        pooling: How the vectors of the pieces become one, as values of :data:`POOLINGS`.
        pooling_file: Where that is said, with the width of the vectors; ``None`` if nowhere.
        width: The width that is said there.
        pools_prompt: Whether the pieces of the prompt count.
        dense: The layers behind it, in order.
    """

    folder: Path
    kind: Kind
    weights: Path
    tokenizer: Path
    longest: int | None = None
    prompt: str = ""
    lower: bool = False
    pooling: tuple[str, ...] = ("mean",)
    pooling_file: Path | None = None
    width: int | None = None
    pools_prompt: bool = True
    dense: tuple[Dense, ...] = ()


def read_layout(folder: Path) -> Layout:
    """Read what *folder* says of its model; loads no weights.

    Raises:
        ModelError: There is no model in it, a file is missing or can't be read, or the model has
            a part that is not supported; names the file.
    """
    if not folder.is_dir():
        raise ModelError(f"{folder}: there is no such folder")
    modules = _modules(folder)
    places = _places(folder, modules)
    kind, weights = _model(folder, places)
    if kind == "package":
        return Layout(folder, kind, weights, folder / "tokenizer.json", prompt=_prompt(folder))
    _supported(folder, modules)
    tokenizer = _first(places, ["tokenizer.json"]) or places[0] / "tokenizer.json"
    if not tokenizer.is_file():
        raise ModelError(f"{tokenizer}: {NO_TOKENIZER}")
    bert = _first(places, ["sentence_bert_config.json"])
    config = _tree(bert) if bert else {}
    pooling = _Pooling.read(folder, modules)
    return Layout(
        folder=folder,
        kind=kind,
        weights=weights,
        tokenizer=tokenizer,
        longest=_longest(places),
        prompt=_prompt(folder),
        lower=config.get("do_lower_case") is True,
        pooling=pooling.modes,
        pooling_file=pooling.file,
        width=pooling.width,
        pools_prompt=pooling.prompt,
        dense=tuple(_dense(folder / path) for kind, path in modules if kind == "Dense"),
    )


def _modules(folder: Path) -> list[tuple[str, str]]:
    """The parts of the model in order: what each is called, and its folder."""
    file = folder / "modules.json"
    if not file.exists():
        return []
    found = _json(file)
    try:
        # The end of "sentence_transformers.models.Pooling"; the rest changes with the release.
        return [(str(one["type"]).rpartition(".")[2], str(one["path"])) for one in found]
    except (TypeError, KeyError):
        raise ModelError(f'{file}: is no list of {{"type": …, "path": …}}') from None


def _supported(folder: Path, modules: Sequence[tuple[str, str]]) -> None:
    for kind, _ in modules:
        if kind not in _MODULES:
            known = ", ".join(_MODULES)
            raise ModelError(f"{folder / 'modules.json'}: {kind} is not supported, only {known}")


def _places(folder: Path, modules: Sequence[tuple[str, str]]) -> tuple[Path, ...]:
    """The folder of the first part, where the model is, and the whole one."""
    return tuple(dict.fromkeys([*(folder / path for _, path in modules[:1]), folder]))


def _model(folder: Path, places: Sequence[Path]) -> tuple[Kind, Path]:
    onnx = _first(places, _USUAL) or next(_other_onnx(places), None)
    if onnx is not None:
        return "onnx", onnx
    tensors = _first(places, [_SAFETENSORS])
    if tensors is not None and not set(TABLES).isdisjoint(_tensor_names(tensors)):
        return "static", tensors
    weights = _first(places, _PYTORCH)
    if weights is None:
        raise ModelError(f"{folder}: there is no model in it, such as onnx/model.onnx")
    return "package", weights


def _first(places: Sequence[Path], names: Sequence[str]) -> Path | None:
    files = (place / name for place in places for name in names)
    return next((file for file in files if file.is_file()), None)


def _other_onnx(places: Sequence[Path]) -> Iterator[Path]:
    for place in places:
        yield from sorted((place / "onnx").glob("*.onnx"))
        yield from sorted(place.glob("*.onnx"))


def _tensor_names(file: Path) -> list[str]:
    """The names of the tensors in a file of safetensors, which stand at its beginning.

    Source: https://huggingface.co/docs/safetensors/index#format
    """
    try:
        with file.open("rb") as opened:
            size = int.from_bytes(opened.read(8), "little")
            return list(json.loads(opened.read(min(size, 100_000_000))))
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(f"{file}: is no file of safetensors ({error})") from None


def _prompt(folder: Path) -> str:
    """What the model wants in front of a question."""
    file = folder / "config_sentence_transformers.json"
    config = _tree(file) if file.exists() else {}
    prompts = config.get("prompts")
    if not isinstance(prompts, dict):
        return ""
    chosen = prompts.get("query", prompts.get(config.get("default_prompt_name")))
    return chosen if isinstance(chosen, str) else ""


def _longest(places: Sequence[Path]) -> int | None:
    """The least of what the files say about the length, each release in another one."""
    said = []
    for name, key in _LENGTHS.items():
        file = _first(places, [name])
        value = _tree(file).get(key) if file else None
        if value is None:
            continue
        if not isinstance(value, int | float) or value < _FEWEST:
            raise ModelError(f"{file}: {key} should be a number from {_FEWEST} on")
        said.append(int(value))
    return min(said, default=None)


_LENGTHS: Final = {
    "sentence_bert_config.json": "max_seq_length",
    "tokenizer_config.json": "model_max_length",
    "config.json": "max_position_embeddings",
}
_FEWEST: Final = 4
"""Word pieces with which a model could say anything: a word between two marks."""


@dataclass(frozen=True)
class _Pooling:
    modes: tuple[str, ...] = ("mean",)  # what sentence-transformers does where nothing is said
    file: Path | None = None
    width: int | None = None
    prompt: bool = True

    @classmethod
    def read(cls, folder: Path, modules: Sequence[tuple[str, str]]) -> "_Pooling":
        paths = [path for kind, path in modules if kind == "Pooling"]
        if not paths:
            return cls()
        file = folder / paths[0] / "config.json"
        config = _tree(file)
        width = config.get("word_embedding_dimension", config.get("embedding_dimension"))
        return cls(
            _modes(config, file),
            file,
            width if isinstance(width, int) else None,
            config.get("include_prompt") is not False,
        )


def _modes(config: Mapping[str, Any], file: Path) -> tuple[str, ...]:
    said = config.get("pooling_mode")
    if said is None:
        named = {mode for key, mode in POOLINGS.items() if config.get(key)}
    else:
        named = {said} if isinstance(said, str) else set(said if isinstance(said, list) else [])
    if not named or not named <= set(POOLINGS.values()):
        raise ModelError(f"{file}: names no pooling of {', '.join(POOLINGS.values())}")
    return tuple(mode for mode in POOLINGS.values() if mode in named)


def _dense(folder: Path) -> Dense:
    file = folder / "config.json"
    activation = str(_tree(file).get("activation_function")).rpartition(".")[2]
    if activation not in ACTIVATIONS:
        known = " and ".join(ACTIVATIONS)
        raise ModelError(f"{file}: {activation} is not supported, only {known}")
    weights = folder / _SAFETENSORS
    if not weights.is_file():
        raise ModelError(f"{weights}: there is no such file; please save the model with it")
    return Dense(weights, tanh=activation == "Tanh")


def _tree(file: Path) -> dict[str, Any]:
    found = _json(file)
    if not isinstance(found, dict):
        raise ModelError(f"{file}: should be an object")
    return found


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ModelError(f"{file}: there is no such file") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{file}: can't be read: {error}") from None
