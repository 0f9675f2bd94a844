"""Changing every run of text of a document."""

from collections.abc import Callable, Iterable

from bot.text.document import Block, CodeBlock, Document, Listing, Span


def with_spans(document: Document, change: Callable[[Span], Span]) -> Document:
    """Return *document* with each of its spans as *change* gives it back."""

    def changed(spans: Iterable[Span]) -> tuple[Span, ...]:
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
