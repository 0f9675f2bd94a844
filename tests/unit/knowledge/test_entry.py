import json
from datetime import date, timedelta

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
    owner=st.none() | WORDS,
    review_every=st.none() | st.timedeltas(timedelta(days=1), timedelta(days=36_500)),
    expires=st.none() | st.dates(),
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


def test_an_answer_holds_until_the_end_of_its_last_day() -> None:
    """And without one it holds without end."""
    entry = Entry(id="x", questions=("Was?",), answer="Das.", expires=date(2027, 1, 15))
    assert [entry.expired(date(2027, 1, day)) for day in (14, 15, 16)] == [False, False, True]
    assert not entry.model_copy(update={"expires": None}).expired(date.max)


def test_a_review_is_due_an_interval_after_the_last_one() -> None:
    """The entry's own interval counts before the usual one; never reviewed is never due."""
    entry = Entry(id="x", questions=("Was?",), answer="Das.", reviewed=date(2027, 1, 1))
    assert entry.due() is None
    assert entry.due(timedelta(days=30)) == date(2027, 1, 31)
    own = entry.model_copy(update={"review_every": timedelta(days=7)})
    assert own.due(timedelta(days=30)) == date(2027, 1, 8)
    assert own.model_copy(update={"reviewed": None}).due() is None
    assert own.model_copy(update={"reviewed": date.max}).due() == date.max
