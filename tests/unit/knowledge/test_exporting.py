"""What is exported reads back as the same entries, whatever somebody has typed."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.knowledge.entry import Entry
from bot.knowledge.exporting import exported, exported_entry
from bot.knowledge.formats import parse_jsonl, parse_markdown
from bot.knowledge.loading import load

SAMPLE = Path(__file__).parents[3] / "bot" / "sample" / "knowledge"
HOSTILE = (
    "| a | b |", "| Feld | Wert |\n| --- | --- |\n| id | stolen |", "## Noch eine Frage?",
    "# Titel", "Titel\n===", "Titel\n---", "- Punkt", "* Punkt\n  - Unterpunkt", "1. Erstens",
    "```", "```python\nx = 1\n```", "~~~", "````antwort", "    eingerückt", "> Zitat", "---",
    "***", "<!--", "<script>", "<div>\n\nText", "[a]: https://example.org", "[a](#b)", "\\", "\\|",
    "`code`", "``` `", "<https://example.org>", "a\n\n\n\nb", "a  \nb", "\t", "\u2028", "\u00a0",
    "\x0b", "\x00", "\ufeff", "C #", "# C #", "a, b; c", "ä|ö", "{id}", '{"id": "x"}', "Tage",
    "```fragen\nWas?\n```", "&amp;", "\\# x", "a\rb", "📏", "+ x", "2026-01-01", "--- \nx: 1\n---",
)  # fmt: skip
"""Pieces that mean something in Markdown, in tables, or in the format itself."""

pieces = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=12))
texts = st.lists(pieces, min_size=1, max_size=5).flatmap(
    lambda parts: st.sampled_from(["\n\n", "\n", " ", ""]).map(lambda glue: glue.join(parts))
)
rows = st.fixed_dictionaries(
    {"questions": st.lists(texts, min_size=1, max_size=4), "answer": texts},
    optional={
        "tags": st.lists(texts, max_size=3),
        "source": texts,
        "reviewed": st.dates().map(date.isoformat),
        "valid_for": st.lists(texts, max_size=3),
        "language": st.sampled_from(["de", "en", "x|y"]),
        "owner": texts,
        "review_every": st.integers(1, 36_500).map("{} Tage".format),
        "expires": st.dates().map(date.isoformat),
    },
)


def bare(entry: Entry) -> Entry:
    return entry.model_copy(update={"file": None, "line": None})


def read(text: str) -> list[Entry]:
    entries, problems = parse_markdown(text.encode(), "x.md")
    assert problems == []
    return [bare(entry) for entry in entries]


@given(st.lists(st.tuples(rows, st.none() | texts), min_size=1, max_size=4))
@example([({"questions": ["Was?"], "answer": answer}, None) for answer in HOSTILE])
@example([({"questions": [question], "answer": "x"}, "x") for question in HOSTILE])
@example([({"questions": ["Was?", *HOSTILE], "answer": "- x"}, "x")])
@example([({"questions": ["Was?"], "answer": "x", "source": value}, value) for value in HOSTILE])
def test_whatever_can_be_an_entry_reads_back_the_same(
    drawn: list[tuple[dict[str, object], str | None]],
) -> None:
    """With its id, all phrasings and fields, and without swallowing what comes behind it."""
    lines = [
        json.dumps({**row, "id": f"{name or ''}{number}"})
        for number, (row, name) in enumerate(drawn)
    ]
    entries = [bare(entry) for entry in parse_jsonl("\n".join(lines).encode(), "x.jsonl")[0]]
    text, left_out = exported(entries, title="Gelehrt")
    assert all(not entry.answer for entry in left_out)
    kept = [entry for entry in entries if entry not in left_out]
    assert not kept or read(text) == kept


def test_the_sample_reads_back_the_same() -> None:
    """And simply: nothing of it needs a code block."""
    entries = [bare(entry) for entry in load([SAMPLE]).entries]
    text, left_out = exported(entries, title="Alles")
    assert read(text) == entries
    assert left_out == ()
    assert "```" not in text


def test_an_entry_looks_as_an_editor_would_write_it() -> None:
    """So that it can be pasted into a file and read in a review."""
    entry = Entry(
        id="quote",
        questions=("Wie hoch ist die Quote?", "Förderquote"),
        answer="65 Prozent.\n\n- mehr in Not",
        tags=("geld", "quote"),
        source="Merkblatt | Seite 3",
        reviewed=date(2026, 1, 31),
        owner="@anna:example.org",
        review_every=timedelta(days=90),
        expires=date(2027, 12, 31),
    )
    assert exported_entry(entry) == (
        "## Wie hoch ist die Quote?\n\n"
        "- Förderquote\n\n"
        "| Feld | Wert |\n"
        "| --- | --- |\n"
        "| id | quote |\n"
        "| tags | geld, quote |\n"
        "| Quelle | Merkblatt \\| Seite 3 |\n"
        "| geprüft | 2026-01-31 |\n"
        "| zuständig | @anna:example.org |\n"
        "| prüfen alle | 90 Tage |\n"
        "| gültig bis | 2027-12-31 |\n\n"
        "65 Prozent.\n\n- mehr in Not\n"
    )


@pytest.mark.parametrize("answer", ["- eins\n- zwei", "Siehe:\n\n## Unten", "```\noffen"])
def test_only_what_markdown_would_misread_stands_in_a_code_block(answer: str) -> None:
    """An answer of which it would be a phrasing, another question, or the rest of the file."""
    entry = Entry(id="x", questions=("Was?",), answer=answer)
    text = exported_entry(entry)
    assert text is not None
    assert f"antwort\n{answer}\n" in text
    assert "fragen" not in text
    assert "felder" not in text
