"""Makes small sentence models as sentence-transformers keeps them, for the tests."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

Matrix = NDArray[np.float32]

WORDS = (
    "[PAD]", "[UNK]", "[CLS]", "[SEP]",
    "wo", "kann", "ich", "parken", "wann", "ist", "geöffnet", "was", "kostet", "ein", "ausweis",
    "auto", "abstellen", "darf", "man", "mein", "frage", "?", ":",
)  # fmt: skip
SAME = {"abstellen": "parken"}
"""Words that mean the same to the models made here, and share no letters worth speaking of."""
WIDTH = 16


def table(width: int = WIDTH, rows: int = len(WORDS)) -> Matrix:
    """A vector for each word; of those that mean the same, the same."""
    found = np.random.default_rng(7).normal(size=(rows, width)).astype(np.float32)
    for word, meant in SAME.items():
        if WORDS.index(word) < rows:
            found[WORDS.index(word)] = found[WORDS.index(meant)]
    return found


def write_json(file: Path, tree: Any) -> None:
    """Write a file and the folders above it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(tree), encoding="utf-8")


def write_tokenizer(folder: Path, *, marks: bool = True, added: Sequence[str] = ()) -> None:
    """Write one that knows :data:`WORDS`, and the words *added* behind them."""
    numbers = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(numbers, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    if marks:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
        )
    tokenizer.add_tokens(list(added))
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))


def write_onnx(
    file: Path,
    *,
    inputs: Sequence[str] = ("input_ids", "attention_mask"),
    kind: int = TensorProto.INT64,
    output: str = "last_hidden_state",
    rows: Matrix | None = None,
) -> None:
    """Write a model that looks words up and brings them to the same spread.

    An *output* of the name ``sentence_embedding`` is the first piece's vector alone.
    """
    rows = table() if rows is None else rows
    width = rows.shape[1]
    norm: dict[str, Any] = {"axis": -1, "epsilon": 1e-6}
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["words"]),
        helper.make_node("LayerNormalization", ["words", "ones", "zeros"], ["states"], **norm),
    ]
    whole = output == "sentence_embedding"
    last = helper.make_node("Gather", ["states", "first"], [output], axis=1)
    nodes.append(last if whole else helper.make_node("Identity", ["states"], [output]))
    constants: dict[str, NDArray[Any]] = {
        "table": rows,
        "ones": np.ones(width, dtype=np.float32),
        "zeros": np.zeros(width, dtype=np.float32),
        "first": np.array(0, dtype=np.int64),
    }
    shape = ["batch", width] if whole else ["batch", "length", width]
    graph = helper.make_graph(
        nodes,
        "words",
        [helper.make_tensor_value_info(name, kind, ["batch", "length"]) for name in inputs],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opset = [helper.make_opsetid("", 17)]
    file.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), str(file))


def states(words: str) -> Matrix:
    """What such a model makes of each word, reckoned by hand; the marks have to be written."""
    rows = table()[[WORDS.index(word) for word in words.split()]].astype(np.float64)
    centred = rows - rows.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-6))


def write_modules(folder: Path, *kinds: str) -> None:
    """Write ``modules.json``: the first part is in the folder itself, the others below it."""
    write_json(
        folder / "modules.json",
        [
            {"idx": place, "name": str(place), "path": f"{place}_{kind}" if place else "",
             "type": f"sentence_transformers.models.{kind}"}
            for place, kind in enumerate(kinds)
        ],
    )  # fmt: skip


def write_model(folder: Path, *, pooling: str = "mean", width: int = WIDTH) -> Path:
    """Write a whole folder with a transformer."""
    write_modules(folder, "Transformer", "Pooling", "Normalize")
    modes = {"cls": "cls_token", "mean": "mean_tokens", "max": "max_tokens"}
    said: dict[str, Any] = {f"pooling_mode_{name}": False for name in modes.values()}
    said[f"pooling_mode_{modes.get(pooling, pooling)}"] = True
    write_json(folder / "1_Pooling/config.json", {"word_embedding_dimension": width, **said})
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": 32})
    write_tokenizer(folder)
    write_onnx(folder / "onnx/model.onnx")
    return folder


def write_static(folder: Path, tensors: dict[str, NDArray[Any]] | None = None) -> Path:
    """Write a folder with a table of word vectors, as sentence-transformers does."""
    write_json(
        folder / "modules.json",
        [{"path": "0_StaticEmbedding", "type": "sentence_transformers.models.StaticEmbedding"}],
    )
    write_tokenizer(folder / "0_StaticEmbedding", marks=False)
    save_file(
        {"embedding.weight": table()} if tensors is None else tensors,
        folder / "0_StaticEmbedding/model.safetensors",
    )
    return folder
