"""Local days and minutes become instants only when asked, and are shown as people write them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.text.moments import Moment, format_day, format_line, format_moment, format_span, weekday

BERLIN = ZoneInfo("Europe/Berlin")


def at(day: str, minute: int | None = None) -> Moment:
    return Moment(day=date.fromisoformat(day), minute=minute)


def test_a_time_of_day_is_the_same_before_and_after_summer_time() -> None:
    """Ten o'clock stays ten o'clock; the instant moves."""
    assert at("2026-10-14", 600).begins(BERLIN) == datetime(2026, 10, 14, 8, tzinfo=UTC)
    assert at("2026-10-28", 600).begins(BERLIN) == datetime(2026, 10, 28, 9, tzinfo=UTC)


def test_24_00_is_the_midnight_at_the_end_of_its_day() -> None:
    """It is shown with the day it belongs to."""
    deadline = at("2021-03-14", 1440)
    assert deadline.begins(BERLIN) == deadline.ends(BERLIN)
    assert deadline.begins(BERLIN) == datetime(2021, 3, 14, 23, tzinfo=UTC)
    assert format_moment(deadline, "de") == "Sonntag, 14. März 2021, 24:00 Uhr"


def test_a_whole_day_ends_at_its_midnight_also_when_the_clocks_change() -> None:
    """That day has 23 hours."""
    day = at("2027-03-28")
    assert day.begins(BERLIN) == datetime(2027, 3, 27, 23, tzinfo=UTC)
    assert day.ends(BERLIN) == datetime(2027, 3, 28, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "german", "english"),
    [
        (at("2025-11-18"), at("2025-11-19"), "18.–19. November 2025", "18–19 November 2025"),
        (
            at("2027-11-30"),
            at("2027-12-01"),
            "30. November – 1. Dezember 2027",
            "30 November – 1 December 2027",
        ),
        (
            at("2025-12-04", 570),
            at("2025-12-04", 1020),
            "Donnerstag, 4. Dezember 2025, 09:30–17:00 Uhr",
            "Thursday, 4 December 2025, 09:30–17:00",
        ),
        (at("2027-01-29", 1439), None, "Freitag, 29. Januar 2027, 23:59 Uhr", None),
    ],
)
def test_a_range_is_shown_with_its_last_day(
    start: Moment, end: Moment | None, german: str, english: str | None
) -> None:
    """The exclusive end of iCalendar is nobody's business."""
    assert format_span(start, end, "de") == german
    assert english is None or format_span(start, end, "en") == english


def test_a_line_is_short() -> None:
    """Lists have little room."""
    assert format_line(at("2025-11-18"), at("2025-11-19"), "de") == "18.–19.11.2025"
    assert format_line(at("2027-11-30"), at("2027-12-01"), "de") == "30.11.–01.12.2027"
    assert format_line(at("2027-12-30"), at("2028-01-01"), "de") == "30.12.2027–01.01.2028"
    assert format_line(at("2027-01-29", 1439), None, "de") == "Fr., 29.01.2027, 23:59 Uhr"
    assert format_line(at("2027-01-29", 1439), None, "en") == "Fri, 29 Jan 2027, 23:59"


def test_a_day_in_a_note_needs_no_year() -> None:
    """The year stands above."""
    day = date(2027, 11, 1)
    assert (format_day(day, "de"), format_day(day, "en")) == ("1. November", "1 November")
    assert (weekday(day, None), weekday(day, "en")) == ("Montag", "Monday")
