"""How an entry is given as an answer."""

import re
from collections.abc import Iterable
from hashlib import sha256
from urllib.parse import urlsplit

from bot.knowledge.entry import Entry
from bot.text import catalogue, markdown
from bot.text.dates import format_short_date
from bot.text.document import Document, Paragraph, Span
from bot.text.links import safe_link

_LONGEST_LINK = 40
_LONGEST_LABEL = 60
_REFERENCE = 12
"""Characters of what stands for an entry in a button, which holds no long names."""


def answer(entry: Entry, language: str) -> Document:
    """Return the entry's title, its answer, and where that comes from.

    Args:
        entry: The entry.
        language: Of who reads it; the entry stays in its own.
    """
    title = Paragraph(spans=(Span(text=entry.questions[0], bold=True),))
    document = Document.of(title) + markdown.parse(entry.answer)
    if entry.language != language:
        spoken = _language(entry, language)
        document += catalogue.document(language, "answer-other-language", language=spoken)
    if entry.valid_for:
        scope = ", ".join(entry.valid_for)
        document += catalogue.document(language, "answer-valid-for", scope=scope)
    for line in _origin(entry, language):
        document += line
    return document


def _language(entry: Entry, language: str) -> str:
    known = entry.language in catalogue.LANGUAGES
    return catalogue.text(language, f"in-language-{entry.language}") if known else entry.language


def _origin(entry: Entry, language: str) -> list[Document]:
    """Return a line for each source; the last one has the review date."""
    date = format_short_date(entry.reviewed, language) if entry.reviewed else None
    sources = [part for part in re.split(r"\s*;\s+|\s+;\s*", entry.source or "") if part.strip()]
    if not sources:
        return [catalogue.document(language, "answer-reviewed", date=date)] if date else []
    *others, last = sources
    return [_source(other, None, language) for other in others] + [_source(last, date, language)]


def _source(source: str, date: str | None, language: str) -> Document:
    """Name a source; a web address becomes a link with a short text."""
    address, space, remark = source.partition(" ")
    shown, url = source, safe_link(address) or ""
    if url:
        parts = urlsplit(url)
        bare = parts.netloc.removeprefix("www.") + parts.path.rstrip("/")
        shown = short(bare, _LONGEST_LINK) + space + remark
    if date is None:
        return catalogue.document(language, "answer-source", source=shown, url=url)
    return catalogue.document(language, "answer-source-reviewed", source=shown, url=url, date=date)


def short(text: str, longest: int) -> str:
    """Return the beginning of *text* in at most so many characters."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def label(title: str) -> str:
    """Return an entry's title as it fits on a button."""
    return short(title, _LONGEST_LABEL)


def reference(name: str) -> str:
    """Return what stands for the entry of an id in a button."""
    return sha256(name.encode()).hexdigest()[:_REFERENCE]


def referred(value: str, names: Iterable[str]) -> str | None:
    """Return which of the ids a button means, if it is still among them."""
    return next((name for name in names if reference(name) == value), None)
