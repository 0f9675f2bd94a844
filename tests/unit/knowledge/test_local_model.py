"""Models of the operator's own, in folders that the tests make."""

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto
from safetensors.numpy import save_file

from bot.errors import ModelError
from bot.knowledge.embedding import LONGEST_READ, SentenceEncoder
from bot.knowledge.engine import Engine
from bot.knowledge.entry import Entry
from bot.knowledge.local_model import MOST_PIECES_OF_MESSAGE, LocalModel
from tests.unit.knowledge.models import (
    WIDTH,
    WORDS,
    Matrix,
    states,
    table,
    write_json,
    write_model,
    write_modules,
    write_onnx,
    write_static,
    write_tokenizer,
)

QUESTION = "Wo kann ich parken?"
PIECES = "[CLS] wo kann ich parken ? [SEP]"


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> LocalModel:
    """A whole model with mean pooling; it is never changed."""
    return LocalModel(write_model(tmp_path_factory.mktemp("model")))


def unit(vector: Matrix) -> Matrix:
    return np.asarray(vector / np.linalg.norm(vector))


def vector(folder: Path, text: str = QUESTION) -> Matrix:
    """What the model in *folder* makes of a text."""
    return np.asarray(LocalModel(folder).encode([text])[0])


def weighted(rows: Matrix) -> Matrix:
    weights = np.arange(1, len(rows) + 1)[:, None]
    return np.asarray((rows * weights).sum(axis=0) / weights.sum())


@pytest.mark.parametrize(
    ("pooling", "by_hand"),
    [
        ("cls", lambda rows: rows[0]),
        ("mean", lambda rows: rows.mean(axis=0)),
        ("max", lambda rows: rows.max(axis=0)),
        ("mean_sqrt_len_tokens", lambda rows: rows.sum(axis=0) / np.sqrt(len(rows))),
        ("weightedmean_tokens", weighted),
        ("lasttoken", lambda rows: rows[-1]),
    ],
)
def test_a_sentence_is_made_of_its_pieces_as_the_folder_says(
    tmp_path: Path, pooling: str, by_hand: Callable[[Matrix], Matrix]
) -> None:
    """The same as by hand, of length 1."""
    found = vector(write_model(tmp_path, pooling=pooling))
    assert np.allclose(found, unit(by_hand(states(PIECES))), atol=1e-5)


def test_newer_folders_say_the_pooling_in_one_word_or_several(tmp_path: Path) -> None:
    """Several stand one behind the other, in the order of sentence-transformers."""
    write_model(tmp_path)
    rows = states(PIECES)
    write_json(
        tmp_path / "1_Pooling/config.json", {"embedding_dimension": 16, "pooling_mode": "cls"}
    )
    assert np.allclose(vector(tmp_path), unit(rows[0]), atol=1e-5)
    write_json(tmp_path / "1_Pooling/config.json", {"pooling_mode": ["mean", "cls"]})
    both = np.concatenate([rows[0], rows.mean(axis=0)])
    assert np.allclose(vector(tmp_path), unit(both), atol=1e-5)


def test_a_folder_of_transformers_alone_is_read_with_the_mean(tmp_path: Path) -> None:
    """As sentence-transformers does where nothing is said."""
    write_tokenizer(tmp_path)
    write_onnx(tmp_path / "model.onnx")
    assert np.allclose(vector(tmp_path), unit(states(PIECES).mean(axis=0)), atol=1e-5)


def test_a_dense_layer_is_applied(tmp_path: Path) -> None:
    """With its hyperbolic tangent."""
    write_model(tmp_path)
    write_modules(tmp_path, "Transformer", "Pooling", "Dense")
    weight = np.random.default_rng(3).normal(size=(5, WIDTH)).astype(np.float32)
    bias = np.arange(5, dtype=np.float32)
    activation = {"activation_function": "torch.nn.modules.activation.Tanh"}
    write_json(tmp_path / "2_Dense/config.json", activation)
    save_file(
        {"linear.weight": weight, "linear.bias": bias}, tmp_path / "2_Dense/model.safetensors"
    )
    expected = np.tanh(weight @ states(PIECES).mean(axis=0) + bias)
    assert np.allclose(vector(tmp_path), unit(expected), atol=1e-5)


def test_a_model_that_gives_the_sentence_itself_is_not_pooled_again(tmp_path: Path) -> None:
    """Exports of whole sentence models have this output."""
    write_onnx(write_model(tmp_path) / "onnx/model.onnx", output="sentence_embedding")
    assert np.allclose(vector(tmp_path), unit(states("[CLS]")[0]), atol=1e-5)


@pytest.mark.parametrize("kind", [TensorProto.INT64, TensorProto.INT32])
@pytest.mark.parametrize(
    "inputs",
    [
        ["input_ids"],
        ["input_ids", "attention_mask", "token_type_ids"],
        ["position_ids", "input_ids", "attention_mask"],
    ],
)
def test_a_model_gets_the_inputs_it_asks_for(tmp_path: Path, inputs: list[str], kind: int) -> None:
    """By their names, in the type that it names."""
    write_onnx(write_model(tmp_path) / "onnx/model.onnx", inputs=inputs, kind=kind)
    assert np.allclose(vector(tmp_path), unit(states(PIECES).mean(axis=0)), atol=1e-5)


@pytest.mark.parametrize("counts", [True, False])
def test_the_prompt_of_questions_is_put_in_front(tmp_path: Path, *, counts: bool) -> None:
    """Where the folder says so, its own pieces are left out of the mean."""
    write_model(tmp_path)
    prompts = {"prompts": {"query": "Frage: ", "document": "auto"}, "default_prompt_name": None}
    write_json(tmp_path / "config_sentence_transformers.json", prompts)
    pooling = {"pooling_mode": "mean", "include_prompt": counts}
    write_json(tmp_path / "1_Pooling/config.json", pooling)
    rows = states(PIECES.replace("[CLS]", "[CLS] frage :"))
    expected = rows.mean(axis=0) if counts else rows[3:].mean(axis=0)
    assert np.allclose(vector(tmp_path), unit(expected), atol=1e-5)


def test_a_text_is_cut_where_the_model_ends(tmp_path: Path) -> None:
    """Before the mark of the end, whichever file says how long that is."""
    write_model(tmp_path, pooling="lasttoken")
    (tmp_path / "sentence_bert_config.json").unlink()
    write_json(tmp_path / "tokenizer_config.json", {"model_max_length": 1e30})
    write_json(tmp_path / "config.json", {"max_position_embeddings": 5})
    assert np.allclose(vector(tmp_path), unit(states("[SEP]")[0]), atol=1e-5)
    write_json(tmp_path / "1_Pooling/config.json", {"pooling_mode": "mean"})
    cut = states("[CLS] wo kann ich [SEP]").mean(axis=0)
    assert np.allclose(vector(tmp_path), unit(cut), atol=1e-5)


def test_the_usual_file_is_taken_before_others(tmp_path: Path) -> None:
    """Folders often hold a model in several precisions."""
    write_model(tmp_path)
    other = table()[:, ::-1].copy()
    for name in ("model_O4", "model_quantized"):
        write_onnx(tmp_path / f"onnx/{name}.onnx", rows=other)
    usual = vector(tmp_path)
    assert np.allclose(usual, unit(states(PIECES).mean(axis=0)), atol=1e-5)
    (tmp_path / "onnx/model.onnx").unlink()
    assert not np.allclose(vector(tmp_path), usual, atol=1e-2)


def test_word_vectors_are_averaged(tmp_path: Path) -> None:
    """Of sentence-transformers, which takes unknown words along."""
    write_static(tmp_path)
    rows = table()[[WORDS.index(word) for word in ("wo", "[UNK]", "parken")]]
    assert np.allclose(vector(tmp_path, "Wo Xylophon parken"), unit(rows.mean(axis=0)), atol=1e-5)


def test_word_vectors_of_model2vec_are_weighted(tmp_path: Path) -> None:
    """Its newer folders share rows between words; what is unknown is left out."""
    write_tokenizer(tmp_path, marks=False)
    places = np.array([number % 10 for number in range(len(WORDS))])
    weights = np.linspace(0.1, 1, len(WORDS))
    tensors = {"embeddings": table(rows=10), "mapping": places, "weights": weights}
    save_file(tensors, tmp_path / "model.safetensors")
    numbers = [WORDS.index(word) for word in ("wo", "parken")]
    rows = table(rows=10)[places[numbers]] * weights[numbers][:, None]
    assert np.allclose(vector(tmp_path, "Wo Xylophon parken"), unit(rows.mean(axis=0)), atol=1e-5)
    assert LocalModel(tmp_path).read("Xylophon") is None


def test_a_sentence_has_the_same_vector_alone_and_among_others(model: LocalModel) -> None:
    """Whatever else is encoded with it, in whichever thread."""
    texts = [QUESTION, "Wann ist geöffnet?", "", "Was kostet ein Ausweis?"] * 20
    together = model.encode(texts)
    with ThreadPoolExecutor(4) as threads:
        alone = list(threads.map(lambda text: model.encode([text])[0], texts))
    assert (together == np.array(alone)).all()
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    assert model.encode([]).shape == (0, WIDTH)


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=400))
def test_any_text_is_encoded(model: LocalModel, text: str) -> None:
    """Also lone surrogates and words that the model does not know."""
    (row,) = model.encode([text])
    assert np.isfinite(row).all()
    read = model.read(text)
    assert read is None or np.isfinite(read).all()


@pytest.mark.parametrize(
    "text",
    ["a" * (LONGEST_READ + 1), "\ufdfa" * 20, "?!" * (MOST_PIECES_OF_MESSAGE // 2 + 1)],
    ids=["too long", "eighteen letters in one", "too many pieces"],
)
def test_what_is_no_ordinary_question_is_left_to_the_quick_encoder(
    tmp_path: Path, text: str
) -> None:
    """Nobody may make the bot slow by what they write."""
    write_model(tmp_path)
    write_json(tmp_path / "sentence_bert_config.json", {"max_seq_length": 512})
    spaced = " ".join(text) if len(text) < LONGEST_READ // 2 else text
    assert LocalModel(tmp_path).read(spaced) is None


def test_a_text_on_which_the_model_fails_is_left_out(tmp_path: Path) -> None:
    """A word that was added to the tokenizer after the training has no vector."""
    write_model(tmp_path)
    write_tokenizer(tmp_path, added=["klimaanpassung"])
    found = LocalModel(tmp_path)
    assert found.read("klimaanpassung") is None
    assert found.encode(["klimaanpassung", QUESTION]).any(axis=1).tolist() == [False, True]


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no model": (lambda at: (at / "onnx/model.onnx").unlink(), "there is no model in it"),
    "cut model": (
        lambda at: (at / "onnx/model.onnx").write_bytes(
            (at / "onnx/model.onnx").read_bytes()[:90]
        ),
        "onnx/model.onnx: can't be loaded",
    ),
    "no tokenizer": (
        lambda at: (at / "tokenizer.json").unlink(),
        "tokenizer.json: there is no such file",
    ),
    "broken tokenizer": (
        lambda at: (at / "tokenizer.json").write_text("{}"),
        "tokenizer.json: can't be read",
    ),
    "no pooling": (
        lambda at: (at / "1_Pooling/config.json").unlink(),
        "1_Pooling/config.json: there is no such file",
    ),
    "pooling that is no object": (
        lambda at: write_json(at / "1_Pooling/config.json", []),
        "1_Pooling/config.json: should be an object",
    ),
    "unknown pooling": (
        lambda at: write_json(at / "1_Pooling/config.json", {"pooling_mode": "median"}),
        "1_Pooling/config.json: names no pooling of cls, max, mean",
    ),
    "another width": (
        lambda at: write_json(
            at / "1_Pooling/config.json",
            {"pooling_mode_mean_tokens": True, "word_embedding_dimension": 384},
        ),
        "1_Pooling/config.json: says 384 numbers a piece",
    ),
    "modules that are no JSON": (
        lambda at: (at / "modules.json").write_text("[{"),
        "modules.json: can't be read",
    ),
    "modules of another form": (
        lambda at: write_json(at / "modules.json", {"a": 1}),
        "modules.json: is no list",
    ),
    "unknown module": (
        lambda at: write_modules(at, "Transformer", "LSTM"),
        "modules.json: LSTM is not supported",
    ),
    "unknown input": (
        lambda at: write_onnx(at / "onnx/model.onnx", inputs=["input_ids", "pixels"]),
        "onnx/model.onnx: wants the input pixels",
    ),
    "fewer rows than pieces": (
        lambda at: write_onnx(at / "onnx/model.onnx", rows=table(rows=6)),
        "onnx/model.onnx: can't read the pieces of tokenizer.json",
    ),
    "vectors of nothing": (
        lambda at: write_onnx(at / "onnx/model.onnx", rows=np.zeros_like(table())),
        "the model makes nothing of",
    ),
    "length that is none": (
        lambda at: write_json(at / "sentence_bert_config.json", {"max_seq_length": "long"}),
        "sentence_bert_config.json: max_seq_length should be a number",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_with_a_folder_is_said(tmp_path: Path, name: str) -> None:
    """With the file, so that somebody can mend it."""
    change, message = BROKEN[name]
    change(write_model(tmp_path))
    with pytest.raises(ModelError) as raised:
        LocalModel(tmp_path).open()
    assert str(raised.value).startswith(str(tmp_path))
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    """The commonest slip."""
    with pytest.raises(ModelError, match="there is no such folder"):
        LocalModel(tmp_path / "modell").open()


@pytest.mark.parametrize(
    ("config", "tensors", "message"),
    [
        ("Sigmoid", {"linear.weight": (4, WIDTH)}, "2_Dense/config.json: Sigmoid is not"),
        ("Tanh", {"weight": (4, WIDTH)}, "model.safetensors: has no tensor linear.weight"),
        ("Tanh", {"linear.weight": (4, 99)}, "linear.weight does not fit vectors of 16 numbers"),
        ("Identity", {}, "2_Dense/model.safetensors: there is no such file"),
    ],
)
def test_what_is_wrong_with_a_dense_layer_is_said(
    tmp_path: Path, config: str, tensors: dict[str, tuple[int, ...]], message: str
) -> None:
    """Likewise."""
    write_model(tmp_path)
    write_modules(tmp_path, "Transformer", "Pooling", "Dense")
    write_json(tmp_path / "2_Dense/config.json", {"activation_function": f"torch.{config}"})
    if tensors:
        ones = {name: np.ones(shape, dtype=np.float32) for name, shape in tensors.items()}
        save_file(ones, tmp_path / "2_Dense/model.safetensors")
    with pytest.raises(ModelError, match=message):
        LocalModel(tmp_path).open()


def test_what_is_wrong_with_word_vectors_is_said(tmp_path: Path) -> None:
    """A table of another tokenizer, none at all, and a file that is cut."""
    few = write_static(tmp_path / "a", {"embedding.weight": table(rows=5)})
    with pytest.raises(ModelError, match=r"embedding.weight has 5 rows, fewer than tokenizer"):
        LocalModel(few).open()
    flat = write_static(tmp_path / "b", {"embeddings": np.ones(90, dtype=np.float32)})
    with pytest.raises(ModelError, match="embeddings is no table of vectors"):
        LocalModel(flat).open()
    file = write_static(tmp_path / "c") / "0_StaticEmbedding/model.safetensors"
    for size, message in ((500, "can't be loaded"), (40, "is no file of safetensors")):
        file.write_bytes(file.read_bytes()[:size])
        with pytest.raises(ModelError, match=f"model.safetensors: {message}"):
            LocalModel(tmp_path / "c").open()


def test_weights_of_pytorch_alone_are_no_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without sentence-transformers the error says how to go on."""
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    (write_model(tmp_path) / "onnx/model.onnx").unlink()
    save_file({"encoder.layer.0.weight": table()}, tmp_path / "model.safetensors")
    with pytest.raises(ModelError, match=r"model.safetensors: .* optimum-cli export onnx"):
        LocalModel(tmp_path).open()


@pytest.mark.parametrize("package", ["onnxruntime", "tokenizers", "safetensors.numpy"])
def test_a_missing_package_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    """With what to type."""
    monkeypatch.setitem(sys.modules, package, None)
    write = write_static if "safetensors" in package else write_model
    name = package.partition(".")[0]
    with pytest.raises(ModelError, match=rf"^{name} is not installed: pip install 'stadtfunk\["):
        LocalModel(write(tmp_path)).open()


def test_its_packages_are_loaded_with_the_model_and_not_before() -> None:
    """Who names no model needs none of them."""
    code = (
        "import json, sys, bot.app, bot.operations, bot.knowledge.local_model as m, pathlib;"
        "m.LocalModel(pathlib.Path('nowhere'));"
        "print(json.dumps(sorted(set(sys.modules) & {'onnxruntime', 'tokenizers', 'safetensors',"
        "'huggingface_hub', 'sentence_transformers', 'torch'})))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert json.loads(done.stdout) == []


def test_the_engine_reads_by_the_meaning_that_the_model_knows(
    model: LocalModel, encoder: SentenceEncoder
) -> None:
    """To this model "abstellen" is "parken"; spelling and the quick encoder say something else."""
    entries = [
        Entry(id="parking", questions=("Wo kann ich parken?", "parken"), answer="Am Hof."),
        Entry(id="open", questions=("Wann ist geöffnet?", "geöffnet"), answer="Um 9."),
        Entry(id="fees", questions=("Was kostet ein Ausweis?", "Ausweis"), answer="37 Euro."),
    ]
    engine = Engine.build(entries, embedder=encoder, thorough=model)
    verdict, why = engine.explain("Wo kann ich abstellen?")
    assert why.mode == "thorough"
    assert verdict.candidates[0].entry == "parking"
    assert why.parts[0]["thorough phrasing"] == pytest.approx(1.0, abs=1e-4)
