"""Documents for Hypothesis."""

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

texts = st.text(
    st.sampled_from("ab 😀ß\n\t<&\"'*_`[]()>#-.\xa0") | st.characters(exclude_categories=["Cs"]),
    max_size=60,
)
links = st.sampled_from(
    (
        None,
        None,
        "https://www.kfw.de/a",
        "http://example.org/?q=<b>&x=\"'",
        "mailto:amt@example.org?subject=x",
        "javascript:alert(1)",
    )
)
spans = st.builds(
    Span,
    text=texts,
    bold=st.booleans(),
    italic=st.booleans(),
    strike=st.booleans(),
    code=st.booleans(),
    link=links,
)
lines = st.lists(spans, max_size=5).map(tuple)
blocks: st.SearchStrategy[Block] = st.one_of(
    st.builds(Paragraph, spans=lines),
    st.builds(Heading, spans=lines),
    st.builds(Quote, spans=lines),
    st.builds(
        Listing,
        items=st.lists(lines, max_size=4).map(tuple),
        start=st.none() | st.integers(0, 999_999_999),
    ),
    st.builds(CodeBlock, text=texts),
)
buttons = st.builds(
    Button, label=st.text("abc äß", min_size=1, max_size=8), value=st.just("value")
)
rows = st.lists(st.lists(buttons, min_size=1, max_size=2).map(tuple), max_size=2).map(tuple)
documents = st.builds(Document, blocks=st.lists(blocks, max_size=6).map(tuple), buttons=rows)


def has_words_in_links(document: Document) -> bool:
    """Tell whether every link has words; one without is written out when a document is cut."""
    spans = [
        span
        for block in document.blocks
        if not isinstance(block, CodeBlock)
        for line in (block.items if isinstance(block, Listing) else (block.spans,))
        for span in line
    ]
    return all(span.text.strip() for span in spans if span.link)


worded_documents = documents.filter(has_words_in_links)
