"""Markdown, as editors and translators write it, into documents.

CommonMark with ``~~strikethrough~~``, tables and bare web addresses; HTML is literal text.

Source: https://spec.commonmark.org/0.31.2/
"""

import re
from collections.abc import Iterable, Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.text.characters import whole
from bot.text.document import Block, CodeBlock, Document, Heading, Listing, Paragraph, Quote, Span
from bot.text.links import safe_link
from bot.text.plain import gap_after, has_words, indent, markers

_ADDRESS = re.compile(r"(?<!\w)https?://[^\s<>\"“”„]+", re.IGNORECASE)
_AFTER_ADDRESS = ".,;:!?'*_~…"
_CELL_GAP = " · "
_MARKS = {"strong": "bold", "em": "italic", "s": "strike"}


class _Strict(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        return safe_link(url) is not None


class _Template(MarkdownIt):
    """Keeps ``{placeholders}`` in link targets as they are."""

    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802 - the library's signature
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
        return url


def _parser(kind: type[MarkdownIt]) -> MarkdownIt:
    return kind("commonmark", {"html": False}).enable(["strikethrough", "table"])


_STRICT = _parser(_Strict)
_TEMPLATE = _parser(_Template)


def parse(markdown: str) -> Document:
    """Read *markdown* into a document; any text is valid.

    Headings of all levels are alike. A table becomes a list of its rows, a nested list indented
    lines of its item, and what a quote holds becomes its lines. A line break inside a paragraph
    is a space unless it is a hard one (two spaces or a backslash before it). An image becomes a
    link to it. HTML, and links to anything but ``http``, ``https`` and ``mailto``, stay literal
    text. Horizontal rules are left out, and so is what stands more than 20 levels deep. Lone
    surrogates become U+FFFD.
    """
    return _document(markdown, _STRICT)


def parse_template(markdown: str) -> Document:
    """Read *markdown* whose texts and link targets may hold ``{placeholders}``.

    Like :func:`parse`, but links are taken as they are: whoever fills the placeholders has to
    check them with :func:`bot.text.links.safe_link`.
    """
    return _document(markdown, _TEMPLATE)


def _document(markdown: str, parser: MarkdownIt) -> Document:
    tokens = iter(parser.parse(whole(markdown)))
    return Document(blocks=tuple(filter(has_words, _blocks(tokens, None))))


def _blocks(tokens: Iterator[Token], closing: str | None) -> Iterator[Block]:
    """Read blocks until the token *closing*."""
    for token in tokens:
        if token.type == closing:
            return
        match token.type:
            case "inline":
                yield Paragraph(spans=tuple(_spans(token.children or ())))
            case "heading_open":
                yield Heading(spans=_flat(_blocks(tokens, "heading_close")))
            case "blockquote_open":
                yield Quote(spans=_flat(_blocks(tokens, "blockquote_close")))
            case "bullet_list_open" | "ordered_list_open":
                yield _listing(token, tokens)
            case "table_open":
                yield _table(tokens)
            case "fence" | "code_block":
                yield CodeBlock(text=token.content.removesuffix("\n"))


def _table(tokens: Iterator[Token]) -> Listing:
    """Read a table as a list of its rows, which every network can show on a phone."""
    rows: list[tuple[Span, ...]] = []
    for token in tokens:
        match token.type:
            case "table_close":
                break
            case "tr_open":
                rows.append(_row(tokens))
    return Listing(items=tuple(rows))


def _row(tokens: Iterator[Token]) -> tuple[Span, ...]:
    spans: list[Span] = []
    head = False
    for token in tokens:
        if token.type == "tr_close":
            break
        head = head or token.type == "th_open"
        if token.type == "inline" and token.content:
            spans += [Span(text=_CELL_GAP)] if spans else []
            spans += _spans(token.children or ())
    bold = {"bold": True} if head else {}
    return _merged(span.model_copy(update=bold) for span in spans)


def _listing(opening: Token, tokens: Iterator[Token]) -> Listing:
    items = []
    for token in tokens:
        if token.type == "list_item_open":
            items.append(_flat(_blocks(tokens, "list_item_close"), gap="\n"))
        else:
            break
    start = opening.attrs.get("start", 1) if opening.type == "ordered_list_open" else None
    return Listing(items=tuple(items), start=None if start is None else int(start))


def _flat(blocks: Iterable[Block], *, gap: str | None = None) -> tuple[Span, ...]:
    """Write *blocks* as lines of one; *gap* parts them, ``None`` as a document would."""
    spans: list[Span] = []
    before = ""
    for block in blocks:
        close = gap or ("\n" if isinstance(block, Listing) else before)
        spans += [Span(text=close)] if spans else []
        spans += _lines(block)
        before = gap_after(block)
    return _merged(spans)


def _lines(block: Block) -> Iterator[Span]:
    match block:
        case Listing():
            for place, (marker, item) in enumerate(
                zip(markers(block, "- "), block.items, strict=True)
            ):
                yield Span(text=("\n" if place else "") + marker)
                for span in item:
                    yield span.model_copy(update={"text": indent(span.text, marker)})
        case CodeBlock():
            yield Span(text=block.text, code=True)
        case Heading():
            yield from (span.model_copy(update={"bold": True}) for span in block.spans)
        case _:
            yield from block.spans


def _spans(tokens: Iterable[Token]) -> Iterator[Span]:
    for span in _merged(_inline(tokens)):
        yield from [span] if span.code or span.link else _with_addresses(span)


def _inline(tokens: Iterable[Token]) -> Iterator[Span]:
    depth = dict.fromkeys(_MARKS.values(), 0)
    link: str | None = None
    empty = False
    for token in tokens:
        kind = token.type.removesuffix("_open").removesuffix("_close")
        if kind in _MARKS:
            depth[_MARKS[kind]] += token.nesting
            continue
        if kind == "link":
            if token.nesting < 0 and empty and link:
                yield Span(text=link, link=link)
            link = str(token.attrs["href"]) or None if token.nesting > 0 else None
            empty = token.nesting > 0
            continue
        span = _leaf(token, link)
        if span.text:
            empty = False
            yield span.model_copy(update={name: count > 0 for name, count in depth.items()})


def _leaf(token: Token, link: str | None) -> Span:
    match token.type:
        case "softbreak":
            return Span(text=" ", link=link)
        case "hardbreak":
            return Span(text="\n", link=link)
        case "image":
            source = str(token.attrs["src"])
            return Span(text=token.content or source, link=link or source or None)
        case kind:
            return Span(text=token.content, code=kind == "code_inline", link=link)


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Join neighbours with the same marks."""
    merged: list[Span] = []
    for span in spans:
        last = merged[-1] if merged else None
        if last and span.model_copy(update={"text": last.text}) == last:
            merged[-1] = last.model_copy(update={"text": last.text + span.text})
        elif span.text:
            merged.append(span)
    return tuple(merged)


def _with_addresses(span: Span) -> Iterator[Span]:
    """Link the bare web addresses in *span*."""
    place = 0
    for found in _ADDRESS.finditer(span.text):
        address = _without_what_follows(found[0])
        link = safe_link(address)
        if link is None:
            continue
        yield from _piece(span, place, found.start())
        place = found.start() + len(address)
        yield span.model_copy(update={"text": address, "link": link})
    yield from _piece(span, place, len(span.text))


def _piece(span: Span, start: int, end: int) -> Iterator[Span]:
    if start < end:
        yield span.model_copy(update={"text": span.text[start:end]})


def _without_what_follows(address: str) -> str:
    """Leave out the sentence's punctuation, and a bracket that was opened before *address*."""
    while True:
        shorter = address.rstrip(_AFTER_ADDRESS)
        for opening, closing in ("()", "[]"):
            if shorter.endswith(closing) and shorter.count(closing) > shorter.count(opening):
                shorter = shorter[:-1]
        if shorter == address:
            return address
        address = shorter
