"""Series keep their wall time, and know which of their dates are not as the rule says."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.events.event import DeadlineKind, Deviation, Event, Kind, Series
from bot.events.occurrences import check_rule, deviation, following, last_end, occurrences
from bot.text.moments import Moment

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def at(day: str, minute: int | None = None) -> Moment:
    return Moment(day=date.fromisoformat(day), minute=minute)


OFFICE_HOUR = Event(
    uid="office-hour",
    title="Sprechstunde",
    start=at("2026-10-14", 600),
    end=at("2026-10-14", 660),
    series=Series(
        rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=WE;COUNT=8",
        deviations=(
            Deviation(original=at("2026-12-23", 600)),
            Deviation(original=at("2026-11-25", 600), start=at("2026-11-26", 600)),
            Deviation(original=at("2026-12-09", 600), cancelled=True),
        ),
    ),
)


def test_a_series_stays_at_its_hour_when_summer_time_ends() -> None:
    """Ten o'clock is 08:00 UTC before and 09:00 UTC after the 25th of October."""
    before, after = occurrences(OFFICE_HOUR, after=LONG_AGO, limit=2)
    assert before.begins_at == datetime(2026, 10, 14, 8, tzinfo=UTC)
    assert after.begins_at == datetime(2026, 10, 28, 9, tzinfo=UTC)
    assert after.end == at("2026-10-28", 660)


def test_a_date_of_a_series_is_left_out_moved_or_called_off() -> None:
    """What was left out is gone; what was called off is still shown as such."""
    found = occurrences(OFFICE_HOUR, after=LONG_AGO)
    assert [(one.start.day.isoformat(), one.moved, one.cancelled) for one in found] == [
        ("2026-10-14", False, False),
        ("2026-10-28", False, False),
        ("2026-11-11", False, False),
        ("2026-11-26", True, False),
        ("2026-12-09", False, True),
        ("2027-01-06", False, False),
        ("2027-01-20", False, False),
    ]
    assert deviation(OFFICE_HOUR, date(2026, 11, 26)) == at("2026-11-25", 600)
    assert deviation(OFFICE_HOUR, date(2026, 11, 25)) is None


def test_a_series_ends_with_its_last_date() -> None:
    """Then it is past and hidden."""
    assert last_end(OFFICE_HOUR) == datetime(2027, 1, 20, 10, tzinfo=UTC)
    assert following(OFFICE_HOUR, now=datetime(2027, 1, 20, 10, tzinfo=UTC)) is None


def test_an_end_without_a_zone_is_meant_where_the_event_is() -> None:
    """The last date at 05:01 in New York, which is 10:01 UTC, is before ten o'clock there."""
    event = Event(
        uid="a", title="x", start=at("2028-12-17", 301), zone="America/New_York",
        series=Series(rule="FREQ=WEEKLY;UNTIL=20281231T100000"),
    )  # fmt: skip
    found = occurrences(event, after=LONG_AGO)
    assert [one.start.day.day for one in found] == [17, 24, 31]


def test_a_series_without_end_has_no_last_date() -> None:
    """It is listed as long as there are calendars."""
    event = Event(uid="a", title="x", start=at("2020-01-31"), series=Series(rule="FREQ=YEARLY"))
    assert last_end(event) is None
    soonest = following(event, now=datetime(2027, 6, 1, tzinfo=UTC))
    assert soonest is not None
    assert soonest.start == at("2028-01-31")


@pytest.mark.parametrize(
    "rule",
    ["", "nonsense", "FREQ=SECONDLY", "FREQ=WEEKLY;BYDAY=XX", "BYDAY=MO", "FREQ=WEEKLY;COUNT=x"],
)
def test_a_rule_that_can_not_be_read_is_refused(rule: str) -> None:
    """Before anything is kept."""
    with pytest.raises(ValueError, match=r"rule|at least 1"):
        check_rule(Event(uid="a", title="x", start=at("2027-01-01"), series=Series(rule=rule)))


def test_a_rule_that_never_comes_true_does_not_search_for_ever() -> None:
    """There is no 30th of February."""
    rule = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"
    event = Event(uid="a", title="x", start=at("2027-01-01"), series=Series(rule=rule))
    assert len(occurrences(event, after=LONG_AGO)) <= 1


def test_events_last_until_the_end_of_their_day_and_deadlines_until_they_are_due() -> None:
    """Whoever comes late still finds the address; a deadline that is over is over."""
    meeting = Event(uid="a", title="x", start=at("2027-01-20", 600))
    deadline = Event(uid="b", kind=Kind.DEADLINE, title="x", start=at("2027-01-20", 600))
    whole_day = Event(uid="c", kind=Kind.DEADLINE, title="x", start=at("2027-01-20"))
    assert last_end(meeting) == last_end(whole_day) == datetime(2027, 1, 20, 23, tzinfo=UTC)
    assert last_end(deadline) == datetime(2027, 1, 20, 9, tzinfo=UTC)


def test_a_rolling_deadline_is_never_over() -> None:
    """Unless it says until when."""
    rolling = Event(
        uid="a",
        kind=Kind.DEADLINE,
        deadline=DeadlineKind.ROLLING,
        title="x",
        start=at("2020-01-01"),
    )
    assert last_end(rolling) is None
    assert following(rolling, now=datetime(2030, 1, 1, tzinfo=UTC)) is not None


@settings(max_examples=40, deadline=None)
@given(
    st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    st.integers(0, 1439),
    st.integers(1, 5),
    st.sampled_from(("DAILY", "WEEKLY")),
)
def test_every_date_of_a_series_is_at_the_same_wall_time(
    day: date, minute: int, interval: int, frequency: str
) -> None:
    """In every month of every year, whatever the clocks do."""
    rule = f"FREQ={frequency};INTERVAL={interval};COUNT=60"
    start = Moment(day=day, minute=minute)
    event = Event(uid="a", title="x", start=start, series=Series(rule=rule))
    found = occurrences(event, after=LONG_AGO)
    step = timedelta(days=interval * (7 if frequency == "WEEKLY" else 1))
    expected = [day + number * step for number in range(60)]
    skipped = 2 * 60 <= minute < 3 * 60  # an hour that one night a year does not have
    if not skipped:
        assert [one.start for one in found] == [Moment(day=one, minute=minute) for one in expected]
    assert len(found) == 60


def test_no_whole_day_falls_between_two_years() -> None:
    """Dates are computed a year at a time; midnight in Berlin is still yesterday in UTC."""
    weekly = Event(
        uid="a",
        title="Aushang",
        start=Moment(day=date(2026, 1, 1)),
        series=Series(rule="FREQ=WEEKLY;COUNT=300"),
    )
    found = [one.start.day for one in occurrences(weekly, after=datetime(2020, 1, 1, tzinfo=UTC))]
    assert found == [date(2026, 1, 1) + timedelta(weeks=count) for count in range(300)]
