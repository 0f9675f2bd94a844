"""How statistics read: as a message, and as the words beside a picture of them."""

from collections.abc import Iterator, Mapping

from babel import numbers

from bot.services.entry_words import short
from bot.services.statistics import WEEKS, Fate, Missed, Statistics, Week
from bot.text import catalogue
from bot.text.dates import format_day, format_short_date
from bot.text.document import Document, Listing, Span

FATES = {
    Fate.ANSWERED: "statistics-answered",
    Fate.OFFERED: "statistics-offered",
    Fate.OPEN: "statistics-open",
    Fate.CLOSED: "statistics-closed",
}
"""The catalogue's names of what became of a question."""

_LONGEST = 120


def message(found: Statistics, language: str) -> Document:
    """Tell everything in words."""
    document = summary(found, language)
    if found.total:
        document += catalogue.document(language, "statistics-weeks")
        document += _listing(_week(week, language) for week in found.weeks)
    if found.entries:
        document += catalogue.document(language, "statistics-entries")
        document += _listing(_entry(name, count, language) for name, count in found.entries)
    if found.missed:
        document += catalogue.document(language, "statistics-missed")
        document += _listing(_missed(one, language) for one in found.missed)
    return document


def summary(found: Statistics, language: str) -> Document:
    """Tell the sums alone."""
    if not found.total:
        return catalogue.document(language, "statistics-none", weeks=WEEKS)
    document = catalogue.document(language, "statistics-title", weeks=WEEKS)
    lines = [period(found, language), *_sums(found, language)]
    return document + Document.of("\n".join(lines))


def period(found: Statistics, language: str) -> str:
    """Return from when to when is counted, and how many questions that are."""
    return catalogue.text(
        language,
        "statistics-period",
        count=found.total,
        begin=format_short_date(found.weeks[0].begins, language),
        end=format_short_date(found.until, language),
    )


def _sums(found: Statistics, language: str) -> Iterator[str]:
    counts = found.counts
    for fate, name in FATES.items():
        if counts[fate]:
            share = _percent(counts[fate], found.total, language)
            text = f"{catalogue.text(language, name)}: {counts[fate]} ({share})"
            yield text + (_by_editor(found, language) if fate is Fate.ANSWERED else "")
    if found.rated:
        share = _percent(found.helped, found.rated, language)
        yield catalogue.text(language, "statistics-rated", count=found.rated, percent=share)
    else:
        yield catalogue.text(language, "statistics-not-rated")


def _by_editor(found: Statistics, language: str) -> str:
    if not found.by_editor:
        return ""
    return ", " + catalogue.text(language, "statistics-by-editor", count=found.by_editor)


def _percent(part: int, whole: int, language: str) -> str:
    return str(numbers.format_percent(part / whole, locale=language))


def _week(week: Week, language: str) -> str:
    day = format_day(week.begins, language)
    line = catalogue.text(language, "statistics-week", day=day, count=week.total)
    parts = ", ".join(_parts(week.counts, language))
    return f"{line} ({parts})" if parts else line


def _parts(counts: Mapping[Fate, int], language: str) -> Iterator[str]:
    for fate, name in FATES.items():
        if counts[fate]:
            yield f"{counts[fate]} {catalogue.text(language, name)}"


def _entry(name: str, count: int, language: str) -> str:
    text = short(_line(name), _LONGEST)
    return catalogue.text(language, "statistics-entry", text=text, count=count)


def _missed(one: Missed, language: str) -> str:
    return catalogue.text(
        language,
        "statistics-missed-line",
        text=short(_line(one.text), _LONGEST),
        count=one.people,
        number=one.number,
    )


def _line(text: str) -> str:
    return " ".join(text.split())


def _listing(lines: Iterator[str]) -> Document:
    return Document.of(Listing(items=tuple((Span(text=line),) for line in lines)))
