"""Names that strangers gave their files."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.filenames import LONGEST_NAME, plain_name, with_ending


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Übersicht 2027.pdf", "Übersicht 2027.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\anna\\plan.pdf", "plan.pdf"),
        ("rechnung\u202efdp.exe", "rechnungfdp.exe"),
        ("a\0b\r\nc\td.pdf", "abcd.pdf"),
        ("..", ""),
        (".htaccess", "htaccess"),
        ("plan.pdf. . ", "plan.pdf"),
        ('was? "so" <b>|*:.pdf', "was_ _so_ _b____.pdf"),
        ("kaputt\ud83c.pdf", "kaputt.pdf"),
        ("viel    Platz.pdf", "viel Platz.pdf"),
        ("ordner/", ""),
        ("", ""),
    ],
)
def test_a_name_is_made_harmless(name: str, plain: str) -> None:
    """No folder, no turned writing, nothing that a system refuses."""
    assert plain_name(name) == plain


def test_a_long_name_keeps_its_beginning_and_its_ending() -> None:
    """People know a file by both."""
    assert plain_name("a" * 300 + ".pdf") == "a" * 96 + ".pdf"
    assert plain_name("a." + "b" * 300) == ("a." + "b" * 300)[:LONGEST_NAME]


@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_whatever_the_name_is_it_ends_up_harmless(name: str) -> None:
    """And stays as it is when it is made harmless again."""
    plain = plain_name(name)
    assert len(plain) <= LONGEST_NAME
    assert not set(plain) & set('/\\<>:"|?*\0\n\r')
    assert all(unicodedata.category(sign) not in {"Cc", "Cf", "Cs"} for sign in plain)
    assert plain == plain.strip(". ")
    assert plain_name(plain) == plain


@pytest.mark.parametrize(
    ("name", "ended"),
    [
        ("plan.pdf", "plan.pdf"),
        ("PLAN.PDF", "PLAN.PDF"),
        ("bild.exe", "bild.exe.pdf"),
        ("", "datei.pdf"),
        (".pdf", "pdf.pdf"),
        ("a" * 300, "a" * 96 + ".pdf"),
    ],
)
def test_a_name_ends_with_what_the_file_is(name: str, ended: str) -> None:
    """Nobody opens a document as a program."""
    assert with_ending(name, ".pdf", unnamed="datei") == ended
