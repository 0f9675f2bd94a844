"""How reminders and changes of an event are told."""

from bot.events.changes import Change, ChangeKind
from bot.events.dues import Due
from bot.events.event import DeadlineKind, Event, Status
from bot.events.words import note, sources, stages, when
from bot.services.notices import Reader
from bot.services.reminders import Reminder
from bot.text import catalogue
from bot.text.document import Button, Document, Paragraph, Span
from bot.text.moments import Moment, format_moment, format_span


def reminder(wanted: Reminder, reader: Reader) -> Document:
    """Word a reminder for who reads it."""
    due, language = wanted.due, reader.preferences.language
    document = _bold(_left(wanted, language), _title(due, language))
    if wanted.late:
        document += catalogue.document(language, "reminder-late")
    document += _date(due, reader)
    if due.stage is None:
        ahead = [one for one in due.event.stages if one.due.ends(due.event.tz) > reader.arrives]
        document += stages(ahead, language)
    document += _about(due.event, due.moment, reader, number=wanted.number)
    return document.with_buttons(
        [_calendar_button(wanted.number, language)],
        [_button(language, "reminder-mute", f"event-mute:{wanted.number}")],
    )


def _left(wanted: Reminder, language: str) -> str:
    """Say how much time is left, as the beginning of a title."""
    if wanted.due.is_deadline:
        names = ("deadline-today", "deadline-tomorrow")
        if wanted.days <= 1:
            return catalogue.text(language, names[max(wanted.days, 0)])
        return catalogue.text(language, "deadline-in-days", count=wanted.days)
    names = ("event-today", "event-tomorrow")
    if wanted.days <= 1:
        return catalogue.text(language, names[max(wanted.days, 0)])
    return catalogue.text(language, "event-in-days", count=wanted.days)


def _title(due: Due, language: str) -> str:
    if due.stage is None:
        return _marked(due.event, due.event.title, language)
    return catalogue.text(language, "reminder-stage", stage=due.stage.title, title=due.event.title)


def _marked(event: Event, title: str, language: str) -> str:
    if event.status is not Status.TENTATIVE:
        return title
    return f"{title} ({catalogue.text(language, 'event-mark-tentative')})"


def _date(due: Due, reader: Reader) -> Document:
    language, zone = reader.preferences.language, reader.preferences.zone
    if due.stage is not None or due.event.deadline is DeadlineKind.ROLLING:
        return catalogue.document(language, "event-due", when=format_moment(due.moment, language))
    end = due.occurrence.end
    return when(due.event, language, start=due.moment, end=end, zone=zone)


def _about(event: Event, day: Moment, reader: Reader, *, number: int) -> Document:
    """Say where, what is to be minded, and where to read more."""
    language = reader.preferences.language
    document = note(event, day, language, laender=reader.preferences.holiday_laender)
    if event.place:
        document += Document.of(catalogue.text(language, "event-fact-place", value=event.place))
    document += sources(event, language)
    return document + catalogue.document(language, "event-number", number=number)


_CHANGES = {
    ChangeKind.NEW: "change-new",
    ChangeKind.CANCELLED: "change-cancelled",
    ChangeKind.EXTENDED: "change-extended",
    ChangeKind.MOVED: "change-moved",
    ChangeKind.DATE_CANCELLED: "change-cancelled",
    ChangeKind.DATE_MOVED: "change-moved",
}


def change(wanted: Change, number: int, reader: Reader) -> Document:
    """Word what happened to an event for who reads it."""
    event, language = wanted.event, reader.preferences.language
    name = _CHANGES[wanted.kind]
    if wanted.kind is ChangeKind.NEW and event.is_deadline:
        name = "change-new-deadline"
    document = _bold(catalogue.text(language, name), _marked(event, event.title, language))
    document += _changed_date(wanted, reader)
    if wanted.kind in {ChangeKind.CANCELLED, ChangeKind.DATE_CANCELLED}:
        document += sources(event, language)
        return document + catalogue.document(language, "event-number", number=number)
    if wanted.kind is ChangeKind.NEW:
        document += stages(event.stages, language)
        document += Document.of(event.text) if event.text else Document()
    document += _about(event, wanted.after, reader, number=number)
    return document.with_buttons([_calendar_button(number, language)])


def _changed_date(wanted: Change, reader: Reader) -> Document:
    event, language = wanted.event, reader.preferences.language
    match wanted.kind:
        case ChangeKind.CANCELLED | ChangeKind.DATE_CANCELLED:
            was = format_span(wanted.before, wanted.end, language)
            return catalogue.document(language, "change-was", when=was)
        case ChangeKind.NEW:
            start = wanted.after
            return when(event, language, start=start, end=wanted.end, zone=reader.preferences.zone)
        case _:
            return catalogue.document(
                language,
                "change-now",
                when=_in_zone(event, format_span(wanted.after, wanted.end, language), reader),
                previous=format_moment(wanted.before, language),
            )


def _in_zone(event: Event, span: str, reader: Reader) -> str:
    zone = reader.preferences.zone
    if event.zone == zone.key or event.start.minute is None:
        return span
    return catalogue.text(reader.preferences.language, "event-in-zone", when=span, zone=event.zone)


def _bold(left: str, title: str) -> Document:
    return Document.of(Paragraph(spans=(Span(text=f"{left} {title}", bold=True),)))


def _calendar_button(number: int, language: str) -> Button:
    return _button(language, "event-ics", f"event-ics:{number}")


def _button(language: str, name: str, value: str) -> Button:
    return Button(label=catalogue.text(language, name), value=value)
