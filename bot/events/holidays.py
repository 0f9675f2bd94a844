"""Weekends and public holidays: a note beside a date, never a reason to move it."""

from dataclasses import dataclass
from datetime import date

from holidays import country_holidays

from bot.text.laender import NAMES

_SATURDAY = 5
_LANGUAGES = {"de": "de", "en": "en_US"}


@dataclass(frozen=True, slots=True)
class Rest:
    """Why offices may be closed on a day.

    Attributes:
        holiday: The public holiday's name; empty on a weekend.
        laender: In which of the Länder asked for it is one; empty if in all of Germany.
    """

    holiday: str = ""
    laender: tuple[str, ...] = ()


def rest(day: date, *, laender: tuple[str, ...], language: str) -> Rest | None:
    """Return why offices may be closed on *day*; ``None`` on a working day.

    Args:
        day: The day.
        laender: Whose public holidays count; none for only the nationwide ones.
        language: In which the holiday is named.
    """
    if name := _name(day, None, language):
        return Rest(name)
    where = {land: _name(day, land, language) for land in laender if land in NAMES}
    found = {land: name for land, name in where.items() if name}
    if found:
        return Rest(next(iter(found.values())), tuple(found))
    return Rest() if day.weekday() >= _SATURDAY else None


def _name(day: date, land: str | None, language: str) -> str:
    spoken = _LANGUAGES.get(language, "de")
    year = country_holidays("DE", subdiv=land, years=day.year, language=spoken)
    return year.get(day) or ""
