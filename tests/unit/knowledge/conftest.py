from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.knowledge.embedding import SentenceEncoder
from bot.knowledge.engine import Engine
from bot.knowledge.entry import Entry
from bot.knowledge.loading import Loaded, load

SAMPLE = Path(__file__).resolve().parents[3] / "bot" / "sample" / "knowledge"


@pytest.fixture(scope="session")
def sample() -> Loaded:
    """The knowledge base that is shipped as an example."""
    return load([SAMPLE])


@pytest.fixture(scope="session")
def encoder() -> SentenceEncoder:
    """The shipped sentence encoder, loaded once for all tests."""
    return SentenceEncoder()


@pytest.fixture(scope="session")
def engine(sample: Loaded, encoder: SentenceEncoder) -> Engine:
    """An engine for the sample, with the sentence encoder."""
    return Engine.build(sample.entries, embedder=encoder)


@pytest.fixture(scope="session")
def lexical(sample: Loaded) -> Engine:
    """An engine for the sample, without a sentence encoder."""
    return Engine.build(sample.entries)


@pytest.fixture
def few() -> Sequence[Entry]:
    """Three small entries."""
    return [
        Entry(id="opening", questions=("Wann ist geöffnet?", "Öffnungszeiten"), answer="Um 9."),
        Entry(id="parking", questions=("Wo kann ich parken?", "Parkplatz"), answer="Am Hof."),
        Entry(id="fees", questions=("Was kostet ein Ausweis?", "Gebühren"), answer="37 Euro."),
    ]
