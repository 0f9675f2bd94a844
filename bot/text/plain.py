"""Documents as plain text, for terminals and for the fallback body of Matrix messages."""

from collections.abc import Iterable

from bot.text.document import Block, CodeBlock, Document, Heading, Listing, Quote, Span
from bot.text.links import by_link, written_out


def to_plain(document: Document, *, numbered: bool = False) -> str:
    """Render *document* as plain text, without markup.

    Blocks are parted by a blank line; only a heading stands directly above what follows. List
    items start with ``- `` or their number, quoted lines with ``> ``, and links read
    ``text (address)``. Blocks without text are left out.

    Args:
        document: What to say.
        numbered: Whether the buttons follow after a blank line, one row a line, as
            ``[1] Hat geholfen   [2] Hat nicht geholfen``.
    """
    text = ""
    gap = ""
    for block in filter(has_words, document.blocks):
        text += gap + _block(block)
        gap = gap_after(block)
    if numbered and document.buttons:
        text += ("\n\n" if text else "") + "\n".join(button_rows(document))
    return text


def has_words(block: Block) -> bool:
    """Tell whether *block* shows anything besides list numbers and quote marks."""
    match block:
        case Listing():
            return any(_inline(item).strip() for item in block.items)
        case CodeBlock():
            return bool(block.text.strip())
        case _:
            return bool(_inline(block.spans).strip())


def _block(block: Block) -> str:
    match block:
        case Listing():
            return "\n".join(
                marker + indent(_inline(item), marker)
                for marker, item in zip(markers(block, "- "), block.items, strict=True)
            )
        case Quote():
            return "\n".join(f"> {line}".rstrip() for line in _inline(block.spans).split("\n"))
        case CodeBlock():
            return block.text.rstrip()
        case _:
            return _inline(block.spans)


def gap_after(block: Block) -> str:
    """Return what parts *block* from the next one: a heading stands directly above it."""
    return "\n" if isinstance(block, Heading) else "\n\n"


def markers(listing: Listing, bullet: str) -> list[str]:
    """Return what stands before each item: *bullet*, or ``1. `` and so on."""
    if listing.start is None:
        return [bullet] * len(listing.items)
    return [f"{listing.start + place}. " for place in range(len(listing.items))]


def indent(text: str, marker: str) -> str:
    """Put the second and later lines of an item's *text* under its first one."""
    return text.replace("\n", "\n" + " " * len(marker))


def button_rows(document: Document) -> list[str]:
    """Write the buttons, one string a row, each button with its number."""
    rows = []
    number = 0
    for row in document.buttons:
        shown = [f"[{number + place}] {button.label}" for place, button in enumerate(row, 1)]
        number += len(row)
        rows.append("   ".join(shown))
    return [row for row in rows if row]


def _inline(spans: Iterable[Span]) -> str:
    text = ""
    for link, group in by_link(spans):
        words = "".join(span.text for span in group)
        text += written_out(words, link) if link else words
    return text
