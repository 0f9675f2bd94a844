from collections.abc import Sequence

import numpy as np

from bot.knowledge.calibration import SHIPPED, calibrate, fit
from bot.knowledge.decision import FALLING, FEATURES
from bot.knowledge.engine import Engine, Lessons, Rating
from bot.knowledge.entry import Entry
from bot.knowledge.loading import Loaded
from bot.knowledge.rehearsal import Sample, rehearse
from bot.knowledge.smalltalk import TALK


def rehearsed(entries: Sequence[Entry]) -> list[Sample]:
    return rehearse(entries, TALK, quick=None, thorough=None)


def test_a_small_knowledge_base_keeps_the_shipped_weights(few: Sequence[Entry]) -> None:
    """Three entries are too few to learn anything from."""
    assert calibrate("lexical", rehearsed(few), phrasings=3) == SHIPPED["lexical"]


def test_a_large_knowledge_base_gets_weights_of_its_own(sample: Loaded) -> None:
    """The same entries give the same weights every time."""
    entries = sample.entries[:40]
    first = calibrate("lexical", rehearsed(entries), phrasings=6)
    assert first == calibrate("lexical", rehearsed(entries), phrasings=6)
    assert first != SHIPPED["lexical"]


def test_single_phrasings_are_rehearsed_as_missing_only(few: Sequence[Entry]) -> None:
    """Without its only phrasing an entry could not be found, which says nothing about it."""
    single = [entry.model_copy(update={"questions": entry.questions[:1]}) for entry in few]
    assert not any(sample.good for sample in rehearsed(single))


def test_no_weight_changes_its_direction() -> None:
    """Samples that say the opposite cannot make a better match less certain."""
    shape = len(FEATURES)
    samples = [Sample(np.zeros(shape), good=True)] * 30 + [Sample(np.ones(shape), good=False)] * 30
    weights = dict(zip(FEATURES, fit(samples, SHIPPED["quick"], hold=20).weights, strict=False))
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


def test_ratings_sharpen_the_confidence(sample: Loaded) -> None:
    """What did not help is answered less surely, also where it is asked in other words."""
    text, entry = "Wie hoch ist die Quote?", "foerderquote"
    plain = Engine.build(sample.entries)
    assert plain.ask(text).candidates[0].entry == entry
    liked = Engine.build(
        sample.entries, lessons=Lessons((Rating(text, entry, helpful=True),) * 30)
    )
    disliked = Engine.build(
        sample.entries, lessons=Lessons((Rating(text, entry, helpful=False),) * 30)
    )
    assert disliked.ask(text).confidence < plain.ask(text).confidence < liked.ask(text).confidence


def test_few_ratings_change_nothing(sample: Loaded) -> None:
    """Also ratings of entries that are no longer found for the question, or no longer there."""
    text = "Wie hoch ist die Quote?"
    few = [Rating(text, "foerderquote", helpful=False)] * 19
    gone = [Rating(text, "kts-was", helpful=False), Rating(text, "gone", helpful=True)] * 30
    plain = Engine.build(sample.entries).ask(text)
    assert Engine.build(sample.entries, lessons=Lessons((*few, *gone))).ask(text) == plain


def test_ratings_count_where_nothing_can_be_rehearsed(few: Sequence[Entry]) -> None:
    text, entry = "parken", "parking"
    plain = Engine.build(few).ask(text).confidence
    rated = Engine.build(few, lessons=Lessons((Rating(text, entry, helpful=False),) * 30))
    assert rated.ask(text).confidence < plain
