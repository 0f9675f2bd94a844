"""One event in full."""

from collections.abc import Sequence

from bot.dispatch.context import Context
from bot.events import words
from bot.events.dues import dues
from bot.events.event import Event
from bot.events.occurrences import following
from bot.services import events
from bot.services.events import Entry
from bot.services.members import Role
from bot.text import laender
from bot.text.document import Button, Document, Paragraph, Span

_MOST_DATES = 5


def mark(event: Event, context: Context, *, cancelled: bool = False) -> str:
    """Return the word for what is unusual about an event, if anything is."""
    return words.mark(event, context.language, cancelled=cancelled)


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
    document += words.stages(event.stages, context.language)
    land = context.settings.hub.land
    document += words.note(event, event.start, context.language, laender=(land,) if land else ())
    if event.series is not None:
        document += _dates(event, context)
    if event.text:
        document += Document.of(event.text)
    document += _facts(event, context) + words.sources(event, context.language)
    return document if number is None else document + context.say("event-number", number=number)


async def looked_at(
    entry: Entry, context: Context, *buttons: Button, editing: Sequence[Button] = ()
) -> Document:
    """Return everything about an event, with what can be done about it here."""
    document = details(entry.number, entry.event, context)
    own = [context.button("event-ics", f"event-ics:{entry.number}")]
    if dues(entry.event, now=context.now) and context.member.may(Role.MODERATOR):
        wished = await events.is_wished(context.session, chat=context.chat, number=entry.number)
        name = "event-mute" if wished else "event-watch"
        own.append(context.button(name, f"{name}:{entry.number}"))
    return document.with_buttons(*(row for row in ([*buttons], own, editing) if row))


def _when(event: Event, context: Context) -> Document:
    soonest = following(event, now=context.now) if event.series else None
    start, end = (soonest.start, soonest.end) if soonest else (event.start, event.end)
    zone = context.settings.hub.zone
    return words.when(event, context.language, start=start, end=end, zone=zone)


def _dates(event: Event, context: Context) -> Document:
    dates = words.dates(event, context.language, after=context.now, limit=_MOST_DATES)
    if not dates:
        return context.say("event-series-over")
    return context.say("event-dates", dates="; ".join(dates))


def _facts(event: Event, context: Context) -> Document:
    language = context.language
    lines = [context.text("event-fact-kind", value=words.kind(event, language))]
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
