"""Whether a calendar is one, by the letter of the specifications.

Built on icalendar for the values; which property may stand where, how often, and how lines are
written is looked at here.

Source: https://www.rfc-editor.org/rfc/rfc5545, https://www.rfc-editor.org/rfc/rfc7986
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import icalendar

_LONGEST = 75


@dataclass(frozen=True)
class Form:
    """What a component may hold: exactly once, at most once, any number of times."""

    once: frozenset[str]
    optional: frozenset[str]
    many: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


FORMS = {
    "VCALENDAR": Form(
        _names("PRODID VERSION"),
        _names("CALSCALE UID LAST-MODIFIED URL REFRESH-INTERVAL SOURCE COLOR"),
        _names("NAME DESCRIPTION CATEGORIES IMAGE"),
        _names("VEVENT VTIMEZONE"),
    ),
    "VEVENT": Form(
        _names("UID DTSTAMP DTSTART"),
        _names(
            "CLASS CREATED DESCRIPTION GEO LAST-MODIFIED LOCATION ORGANIZER PRIORITY SEQUENCE "
            "STATUS SUMMARY TRANSP URL RECURRENCE-ID RRULE DTEND DURATION COLOR"
        ),
        _names("CATEGORIES COMMENT CONTACT EXDATE RDATE RELATED-TO RESOURCES ATTACH ATTENDEE"),
        _names("VALARM"),
    ),
    "VALARM": Form(_names("ACTION TRIGGER DESCRIPTION"), _names("DURATION REPEAT UID")),
    "VTIMEZONE": Form(
        _names("TZID"), _names("LAST-MODIFIED TZURL"), parts=_names("STANDARD DAYLIGHT")
    ),
    "STANDARD": Form(
        _names("DTSTART TZOFFSETTO TZOFFSETFROM"), _names("RRULE"), _names("RDATE TZNAME COMMENT")
    ),
}
FORMS["DAYLIGHT"] = FORMS["STANDARD"]
WORDS = {
    "STATUS": {"TENTATIVE", "CONFIRMED", "CANCELLED"},
    "TRANSP": {"OPAQUE", "TRANSPARENT"},
}
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_NAME = re.compile(r"[A-Za-z0-9-]+")
_LINE = re.compile(r'([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:,]*))*):(.*)')
_TEXT = re.compile(r"(?:[^\\;,]|\\[\\;,nN])*")
_TEXTS = {"SUMMARY", "DESCRIPTION", "LOCATION", "UID", "NAME", "TZID", "TZNAME", "PRODID"}


def problems(data: bytes) -> list[str]:
    """Return everything in which *data* is not as the specifications want it."""
    found = list(_lines(data))
    try:
        calendar = icalendar.Calendar.from_ical(data)
    except ValueError as error:
        return [*found, f"icalendar: {error}"]
    found += _component(calendar)
    found += _whole(calendar)
    for component in calendar.walk():
        found += [f"{component.name}: {name}: {error}" for name, error in component.errors]
    return found


def _lines(data: bytes) -> Iterator[str]:
    if not data.endswith(b"\r\n"):
        yield "the last line has no end"
    for line in data.removesuffix(b"\r\n").split(b"\r\n"):
        if len(line) > _LONGEST:
            yield f"longer than {_LONGEST} octets: {line!r}"
        try:
            text = line.decode()
        except UnicodeDecodeError:
            yield f"a character is torn: {line!r}"
            continue
        if not text or CONTROL.search(text):
            yield f"empty, or with a control character: {line!r}"
    for whole in data.decode(errors="replace").replace("\r\n ", "").splitlines():
        parts = _LINE.fullmatch(whole)
        if parts is None:
            yield f"no content line: {whole!r}"
        elif parts[1] in _TEXTS and not _TEXT.fullmatch(parts[3]):
            yield f"not escaped: {whole!r}"


def _component(component: Any) -> Iterator[str]:
    name = component.name
    form = FORMS.get(name)
    if form is None:
        yield f"{name} is not known"
        return
    for key, values in component.items():
        count = len(values) if isinstance(values, list) else 1
        if key.startswith("X-"):
            continue
        if key not in form.once | form.optional | form.many:
            yield f"{key} has no place in {name}"
        elif count > 1 and key not in form.many:
            yield f"{name} has {key} {count} times"
    yield from (f"{name} has no {key}" for key in sorted(form.once - set(component)))
    for part in component.subcomponents:
        if part.name not in form.parts:
            yield f"{part.name} has no place in {name}"
        yield from _component(part)
    yield from _CHECKS.get(name, lambda _: iter(()))(component)


def _calendar(calendar: Any) -> Iterator[str]:
    if calendar["VERSION"] != "2.0":
        yield f"VERSION is {calendar['VERSION']}"
    if "REFRESH-INTERVAL" in calendar:
        interval = calendar["REFRESH-INTERVAL"]
        if interval.params.get("VALUE") != "DURATION" or interval.dt <= timedelta(0):
            yield "REFRESH-INTERVAL is no positive VALUE=DURATION"


def _event(event: Any) -> Iterator[str]:
    name = f"VEVENT {event.get('UID')}"
    start, end = event["DTSTART"].dt, event.get("DTEND")
    if "DTEND" in event and "DURATION" in event:
        yield f"{name} has DTEND and DURATION"
    if end is not None:
        if type(end.dt) is not type(start):
            yield f"{name}: DTSTART and DTEND are of two kinds"
        elif end.dt <= start:
            yield f"{name}: DTEND is not later than DTSTART"
    for key, words in WORDS.items():
        if key in event and event[key] not in words:
            yield f"{name}: {key} is {event[key]}"
    if event.get("SEQUENCE", 0) < 0:
        yield f"{name}: SEQUENCE is below zero"
    for key in ("DTSTAMP", "LAST-MODIFIED", "CREATED"):
        if key in event and str(event[key].dt.tzinfo) != "UTC":
            yield f"{name}: {key} is not in UTC"
    yield from (f"{name}: {one}" for one in _recurring(event, start))


def _recurring(event: Any, start: date | datetime) -> Iterator[str]:
    timed = isinstance(start, datetime)
    if "RRULE" in event and "RECURRENCE-ID" in event:
        yield "is a date of a series and a series"
    listed = event.get("EXDATE", [])
    for one in listed if isinstance(listed, list) else [listed]:
        for value in one.dts:
            if isinstance(value.dt, datetime) != timed:
                yield "EXDATE is of another kind than DTSTART"
    if "RECURRENCE-ID" in event and isinstance(event["RECURRENCE-ID"].dt, datetime) != timed:
        yield "RECURRENCE-ID is of another kind than DTSTART"
    rule = event.get("RRULE", {})
    if "COUNT" in rule and "UNTIL" in rule:
        yield "RRULE has COUNT and UNTIL"
    for until in rule.get("UNTIL", []):
        if isinstance(until, datetime) != timed:
            yield "UNTIL is of another kind than DTSTART"
        elif timed and str(until.tzinfo) != "UTC":
            yield "UNTIL is not in UTC"


def _alarm(alarm: Any) -> Iterator[str]:
    if alarm.get("ACTION") != "DISPLAY":
        yield f"ACTION is {alarm.get('ACTION')}"
    trigger = alarm["TRIGGER"]
    if not isinstance(trigger.dt, timedelta):
        yield "TRIGGER is no duration"
    if trigger.params.get("RELATED", "START") not in {"START", "END"}:
        yield "TRIGGER is related to nothing"


def _timezone(timezone: Any) -> Iterator[str]:
    parts = timezone.subcomponents
    if not parts:
        yield f"VTIMEZONE {timezone['TZID']} has no rules"
    for part in parts:
        start = part["DTSTART"].dt
        if not isinstance(start, datetime) or start.tzinfo is not None:
            yield "DTSTART of a rule is no local time"
    kinds = Counter(
        (part["TZOFFSETFROM"].td, part["TZOFFSETTO"].td, part["DTSTART"].dt) for part in parts
    )
    if max(kinds.values(), default=1) > 1:
        yield f"VTIMEZONE {timezone['TZID']} has a rule twice"


_CHECKS = {
    "VCALENDAR": _calendar,
    "VEVENT": _event,
    "VALARM": _alarm,
    "VTIMEZONE": _timezone,
}


def _whole(calendar: Any) -> Iterator[str]:
    """Look at what no component can tell of itself."""
    events = calendar.walk("VEVENT")
    identities = Counter(
        (str(one["UID"]), one["RECURRENCE-ID"].to_ical() if "RECURRENCE-ID" in one else b"")
        for one in events
    )
    yield from (
        f"{identity} is there twice" for identity, count in identities.items() if count > 1
    )
    zones = Counter(str(one["TZID"]) for one in calendar.walk("VTIMEZONE"))
    yield from (f"VTIMEZONE {zone} is there twice" for zone, count in zones.items() if count > 1)
    used = {str(zone) for one in events for zone in _zones(one)}
    yield from (f"no VTIMEZONE for {zone}" for zone in sorted(used - set(zones)))
    yield from (f"nobody uses VTIMEZONE {zone}" for zone in sorted(set(zones) - used))
    series = {str(one["UID"]) for one in events if "RRULE" in one}
    dates = {str(one["UID"]) for one in events if "RECURRENCE-ID" in one}
    yield from (f"{uid} has a changed date, but no series" for uid in sorted(dates - series))


def _zones(event: Any) -> Iterator[str]:
    for values in event.values():
        for value in values if isinstance(values, list) else [values]:
            if "TZID" in getattr(value, "params", {}):
                yield value.params["TZID"]
