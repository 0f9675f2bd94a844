"""How an event is said in words: when it is, what is to be minded, where to read more. Pure."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot.events.event import DeadlineKind, Event, Kind, Stage, Status
from bot.events.holidays import rest
from bot.events.occurrences import Occurrence, occurrences
from bot.text import catalogue
from bot.text import laender as laender_names
from bot.text.document import Document
from bot.text.links import safe_link
from bot.text.moments import Moment, format_day, format_line, format_moment, format_span, weekday

_KINDS: Final = {
    Kind.CONFERENCE: "event-kind-conference",
    Kind.WORKSHOP: "event-kind-workshop",
    Kind.TRAINING: "event-kind-training",
    Kind.MEETING: "event-kind-meeting",
    Kind.EVENT: "event-kind-event",
    Kind.DEADLINE: "event-kind-deadline",
}
_DEADLINES: Final = {
    DeadlineKind.CUT_OFF: "event-deadline-cut-off",
    DeadlineKind.DATE: "event-deadline-date",
    DeadlineKind.KEY_DATE: "event-deadline-key-date",
    DeadlineKind.ROLLING: "event-deadline-rolling",
}
_MARKS: Final = {
    Status.TENTATIVE: "event-mark-tentative",
    Status.CANCELLED: "event-mark-cancelled",
    Status.EXTENDED: "event-mark-extended",
    Status.POSTPONED: "event-mark-postponed",
}
_LONGEST_LINK = 40


def when(
    event: Event, language: str, *, start: Moment, end: Moment | None, zone: ZoneInfo
) -> Document:
    """Say when an event is, and when it was to be.

    Args:
        event: The event.
        language: The reader's.
        start: The date in question, of a series one of them.
        end: Its end.
        zone: The reader's; another one is named beside an hour.
    """
    span = format_span(start, end, language)
    if event.zone != zone.key and start.minute is not None:
        span = catalogue.text(language, "event-in-zone", when=span, zone=event.zone)
    if event.previous is not None:
        before = format_moment(event.previous, language)
        if event.status is Status.EXTENDED:
            return catalogue.document(language, "event-extended", when=span, previous=before)
        if event.status is Status.POSTPONED:
            return catalogue.document(language, "event-postponed", when=span, previous=before)
    if event.deadline is DeadlineKind.ROLLING:
        return catalogue.document(language, "event-since", when=span)
    if event.is_deadline:
        return catalogue.document(language, "event-due", when=span)
    return catalogue.document(language, "event-when", when=span)


def stages(wanted: Sequence[Stage], language: str) -> Document:
    """Say what is due before an event."""
    document = Document()
    for stage in wanted:
        due = format_moment(stage.due, language)
        document += catalogue.document(language, "event-stage", title=stage.title, due=due)
    return document


def note(event: Event, day: Moment, language: str, *, laender: tuple[str, ...]) -> Document:
    """Say that offices may be closed when something is due; the date stays as it is.

    Args:
        event: The event; only of a deadline anything is said.
        day: When it is due.
        language: The reader's.
        laender: Whose holidays matter to the reader, where the event names no Land.
    """
    if not event.is_deadline:
        return Document()
    found = rest(day.day, laender=event.laender or laender, language=language)
    if found is None:
        return Document()
    named = format_day(day.day, language)
    if not found.holiday:
        name = weekday(day.day, language)
        return catalogue.document(language, "event-weekend", day=named, weekday=name)
    names = [laender_names.name(one, language) for one in found.laender]
    where = ", ".join(names) or catalogue.text(language, "event-everywhere")
    return catalogue.document(
        language, "event-holiday", day=named, where=where, holiday=found.holiday
    )


def sources(event: Event, language: str) -> Document:
    """Name the link and the sources, each once."""
    document = Document()
    for source in addresses(event):
        name = short(source)
        document += catalogue.document(language, "answer-source", source=name, url=source)
    return document


def addresses(event: Event) -> list[str]:
    """Return the link and the sources, each once; not all of them are addresses."""
    parts = re.split(r"\s*;\s+|\s+;\s*", event.source)
    return list(dict.fromkeys(one.strip() for one in (event.link, *parts) if one.strip()))


def short(source: str) -> str:
    """Return an address as it is shown: without its beginning, and not too long."""
    if safe_link(source) is None:
        return source
    parts = urlsplit(source)
    bare = parts.netloc.removeprefix("www.") + parts.path.rstrip("/")
    return bare if len(bare) <= _LONGEST_LINK else f"{bare[: _LONGEST_LINK - 1]}…"


def mark(event: Event, language: str, *, cancelled: bool = False) -> str:
    """Return the word for what is unusual about an event, if anything is."""
    name = _MARKS.get(Status.CANCELLED if cancelled else event.status)
    return catalogue.text(language, name) if name else ""


def kind(event: Event, language: str) -> str:
    """Return the word for what sort of event it is; of a deadline how binding, if known."""
    name = _KINDS[event.kind] if event.deadline is None else _DEADLINES[event.deadline]
    return catalogue.text(language, name)


def dates(event: Event, language: str, *, after: datetime, limit: int) -> list[str]:
    """Return the dates of a series that are not over, with what is not as the rule says."""
    return [date(one, language) for one in occurrences(event, after=after, limit=limit)]


def date(one: Occurrence, language: str) -> str:
    """Return one date of a series, with what is not as the rule says."""
    line = format_line(one.start, one.end, language)
    if one.cancelled:
        return catalogue.text(language, "event-date-cancelled", date=line)
    if one.moved and one.original is not None:
        before = format_line(one.original, None, language)
        return catalogue.text(language, "event-date-moved", date=line, previous=before)
    return line
