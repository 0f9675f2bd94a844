"""The rules of time zones, as another library reads them."""

import io
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.events.zones import timezone

ODD = [
    "Africa/Casablanca",  # around Ramadan, which no rule of every year tells
    "America/Sao_Paulo",  # no summer time any more
    "America/New_York",
    "Asia/Kathmandu",  # a quarter of an hour
    "Australia/Lord_Howe",  # half an hour
    "Europe/Berlin",
    "Europe/Dublin",  # winter time is the exception
    "Pacific/Apia",  # left out a day
]


def text(zone: str, first: date, last: date) -> str:
    written = timezone(zone, first, last).to_ical()
    return f"BEGIN:VCALENDAR\r\n{written.decode()}END:VCALENDAR\r\n"


@settings(max_examples=60)
@given(
    zone=st.sampled_from(ODD),
    first=st.dates(date(1995, 1, 1), date(2035, 1, 1)),
    days=st.integers(0, 5000),
    inside=st.floats(0, 1),
)
def test_another_library_reckons_the_same_hour(
    zone: str, first: date, days: int, inside: float
) -> None:
    """At any instant of the days that were asked for."""
    last = first + timedelta(days=days)
    read = tzical(io.StringIO(text(zone, first, last))).get(zone)
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
    for hours in range(48):
        at = begin + timedelta(days=round(days * inside), hours=hours)
        local = at.astimezone(ZoneInfo(zone))
        naive = local.replace(tzinfo=read)
        assert naive.utcoffset() == local.utcoffset(), local


def test_a_rule_of_every_year_is_one() -> None:
    """At two o'clock of winter time in spring, at three of summer time in autumn."""
    lines = text("Europe/Berlin", date(2027, 1, 1), date(2027, 12, 31)).split("\r\n")
    assert lines.count("BEGIN:DAYLIGHT") == lines.count("BEGIN:STANDARD") == 1
    assert "DTSTART:20260329T020000" in lines
    assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3" in lines
    assert "DTSTART:20261025T030000" in lines
    assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10" in lines
    assert "RDATE" not in lines


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/Sao_Paulo"])
def test_clocks_that_are_left_alone_have_one_rule(zone: str) -> None:
    """And need no dates."""
    written = text(zone, date(2027, 1, 1), date(2047, 1, 1))
    assert written.count("BEGIN:STANDARD") == 1
    assert "DAYLIGHT" not in written
    assert "RDATE" not in written
