"""An event as other programs read it in a page: schema.org/Event in JSON-LD.

Source: https://schema.org/Event, https://schema.org/Schedule
"""

import re
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import icalendar

from bot.events.event import Event, Status
from bot.events.occurrences import Occurrence, occurrences
from bot.pages.public import Shown
from bot.text.links import safe_link
from bot.text.moments import Moment, clock_time

_SCHEMA: Final = "https://schema.org"
_MOST_DATES: Final = 20
_ONLINE: Final = re.compile(
    r"\b(?:online|virtuell|virtual|digital|video(?:konferenz|call| conference)|webinar|webex|zoom"
    r"|teams|bigbluebutton|jitsi)\b|https?://",
    re.IGNORECASE,
)
_ON_SITE: Final = re.compile(r"\b(?:hybrid|vor ort|präsenz|on[ -]site|in person)\b", re.IGNORECASE)
_UNITS: Final = {"DAILY": "D", "WEEKLY": "W", "MONTHLY": "M", "YEARLY": "Y"}
_SAID: Final = frozenset(
    {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTH", "BYMONTHDAY", "WKST"}
)
"""The parts of a rule for which schema.org has a word."""


def structured(shown: Shown, *, url: str, now: datetime) -> dict[str, Any] | None:
    """Return an event as JSON-LD; ``None`` for a deadline, to which nobody can go.

    Args:
        shown: The event.
        url: The address of its page.
        now: Of a series the dates after it are named.
    """
    event = shown.event
    if event.is_deadline:
        return None
    found = {
        "@context": _SCHEMA,
        "@type": "Event",
        "@id": url,
        "url": url,
        "name": event.title,
        "description": event.text or None,
        "startDate": written(event.start, event.tz),
        "endDate": _end(event.end, event.tz) if event.series is None else None,
        **_status(event),
        **_location(event, url),
        **_series(event, now),
    }
    return {name: value for name, value in found.items() if value is not None}


def written(moment: Moment, zone: ZoneInfo) -> str:
    """Return a moment as ISO 8601: a date, or a time with its distance from UTC."""
    if moment.minute is None:
        return moment.day.isoformat()
    return moment.begins(zone).astimezone(zone).isoformat()


def _end(end: Moment | None, zone: ZoneInfo) -> str | None:
    """Return the end; of whole days the last one, inclusive, as schema.org has it."""
    return None if end is None else written(end, zone)


def _status(event: Event) -> dict[str, Any]:
    name = "EventScheduled"
    found: dict[str, Any] = {}
    if event.status is Status.CANCELLED:
        name = "EventCancelled"
    elif event.status in {Status.POSTPONED, Status.EXTENDED}:
        name = "EventRescheduled" if event.previous else "EventPostponed"
    if event.previous is not None:
        found["previousStartDate"] = written(event.previous, event.tz)
    return {"eventStatus": f"{_SCHEMA}/{name}", **found}


def _location(event: Event, url: str) -> dict[str, Any]:
    online = _ONLINE.search(event.place) is not None
    on_site = bool(event.place) and (not online or _ON_SITE.search(event.place) is not None)
    place = {"@type": "Place", "name": event.place, "address": event.place}
    virtual = {"@type": "VirtualLocation", "url": safe_link(event.link) or url}
    if online and on_site:
        return _attended("MixedEventAttendanceMode", [place, virtual])
    if online:
        return _attended("OnlineEventAttendanceMode", virtual)
    return _attended("OfflineEventAttendanceMode", place) if on_site else {}


def _attended(mode: str, location: Any) -> dict[str, Any]:
    return {"eventAttendanceMode": f"{_SCHEMA}/{mode}", "location": location}


def _series(event: Event, now: datetime) -> dict[str, Any]:
    if event.series is None:
        return {}
    dates = occurrences(event, after=now, limit=_MOST_DATES)
    return {
        "eventSchedule": _schedule(event),
        "subEvent": [_date(one) for one in dates] or None,
    }


def _date(one: Occurrence) -> dict[str, Any]:
    zone = one.event.tz
    cancelled = one.cancelled or one.event.status is Status.CANCELLED
    status = "EventScheduled"
    found: dict[str, Any] = {
        "@type": "Event",
        "name": one.event.title,
        "startDate": written(one.start, zone),
    }
    if one.end is not None:
        found["endDate"] = _end(one.end, zone)
    if one.moved and one.original is not None:
        status = "EventRescheduled"
        found["previousStartDate"] = written(one.original, zone)
    found["eventStatus"] = f"{_SCHEMA}/{'EventCancelled' if cancelled else status}"
    return found


def _schedule(event: Event) -> dict[str, Any] | None:
    """Return the rule in words of schema.org; ``None`` if those don't say all of it."""
    assert event.series is not None, "asked before"  # noqa: S101 # for mypy
    rule = icalendar.vRecur.from_ical(event.series.rule)
    if not set(rule) <= _SAID:
        return None
    until = rule["UNTIL"][0] if "UNTIL" in rule else None
    interval = int(rule.get("INTERVAL", [1])[0])
    found = {
        "@type": "Schedule",
        "repeatFrequency": f"P{interval}{_UNITS[str(rule['FREQ'][0]).upper()]}",
        "startDate": event.start.day.isoformat(),
        "endDate": until.date().isoformat() if isinstance(until, datetime) else None,
        "repeatCount": int(rule["COUNT"][0]) if "COUNT" in rule else None,
        "byDay": [str(day) for day in rule["BYDAY"]] if "BYDAY" in rule else None,
        "byMonth": _numbers(rule, "BYMONTH"),
        "byMonthDay": _numbers(rule, "BYMONTHDAY"),
        "startTime": _clock(event.start),
        "endTime": _clock(event.end) if event.end and event.end.day == event.start.day else None,
        "scheduleTimezone": event.zone,
        "exceptDate": [written(one.original, event.tz) for one in event.series.deviations] or None,
    }
    if until is not None and not isinstance(until, datetime):
        found["endDate"] = until.isoformat()
    return {name: value for name, value in found.items() if value is not None}


def _numbers(rule: Any, name: str) -> list[int] | None:
    return [int(one) for one in rule[name]] if name in rule else None


def _clock(moment: Moment) -> str | None:
    return None if moment.minute is None else f"{clock_time(moment.minute)}:00"
