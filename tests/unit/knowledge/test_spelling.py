import pytest

from bot.knowledge.entry import Entry
from bot.knowledge.spelling import Spelling, corrected

ENTRIES = [
    Entry(id="a", questions=("Wie hoch ist die Förderquote?",), answer="Bis zu 90 Prozent."),
    Entry(id="b", questions=("Bewilligungszeitraum verlängern",), answer="Mit einem Antrag."),
]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Förderqoute?", "Förderquote?"),
        ("foerderqoute", "Förderquote"),
        ("bewiligungszeitraum ändern", "Bewilligungszeitraum ändern"),
        ("Förderquoten", "Förderquoten"),
        ("Föhnquote", "Föhnquote"),
        ("", ""),
    ],
)
def test_a_typing_error_is_read_as_the_word_that_was_meant(text: str, meant: str) -> None:
    """Other words and other endings are no errors."""
    assert corrected(text, Spelling(ENTRIES).corrections(text)) == meant
