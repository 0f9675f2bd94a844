"""Keywords: whole words by their beginning, with stars, in linear time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds import keywords
from bot.feeds.keywords import Keywords


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("förder", "Neue Förderung", True),
        ("FOERDER", "neue förderung", True),
        ("order", "Neue Förderung", False),
        ("*förderung", "Städtebauförderung", True),
        ("smart city", "Der Smart-City-Dialog", True),
        ("smart city", "Smart und City", False),
        ("klima*anpassung", "Klimafolgenanpassung", True),
        ("klima*anpassung", "Anpassung ans Klima", False),
        ("a*b*c", "abc", True),
        ("a*b*c", "acb", False),
        ("daten text", "Daten", False),
    ],
)
def test_a_pattern_is_the_beginning_of_words(pattern: str, text: str, *, found: bool) -> None:
    """Whatever the case and however umlauts are written."""
    assert Keywords(wanted=(pattern,)).admit(text) is found
    assert Keywords(unwanted=(pattern,)).admit(text) is not found


def test_words_of_different_fields_do_not_stand_beside_each_other() -> None:
    """A title's last word and a text's first one are no pair."""
    assert not Keywords(wanted=("smart city",)).admit("Wir sind smart", "City")


def test_without_patterns_everything_is_wanted() -> None:
    """And what is unwanted outdoes what is wanted."""
    assert Keywords().admit("")
    assert not Keywords(wanted=("a",), unwanted=("b",)).admit("a b")


@pytest.mark.parametrize("typed", ["*", "a" * 81, "…", ",".join(f"w{n}" for n in range(51))])
def test_patterns_that_find_nothing_or_too_much_are_refused(typed: str) -> None:
    """A star alone would want everything."""
    with pytest.raises(ValueError, match=r"."):
        keywords.read(typed)


@given(st.text(max_size=60), st.text(max_size=200))
def test_whatever_is_typed_is_refused_or_searched(typed: str, text: str) -> None:
    """No pattern makes anything fail."""
    try:
        found = keywords.read(typed)
    except ValueError:
        return
    kept = Keywords(wanted=found)
    assert Keywords.of(kept.stored()) == kept
    kept.admit(text)
