import numpy as np

from bot.knowledge.linear import LinearModel


def test_what_all_samples_share_is_ignored() -> None:
    """A word that is in every phrasing tells nothing; the small difference does."""
    samples = np.array([[1, 0.1, 0], [1, 0.2, 0], [1, 0, 0.1], [1, 0, 0.2]], dtype=np.float32)
    model = LinearModel(samples, np.array([0, 0, 1, 1]), entries=2)
    scores = model.scores(np.array([0.2, 0.0, 0.1], dtype=np.float32))
    assert scores.argmax() == 1
    assert len(scores) == 3  # the last one is small talk


def test_one_entry_leaves_nothing_to_learn() -> None:
    """And very many would take too long."""
    assert not LinearModel.affordable(3, 1)
    assert not LinearModel.affordable(30_000, 10_000)
    assert LinearModel.affordable(600, 100)
