"""The figures of ``bench.faq`` are what they are called."""

import json
from math import isnan
from pathlib import Path

import pytest

from bench.faq import metrics
from bench.faq.__main__ import main
from bench.faq.methods import Measured, Outcome
from bench.faq.sets import Query, read

ASKED = (
    Query("right", "a", "typo"),
    Query("second", "b", "typo"),
    Query("unsure", "c", "plain"),
    Query("weather", None, "near"),
    Query("thanks", None, "silence"),
)
OURS = (
    Outcome(("a", "b"), 0.95, "answer", "a", 1.0),
    Outcome(("a", "b"), 0.99, "answer", "a", 2.0),
    Outcome(("c",), 0.3, "suggest", None, 3.0),
    Outcome(("a",), 0.96, "answer", "a", 4.0),
    Outcome((), 0.0, "silent", None, 5.0),
)
THEIRS = tuple(Outcome(("a", "c"), 7.0, took=2.0) for _ in ASKED)


def figures() -> dict[str, metrics.Row]:
    """Return the rows by name."""
    methods = [Measured(OURS, built=2.0, memory=10.0), Measured(THEIRS, built=1.0, memory=5.0)]
    return {row.name: row for row in metrics.rows(ASKED, methods)}


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("R@1", 2 / 3),
        ("R@3", 1.0),
        ("MRR", (1 + 1 / 2 + 1) / 3),
        ("AUROC", (1 / 2 + 1 + 1 / 2) / 3),
        ("precision", 1 / 3),
        ("coverage", 1 / 3),
        ("suggested", 1 / 3),
        ("R@1 typo", 1 / 2),
        ("R@1 plain", 1.0),
        ("answered", 1 / 2),
        ("answered near", 1.0),
        ("answered silence", 0.0),
        ("p50 ms", 3.0),
        ("memory added, MB", 10.0),
    ],
)
def test_a_figure_is_what_one_would_count_by_hand(name: str, ours: float) -> None:
    """Three answerable messages, two others."""
    assert figures()[name].values[0] == pytest.approx(ours)


def test_a_baseline_that_cannot_tell_messages_apart_is_at_chance() -> None:
    """Ties count half."""
    assert figures()["AUROC"].values[1] == pytest.approx(0.5)


def test_a_baseline_has_no_decisions() -> None:
    """It would be unfair to make some up."""
    assert all(isnan(figures()[name].values[1]) for name in ("precision", "coverage", "answered"))


def test_the_ratio_is_to_the_best_of_the_others() -> None:
    """The least where less is better."""
    assert metrics.Row("R@1", (0.9, 0.3, 0.6)).ratio == pytest.approx(1.5)
    assert metrics.Row("ms", (0.9, 0.3, 0.6), less=True).ratio == pytest.approx(3.0)


def test_messages_about_entries_that_do_not_exist_are_refused(tmp_path: Path) -> None:
    """They would count as wrong answers of every method."""
    (tmp_path / "kb.md").write_text("# Wissen\n\n## Was ist das?\n\nEin Test.\n", "utf-8")
    queries = tmp_path / "queries.jsonl"
    queries.write_text(json.dumps({"text": "was", "gold": "gone"}), "utf-8")
    with pytest.raises(SystemExit, match="'gone'"):
        read(tmp_path / "kb.md", [queries], name="test")


def test_any_knowledge_can_be_measured_with_questions_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All methods run, each in its own process, and stand beside each other."""
    text = "# Wissen\n\n## Wann öffnet das Bad?\n\nUm acht.\n\n## Wo ist das Amt?\n\nHier.\n"
    (tmp_path / "kb.md").write_text(text, "utf-8")
    queries = tmp_path / "queries.jsonl"
    rows = [
        {"text": "Bad öffnet wann", "gold": "wann-oeffnet-das-bad", "kind": "keywords"},
        {"text": "schönes Wetter", "gold": None, "kind": "silence"},
    ]
    queries.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    main(["--kb", str(tmp_path / "kb.md"), "--queries", str(queries), "--lexical"])
    lines = capsys.readouterr().out.splitlines()
    assert "kb.md: 2 entries; 1 answerable messages, 1 others" in lines[1]
    assert lines[3].split()[:3] == ["ratio", "engine", "sqlite"]
    (first,) = (line.split() for line in lines if line.endswith("  R@1"))
    assert first == ["1.00", "1.000", "1.000", "1.000", "1.000", "R@1"]
