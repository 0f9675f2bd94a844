"""Dates and times read as their readers write them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.text.dates import format_date, format_datetime, format_short_date, format_time

BERLIN = ZoneInfo("Europe/Berlin")
DEADLINE = datetime(2027, 1, 29, 22, 59, tzinfo=UTC)


def test_a_deadline_is_shown_in_the_zone_of_the_chat() -> None:
    """A time kept in UTC is read as wall time in Berlin."""
    assert format_datetime(DEADLINE, "de", BERLIN) == "Freitag, 29. Januar 2027, 23:59 Uhr"
    assert format_datetime(DEADLINE, "en", BERLIN) == "Friday, 29 January 2027, 23:59"


def test_summer_time_counts() -> None:
    """The same hour in UTC is one hour later in summer."""
    assert format_time(datetime(2027, 7, 1, 8, 5, tzinfo=UTC), "de", BERLIN) == "10:05"
    assert format_time(datetime(2027, 1, 1, 8, 5, tzinfo=UTC), "en", BERLIN) == "09:05"


def test_midnight_belongs_to_the_new_day() -> None:
    """A moment after midnight in Berlin is already the next day there."""
    moment = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
    assert format_datetime(moment, "de", BERLIN) == "Freitag, 1. Januar 2027, 00:00 Uhr"


def test_dates_are_written_long_and_short() -> None:
    """A date has its weekday in a sentence and is short at the end of a line."""
    assert format_date(date(2026, 3, 2), "de") == "Montag, 2. März 2026"
    assert format_date(date(2026, 3, 2), "en-GB") == "Monday, 2 March 2026"
    assert format_short_date(date(2026, 10, 12), "de") == "12.10.2026"
    assert format_short_date(date(2026, 10, 12), "en") == "12 Oct 2026"
    assert format_short_date(date(2026, 3, 2), "de") == "02.03.2026"


def test_an_unknown_language_gets_german_dates() -> None:
    """Dates fall back just as sentences do."""
    assert format_date(date(2026, 3, 2), None) == "Montag, 2. März 2026"


def test_a_time_without_zone_is_refused() -> None:
    """A deadline is never guessed."""
    naive = DEADLINE.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        format_datetime(naive, "de", BERLIN)
    with pytest.raises(ValueError, match="time zone"):
        format_time(naive, "de", BERLIN)
