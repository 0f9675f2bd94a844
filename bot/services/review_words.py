"""How people are asked to review entries."""

from bot.services import entry_words
from bot.services.reviews import Wanted
from bot.text import catalogue
from bot.text.document import Button, Document, Listing, Span

_MOST_NAMED = 10


def request(wanted: Wanted, language: str) -> Document:
    """Return the message; each entry has a button for those who may review it in chat."""
    named = wanted.entries[:_MOST_NAMED]
    document = catalogue.document(language, "review-due", count=len(wanted.entries))
    if not wanted.editing:
        lines = tuple((Span(text=entry.questions[0]),) for entry in named)
        document += Document.of(Listing(items=lines))
    if len(wanted.entries) > len(named):
        more = len(wanted.entries) - len(named)
        document += catalogue.document(language, "review-more", count=more)
    if not wanted.editing:
        return document + catalogue.document(language, "review-tell-editors")
    rows = [
        [
            Button(
                label=entry_words.label(entry.questions[0]),
                value=f"entry:show:{entry_words.reference(entry.id)}",
            )
        ]
        for entry in named
    ]
    return document.with_buttons(*rows)
