import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.tokens import (
    LONGEST_MESSAGE,
    clean,
    fold,
    is_odd,
    is_question,
    is_statement,
    word_grams,
)


@pytest.mark.parametrize(
    "text",
    ["Verlängerung", "VERLAENGERUNG", "verlangerung?", "Verla\u0308ngerung!", "\uff36erlängerung"],
)
def test_every_way_to_type_an_umlaut_folds_alike(text: str) -> None:
    """Phones, old keyboards and decomposed Unicode write the same word."""
    assert fold(text) == "verlangerung"


def test_sharp_s_and_accents_fold() -> None:
    """ß is ss, é is e, and punctuation only separates words."""
    assert fold("Straße,  Café-Bar") == "strasse cafe bar"


@given(st.text(st.characters()))
def test_cleaned_text_is_short_and_can_be_encoded(text: str) -> None:
    """Lone surrogates go, and one character cannot become eighteen."""
    cleaned = clean(text * 50)
    assert len(cleaned) <= LONGEST_MESSAGE
    cleaned.encode()
    assert len(fold(text * 50)) <= LONGEST_MESSAGE


def test_the_ends_of_a_word_count() -> None:
    """So that a short word is not found inside every long one."""
    assert word_grams("ab") == {" a", "ab", "b ", " ab", "ab ", " ab "}


@pytest.mark.parametrize(
    "text",
    [
        "Wann ist die Frist",
        "gibt es eine Karte",
        "Und kann man das verlängern",
        "Frist verlängert?",
        "how do I apply",
        "Hallo, ist Ulm dabei",
    ],
)
def test_a_question_is_recognised(text: str) -> None:
    """With or without a question mark, in both languages."""
    assert is_question(text)
    assert not is_statement(text)


@pytest.mark.parametrize(
    "text",
    [
        "Die Regionalkonferenz war echt toll",
        "Wir haben den Verwendungsnachweis gestern abgeschickt",
        "The regional conference was really great",
        "Danke, das hat uns sehr geholfen",
    ],
)
def test_a_statement_is_recognised(text: str) -> None:
    """What tells something is not to be answered, whatever it is about."""
    assert is_statement(text)
    assert not is_question(text)


@pytest.mark.parametrize(
    "text", ["KTS", "Frist Verwendungsnachweis Phase B", "ich brauche das Formular", "Infos bitte"]
)
def test_keywords_and_requests_are_neither(text: str) -> None:
    """Members search with keywords and ask without question words."""
    assert not is_question(text)
    assert not is_statement(text)


def test_mentions_links_and_pictures_are_odd() -> None:
    """They are how people talk to each other, not to a knowledge base."""
    assert all(map(is_odd, ["@anna schau", "https://example.org", "so gut 🎉", "Ach so…"]))
    assert not is_odd("Was ist die KTS?")
