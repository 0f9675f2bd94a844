"""Events in iCalendar (RFC 5545), as programs export it."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import icalendar
import x_wr_timezone
from pydantic import ValidationError

from bot.events.event import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    DeadlineKind,
    Deviation,
    Event,
    Kind,
    Series,
    Status,
)
from bot.events.fields import DEADLINES, KINDS, Problem
from bot.events.ics import DEADLINE, due_at_end
from bot.events.occurrences import check_rule
from bot.text.links import safe_link
from bot.text.moments import Moment

_STATUSES = {"TENTATIVE": Status.TENTATIVE, "CANCELLED": Status.CANCELLED}
_BERLIN = "Europe/Berlin"


def parse_ics(text: str, file: str) -> tuple[list[Event], list[Problem]]:
    """Read the VEVENTs of a calendar; times without a zone are taken as Berlin's.

    An all-day end is exclusive in iCalendar and becomes the last day. Of RDATE nothing is kept:
    it is reported. A deadline that :func:`bot.events.ics.to_ics` wrote is due at its end.
    """
    try:
        calendar = icalendar.Calendar.from_ical(text)
        strange = _strange_zones(calendar.walk("VEVENT"))
        standard = x_wr_timezone.to_standard(calendar)
        components = list(standard.walk("VEVENT"))
    except Exception as error:  # noqa: BLE001 # the library lets many kinds of errors through
        return [], [Problem(file=file, where="", message=f"this is no calendar: {error}")]
    events: list[Event] = []
    problems: list[Problem] = []
    for uid, group in _by_uid(components).items():
        try:
            if uid in strange:
                raise ValueError(f"the time zone “{strange[uid]}” is not known")  # noqa: TRY301 # as below
            events.append(_event(uid, group))
        except ValidationError as error:
            problem = error.errors()[0]
            where, message = f"{uid}: {'.'.join(map(str, problem['loc']))}", problem["msg"]
            problems.append(Problem(file=file, where=where, message=message))
        except Exception as error:  # noqa: BLE001 # the same
            problems.append(Problem(file=file, where=uid, message=str(error) or repr(error)))
    return events, problems


def _by_uid(components: Iterable[Any]) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for one in components:
        groups.setdefault(str(one.get("UID", "")) or _text(one, "SUMMARY"), []).append(one)
    return groups


def _strange_zones(components: Iterable[Any]) -> dict[str, str]:
    """Return the names of zones that nobody knows, by event; their times mean nothing."""
    found = {}
    for uid, group in _by_uid(components).items():
        for begin in (one["DTSTART"] for one in group if "DTSTART" in one):
            name = begin.params.get("TZID")
            if name and getattr(begin.dt, "tzinfo", None) is None:
                found[uid] = str(name)
    return found


def _event(uid: str, group: Sequence[Any]) -> Event:
    main = next((one for one in group if "RECURRENCE-ID" not in one), None)
    if main is None:
        raise ValueError("there is only an exception (RECURRENCE-ID), not the series itself")
    if "RDATE" in main:
        raise ValueError("RDATE is not understood; please use one event for each date")
    begin = main["DTSTART"].dt
    zone = _zone(begin)
    link = _text(main, "URL")
    start, end = _moment(begin, zone), _end(main, zone)
    deadline = DEADLINES.get(_text(main, DEADLINE))
    if DEADLINE in main and deadline is not DeadlineKind.ROLLING:
        start, end = due_at_end(start, end), None
    event = Event(
        uid=uid[:200],
        kind=_kind(main),
        title=_text(main, "SUMMARY")[:LONGEST_TITLE],
        text=_text(main, "DESCRIPTION")[:LONGEST_TEXT],
        start=start,
        end=end,
        zone=zone,
        series=_series(main, [one for one in group if one is not main], zone),
        place=_text(main, "LOCATION"),
        link=link if safe_link(link) else "",
        status=_STATUSES.get(_text(main, "STATUS").upper(), Status.CONFIRMED),
        source=link,
        deadline=deadline,
    )
    check_rule(event)
    return event


def _kind(main: Any) -> Kind:
    if DEADLINE in main:
        return Kind.DEADLINE
    named = main.get("CATEGORIES")
    words = [str(word).casefold() for word in getattr(named, "cats", [])]
    return next((KINDS[word] for word in words if word in KINDS), Kind.EVENT)


def _series(main: Any, others: Sequence[Any], zone: str) -> Series | None:
    rule = main.get("RRULE")
    if rule is None:
        return None
    if isinstance(rule, list):
        raise ValueError("more than one RRULE is not understood; please use an event for each")  # noqa: TRY004 # a file's mistake
    left_out = [Deviation(original=moment) for moment in _excluded(main, zone)]
    moved = [
        Deviation(
            original=_moment(one["RECURRENCE-ID"].dt, zone),
            start=_moment(one["DTSTART"].dt, zone),
            end=_end(one, zone),
            cancelled=_text(one, "STATUS").upper() == "CANCELLED",
        )
        for one in others
    ]
    return Series(rule=rule.to_ical().decode(), deviations=(*left_out, *moved))


def _excluded(main: Any, zone: str) -> Iterable[Moment]:
    found = main.get("EXDATE", [])
    for dates in found if isinstance(found, list) else [found]:
        for one in dates.dts:
            yield _moment(one.dt, zone)


def _end(component: Any, zone: str) -> Moment | None:
    begin = component["DTSTART"].dt
    if "DTEND" in component:
        end = component["DTEND"].dt
    elif "DURATION" in component:
        end = begin + component["DURATION"].dt
    else:
        return None
    if not isinstance(end, datetime):
        end = max(end - timedelta(days=1), begin)
    moment = _moment(end, zone)
    return None if moment == _moment(begin, zone) else moment


def _zone(begin: date | datetime) -> str:
    """Return the IANA zone of a start; UTC is what programs write that know no better."""
    name = str(getattr(begin, "tzinfo", None) or "")
    return name if name in available_timezones() and name not in {"UTC", "Etc/UTC"} else _BERLIN


def _moment(value: date | datetime, zone: str) -> Moment:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return Moment.at(value.astimezone(ZoneInfo(zone)))
    return Moment.at(value)


def _text(component: Any, name: str) -> str:
    value = component.get(name, "")
    return str(value[0] if isinstance(value, list) else value).strip()
