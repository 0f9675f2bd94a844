"""Documents as the HTML subset that Matrix clients show.

Source: https://spec.matrix.org/latest/client-server-api/#mroommessage-msgtypes
"""

import re
from collections.abc import Iterable
from html import escape
from urllib.parse import quote

from bot.text.document import Block, CodeBlock, Document, Heading, Listing, Quote, Span
from bot.text.links import by_link
from bot.text.plain import button_rows, has_words
from bot.text.spans import user_of

PERSON = "https://matrix.to/#/"
"""What stands before the id of somebody who is mentioned."""
USER_SIGNS = "@:!$&'()*+,;="

_LEADING_SPACES = re.compile(r"(?<=\n) +")


def to_html(document: Document, *, numbered: bool = False) -> str:
    """Render *document* for ``org.matrix.custom.html``.

    All text is escaped; only ``http``, ``https`` and ``mailto`` addresses are linked. Blocks
    without text are left out.

    Args:
        document: What to say.
        numbered: Whether the buttons follow as a last paragraph, one row a line.
    """
    blocks = [_block(block) for block in filter(has_words, document.blocks)]
    if numbered and document.buttons:
        rows = (escape(row).replace("   ", " &nbsp; ") for row in button_rows(document))
        blocks.append(f"<p>{'<br>'.join(rows)}</p>")
    return "".join(blocks)


def _block(block: Block) -> str:
    match block:
        case Heading():
            return f"<h4>{_inline(block.spans)}</h4>"
        case Listing():
            return _listing(block)
        case Quote():
            return f"<blockquote>{_inline(block.spans)}</blockquote>"
        case CodeBlock():
            return f"<pre><code>{escape(block.text)}</code></pre>"
        case _:
            return f"<p>{_inline(block.spans)}</p>"


def _listing(listing: Listing) -> str:
    items = "".join(f"<li>{_inline(item)}</li>" for item in listing.items)
    if listing.start is None:
        return f"<ul>{items}</ul>"
    start = "" if listing.start == 1 else f' start="{listing.start}"'
    return f"<ol{start}>{items}</ol>"


def _inline(spans: Iterable[Span]) -> str:
    written = ""
    for link, group in by_link(map(_pointed, spans)):
        words = "".join(_marked(span) for span in group)
        if link:
            words = words if any(span.text.strip() for span in group) else escape(link)
            words = f'<a href="{escape(link)}">{words}</a>'
        written += words
    return written


def _pointed(span: Span) -> Span:
    """Return *span* with a link to whom it names, as clients make it of a mention.

    Source: https://spec.matrix.org/latest/client-server-api/#user-and-room-mentions
    """
    user = user_of(span.mention, "matrix")
    if user is None:
        return span
    return span.model_copy(update={"link": f"{PERSON}{quote(user, safe=USER_SIGNS)}"})


def _marked(span: Span) -> str:
    html = _LEADING_SPACES.sub(lambda found: "\xa0" * len(found[0]), escape(span.text))
    html = html.replace("\n", "<br>")
    for wanted, tag in (
        (span.code, "code"),
        (span.strike, "del"),
        (span.underline, "u"),
        (span.italic, "em"),
        (span.bold, "strong"),
    ):
        if wanted and html:
            html = f"<{tag}>{html}</{tag}>"
    return f"<span data-mx-spoiler>{html}</span>" if span.spoiler and html else html
