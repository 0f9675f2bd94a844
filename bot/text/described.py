"""What has no text of its own, as a text that says the same."""

from collections.abc import Iterable

from bot.text.document import Block, Document, Heading, Listing, Paragraph, Span
from bot.text.links import safe_link
from bot.text.spans import sound

_MAP = "https://www.openstreetmap.org/?mlat={0}&mlon={1}#map=17/{0}/{1}"


def place(latitude: float, longitude: float, words: str = "") -> Document:
    """Describe a place by a link to a map, under its name or its coordinates."""
    name = sound(words).strip() or f"{latitude}, {longitude}"
    span = Span(text=name, link=_MAP.format(latitude, longitude))
    return Document(blocks=(Paragraph(spans=(span,)),))


def poll(question: str, options: Iterable[str], link: str | None) -> Document:
    """Describe a poll by its question, its options, and where one can vote."""
    asked = Heading(spans=(Span(text=sound(question)),))
    listed = Listing(items=tuple((Span(text=sound(option)),) for option in options))
    there = safe_link(link)
    linked: tuple[Block, ...] = ()
    if there is not None:
        linked = (Paragraph(spans=(Span(text=there, link=there),)),)
    return Document(blocks=(asked, listed, *linked))


def contact(name: str, number: str) -> Document:
    """Describe a contact by its name and its telephone number."""
    return Document.of(f"{sound(name)}\n{sound(number)}".strip())
