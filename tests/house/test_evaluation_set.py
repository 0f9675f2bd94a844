"""Our own evaluation set is sound, so that its figures mean something."""

import re
from collections import Counter
from collections.abc import Hashable, Iterable
from typing import Any

from bench.faq import sets
from bot.knowledge.loading import load
from bot.knowledge.tokens import fold

QUERIES, SILENCE = (sets.rows(file) for file in sets.OWN)
EVERYTHING = [*QUERIES, *SILENCE]
ANSWERABLE = [row for row in QUERIES if row["gold"] is not None]
ENTRIES = load([sets.SAMPLE]).entries
KINDS = {"typo", "compound", "umlaut", "english", "dialect", "keywords", "followup", "plain"}


def repeated(values: Iterable[Hashable]) -> list[Hashable]:
    """Return what is there more than once."""
    return [value for value, count in Counter(values).items() if count > 1]


def words(row: dict[str, Any]) -> str:
    """Return what makes a message the same as another; emoji have no words."""
    return fold(row["text"]) or row["text"]


def test_there_are_enough_messages() -> None:
    """A hundredth is then more than a single message."""
    near = [row for row in QUERIES if row["kind"] == "near"]
    assert len(ANSWERABLE) >= 420
    assert len(near) >= 40
    assert len(SILENCE) >= 200


def test_every_kind_is_there_in_like_numbers() -> None:
    """No kind decides the mean."""
    counts = Counter(row["kind"] for row in ANSWERABLE)
    assert set(counts) == KINDS
    assert all(50 <= count <= 60 for count in counts.values())


def test_every_entry_is_asked_for_at_least_twice() -> None:
    """And no message asks for an entry that does not exist."""
    counts = Counter(row["gold"] for row in ANSWERABLE)
    assert set(counts) == {entry.id for entry in ENTRIES}
    assert min(counts.values()) >= 2


def is_sound(row: dict[str, Any]) -> bool:
    """Return whether a line has the fields of its kind, and all of them are filled."""
    fields = ["id", "text", "gold", "kind", *["before"] * (row["kind"] == "followup")]
    return (
        list(row) == fields
        and all(row[field].strip() == row[field] != "" for field in fields if field != "gold")
        and (row["gold"] is None) == (row["kind"] in {"near", "silence"})
        and re.fullmatch(rf"{row['kind']}-\d+", row["id"]) is not None
    )


def test_every_line_has_the_fields_of_its_kind() -> None:
    """What leans on a message says on which, and what has no answer names none."""
    assert [row["id"] for row in EVERYTHING if not is_sound(row)] == []


def test_silence_is_a_file_of_its_own() -> None:
    """Whoever wants to measure it alone can."""
    assert {row["kind"] for row in SILENCE} == {"silence"}
    assert "silence" not in {row["kind"] for row in QUERIES}


def test_ids_are_unique() -> None:
    """They are what a report of a wrong answer refers to."""
    assert repeated(row["id"] for row in EVERYTHING) == []


def test_no_message_is_there_twice() -> None:
    """The same words would count twice."""
    assert repeated(words(row) for row in EVERYTHING) == []


def test_no_message_is_a_phrasing_of_the_knowledge_base() -> None:
    """That would be looking up, not understanding."""
    phrasings = {fold(question) for entry in ENTRIES for question in entry.questions}
    assert [row["id"] for row in EVERYTHING if words(row) in phrasings] == []
