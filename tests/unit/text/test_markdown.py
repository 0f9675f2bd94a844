"""What editors and translators may write, and what becomes of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.document import (
    CodeBlock,
    Document,
    Heading,
    Listing,
    Paragraph,
    Quote,
    Span,
)
from bot.text.markdown import parse, parse_template
from bot.text.renderers import to_plain


def spans(markdown: str) -> tuple[Span, ...]:
    """Read one paragraph."""
    (block,) = parse(markdown).blocks
    assert isinstance(block, Paragraph)
    return block.spans


def test_inline_marks_are_read() -> None:
    """Bold, italic, struck and code words keep their marks, nested ones too."""
    assert spans("**a *b*** ~~c~~ `d*`") == (
        Span(text="a ", bold=True),
        Span(text="b", bold=True, italic=True),
        Span(text=" "),
        Span(text="c", strike=True),
        Span(text=" "),
        Span(text="d*", code=True),
    )


def test_blocks_are_read() -> None:
    """Headings, lists, quotes and code become the blocks of the same name."""
    assert parse("## T\n\n3. a\n4. b\n\n> q\n> r\n\n```py\nx\n```\n").blocks == (
        Heading(spans=(Span(text="T"),)),
        Listing(items=((Span(text="a"),), (Span(text="b"),)), start=3),
        Quote(spans=(Span(text="q r"),)),
        CodeBlock(text="x"),
    )


def test_a_soft_break_is_a_space_and_a_hard_one_a_line() -> None:
    """Lines of a source file flow together unless the author wants a break."""
    assert spans("a\nb  \nc\\\nd") == (Span(text="a b\nc\nd"),)


def test_nested_lists_become_indented_lines() -> None:
    """The outer numbers go on, and the inner items stand below their item."""
    document = parse("1. a\n   - b\n     1. c\n   - d\n2. e")
    assert to_plain(document) == "1. a\n   - b\n     1. c\n   - d\n2. e"


def test_quotes_keep_their_paragraphs_and_lists() -> None:
    """What a quote holds stays readable as its lines."""
    assert to_plain(parse("> # T\n> a\n>\n> b\n> - c\n> - d")) == (
        "> T\n> a\n>\n> b\n> - c\n> - d"
    )


def test_html_is_literal_text() -> None:
    """An editor's tag is shown, not obeyed."""
    assert spans("<b>x</b> <!-- y -->") == (Span(text="<b>x</b> <!-- y -->"),)


@pytest.mark.parametrize(
    "markdown", ["[x](javascript:alert(1))", "[x](/relative)", "<ftp://x.org>"]
)
def test_unsafe_links_stay_text(markdown: str) -> None:
    """A link to anything but the web or a mailbox is shown as it was typed."""
    assert spans(markdown) == (Span(text=markdown),)


def test_a_link_to_nowhere_is_its_words() -> None:
    """An address that was never filled in leaves nothing to press."""
    assert spans("[x]() ![y]()") == (Span(text="x y"),)


@pytest.mark.parametrize(
    ("markdown", "text", "link"),
    [
        ("[KfW](https://kfw.de/a 'Titel')", "KfW", "https://kfw.de/a"),
        ("<https://kfw.de/a>", "https://kfw.de/a", "https://kfw.de/a"),
        ("<amt@example.org>", "amt@example.org", "mailto:amt@example.org"),
        ("https://kfw.de/a_b_c", "https://kfw.de/a_b_c", "https://kfw.de/a_b_c"),
        ("[](https://kfw.de/a)", "https://kfw.de/a", "https://kfw.de/a"),
        ("![Karte](https://kfw.de/a.png)", "Karte", "https://kfw.de/a.png"),
    ],
)
def test_links_are_read(markdown: str, text: str, link: str) -> None:
    """Written-out, angled and bare addresses are links; an image is a link to it."""
    assert spans(markdown) == (Span(text=text, link=link),)


@pytest.mark.parametrize(
    ("markdown", "link", "after"),
    [
        ("siehe https://kfw.de/a.", "https://kfw.de/a", "."),
        ("siehe (https://kfw.de/a)", "https://kfw.de/a", ")"),
        ("siehe https://kfw.de/a_(b)?", "https://kfw.de/a_(b)", "?"),
        ("siehe „https://kfw.de/a“!", "https://kfw.de/a", "“!"),
    ],
)
def test_a_bare_address_ends_before_the_punctuation(markdown: str, link: str, after: str) -> None:
    """The full stop of a sentence is not part of the address."""
    assert spans(markdown)[-2:] == (Span(text=link, link=link), Span(text=after))


def test_addresses_in_code_are_not_linked() -> None:
    """Code is shown as it is."""
    assert spans("`https://kfw.de`") == (Span(text="https://kfw.de", code=True),)


def test_a_template_keeps_placeholders_in_link_targets() -> None:
    """A translator writes a link whose address is known only later."""
    assert parse_template("[{source}]({url})") == Document(
        blocks=(Paragraph(spans=(Span(text="{source}", link="{url}"),)),)
    )


def test_lone_surrogates_are_replaced() -> None:
    """Half a character from a broken network does not stop the other words."""
    assert spans("a\ud83d b") == (Span(text="a\ufffd b"),)


@given(st.text(st.characters() | st.sampled_from("*_`~[]()<>#>-+1. \n\\!&;:/"), max_size=200))
def test_any_text_can_be_read(markdown: str) -> None:
    """Whatever somebody types, it becomes a document that can be rendered."""
    to_plain(parse(markdown))
    to_plain(parse_template(markdown))


@given(st.text("abcäß😀 ", min_size=1))
def test_words_without_markup_are_kept(words: str) -> None:
    """Plain words read as themselves."""
    assert to_plain(parse(words.strip())) == words.strip()
