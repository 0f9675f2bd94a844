import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.entry import LONGEST_SLUG, Entry, Problem, slug

WORDS = st.text(st.characters(codec="utf-8"), min_size=1)


ENTRIES = st.builds(
    Entry,
    id=WORDS,
    questions=st.lists(WORDS, min_size=1).map(tuple),
    answer=st.text(st.characters(codec="utf-8")),
    tags=st.lists(WORDS).map(tuple),
    source=st.none() | WORDS,
    reviewed=st.none() | st.dates(),
    valid_for=st.lists(WORDS).map(tuple),
    file=st.none() | WORDS,
    line=st.none() | st.integers(1, 10**6),
)


@given(ENTRIES)
def test_an_entry_survives_being_stored(entry: Entry) -> None:
    """What is written as JSON is read back unchanged."""
    stored = json.dumps(entry.model_dump(mode="json"))
    assert Entry.model_validate(json.loads(stored)) == entry


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Was ist die KTS?", "was-ist-die-kts"),
        ("Für wen gilt das Straßengesetz?", "fuer-wen-gilt-das-strassengesetz"),
        ("Café & Crêpe", "cafe-crepe"),
        ("???", ""),
    ],
)
def test_the_slug_of_a_question_is_plain_ascii(question: str, expected: str) -> None:
    """Umlauts are written out, accents dropped, punctuation becomes a hyphen."""
    assert slug(question) == expected


@given(st.text())
def test_a_slug_is_never_too_long(question: str) -> None:
    """Any text gives an id that fits, or none."""
    assert len(slug(question)) <= LONGEST_SLUG
    assert slug(question).isascii()


def test_a_problem_is_written_so_that_editors_can_jump_to_it() -> None:
    """File and line stand in front, the line only where there is one."""
    assert str(Problem(file="a.md", line=3, message="Bad.")) == "a.md:3: Bad."
    assert str(Problem(file="a.xlsx", line=None, message="Bad.")) == "a.xlsx: Bad."
