"""What people write on a network becomes a document, and comes out of it as it went in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.described import contact, place, poll
from bot.text.document import Block, CodeBlock, Document, Heading, Listing, Paragraph, Quote, Span
from bot.text.from_entities import from_entities
from bot.text.from_html import from_html
from bot.text.renderers import Entity, to_entities, to_html, to_plain
from bot.text.spans import literal, mentioning, mentions_in, merged, with_spans
from tests.unit.text.strategies import documents

words = st.text(st.sampled_from("ab😀ß<&\"'*_`[]()>#."), min_size=1, max_size=12)
phrases = st.lists(words, min_size=1, max_size=3).map(" ".join)
lines = st.lists(phrases, min_size=1, max_size=2).map("\n".join)


def runs(network: str, user: str) -> st.SearchStrategy[tuple[Span, ...]]:
    """Make runs of text with marks that a network knows."""
    marks = {name: st.booleans() for name in ("bold", "italic", "underline", "strike", "spoiler")}
    marked = st.builds(
        Span,
        text=lines,
        link=st.sampled_from((None, None, "https://www.kfw.de/a?b=<c>&d")),
        **marks,
    )
    code = st.builds(Span, text=lines, code=st.just(value=True))
    named = st.builds(Span, text=lines, mention=st.just(f"{network}:{user}"), bold=st.booleans())
    return st.lists(marked | code | named, min_size=1, max_size=4).map(merged)


def pages(network: str, user: str) -> st.SearchStrategy[Document]:
    """Make documents of the blocks that every network has, as a reader writes them down."""
    inside = runs(network, user)
    block: st.SearchStrategy[Block] = st.one_of(
        st.builds(Paragraph, spans=inside),
        st.builds(Quote, spans=inside),
        st.builds(CodeBlock, text=lines),
    )
    return st.lists(block, min_size=1, max_size=4).map(lambda found: Document(blocks=tuple(found)))


@given(pages("telegram", "4711"))
def test_what_is_sent_to_telegram_reads_the_same_from_there(document: Document) -> None:
    """Every mark, link, mention and block that Telegram has comes back."""
    assert from_entities(*to_entities(document)) == document


@given(pages("matrix", "@anna:example.org"))
def test_what_is_sent_to_matrix_reads_the_same_from_there(document: Document) -> None:
    """Every mark, link, mention and block that Matrix has comes back."""
    assert from_html(to_html(document)) == document


@given(documents)
def test_whatever_was_said_can_be_read_on_both_networks(document: Document) -> None:
    """No document breaks a reader, and no word is lost on the way."""
    bare = with_spans(document.with_buttons(), lambda span: span.model_copy(update={"link": None}))
    for read in (from_entities(*to_entities(bare)), from_html(to_html(bare))):
        assert read is not None
        wanted, found = ("".join(to_plain(one).split()) for one in (bare, read))
        letters = [sign for sign in wanted if sign.isalnum()]
        assert [sign for sign in found if sign.isalnum()] == letters


@given(
    st.text(max_size=60),
    st.lists(
        st.builds(
            Entity,
            type=st.sampled_from(("bold", "pre", "blockquote", "text_link", "custom_emoji")),
            offset=st.integers(-5, 70),
            length=st.integers(-5, 70),
            url=st.sampled_from((None, "javascript:x", "https://example.org")),
        ),
        max_size=8,
    ),
)
def test_entities_of_strangers_break_nothing(text: str, entities: list[Entity]) -> None:
    """Entities may overlap, cut a character in two, or point beside the text."""
    document = from_entities(text, entities)
    assert Document.model_validate(document.model_dump(mode="json")) == document


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        (
            "a <b>b</b>  c\n",
            (Paragraph(spans=(Span(text="a "), Span(text="b", bold=True), Span(text=" c"))),),
        ),
        (
            "<mx-reply><blockquote>alt</blockquote></mx-reply>neu",
            (Paragraph(spans=(Span(text="neu"),)),),
        ),
        (
            "<h2>Titel</h2><p>x</p>",
            (Heading(spans=(Span(text="Titel"),)), Paragraph(spans=(Span(text="x"),))),
        ),
        (
            "<ol start='3'><li>a<ul><li>b</li></ul></li><li><p>c</p></li></ol>",
            (Listing(items=((Span(text="a\n- b"),), (Span(text="c"),)), start=3),),
        ),
        ("<blockquote><p>a</p><p>b</p></blockquote>", (Quote(spans=(Span(text="a\nb"),)),)),
        ("<pre><code class='language-py'>a = 1\nb\n</code></pre>", (CodeBlock(text="a = 1\nb"),)),
        (
            "<img data-mx-emoticon alt=':hallo:' src='mxc://a/b'>",
            (Paragraph(spans=(Span(text=":hallo:"),)),),
        ),
        ("<a href='javascript:x'>x</a><script>y</script>", (Paragraph(spans=(Span(text="x"),)),)),
        (
            "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
            (Paragraph(spans=(Span(text="a b"),)), Paragraph(spans=(Span(text="c"),))),
        ),
    ],
)
def test_what_clients_write_is_understood(html: str, blocks: tuple[Block, ...]) -> None:
    """Tags of the specification keep their meaning, and others lose only themselves."""
    assert from_html(html) == Document(blocks=blocks)


@pytest.mark.parametrize("html", ["<b><p>" * 2_000, "<div>" * 300, "x" * 70_000])
def test_what_nobody_writes_is_not_read(html: str) -> None:
    """The plain text beside it is read then."""
    assert from_html(html) is None


def test_names_ring_on_their_own_network_only() -> None:
    """A mention of somebody on Telegram is words on Matrix, and the other way round."""
    named = Document(blocks=(Paragraph(spans=(Span(text="Anna", mention="telegram:4711"),)),))
    assert to_html(named) == "<p>Anna</p>"
    assert to_entities(named)[1] == (Entity("text_mention", 0, 4, user="4711"),)
    there = mentioning(named, lambda _: "matrix:@anna:example.org")
    assert to_html(there) == '<p><a href="https://matrix.to/#/@anna:example.org">Anna</a></p>'
    assert to_entities(there)[1] == ()
    assert mentions_in(there) == ("matrix:@anna:example.org",)


def test_blank_lines_part_paragraphs_and_nothing_is_lost() -> None:
    """More blank lines than one stay as they were."""
    text = "a\n\n\nb\n\n \n\nc"
    read = literal(text)
    assert len(read.blocks) == 3
    assert to_plain(read) == text


def test_places_and_polls_become_words_with_a_link() -> None:
    """Whoever can't see the map or vote reads what it is, and can go there."""
    assert to_plain(place(51.05, 13.74, "Rathaus")) == (
        "Rathaus (https://www.openstreetmap.org/?mlat=51.05&mlon=13.74#map=17/51.05/13.74)"
    )
    asked = poll("Wann?", ["Montag", "Dienstag"], "https://t.me/c/1/2")
    assert to_plain(asked) == "Wann?\n- Montag\n- Dienstag\n\nhttps://t.me/c/1/2"
    assert to_plain(contact("Anna", "+49 351 1")) == "Anna\n+49 351 1"
