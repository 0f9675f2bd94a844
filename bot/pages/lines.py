"""An event as one line of a list: what comes before its title, and what is unusual about it."""

from typing import Any

from bot.events import words
from bot.events.event import DeadlineKind
from bot.events.occurrences import Occurrence
from bot.pages.links import Links
from bot.pages.months import Line
from bot.pages.public import Shown
from bot.pages.structured import written
from bot.text import catalogue
from bot.text.moments import clock_time, format_line


def path(shown: Shown) -> str:
    """Return the path of an event's page."""
    return f"/events/{shown.number}"


def of_day(line: Line, language: str, links: Links, *, zone: str) -> dict[str, Any]:
    """Return what a list of one day says of an event.

    Args:
        line: The event on that day.
        language: The reader's.
        links: Makes the address of its page.
        zone: In which the reader is taken to live; another one is named.
    """
    return _told(line.shown, line.occurrence, language, links) | {
        "lead": lead(line, language, zone=zone)
    }


def dated(
    shown: Shown, one: Occurrence, language: str, links: Links, *, zone: str
) -> dict[str, Any]:
    """Return what a list of many days says of an event: with its date; see :func:`of_day`."""
    when = format_line(one.start, one.end, language)
    if one.event.zone != zone and one.start.minute is not None:
        when = catalogue.text(language, "event-in-zone", when=when, zone=one.event.zone)
    if one.event.deadline is DeadlineKind.ROLLING:
        when = catalogue.text(language, "event-since", when=when)
    elif one.event.is_deadline:
        when = catalogue.text(language, "event-due", when=when)
    return _told(shown, one, language, links) | {"lead": when}


def _told(shown: Shown, one: Occurrence, language: str, links: Links) -> dict[str, Any]:
    event = shown.event
    return {
        "url": links.page(path(shown)),
        "title": event.title,
        "mark": words.mark(event, language, cancelled=one.cancelled),
        "place": event.place,
        "kind": words.kind(event, language),
        "datetime": written(one.start, event.tz),
    }


def lead(line: Line, language: str, *, zone: str) -> str:
    """Return when on its day something is, or which of its days this is; empty for all of it."""
    event, start = line.shown.event, line.occurrence.start
    if line.day > 1:
        return catalogue.text(language, "page-day-of", day=line.day, days=line.days)
    hour = "" if start.minute is None else _hour(clock_time(start.minute), language)
    if hour and event.zone != zone:
        hour = catalogue.text(language, "event-in-zone", when=hour, zone=event.zone)
    if event.deadline is DeadlineKind.ROLLING:
        return catalogue.text(language, "page-line-rolling")
    if event.is_deadline:
        name = catalogue.text(language, "event-kind-deadline")
        return f"{name}, {hour}" if hour else name
    if line.days > 1:
        days = catalogue.text(language, "page-day-of", day=1, days=line.days)
        return f"{days}, {hour}" if hour else days
    return hour


def _hour(clock: str, language: str) -> str:
    return catalogue.text(language, "page-hour", time=clock)


def nearest(events: tuple[Shown, ...], dates: dict[int, Occurrence]) -> list[Shown]:
    """Return the events that have a date, by that date."""
    found = [one for one in events if one.number in dates]
    return sorted(found, key=lambda one: (dates[one.number].begins_at, one.number))
