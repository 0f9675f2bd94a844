"""Documents as Telegram sends them: plain text and entities that point into it.

Source: https://core.telegram.org/bots/api#messageentity
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bot.text.characters import utf16_length
from bot.text.document import Block, CodeBlock, Document, Heading, Listing, Quote, Span
from bot.text.links import by_link, written_out
from bot.text.plain import gap_after, has_words, indent, markers
from bot.text.spans import user_of

_Mark = tuple[str, str | None]
"""An entity's type, and its address or user."""


@dataclass(frozen=True, slots=True)
class Entity:
    """How a stretch of the text looks or where it leads.

    Attributes:
        type: ``bold``, ``italic``, ``underline``, ``strikethrough``, ``spoiler``, ``code``,
            ``pre``, ``text_link``, ``text_mention`` or ``blockquote``.
        offset: UTF-16 code units from the start of the text.
        length: UTF-16 code units, at least 1.
        url: Where a ``text_link`` leads, else ``None``.
        user: The number of whom a ``text_mention`` names, else ``None``.
    """

    type: str
    offset: int
    length: int
    url: str | None = None
    user: str | None = None


@dataclass(frozen=True, slots=True)
class _Run:
    text: str
    marks: frozenset[_Mark] = frozenset()


def to_entities(document: Document) -> tuple[str, tuple[Entity, ...]]:
    """Render *document* as Telegram text and its entities, outer ones first.

    The text is stripped at its end. No entity begins or ends with whitespace. Telegram links
    no ``mailto:`` addresses, so these are written out; it finds them by itself.
    """
    runs = list(_document(document))
    text = "".join(run.text for run in runs).rstrip()
    entities = [
        entity
        for mark, start, end in _stretches(runs)
        if (entity := _entity(text, mark, start, end)) is not None
    ]
    return text, tuple(sorted(entities, key=lambda entity: (entity.offset, -entity.length)))


def _document(document: Document) -> Iterator[_Run]:
    gap = ""
    for block in filter(has_words, document.blocks):
        yield _Run(gap)
        yield from _block(block)
        gap = gap_after(block)


def _block(block: Block) -> Iterator[_Run]:
    match block:
        case Heading():
            yield from _with(("bold", None), _inline(block.spans))
        case Listing():
            yield from _listing(block)
        case Quote():
            yield from _with(("blockquote", None), _inline(block.spans))
        case CodeBlock():
            yield _Run(block.text.rstrip(), frozenset({("pre", None)}))
        case _:
            yield from _inline(block.spans)


def _listing(listing: Listing) -> Iterator[_Run]:
    for place, (marker, item) in enumerate(
        zip(markers(listing, "• "), listing.items, strict=True)
    ):
        yield _Run(("\n" if place else "") + marker)
        for run in _inline(item):
            yield replace(run, text=indent(run.text, marker))


def _inline(spans: Iterable[Span]) -> Iterator[_Run]:
    for link, group in by_link(map(_unlinked, spans)):
        words = "".join(span.text for span in group)
        if link and (link[:7].lower() == "mailto:" or not words.strip()):
            yield _Run(written_out(words, link))
        else:
            yield from (_Run(span.text, _marks(span, link)) for span in group)


def _unlinked(span: Span) -> Span:
    """Return *span* without its link if it names somebody: only one of both can be shown."""
    named = span.link is not None and _named(span) is not None
    return span.model_copy(update={"link": None}) if named else span


def _named(span: Span) -> str | None:
    user = user_of(span.mention, "telegram")
    return user if user is not None and user.isascii() and user.isdecimal() else None


def _marks(span: Span, link: str | None) -> frozenset[_Mark]:
    # Telegram allows no other entity on code, and a link is worth more than its looks.
    leads: _Mark | None = ("text_link", link) if link else None
    user = _named(span)
    if user is not None:
        leads = ("text_mention", user)
    if span.code and leads is None:
        return frozenset({("code", None)})
    wanted = {
        "bold": span.bold,
        "italic": span.italic,
        "underline": span.underline,
        "strikethrough": span.strike,
        "spoiler": span.spoiler,
    }
    marks: set[_Mark] = {(name, None) for name, on in wanted.items() if on}
    return frozenset(marks if leads is None else marks | {leads})


def _with(mark: _Mark, runs: Iterable[_Run]) -> Iterator[_Run]:
    for run in runs:
        alone = mark[0] == "bold" and ("code", None) in run.marks
        yield run if alone else replace(run, marks=run.marks | {mark})


def _stretches(runs: Iterable[_Run]) -> Iterator[tuple[_Mark, int, int]]:
    """Yield each mark with the longest stretches that carry it, in characters."""
    opened: dict[_Mark, int] = {}
    place = 0
    for run in runs:
        if run.text:
            for mark in opened.keys() - run.marks:
                yield mark, opened.pop(mark), place
            opened |= dict.fromkeys(run.marks - opened.keys(), place)
            place += len(run.text)
    for mark, start in opened.items():
        yield mark, start, place


def _entity(text: str, mark: _Mark, start: int, end: int) -> Entity | None:
    inside = text[start:end]
    covered = inside.strip()
    if not covered:
        return None
    before = text[:start] + inside[: len(inside) - len(inside.lstrip())]
    kind, about = mark
    named = kind == "text_mention"
    return Entity(
        kind,
        utf16_length(before),
        utf16_length(covered),
        url=None if named else about,
        user=about if named else None,
    )
