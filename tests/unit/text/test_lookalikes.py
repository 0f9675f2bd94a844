"""Names that the eye takes for each other have one look."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.lookalikes import look


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna", "\N{CYRILLIC CAPITAL LETTER A}nn\N{CYRILLIC SMALL LETTER A}"),
        ("Paul", "Pa\N{GREEK SMALL LETTER UPSILON}l"),
        ("Anna", "ANNA"),
        ("Anna", "A n-n.a"),
        ("Anna", "\N{MATHEMATICAL BOLD CAPITAL A}nna"),
        ("Anna", "Ann\N{LATIN SMALL LETTER A WITH ACUTE}"),
        ("Ines", "lnes"),
        ("INES", "ines"),
        ("Otto", "0tto"),
        ("Marn", "Mam"),
    ],
)
def test_what_looks_alike_is_found(one: str, other: str) -> None:
    """By letters of other scripts, signs, accents and gaps."""
    assert look(one) == look(other)


@pytest.mark.parametrize(("one", "other"), [("Anna", "Anne"), ("Bert", "Gert"), ("Jo", "Joe")])
def test_what_looks_different_is_left_alone(one: str, other: str) -> None:
    """So that not everybody is shown with an account."""
    assert look(one) != look(other)


@given(st.text(max_size=60))
def test_capitals_make_no_difference_to_plain_names(name: str) -> None:
    """Any text has a look that fits its column, and one of letters and digits only."""
    seen = look(name)
    assert len(seen) <= 100
    assert not seen or seen.isalnum()
