"""What people write on Telegram as a document: text, and entities that point into it.

Source: https://core.telegram.org/bots/api#messageentity
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from bot.text.document import Block, CodeBlock, Document, Quote, Span
from bot.text.entities import Entity
from bot.text.links import safe_link
from bot.text.spans import Spans, merged, paragraphs, sound, trimmed

_FLAGS = {
    "bold": "bold",
    "italic": "italic",
    "underline": "underline",
    "strikethrough": "strike",
    "spoiler": "spoiler",
    "code": "code",
}
_BLOCKS = frozenset({"pre", "blockquote", "expandable_blockquote"})
_GAP = 2
"""Line breaks between a block and its neighbours, which the block stands for."""
_MOST = 500
"""Entities that are looked at; Telegram itself sends 100."""


def from_entities(text: str, entities: Iterable[Entity] = ()) -> Document:
    """Read a text as its reader sees it; quotes and code are blocks, blank lines part paragraphs.

    An entity that points beside the text, or to something unknown, marks nothing.

    Args:
        text: As Telegram writes it.
        entities: Whose offsets count UTF-16 code units.
    """
    units = text.encode("utf-16-le", "surrogatepass")
    known = sorted(list(entities)[:_MOST], key=lambda entity: entity.offset)
    marked = [one for one in known if one.offset >= 0 and one.length > 0]
    blocks: list[Block] = []
    place = 0
    for entity in (one for one in marked if one.type in _BLOCKS):
        if entity.offset < place:
            continue  # inside the block before
        blocks += _between(_run(units, place, entity.offset, marked), after=place, before=True)
        place = min(entity.offset + entity.length, len(units) // 2)
        inside = _run(units, entity.offset, place, marked)
        blocks += _block(entity, inside)
    rest = _run(units, place, len(units) // 2, marked)
    blocks += _between(rest, after=place, before=False)
    return Document(blocks=tuple(blocks))


def _block(entity: Entity, inside: Spans) -> list[Block]:
    words = "".join(span.text for span in inside)
    if not words.strip():
        return []
    return [CodeBlock(text=words)] if entity.type == "pre" else [Quote(spans=trimmed(inside))]


def _between(run: Spans, *, after: int, before: bool) -> list[Block]:
    """Return the paragraphs of what stands between blocks, without the gaps beside them."""
    spans = list(run)
    if after and spans:
        bare = spans[0].text
        cut = min(len(bare) - len(bare.lstrip("\n")), _GAP)
        spans[0] = spans[0].model_copy(update={"text": bare[cut:]})
    if before and spans:
        bare = spans[-1].text
        cut = min(len(bare) - len(bare.rstrip("\n")), _GAP)
        spans[-1] = spans[-1].model_copy(update={"text": bare[: len(bare) - cut]})
    return paragraphs(spans)


def _run(units: bytes, start: int, end: int, entities: list[Entity]) -> Spans:
    """Return the text between two places, cut wherever its marks change."""
    inside = [one for one in entities if one.offset < end and one.offset + one.length > start]
    cuts = {start, end}
    for entity in inside:
        cuts |= {max(entity.offset, start), min(entity.offset + entity.length, end)}
    places = sorted(cuts)
    return merged(_spans(units, places, inside))


def _spans(units: bytes, places: list[int], entities: list[Entity]) -> Iterator[Span]:
    for begin, end in pairwise(places):
        text = sound(units[2 * begin : 2 * end].decode("utf-16-le", "surrogatepass"))
        over = [one for one in entities if one.offset <= begin < one.offset + one.length]
        yield Span(text=text, **_marks(over))


def _marks(entities: list[Entity]) -> dict[str, object]:
    marks: dict[str, object] = {}
    for entity in entities:
        if entity.type in _FLAGS:
            marks[_FLAGS[entity.type]] = True
        elif entity.type == "text_link":
            marks["link"] = safe_link(entity.url)
        elif entity.type == "text_mention" and entity.user is not None:
            marks["mention"] = f"telegram:{entity.user}"
    return marks
