from collections.abc import Sequence

import numpy as np

from bot.knowledge.calibration import LEXICAL, MEANING, Sample, calibrate, fit
from bot.knowledge.decision import FALLING, FEATURES
from bot.knowledge.engine import Engine
from bot.knowledge.entry import Entry
from bot.knowledge.loading import Loaded
from bot.knowledge.scoring import Scorer


def questions(entries: Sequence[Entry]) -> list[str]:
    return [question for entry in entries for question in entry.questions]


def test_a_small_knowledge_base_keeps_the_shipped_weights(few: Sequence[Entry]) -> None:
    """Three entries are too few to learn anything from."""
    assert calibrate(Scorer(few, None), questions(few)) == LEXICAL


def test_a_large_knowledge_base_gets_weights_of_its_own(sample: Loaded) -> None:
    """The same entries give the same weights every time."""
    entries = sample.entries[:40]
    scorer = Scorer(entries, None)
    first = calibrate(scorer, questions(entries))
    assert first == calibrate(scorer, questions(entries))
    assert first != LEXICAL


def test_no_weight_changes_its_direction() -> None:
    """Samples that say the opposite cannot make a better match less certain."""
    shape = len(FEATURES)
    samples = [Sample(np.zeros(shape), good=True)] * 30 + [Sample(np.ones(shape), good=False)] * 30
    weights = dict(zip(FEATURES, fit(samples, MEANING).weights, strict=False))
    assert all(
        (weight <= 0) == (name in FALLING) or weight == 0 for name, weight in weights.items()
    )


def test_confidence_grows_with_the_match(engine: Engine) -> None:
    """The nearer a text comes to a phrasing, the surer the engine is."""
    texts = [
        "Kuchen",
        "Kurs Manager",
        "Kurs Smart City Manager",
        "Was ist der Kurs Smart City Manager",
    ]
    confidences = [engine.ask(text).confidence for text in texts]
    assert confidences == sorted(confidences)
