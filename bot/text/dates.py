"""Dates and times as Germans, and their English-speaking guests, write them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import dates

from bot.text.catalogue import LANGUAGES, normalise_language

_LONG = {"de": "EEEE, d. MMMM y", "en": "EEEE, d MMMM y"}
_FULL = {"de": "d. MMMM y", "en": "d MMMM y"}
_SHORT = {"de": "dd.MM.y", "en": "d MMM y"}
_DAY = {"de": "dd.MM.", "en": "d MMM"}
_TIME = {"de": "HH:mm 'Uhr'", "en": "HH:mm"}


def format_date(value: date, language: str | None) -> str:
    """Return a date with its weekday: ``Freitag, 29. Januar 2027``, ``Friday, 29 January 2027``.

    An unknown *language* is German, as everywhere in the catalogue.
    """
    known = _known(language)
    return dates.format_date(value, _LONG[known], locale=known)


def format_full_date(value: date, language: str | None) -> str:
    """Return a date within a sentence: ``29. Januar 2027``, ``29 January 2027``."""
    known = _known(language)
    return dates.format_date(value, _FULL[known], locale=known)


def format_short_date(value: date, language: str | None) -> str:
    """Return a date for the end of a line: ``12.10.2026``, ``12 Oct 2026``."""
    known = _known(language)
    return dates.format_date(value, _SHORT[known], locale=known)


def format_day(value: date, language: str | None) -> str:
    """Return a day of a year that is known: ``12.10.``, ``12 Oct``."""
    known = _known(language)
    return dates.format_date(value, _DAY[known], locale=known)


def format_datetime(value: datetime, language: str | None, zone: ZoneInfo) -> str:
    """Return a date and time of day in *zone*: ``Freitag, 29. Januar 2027, 23:59 Uhr``.

    The zone is not named; whoever shows another one than the chat's own adds its name.

    Raises:
        ValueError: *value* has no time zone.
    """
    known = _known(language)
    local = _local(value, zone)
    time = dates.format_time(local.timetz(), _TIME[known], tzinfo=zone, locale=known)
    return f"{format_date(local, known)}, {time}"


def format_time(value: datetime, language: str | None, zone: ZoneInfo) -> str:
    """Return the time of day in *zone*, without a word behind it: ``10:31``.

    Raises:
        ValueError: *value* has no time zone.
    """
    local = _local(value, zone)
    return dates.format_time(local, "HH:mm", tzinfo=zone, locale=_known(language))


def _known(language: str | None) -> str:
    return normalise_language(language) or LANGUAGES[0]


def _local(value: datetime, zone: ZoneInfo) -> datetime:
    if value.utcoffset() is None:
        raise ValueError("a time without a time zone can't be shown")
    return value.astimezone(zone)


def format_month(value: date, language: str | None) -> str:
    """Return a month with its year: ``März 2027``, ``March 2027``."""
    known = _known(language)
    return dates.format_date(value, "LLLL y", locale=known)


def short_weekday(value: date, language: str | None) -> str:
    """Return the day of the week in two letters: ``Mo``, ``Mo``."""
    return dates.format_date(value, "EEEEEE", locale=_known(language))
