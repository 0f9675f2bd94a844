"""Months: how they are written, and what is on their days."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events.event import DeadlineKind, Event, Kind
from bot.pages.months import Month, by_day
from tests.unit.pages import made

MARCH = Month(2027, 3)


def days(event: Event, month: Month = MARCH) -> list[int]:
    return [day.day for day in sorted(by_day([made.shown(1, event)], month))]


@given(st.integers(1, 9000), st.integers(1, 12), st.integers(-500, 500))
def test_months_are_counted_and_written(year: int, number: int, shift: int) -> None:
    """What is written is read, and there and back is the same month."""
    month = Month(year + 500, number)
    assert Month.parse(str(month)) == month
    assert month.shifted(shift).shifted(-shift) == month
    assert month.shifted(1) > month
    weeks = month.weeks()
    assert [day for week in weeks for day in week if day in month] == [
        date(month.year, month.number, day) for day in range(1, month.last.day + 1)
    ]
    assert all(len(week) == 7 for week in weeks)


@pytest.mark.parametrize("text", ["2027-13", "2027-00", "0000-01", "2027-3", "27-03", "", "x"])
def test_what_is_no_month_is_none(text: str) -> None:
    """Addresses are typed, too."""
    assert Month.parse(text) is None


def test_an_event_is_on_each_of_its_days_in_the_month() -> None:
    """Also one that began before and ends after."""
    assert days(made.CONGRESS) == [17, 18, 19]
    long = made.CONGRESS.model_copy(
        update={"start": made.at("2027-02-26"), "end": made.at("2027-03-02")}
    )
    assert days(long) == [1, 2]
    whole = long.model_copy(update={"start": made.at("2020-01-01"), "end": made.at("2035-01-01")})
    assert days(whole) == list(range(1, 32))


def test_midnight_at_the_end_begins_no_further_day() -> None:
    """A party until 0:00 is over on the day on which it began."""
    event = Event(
        uid="n", title="N", start=made.at("2027-03-05", 1200), end=made.at("2027-03-06", 0)
    )
    assert days(event) == [5]


def test_a_deadline_is_on_the_day_on_which_it_is_due() -> None:
    """24:00 is the end of that day; what is rolling is shown where it begins."""
    assert days(made.CALL) == [29]
    rolling = Event(
        uid="r",
        title="R",
        kind=Kind.DEADLINE,
        deadline=DeadlineKind.ROLLING,
        start=made.at("2027-03-31"),
        end=made.at("2028-12-31"),
    )
    assert days(rolling) == [31]
    assert days(rolling, MARCH.shifted(1)) == []


def test_a_series_is_on_the_dates_that_hold() -> None:
    """Where it was moved to, not where it was; what is called off is still shown."""
    assert days(made.OFFICE_HOUR) == [3, 10, 17, 25]
    assert days(made.OFFICE_HOUR, MARCH.shifted(1)) == [7]
    assert days(made.OFFICE_HOUR, MARCH.shifted(-1)) == []


def test_a_day_begins_with_what_takes_all_of_it() -> None:
    """Then by the hour, then by the title."""
    events = [
        Event(uid="c", title="B", start=made.at("2027-03-08", 600)),
        Event(uid="b", title="A", start=made.at("2027-03-08", 600)),
        Event(uid="d", title="Z", start=made.at("2027-03-08")),
    ]
    shown = [made.shown(number, event) for number, event in enumerate(events)]
    found = by_day(shown, MARCH)[date(2027, 3, 8)]
    assert [line.shown.event.title for line in found] == ["Z", "A", "B"]
