"""How editors read what their sources bring, and what can be done about it."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from bot.feeds.item import Kind
from bot.services.entry_words import short
from bot.services.source_views import SHOWN, Preview, View, What
from bot.storage.source_models import BatchReason, BatchState, Source, SourceMode
from bot.text import catalogue
from bot.text.dates import format_datetime, format_short_date
from bot.text.document import Button, Document
from bot.text.moments import format_line, format_moment

_LONGEST_TITLE = 150
_LONGEST_WORDS = 120
_REASONS = {
    BatchReason.FIRST: "source-held-first",
    BatchReason.MASS: "source-held-mass",
    BatchReason.APPROVE: "source-held-approve",
    BatchReason.UNSURE: "source-held-unsure",
}
_ENDS = {
    BatchState.PUBLISHED: "source-was-published",
    BatchState.CALENDAR: "source-was-calendar",
    BatchState.DROPPED: "source-was-dropped",
}
_COUNTS = {
    What.NEW: "source-count-new",
    What.CHANGED: "source-count-changed",
    What.MOVED: "source-count-moved",
    What.CANCELLED: "source-count-cancelled",
}
_MARKS = {
    What.CHANGED: "source-mark-changed",
    What.MOVED: "source-mark-moved",
    What.CANCELLED: "source-mark-cancelled",
}
_PROBLEMS = {
    "temporary": "source-problem-temporary",
    "timeout": "source-problem-timeout",
    "gone": "source-problem-gone",
    "denied": "source-problem-denied",
    "refused": "source-problem-refused",
    "redirects": "source-problem-redirects",
    "insecure": "source-problem-insecure",
    "too_large": "source-problem-too-large",
    "broken": "source-problem-broken",
    "unreadable": "source-problem-unreadable",
    "not_a_feed": "source-problem-no-feed",
    "empty": "source-problem-empty",
    "folder": "source-problem-folder",
}


# Batches


def batch(view: View, language: str) -> Document:
    """Word the message that shows a batch to editors, with what they can do about it."""
    if view.state is not BatchState.OPEN:
        return _decided(view, language)
    document = catalogue.document(
        language, _REASONS[view.why], name=view.name, number=view.source, count=view.total
    )
    counted = [catalogue.text(language, _COUNTS[what], count=number)
               for what, number in view.counts.items()]  # fmt: skip
    document += Document.of(" · ".join(counted)) if counted else Document()
    for one in view.items:
        document += Document.of(line(one, language))
    if view.total > SHOWN:
        document += catalogue.document(language, "source-more", count=view.total - SHOWN)
    if view.unsure and view.why is not BatchReason.UNSURE:
        document += catalogue.document(language, "source-unsure", count=view.unsure)
    if view.mode is not SourceMode.CALENDAR:
        document += catalogue.document(language, "source-reach", count=view.chats)
    return document.with_buttons(*_rows(view, language))


def _decided(view: View, language: str) -> Document:
    name = _ENDS.get(view.state)
    if name is None:
        return catalogue.document(
            language, "source-was-closed", name=view.name, number=view.source
        )
    return catalogue.document(
        language, name, name=view.name, number=view.source, who=view.who or "?"
    )


def elsewhere(view: View, language: str) -> Document:
    """Word what is left of a batch's message where no editor reads it any more."""
    return catalogue.document(language, "source-with-editors", name=view.name, number=view.source)


def _rows(view: View, language: str) -> Iterator[list[Button]]:
    if view.why is BatchReason.UNSURE and view.total == 1 == len(view.items):
        yield _unsure_buttons(view.items[0], language)
        yield [_button("source-drop", f"{view.number}:{view.version}", language)]
        return
    end = f"{view.number}:{view.version}"
    first = [] if view.mode is SourceMode.CALENDAR else [_button("source-publish", end, language)]
    yield [*first, _button("source-calendar", end, language)]
    yield [
        _button("source-drop", end, language), _button("source-show", f"{view.number}", language),
    ]  # fmt: skip


# Items


def line(one: Preview, language: str) -> str:
    """Return an item in one line: when, what, and what is different."""
    title = short(one.title, _LONGEST_TITLE)
    parts = [f"{_when(one, language)}: {title}" if _when(one, language) else title]
    if one.what is What.MOVED and one.before is not None:
        before = format_line(one.before, None, language)
        parts.append(catalogue.text(language, "source-mark-moved-from", previous=before))
    elif one.what in _MARKS:
        parts.append(catalogue.text(language, _MARKS[one.what]))
    if not one.sure:
        words = short(one.words, _LONGEST_WORDS)
        parts.append(catalogue.text(language, "source-mark-unsure", words=words))
    return " · ".join(parts)


def _when(one: Preview, language: str) -> str:
    if one.start is not None:
        span = format_line(one.start, one.end, language)
        if one.kind is Kind.DEADLINE:
            return catalogue.text(language, "source-until", when=span)
        return span
    return format_short_date(one.published.date(), language) if one.published else ""


def item(one: Preview, language: str) -> Document:
    """Word one item that waits, with what can be done about it by itself."""
    document = Document.of(line(one, language))
    if one.url:
        document += catalogue.document(language, "answer-source", source=one.url, url=one.url)
    end = f"{one.number}:{one.mark}"
    first = (
        _unsure_buttons(one, language)
        if not one.sure
        else [_button("source-item-publish", end, language)]
    )
    return document.with_buttons(
        first,
        [
            _button("source-item-calendar", end, language),
            _button("source-item-drop", end, language),
        ],
    )


def unsure(one: Preview, language: str) -> Document:
    """Ask whether a due date was read rightly, with the words in which it stands."""
    due = format_moment(one.start, language) if one.start is not None else "?"
    title = short(one.title, _LONGEST_TITLE)
    words = short(one.words, _LONGEST_WORDS)
    document = catalogue.document(language, "source-ask-due", title=title, due=due, words=words)
    return document.with_buttons(_unsure_buttons(one, language))


def _unsure_buttons(one: Preview, language: str) -> list[Button]:
    end = f"{one.number}:{one.mark}"
    return [_button("source-confirm", end, language), _button("source-correct", end, language)]


def _button(name: str, end: str, language: str) -> Button:
    return Button(label=catalogue.text(language, name), value=f"{name}:{end}")


# Failures


def problem(row: Source, language: str) -> str:
    """Return why a source can't be read; empty if it can."""
    name = _PROBLEMS.get(row.problem)
    return catalogue.text(language, name) if name else row.problem


def stale(row: Source, language: str, *, zone: ZoneInfo) -> Document:
    """Say that a source can't be read any more, since when and why."""
    since = row.ok_at or row.created_at
    return catalogue.document(
        language,
        "source-stale",
        name=row.name,
        number=row.id,
        when=format_datetime(since, language, zone),
        problem=problem(row, language),
    )


def works(row: Source, language: str) -> Document:
    """Say that a source can be read again."""
    return catalogue.document(language, "source-works", name=row.name, number=row.id)
