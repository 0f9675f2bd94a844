"""Which addresses may be linked, and how a link is written where text has no links."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from urllib.parse import unquote, urlsplit

from bot.text.document import Span

_BREAKS_A_LINK = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]")
_DECORATION = re.compile(r"^(?:https?://)?(?:www\.)?", re.IGNORECASE)


def safe_link(url: str | None) -> str | None:
    """Return *url* if a chat may link it: an absolute ``http``, ``https`` or ``mailto`` address.

    Everything else, and anything with spaces or control characters in it, gives ``None``.
    """
    if not url or _BREAKS_A_LINK.search(url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:  # brackets that hold no IPv6 address
        return None
    if parts.scheme in {"http", "https"}:
        return url if parts.netloc else None
    return url if parts.scheme == "mailto" and parts.path else None


def by_link(spans: Iterable[Span]) -> Iterator[tuple[str | None, list[Span]]]:
    """Group neighbouring *spans* that lead to the same address; unsafe addresses lead nowhere."""
    for link, group in groupby(spans, key=lambda span: safe_link(span.link)):
        yield link, list(group)


def written_out(text: str, url: str) -> str:
    """Write a link as ``text (url)``, or as the bare address where *text* says no more than it.

    A shortened form says no more: ``kfw.de/…`` for ``https://www.kfw.de/foerderung``. Of a
    ``mailto:`` link the address alone is written.
    """
    shown = unquote(url[7:].partition("?")[0]) if url[:7].lower() == "mailto:" else url
    if not text.strip() or _says_no_more(text.strip(), shown):
        return shown
    return f"{text} ({shown})"


def _says_no_more(text: str, url: str) -> bool:
    if text == url:
        return True
    bare, short = (_DECORATION.sub("", value).rstrip("/") for value in (url, text))
    start = re.sub(r"(?:…|\.\.\.)$", "", short).rstrip("/")
    host = re.split(r"[/?#]", bare, maxsplit=1)[0]
    return start.startswith(host) and bare.startswith(start)
