"""Long messages arrive in parts, and nothing gets lost between them."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.document import (
    Block,
    Button,
    CodeBlock,
    Document,
    Heading,
    Listing,
    Paragraph,
    Quote,
    Span,
)
from bot.text.links import safe_link
from bot.text.renderers import to_entities, to_plain, utf16_length
from bot.text.split import split, split_text
from tests.unit.text.strategies import documents, texts, worded_documents


def words(parts: Iterable[str]) -> str:
    """Join *parts* without any whitespace."""
    return "".join("".join(parts).split())


def characters(block: Block) -> list[tuple[object, ...]]:
    """Return every visible character of *block* with its marks and link."""
    if isinstance(block, CodeBlock):
        return [("pre", character) for character in words([block.text])]
    lines = block.items if isinstance(block, Listing) else (block.spans,)
    return [
        (character, span.bold, span.italic, span.strike, span.code, safe_link(span.link))
        for line in lines
        for span in line
        for character in words([span.text])
    ]


def all_characters(parts: Iterable[Document]) -> list[tuple[object, ...]]:
    """Return every visible character of *parts* with its marks and link."""
    return [entry for part in parts for block in part.blocks for entry in characters(block)]


def fits(document: Document, limit: int) -> bool:
    """Tell whether every rendering of *document* fits."""
    return (
        utf16_length(to_plain(document, numbered=True)) <= limit
        and utf16_length(to_entities(document)[0]) <= limit
    )


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("eins zwei\n\ndrei vier fünf", 20, ["eins zwei", "drei vier fünf"]),
        ("eins\n \n\nzwei\ndrei", 12, ["eins", "zwei\ndrei"]),
        ("eins zwei\ndrei", 12, ["eins zwei", "drei"]),
        ("eins zwei drei", 10, ["eins zwei", "drei"]),
        ("Donaudampfschiff", 6, ["Donaud", "ampfsc", "hiff"]),
        ("12\xa0km weiter", 6, ["12\xa0km", "weiter"]),
        ("😀😀", 3, ["😀", "😀"]),
        ("passt", 5, ["passt"]),
        ("", 5, []),
    ],
)
def test_text_breaks_at_the_best_place(text: str, limit: int, expected: list[str]) -> None:
    """Blank lines are better than line breaks, these than spaces, and these than mid-word."""
    assert split_text(text, limit=limit) == expected


def test_a_limit_without_room_for_a_character_is_refused() -> None:
    """An emoji has two code units, so a limit of one could never be kept."""
    with pytest.raises(ValueError, match="at least 2"):
        split_text("a", limit=1)


@given(texts | st.text(st.characters(exclude_categories=["Cs"])), st.integers(2, 40))
def test_text_parts_fit_and_lose_only_whitespace(text: str, limit: int) -> None:
    """Every part fits, none is empty, and joined they hold every visible character."""
    parts = split_text(text, limit=limit)
    assert all(0 < utf16_length(part) <= limit for part in parts)
    assert words(parts) == words([text])


def test_what_fits_is_left_alone() -> None:
    """A short message is not touched at all."""
    document = Document.of("kurz")
    assert split(document, limit=100) == [document]


def test_documents_break_between_blocks_first() -> None:
    """A paragraph is not torn while it can go into the next part."""
    document = Document.of("a" * 30, "b" * 30, "c" * 30)
    assert [to_plain(part) for part in split(document, limit=64)] == [
        "a" * 30 + "\n\n" + "b" * 30,
        "c" * 30,
    ]


def test_a_heading_stays_with_what_follows() -> None:
    """No part ends with a title whose text is in the next one."""
    title = Heading(spans=(Span(text="Titel"),))
    document = Document.of("a" * 30, title, "b" * 30)
    assert [to_plain(part) for part in split(document, limit=40)] == [
        "a" * 30,
        "Titel\n" + "b" * 30,
    ]
    long = Document.of("a" * 30, title, "b " * 30)
    assert to_plain(split(long, limit=40)[1]).startswith("Titel\nb b")


def test_a_long_heading_costs_no_link() -> None:
    """A heading that would crowd out the link below it stands in a part of its own."""
    title = Heading(spans=(Span(text="Titel " * 15),))
    link = Paragraph(spans=(Span(text="Merkblatt", link="https://kfw.de/" + "a" * 30),))
    assert all_characters(split(Document.of(title, link), limit=120)) == all_characters(
        [Document.of(title, link)]
    )


def test_lists_break_between_items_and_go_on_counting() -> None:
    """The second part of a numbered list starts where the first one ended."""
    items = tuple((Span(text=letter * 10),) for letter in "abcd")
    document = Document(blocks=(Listing(items=items, start=9),))
    assert [to_plain(part) for part in split(document, limit=40)] == [
        "9. aaaaaaaaaa\n10. bbbbbbbbbb",
        "11. cccccccccc\n12. dddddddddd",
    ]


def test_a_long_item_goes_on_without_a_new_bullet() -> None:
    """What remains of an item does not look like another item."""
    items = ((Span(text="a" * 20 + " " + "b" * 20),), (Span(text="c"),))
    parts = split(Document(blocks=(Listing(items=items),)), limit=32)
    assert [to_plain(part) for part in parts] == ["- " + "a" * 20, "b" * 20 + "\n\n- c"]


def test_marks_and_links_go_on_in_the_next_part() -> None:
    """A bold sentence and a link that are cut are bold and linked in both parts."""
    span = Span(text="wort " * 20, bold=True, link="https://kfw.de/")
    first, *rest = split(Document(blocks=(Quote(spans=(span,)),)), limit=60)
    assert rest
    for part in (first, *rest):
        (block,) = part.blocks
        assert isinstance(block, Quote)
        assert all(piece.bold and piece.link == span.link for piece in block.spans)


def test_many_long_addresses_still_make_full_parts() -> None:
    """Addresses count in plain text, and parts are filled up to them."""
    spans = tuple(
        Span(text=f"Merkblatt {number} ", link=f"https://kfw.de/{number:0100}")
        for number in range(60)
    )
    parts = split(Document(blocks=(Paragraph(spans=spans),)), limit=1000)
    assert all(fits(part, 1000) for part in parts)
    assert len(parts) <= 10


def test_an_address_longer_than_a_part_is_unlinked() -> None:
    """The words still arrive, although no part could hold their link."""
    span = Span(text="Wort " * 20, link="https://kfw.de/" + "a" * 100)
    parts = split(Document(blocks=(Paragraph(spans=(span,)),)), limit=64)
    assert words(to_plain(part) for part in parts) == "Wort" * 20


def test_a_link_without_words_keeps_its_address() -> None:
    """Only the address is shown, and a cut does not lose it."""
    url = "https://kfw.de/"
    spans = (Span(text="a" * 40), Span(text=" ", link=url), Span(text="b" * 40))
    parts = split(Document(blocks=(Paragraph(spans=spans),)), limit=64)
    assert url in words(to_plain(part) for part in parts)


def test_the_buttons_go_with_the_last_part() -> None:
    """Whoever has read to the end can press."""
    document = Document.of("wort " * 50).with_buttons([Button(label="Ja", value="y")])
    *rest, last = split(document, limit=64)
    assert rest
    assert all(part.buttons == () for part in rest)
    assert last.buttons == document.buttons
    assert last.blocks


def test_buttons_that_leave_no_room_are_refused() -> None:
    """A message of buttons alone would say nothing."""
    document = Document.of("wort " * 50).with_buttons([Button(label="x" * 60, value="y")])
    with pytest.raises(ValueError, match="buttons"):
        split(document, limit=64)
    with pytest.raises(ValueError, match="at least 32"):
        split(document, limit=31)


@given(documents, st.integers(120, 400))
def test_document_parts_fit_and_say_something(document: Document, limit: int) -> None:
    """Each part fits in every rendering, and none of several is empty."""
    parts = split(document, limit=limit)
    assert all(fits(part, limit) for part in parts)
    assert len(parts) == 1 or all(to_entities(part)[0] for part in parts)
    assert [part.buttons for part in parts] == [()] * (len(parts) - 1) + [document.buttons]


@given(worded_documents, st.integers(200, 400))
def test_document_parts_keep_characters_marks_and_links(document: Document, limit: int) -> None:
    """Joined, the parts hold every visible character, marked and linked as before."""
    assert all_characters(split(document, limit=limit)) == all_characters([document])


@given(documents.map(Document.with_buttons), st.integers(32, 60))
def test_the_smallest_limits_hold_too(document: Document, limit: int) -> None:
    """Even the narrowest parts fit and lose no words."""
    parts = split(document, limit=limit)
    assert all(fits(part, limit) for part in parts)
