"""Events as editors write them in one line: fields between semicolons."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from zoneinfo import available_timezones

from bot.errors import UserError
from bot.events import fields
from bot.events.event import LONGEST_TITLE, Deviation, Event, Series, Status
from bot.events.fields import DEADLINES, KINDS, FieldError
from bot.events.occurrences import deviation
from bot.text import datetimes, laender
from bot.text.datetimes import Written
from bot.text.links import safe_link
from bot.text.moments import DAY_MINUTES, Moment

_LABEL = re.compile(r"(\w+)\s*:\s+(.+)", re.DOTALL)
_STAFFEL = re.compile(r"(?:staffel\s+)(20\d\d(?:\s*(?:,|und|and)\s*20\d\d)*)", re.IGNORECASE)
_BEFORE = re.compile(r"(?:stufe|stage|vorher|before)\s*:?\s+(.+)", re.IGNORECASE)
_TOPIC = re.compile(r"(?:thema|topic)\s+([\w-]+)", re.IGNORECASE)
_EVERY: Final = {
    "täglich": "FREQ=DAILY",
    "daily": "FREQ=DAILY",
    "wöchentlich": "FREQ=WEEKLY",
    "jede woche": "FREQ=WEEKLY",
    "weekly": "FREQ=WEEKLY",
    "alle zwei wochen": "FREQ=WEEKLY;INTERVAL=2",
    "alle 2 wochen": "FREQ=WEEKLY;INTERVAL=2",
    "every two weeks": "FREQ=WEEKLY;INTERVAL=2",
    "monatlich": "FREQ=MONTHLY",
    "monthly": "FREQ=MONTHLY",
    "jährlich": "FREQ=YEARLY",
    "yearly": "FREQ=YEARLY",
}
_REPEATED = re.compile(rf"({'|'.join(_EVERY)})(?:\s+(?:bis|until)\s+(.+))?", re.IGNORECASE)
_TENTATIVE = {"vorläufig", "unter vorbehalt", "tentative"}


def new(text: str, *, uid: str, is_deadline: bool, today: date, zone: str) -> Event:
    """Read ``<title>; <date>; <place>; …``.

    Raises:
        UserError: The title or the date is missing, or the date can't be read.
        FieldError: Another field can't be used.
    """
    title, _, rest = text.partition(";")
    when, _, more = rest.partition(";")
    if not title.strip() or not when.strip():
        raise UserError("event-new-incomplete")
    _check_title(title)
    written = datetimes.read(when, today=today)
    values: dict[str, str] = {"kind": "frist"} if is_deadline else {}
    values |= _read(more, today=today, start=written.start, is_deadline=is_deadline)
    return _build(
        {"uid": uid, "title": title.strip(), "zone": zone} | values, written.start, written.end
    )


def changed(event: Event, text: str, *, today: date) -> Event:
    """Read ``Ort: Rathaus; Land: SN``: fields with their names, and replace those.

    Raises:
        UserError: There is no field, or its date can't be read.
        FieldError: A field is not known or can't be used.
    """
    start, end = event.start, event.end
    values = _as_texts(event)
    given = [part.strip() for part in text.split(";") if part.strip()]
    if not given:
        raise UserError("event-change-incomplete")
    for part in given:
        label = _LABEL.fullmatch(part)
        field = fields.known(label[1]) if label else None
        if label is None or field in {None, "uid", "note", "example", "series"}:
            raise UserError("event-change-unlabelled", words=part[:40])
        if field == "title":
            _check_title(label[2])
        if field == "start":
            written = datetimes.read(label[2], today=today)
            start, end = written.start, written.end
        elif field == "end":
            end = datetimes.read(label[2], today=today).start
        elif field is not None:
            values[field] = _dated(field, label[2].strip(), today)
    built = _build(values, start, end)
    return _revised(built, series=event.series, previous=event.previous, example=event.example)


def moved(event: Event, written: Written, status: Status) -> Event:
    """Return the event at its new date; times of day and length stay if none are written."""
    start, end = written.start, written.end
    if start.is_day and event.start.minute is not None:
        start = Moment(day=start.day, minute=event.start.minute)
        end = None
    if end is None and event.end is not None:
        end = _as_long(event, start)
    return _revised(event, start=start, end=end, status=status, previous=event.start)


def without(event: Event, day: date) -> Event:
    """Call off one date of a series.

    Raises:
        UserError: The series has none on that day.
    """
    return _deviating(event, day, {"cancelled": True})


def moved_once(event: Event, day: date, written: Written) -> Event:
    """Move one date of a series.

    Raises:
        UserError: The series has none on that day.
    """
    minute = event.start.minute if written.start.is_day else written.start.minute
    start = Moment(day=written.start.day, minute=minute)
    if start.is_day != event.start.is_day or start.minute == DAY_MINUTES:
        raise UserError("event-series-time")
    return _deviating(event, day, {"start": start, "end": written.end})


def _deviating(event: Event, day: date, values: dict[str, Any]) -> Event:
    original = deviation(event, day)
    if event.series is None or original is None:
        shown = f"{day.day}.{day.month}.{day.year}"
        raise UserError("event-series-no-date", title=event.title, day=shown)
    others = [one for one in event.series.deviations if one.original != original]
    one = Deviation(original=original, **values)
    series = Series(rule=event.series.rule, deviations=(*others, one))
    return _revised(event, series=series)


def _revised(event: Event, **values: Any) -> Event:
    """Return a changed copy that was validated like a new one.

    Raises:
        UserError: The end lies before the start.
    """
    try:
        return Event.model_validate({**dict(event), **values})
    except ValueError:
        raise UserError("event-end-first") from None


def _as_long(event: Event, start: Moment) -> Moment | None:
    assert event.end is not None, "asked before"  # noqa: S101 # for mypy
    if start.is_day != event.start.is_day:
        return None
    length = event.end.local - event.start.local
    end = Moment.at(start.local + length)
    return Moment(day=end.day) if start.is_day else end


def _check_title(title: str) -> None:
    if len(title.strip()) > LONGEST_TITLE:
        raise UserError("event-title-long", limit=LONGEST_TITLE)


def _read(text: str, *, today: date, start: Moment, is_deadline: bool) -> dict[str, str]:
    """Recognise fields by their name or form; the first one left is the place, then the text."""
    values: dict[str, str] = {}
    rest: list[str] = []
    for part in (one.strip() for one in _joined(text)):
        label = _LABEL.fullmatch(part)
        field = fields.known(label[1]) if label else None
        if label is not None and field not in {None, "uid", "note", "start", "title", "example"}:
            values[field or ""] = _dated(field or "", label[2].strip(), today)
        elif (found := _by_form(part, today, start, is_deadline=is_deadline)) is not None:
            values[found[0]] = "; ".join(filter(None, (_kept(values, found[0]), found[1])))
        elif part:
            rest.append(part)
    if rest and "place" not in values:
        values["place"] = rest.pop(0)
    if rest:
        values["text"] = "\n".join(filter(None, (values.get("text", ""), *rest)))
    return values


def _kept(values: dict[str, str], field: str) -> str:
    """Return what there is already of a field that may be given again and again."""
    return values.get(field, "") if field == "stages" else ""


def _joined(text: str) -> Sequence[str]:
    """Return the parts between semicolons; a rule of a series has semicolons of its own."""
    found = re.split(r";(?!\s*(?:[A-Z]+=|EXDATE|RECURRENCE-ID))", text)
    return [part for part in found if part.strip()]


def _by_form(
    part: str, today: date, start: Moment, *, is_deadline: bool
) -> tuple[str, str] | None:
    """Return the field that *part* must be, and its value; ``None`` if it may be anything."""
    if field := _by_words(part, is_deadline=is_deadline):
        return field, part
    for name, form in (("staffeln", _STAFFEL), ("topic", _TOPIC)):
        if found := form.fullmatch(part):
            return name, found[1].casefold()
    if found := _BEFORE.fullmatch(part):
        return "stages", _dated("stages", found[1], today)
    if found := _REPEATED.fullmatch(part):
        return "series", _rule(found, today, start)
    return None


def _by_words(part: str, *, is_deadline: bool) -> str | None:
    folded = part.casefold()
    lands = re.split(r"\s*,\s*|\s+und\s+|\s+and\s+", part)
    tests = {
        "link": safe_link(part) is not None,
        "deadline": is_deadline and folded in DEADLINES,
        "kind": not is_deadline and folded in KINDS,
        "status": folded in _TENTATIVE,
        "zone": "/" in part and part in available_timezones(),
        "laender": all(laender.code(word) for word in lands),
        "series": part.upper().startswith("RRULE:"),
    }
    return next((field for field, holds in tests.items() if holds), None)


def _rule(found: re.Match[str], today: date, start: Moment) -> str:
    rule = _EVERY[found[1].casefold()]
    if not found[2]:
        return rule
    last = datetimes.read(found[2], today=today).start.day
    # RFC 5545: of a series with times of day the limit is in UTC; the next midnight is enough.
    return f"{rule};UNTIL={last:%Y%m%d}" + ("" if start.is_day else "T235959Z")


def _dated(field: str, value: str, today: date) -> str:
    """Return a value whose dates are written out, since the fields of files are absolute.

    Raises:
        UserError: A date in it can't be read.
    """
    if field != "stages":
        return value
    found = fields.STAGE.fullmatch(value)
    if found is None:
        raise FieldError("stages", value)
    return f"{found[1]} bis {_absolute(datetimes.read(found[2], today=today).start)}"


def _absolute(moment: Moment) -> str:
    day = moment.day.isoformat()
    if moment.minute is None:
        return day
    return f"{day} {moment.minute // 60:02}:{moment.minute % 60:02} Uhr"


def _as_texts(event: Event) -> dict[str, str]:
    """Return an event's fields as a file would write them, without its dates."""
    return {
        "uid": event.uid,
        "kind": event.kind.value,
        "title": event.title,
        "text": event.text,
        "zone": event.zone,
        "place": event.place,
        "link": event.link,
        "laender": ", ".join(event.laender),
        "staffeln": ", ".join(map(str, event.staffeln)) or "-",
        "topic": event.topic,
        "status": event.status.value,
        "deadline": event.deadline.value if event.deadline else "",
        "stages": ";".join(f"{one.title} bis {_absolute(one.due)}" for one in event.stages),
        "source": event.source,
    }


def _build(values: dict[str, str], start: Moment, end: Moment | None) -> Event:
    texts = values | {"start": _absolute(start)}
    if end is not None and (end.is_day != start.is_day or end.order < start.order):
        raise UserError("event-end-first")
    if end is not None:
        texts["end"] = _absolute(end)
    return fields.build(texts)
