"""Runs of text: changed within a document, and put together to blocks."""

import re
from collections.abc import Callable, Iterable
from itertools import groupby

from bot.text.characters import whole
from bot.text.document import Block, CodeBlock, Document, Listing, Paragraph, Span

_BETWEEN = re.compile(r"\n\n(?!\n)")
"""The last two line breaks of several: what comes before them stays as it was written."""

Spans = tuple[Span, ...]


def with_spans(document: Document, change: Callable[[Span], Span]) -> Document:
    """Return *document* with each of its spans as *change* gives it back."""

    def changed(spans: Iterable[Span]) -> Spans:
        return tuple(change(span) for span in spans)

    def block(one: Block) -> Block:
        match one:
            case CodeBlock():
                return one
            case Listing():
                items = tuple(changed(item) for item in one.items)
                return one.model_copy(update={"items": items})
            case _:
                return one.model_copy(update={"spans": changed(one.spans)})

    return document.model_copy(update={"blocks": tuple(block(one) for one in document.blocks)})


def mentioning(document: Document, name: Callable[[str], str | None]) -> Document:
    """Return *document* with each mention as *name* calls it; ``None`` leaves the words alone."""

    def change(span: Span) -> Span:
        if span.mention is None:
            return span
        return span.model_copy(update={"mention": name(span.mention)})

    return with_spans(document, change)


def mentions_in(document: Document) -> tuple[str, ...]:
    """Return the identities that *document* mentions, each once, in their order."""
    found: dict[str, None] = {}

    def note(span: Span) -> Span:
        if span.mention is not None:
            found[span.mention] = None
        return span

    with_spans(document, note)
    return tuple(found)


def user_of(mention: str | None, network: str) -> str | None:
    """Return whom a *mention* names on *network*, whichever account of the hub met them."""
    channel, _, user = (mention or "").partition(":")
    return user or None if channel.partition(".")[0] == network else None


def sound(text: str) -> str:
    """Return *text* without what no database keeps: NUL and half characters."""
    return whole(text).replace("\0", "")


def literal(text: str) -> Document:
    """Make a document of text without any marks."""
    return Document(blocks=tuple(paragraphs([Span(text=sound(text))])))


def merged(spans: Iterable[Span]) -> Spans:
    """Return *spans* without empty ones, and neighbours with the same marks as one."""
    worded = [span for span in spans if span.text]
    return tuple(
        group[0].model_copy(update={"text": "".join(span.text for span in group)})
        for _, group in (
            (marks, list(same))
            for marks, same in groupby(worded, key=lambda span: span.model_copy(update=_NO_TEXT))
        )
    )


_NO_TEXT = {"text": ""}


def trimmed(spans: Iterable[Span]) -> Spans:
    """Return *spans* without whitespace at both ends."""
    whole_run = merged(spans)
    text = "".join(span.text for span in whole_run)
    begin = len(text) - len(text.lstrip())
    return merged(sliced(whole_run, begin, len(text.rstrip())))


def sliced(spans: Iterable[Span], start: int, end: int) -> Spans:
    """Return the characters from *start* to before *end*, with their marks."""
    kept = []
    place = 0
    for span in spans:
        if place >= end:
            break
        text = span.text[max(start - place, 0) : max(end - place, 0)]
        place += len(span.text)
        if text:
            kept.append(span if text == span.text else span.model_copy(update={"text": text}))
    return tuple(kept)


def paragraphs(spans: Iterable[Span]) -> list[Block]:
    """Part *spans* at their blank lines, where there are words on both sides."""
    run = merged(spans)
    text = "".join(span.text for span in run)
    parts: list[Block] = []
    begin = 0
    for gap in _BETWEEN.finditer(text):
        if text[begin : gap.start()].strip() and text[gap.end() :].strip():
            parts.append(Paragraph(spans=sliced(run, begin, gap.start())))
            begin = gap.end()
    rest = sliced(run, begin, len(text))
    return [*parts, Paragraph(spans=rest)] if text[begin:].strip() else parts
