"""Public holidays of the Länder, and workdays between them."""

from collections.abc import Collection
from datetime import date, timedelta
from functools import lru_cache

import holidays

SATURDAY, SUNDAY = 5, 6


def is_holiday(day: date, laender: Collection[str]) -> bool:
    """Tell whether *day* is a public holiday in one of *laender*; of none: in all of Germany.

    Holidays of single towns and districts (Augsburg, parts of Saxony) are left out.
    """
    if not laender:
        return day in _holidays(None, day.year)
    return any(day in _holidays(land, day.year) for land in laender)


def is_workday(day: date, laender: Collection[str]) -> bool:
    """Tell whether offices work: Monday to Friday but for public holidays."""
    return day.weekday() < SATURDAY and not is_holiday(day, laender)


def workdays_before(day: date, count: int, laender: Collection[str]) -> date:
    """Return the day that lies *count* workdays before *day*; *day* itself is not counted."""
    while count > 0:
        day -= timedelta(days=1)
        count -= is_workday(day, laender)
    return day


@lru_cache(maxsize=256)
def _holidays(land: str | None, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("DE", subdiv=land, years=year))
