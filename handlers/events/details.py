"""One event in full."""

import re
from urllib.parse import urlsplit

from bot.dispatch.context import Context
from bot.events import laender
from bot.events.event import DeadlineKind, Event, Kind, Status
from bot.events.holidays import rest
from bot.events.occurrences import following, occurrences
from bot.text.document import Button, Document, Paragraph, Span
from bot.text.links import safe_link
from bot.text.moments import (
    format_day,
    format_line,
    format_moment,
    format_span,
    weekday,
)

_MOST_DATES = 5
_LONGEST_LINK = 40
_KINDS = {
    Kind.CONFERENCE: "event-kind-conference",
    Kind.WORKSHOP: "event-kind-workshop",
    Kind.TRAINING: "event-kind-training",
    Kind.MEETING: "event-kind-meeting",
    Kind.EVENT: "event-kind-event",
    Kind.DEADLINE: "event-kind-deadline",
}
_DEADLINES = {
    DeadlineKind.CUT_OFF: "event-deadline-cut-off",
    DeadlineKind.DATE: "event-deadline-date",
    DeadlineKind.KEY_DATE: "event-deadline-key-date",
    DeadlineKind.ROLLING: "event-deadline-rolling",
}
_MARKS = {
    Status.TENTATIVE: "event-mark-tentative",
    Status.CANCELLED: "event-mark-cancelled",
    Status.EXTENDED: "event-mark-extended",
    Status.POSTPONED: "event-mark-postponed",
}


def mark(event: Event, context: Context, *, cancelled: bool = False) -> str:
    """Return the word for what is unusual about an event, if anything is."""
    name = _MARKS.get(Status.CANCELLED if cancelled else event.status)
    return context.text(name) if name else ""


def zone_name(event: Event, context: Context) -> str:
    """Return the zone's name, if an hour is shown that is not by the hub's clocks."""
    other = event.zone != context.settings.hub.timezone
    return event.zone if other and event.start.minute is not None else ""


def details(number: int | None, event: Event, context: Context) -> Document:
    """Return everything about an event; a draft has no *number* yet."""
    title = [Span(text=event.title, bold=True)]
    if word := mark(event, context):
        title.append(Span(text=f" · {word}", bold=True))
    document = Document.of(Paragraph(spans=tuple(title))) + _when(event, context)
    for stage in event.stages:
        due = format_moment(stage.due, context.language)
        document += context.say("event-stage", title=stage.title, due=due)
    document += _note(event, context)
    if event.series is not None:
        document += _dates(event, context)
    if event.text:
        document += Document.of(event.text)
    document += _facts(event, context)
    for source in _addresses(event):
        document += context.say("answer-source", source=_short(source), url=source)
    return document if number is None else document + context.say("event-number", number=number)


def calendar_button(number: int, context: Context) -> Button:
    """Return the button that sends an event for one's own calendar."""
    return context.button("event-ics", f"event-ics:{number}")


def _when(event: Event, context: Context) -> Document:
    soonest = following(event, now=context.now) if event.series else None
    start, end = (soonest.start, soonest.end) if soonest else (event.start, event.end)
    when = format_span(start, end, context.language)
    if zone := zone_name(event, context):
        when = context.text("event-in-zone", when=when, zone=zone)
    if event.previous is not None:
        before = format_moment(event.previous, context.language)
        if event.status is Status.EXTENDED:
            return context.say("event-extended", when=when, previous=before)
        if event.status is Status.POSTPONED:
            return context.say("event-postponed", when=when, previous=before)
    if event.deadline is DeadlineKind.ROLLING:
        return context.say("event-since", when=when)
    if event.is_deadline:
        return context.say("event-due", when=when)
    return context.say("event-when", when=when)


def _note(event: Event, context: Context) -> Document:
    """Say that offices may be closed when something is due; the date stays as it is."""
    if not event.is_deadline:
        return Document()
    land = context.settings.hub.land
    wanted = event.laender or ((land,) if land else ())
    language = context.language
    found = rest(event.start.day, laender=wanted, language=language)
    if found is None:
        return Document()
    day = format_day(event.start.day, language)
    if not found.holiday:
        return context.say("event-weekend", day=day, weekday=weekday(event.start.day, language))
    names = [laender.name(one, language) for one in found.laender]
    where = ", ".join(names) or context.text("event-everywhere")
    return context.say("event-holiday", day=day, where=where, holiday=found.holiday)


def _dates(event: Event, context: Context) -> Document:
    dates = []
    for one in occurrences(event, after=context.now, limit=_MOST_DATES):
        line = format_line(one.start, one.end, context.language)
        if one.cancelled:
            line = context.text("event-date-cancelled", date=line)
        elif one.moved and one.original is not None:
            before = format_line(one.original, None, context.language)
            line = context.text("event-date-moved", date=line, previous=before)
        dates.append(line)
    if not dates:
        return context.say("event-series-over")
    return context.say("event-dates", dates="; ".join(dates))


def _facts(event: Event, context: Context) -> Document:
    language = context.language
    kind = context.text(_KINDS[event.kind])
    if event.deadline is not None:
        kind = context.text(_DEADLINES[event.deadline])
    lines = [context.text("event-fact-kind", value=kind)]
    if event.place:
        lines.append(context.text("event-fact-place", value=event.place))
    if event.laender:
        names = ", ".join(laender.name(one, language) for one in event.laender)
        lines.append(context.text("event-fact-land", value=names))
    if event.staffeln:
        years = ", ".join(map(str, event.staffeln))
        lines.append(context.text("event-fact-staffel", value=years))
    if event.topic:
        lines.append(context.text("event-fact-topic", value=event.topic))
    return Document.of("\n".join(lines))


def _addresses(event: Event) -> list[str]:
    """Return the link and the sources, each once."""
    sources = re.split(r"\s*;\s+|\s+;\s*", event.source)
    return list(dict.fromkeys(one.strip() for one in (event.link, *sources) if one.strip()))


def _short(source: str) -> str:
    if safe_link(source) is None:
        return source
    parts = urlsplit(source)
    bare = parts.netloc.removeprefix("www.") + parts.path.rstrip("/")
    return bare if len(bare) <= _LONGEST_LINK else f"{bare[: _LONGEST_LINK - 1]}…"
