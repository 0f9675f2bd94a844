"""The pages of a month: a table on wide screens, a list by day on narrow ones and on paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from bot.events.event import Event, Status
from bot.events.holidays import rest
from bot.events.occurrences import Occurrence, occurrences
from bot.pages import lines
from bot.pages.months import Line, Month, by_day
from bot.pages.public import PublicCalendar, PublicTopic, Shown, Visit
from bot.pages.rendering import Here, page
from bot.text import laender
from bot.text.dates import format_date, format_month, short_weekday
from bot.text.moments import weekday

YEARS: Final = 5
"""How far back and ahead months are shown."""
_DATES: Final = 10
"""Dates of one series that are looked at for one that is not called off."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which events of a month are shown.

    Attributes:
        topic: Those of one topic.
        land: Those that hold in a Land; its public holidays are named.
    """

    topic: PublicTopic | None = None
    land: str | None = None

    def of(self, events: Sequence[Shown]) -> list[Shown]:
        """Return the events that are chosen."""
        return [one for one in events if self._fits(one)]

    def _fits(self, shown: Shown) -> bool:
        if self.topic is not None and self.topic.slug not in shown.topics:
            return False
        return not (self.land and shown.event.laender and self.land not in shown.event.laender)

    @property
    def query(self) -> dict[str, str]:
        """What stands of it in an address."""
        given = {"topic": self.topic.slug if self.topic else None, "land": self.land}
        return {name: value for name, value in given.items() if value}


def is_shown(month: Month, now: datetime) -> bool:
    """Tell whether a month is near enough to have a page."""
    return abs(month.year - now.year) <= YEARS


def month_page(calendar: PublicCalendar, month: Month, choice: Choice, visit: Visit) -> str:
    """Return the page of a month as HTML.

    Args:
        calendar: What is published.
        month: Which month; see :func:`is_shown`.
        choice: What is shown of it.
        visit: Who reads it.
    """
    here = Here(calendar, visit, f"/month/{month}", tuple(choice.query.items()))
    events = choice.of(calendar.events)
    days = _Days(here, month, choice, by_day(events, month))
    return page(
        "month.html",
        here,
        month=month,
        title=format_month(month.first, visit.language),
        choice=choice,
        weeks=days.weeks(),
        days=days.listed(),
        weekdays=_weekdays(month, visit.language),
        previous=_neighbour(month.shifted(-1), here, choice),
        following=_neighbour(month.shifted(1), here, choice),
        soonest=None if days.lines else _soonest(events, here, choice),
        lands=[(code, laender.name(code, visit.language)) for code in laender.NAMES],
    )


def holiday(day: date, land: str | None, language: str) -> str:
    """Return the public holiday of a day, in a Land or everywhere; empty if it is none."""
    found = rest(day, laender=(land,) if land else (), language=language)
    return found.holiday if found else ""


class _Days:
    def __init__(
        self, here: Here, month: Month, choice: Choice, found: Mapping[date, list[Line]]
    ) -> None:
        self._here = here
        self._month = month
        self._land = choice.land or here.calendar.publisher.land
        self.lines = found
        self._today = here.visit.now.astimezone(here.calendar.publisher.zone).date()

    def weeks(self) -> list[dict[str, Any]]:
        """Return the rows of the table."""
        return [
            {"number": week[0].isocalendar().week, "days": [self._day(day) for day in week]}
            for week in self._month.weeks()
        ]

    def listed(self) -> list[dict[str, Any]]:
        """Return the days on which there is something."""
        return [self._day(day) for day in sorted(self.lines)]

    def _day(self, day: date) -> dict[str, Any]:
        language = self._here.visit.language
        inside = day in self._month
        found = self.lines.get(day, []) if inside else []
        zone = self._here.calendar.publisher.zone.key
        links = self._here.links
        return {
            "date": day,
            "inside": inside,
            "today": day == self._today,
            "name": format_date(day, language),
            "holiday": holiday(day, self._land, language) if inside else "",
            "lines": [lines.of_day(one, language, links, zone=zone) for one in found],
        }


def _weekdays(month: Month, language: str) -> list[dict[str, str]]:
    return [
        {"short": short_weekday(day, language), "long": weekday(day, language)}
        for day in month.weeks()[0]
    ]


def _neighbour(month: Month, here: Here, choice: Choice) -> dict[str, str] | None:
    if not is_shown(month, here.visit.now):
        return None
    return {
        "url": here.links.page(f"/month/{month}", **choice.query),
        "name": format_month(month.first, here.visit.language),
    }


def _soonest(events: Sequence[Shown], here: Here, choice: Choice) -> dict[str, Any] | None:
    """Return the next event that lies ahead, with the way to its month."""
    dates: dict[int, Occurrence] = {}
    for shown in events:
        if (one := _held_next(shown.event, here.visit.now)) is not None:
            dates[shown.number] = one
    found = lines.nearest(tuple(events), dates)
    if not found:
        return None
    one = dates[found[0].number]
    month = Month.of(one.start.day)
    zone = here.calendar.publisher.zone.key
    told = lines.dated(found[0], one, here.visit.language, here.links, zone=zone)
    url = here.links.page(f"/month/{month}", **choice.query)
    name = format_month(month.first, here.visit.language)
    return told | {
        "month": {"url": url, "name": name} if is_shown(month, here.visit.now) else None
    }


def _held_next(event: Event, now: datetime) -> Occurrence | None:
    """Return the next date that is not called off."""
    if event.status is Status.CANCELLED:
        return None
    dates = occurrences(event, after=now, limit=_DATES)
    return next((one for one in dates if not one.cancelled), None)
