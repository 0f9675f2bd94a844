"""Cutting what is too long for one message."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile

from bot.text.characters import utf16_length
from bot.text.document import Block, CodeBlock, Document, Heading, Listing, Paragraph, Span
from bot.text.links import by_link
from bot.text.plain import has_words
from bot.text.renderers import to_entities, to_plain
from bot.text.spans import Spans, sliced

SMALLEST_LIMIT = 32
"""UTF-16 code units; room for a list number, a character and a short link."""

_RULES = (
    re.compile(r"\n(?:[^\S\n]*\n)+"),  # blank lines
    re.compile(r"\n"),
    re.compile(r"[^\S\xa0\u202f]+"),  # spaces, but for those made to hold words together
)

_Measure = Callable[[Spans], int]


def split_text(text: str, *, limit: int) -> list[str]:
    """Cut *text* into parts of at most *limit* UTF-16 code units.

    Breaks at the last blank line that fits, else at the last line break, else at the last space,
    else mid-word. Never breaks inside a character. Joining the parts loses only the whitespace
    at the cuts. No part is blank; a blank text that is longer than *limit*, or empty, has none.

    Args:
        text: The rendered text, without markup.
        limit: Largest part, in UTF-16 code units; at least 2, so that any character fits.

    Raises:
        ValueError: *limit* is below 2.

    Source: https://core.telegram.org/api/entities#entity-length
    """
    if limit < 2:  # noqa: PLR2004 - the two code units of a character beyond U+FFFF
        raise ValueError("limit must be at least 2")
    parts = []
    while text:
        end, begin = _cut(text, limit)
        parts.append(text[:end])
        text = text[begin:]
    return [part for part in parts if part]


def split(document: Document, *, limit: int) -> list[Document]:
    """Cut *document* into parts that fit into one message each.

    Both the text of :func:`to_entities` and :func:`to_plain` with numbered buttons fit *limit*.
    Breaks between blocks (a heading stays with what follows), else between list items, else
    inside a block as :func:`split_text` does; what remains of a list item goes on as a
    paragraph. Marks and links are kept, except links whose address alone would fill about half
    of the room that the buttons leave. The buttons go with the last part. Joining loses only
    the whitespace at the cuts.

    Args:
        document: What to say; returned as it is if it fits.
        limit: Largest part, in UTF-16 code units; at least :data:`SMALLEST_LIMIT`.

    Raises:
        ValueError: *limit* is too small, or the buttons leave too little room for words.
    """
    if limit < SMALLEST_LIMIT:
        raise ValueError(f"limit must be at least {SMALLEST_LIMIT}")
    if _length(document) <= limit:
        return [document]
    parts = _parts(document.blocks, limit)
    *rest, last = [document.model_copy(update={"blocks": part, "buttons": ()}) for part in parts]
    last = last.model_copy(update={"buttons": document.buttons})
    if _length(last) <= limit:
        return [*rest, last]
    return rest + _split_above_buttons(last, limit)


def _split_above_buttons(document: Document, limit: int) -> list[Document]:
    buttons = document.model_copy(update={"blocks": ()})
    room = limit - _length(buttons) - len("\n\n")
    if room < SMALLEST_LIMIT:
        raise ValueError("the buttons leave too little room for words")
    *rest, last = split(document.with_buttons(), limit=room)
    return [*rest, last.with_buttons(*document.buttons)]


def _length(document: Document) -> int:
    """Return the larger of both renderings, in UTF-16 code units."""
    plain = to_plain(document, numbered=True)
    return max(utf16_length(plain), utf16_length(to_entities(document)[0]))


def _block_length(*blocks: Block) -> int:
    return _length(Document(blocks=blocks))


def _parts(blocks: Iterable[Block], limit: int) -> list[tuple[Block, ...]]:
    """Fill parts from the top with as many pieces as fit."""
    parts: list[tuple[Block, ...]] = [()]
    for unit in _with_their_headings(filter(has_words, blocks)):
        for piece in _pieces(unit, limit):
            if _block_length(*parts[-1], *piece) <= limit:
                parts[-1] += piece
            else:
                parts.append(piece)
    return parts


def _with_their_headings(blocks: Iterable[Block]) -> list[tuple[Block, ...]]:
    units: list[tuple[Block, ...]] = []
    for block in blocks:
        if units and isinstance(units[-1][-1], Heading):
            units[-1] += (block,)
        else:
            units.append((block,))
    return units


def _pieces(unit: tuple[Block, ...], limit: int) -> list[tuple[Block, ...]]:
    """Break a block, and the headings above it, into pieces that fit."""
    if _block_length(*unit) <= limit:
        return [unit]
    *headings, body = unit
    room = limit - _block_length(*headings) - len("\n\n")
    if room < max(limit // 2, SMALLEST_LIMIT):
        return [(piece,) for block in unit for piece in _broken(block, limit)]
    first, *rest = _broken(body, room)
    return [(*headings, first), *((piece,) for piece in rest)]


def _broken(block: Block, limit: int) -> list[Block]:
    if _block_length(block) <= limit:
        return [block]
    match block:
        case CodeBlock():
            return [CodeBlock(text=part) for part in split_text(block.text, limit=limit)]
        case Listing():
            return _broken_listing(block, limit)
        case _:
            pieces = _cut_spans(
                block.spans, lambda spans: _block_length(_like(block, spans)), limit=limit
            )
            return [_like(block, spans) for spans in pieces]


def _like(block: Block, spans: Spans) -> Block:
    return block.model_copy(update={"spans": spans})


def _broken_listing(listing: Listing, limit: int) -> list[Block]:
    pieces: list[Block] = []
    for place, item in enumerate(listing.items):
        last = pieces[-1] if pieces else None
        if isinstance(last, Listing):
            longer = last.model_copy(update={"items": (*last.items, item)})
            if _block_length(longer) <= limit:
                pieces[-1] = longer
                continue
        start = None if listing.start is None else listing.start + place
        pieces += _broken_item(item, start, limit)
    return pieces


def _broken_item(item: Spans, start: int | None, limit: int) -> list[Block]:
    def alone(spans: Spans) -> Listing:
        return Listing(items=(spans,), start=start)

    if _block_length(alone(item)) <= limit:
        return [alone(item)]
    first, *rest = _cut_spans(item, lambda spans: _block_length(alone(spans)), limit=limit)
    return [alone(first), *(Paragraph(spans=spans) for spans in rest)]


def _cut_spans(spans: Spans, measure: _Measure, *, limit: int) -> list[Spans]:
    """Cut *spans* into pieces of which each has at most *limit* by *measure*."""
    rest = _cuttable(spans, limit)
    pieces = []
    while text := "".join(span.text for span in rest):
        # The rendered length is more than the text (addresses, quote marks), by how much only
        # rendering tells; so search for the longest text whose rendering fits.
        fitting = 1 + bisect_left(
            range(2, limit + 1),
            x=True,
            key=lambda budget: measure(sliced(rest, 0, _cut(text, budget)[0])) > limit,
        )
        end, begin = _cut(text, fitting)
        pieces.append(sliced(rest, 0, end))
        rest = sliced(rest, begin, len(text))
    return [piece for piece in pieces if piece]


def _cuttable(spans: Iterable[Span], limit: int) -> Spans:
    """Write out links without words, and unlink those that no part could hold."""
    cuttable: list[Span] = []
    for link, group in by_link(spans):
        fits = link is None or utf16_length(link) <= limit - SMALLEST_LIMIT // 2
        words = group if link is None or _any_words(group) else [Span(text=link, link=link)]
        cuttable += [span.model_copy(update={"link": link if fits else None}) for span in words]
    return tuple(cuttable)


def _any_words(spans: Sequence[Span]) -> bool:
    return any(span.text.strip() for span in spans)


def _cut(text: str, limit: int) -> tuple[int, int]:
    """Return where the first part of *text* ends and where the rest begins."""
    room = _room(text, limit)
    if room == len(text):
        return room, room
    words = len(text) - len(text.lstrip())
    for rule in _RULES:
        breaks = takewhile(lambda found: found.start() <= room, rule.finditer(text, words))
        if last := max(breaks, key=lambda found: found.start(), default=None):
            return len(text[: last.start()].rstrip()), last.end()
    return len(text[:room].rstrip()), room


def _room(text: str, limit: int) -> int:
    """Return how many characters fit *limit* UTF-16 code units; at least one."""
    units = 0
    for place, character in enumerate(text):
        units += 2 if character > "\uffff" else 1
        if units > limit:
            return max(place, 1)
    return len(text)
