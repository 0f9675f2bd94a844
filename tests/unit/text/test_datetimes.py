"""Dates are read as people write them, and refused rather than guessed."""

from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.text.datetimes import DateError, month_number, read
from bot.text.moments import DAY_MINUTES, Moment, format_line, format_moment, format_span

TODAY = date(2027, 1, 15)
"""A Friday."""
FIRST, LAST = date(1990, 1, 1), date(2199, 12, 31)

days = st.dates(FIRST, LAST)
moments = st.builds(Moment, day=days, minute=st.none() | st.integers(0, DAY_MINUTES))
languages = st.sampled_from(("de", "en"))


@st.composite
def spans(draw: Any) -> tuple[Moment, Moment]:
    """Make two moments in order, both days or both times of day."""
    minutes = st.none() if draw(st.booleans()) else st.integers(0, DAY_MINUTES)
    one, other = (Moment(day=draw(days), minute=draw(minutes)) for _ in range(2))
    if draw(st.booleans()):
        other = Moment(day=one.day, minute=other.minute)
    return (one, other) if one.order <= other.order else (other, one)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("14. März 2027", "2027-03-14"),
        ("14.3.27", "2027-03-14"),
        ("14.03.2027", "2027-03-14"),
        ("2027-03-14", "2027-03-14"),
        ("So., 14.3.2027", "2027-03-14"),
        ("Sonntag, der 14. März 2027", "2027-03-14"),
        ("March 14th, 2027", "2027-03-14"),
        ("14 Mar 2027", "2027-03-14"),
        ("the 14th of March", "2027-03-14"),
        ("14/3/2027", "2027-03-14"),
        ("3/14/2027", "2027-03-14"),
        ("14.3.", "2027-03-14"),
        ("10. Januar", "2028-01-10"),
        ("29.2.", "2028-02-29"),
        ("heute", "2027-01-15"),
        ("Freitag", "2027-01-15"),
        ("bis Montag", "2027-01-18"),
        ("nächsten Freitag", "2027-01-22"),
        ("next Friday", "2027-01-22"),
        ("übermorgen", "2027-01-17"),
        ("day after tomorrow", "2027-01-17"),
        ("in drei Wochen", "2027-02-05"),
        ("in 2 weeks", "2027-01-29"),
        ("14.3.2027 (einschließlich)", "2027-03-14"),
    ],
)
def test_a_day_is_read(words: str, day: str) -> None:
    """Without a year it is the next one; without a time it is the whole day."""
    written = read(words, today=TODAY)
    assert (written.start, written.end) == (Moment(day=date.fromisoformat(day)), None)
    assert written.words == words


@pytest.mark.parametrize(
    ("words", "day", "hour", "minute"),
    [
        ("29. Januar 2027, 23:59 Uhr", "2027-01-29", 23, 59),
        ("14.3.27, 24 Uhr", "2027-03-14", 24, 0),
        ("bis 14.3.27, „24:00 Uhr“", "2027-03-14", 24, 0),
        ("14.3.27, 0 Uhr", "2027-03-14", 0, 0),
        ("2027-03-14T10:00", "2027-03-14", 10, 0),
        ("2027-03-14 10:00:00", "2027-03-14", 10, 0),
        ("14.3.2027 um 10.30 Uhr", "2027-03-14", 10, 30),
        ("10 Uhr 30 am 14.3.2027", "2027-03-14", 10, 30),
        ("next Friday 5pm", "2027-01-22", 17, 0),
        ("tomorrow at 9", "2027-01-16", 9, 0),
        ("12 am, 14 March 2027", "2027-03-14", 0, 0),
        ("14 March 2027 12:15 p.m.", "2027-03-14", 12, 15),
        ("übermorgen 10 Uhr", "2027-01-17", 10, 0),
    ],
)
def test_a_minute_is_read(words: str, day: str, hour: int, minute: int) -> None:
    """24 Uhr is the end of the day that is named, not the beginning of another one."""
    moment = Moment(day=date.fromisoformat(day), minute=hour * 60 + minute)
    assert read(words, today=TODAY).start == moment


@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        ("18.–19.11.2027", "2027-11-18", "2027-11-19"),
        ("18.-19. November 2027", "2027-11-18", "2027-11-19"),
        ("vom 18. bis 19. November 2027", "2027-11-18", "2027-11-19"),
        ("18.11.–19.11.2027", "2027-11-18", "2027-11-19"),
        ("30.11. bis 2.12.", "2027-11-30", "2027-12-02"),
        ("28.12.–2.1.2028", "2027-12-28", "2028-01-02"),
        ("November 18-19, 2027", "2027-11-18", "2027-11-19"),
        ("18–19 November 2027", "2027-11-18", "2027-11-19"),
        ("2027-11-18/2027-11-19", "2027-11-18", "2027-11-19"),
        ("2027-11-18 - 2027-11-19", "2027-11-18", "2027-11-19"),
    ],
)
def test_days_are_read_as_a_range(words: str, start: str, end: str) -> None:
    """The last day belongs to it; what the first one leaves out, the last one says."""
    written = read(words, today=TODAY)
    both = (Moment(day=date.fromisoformat(start)), Moment(day=date.fromisoformat(end)))
    assert (written.start, written.end) == both


@pytest.mark.parametrize(
    "words", ["14.3.2027, 10–12 Uhr", "14 March 2027, 10 am-12 pm", "14.3.2027 von 10 bis 12 Uhr"]
)
def test_hours_are_read_as_a_range(words: str) -> None:
    """A meeting has a beginning and an end."""
    written = read(words, today=TODAY)
    day = date(2027, 3, 14)
    assert (written.start, written.end) == (
        Moment(day=day, minute=600),
        Moment(day=day, minute=720),
    )


@pytest.mark.parametrize(
    ("words", "inclusive"),
    [
        ("bis einschließlich Freitag", True),
        ("bis 14.3.2027 einschl.", True),
        ("14.3.2027 inclusive", True),
        ("bis 14.3.2027", False),
    ],
)
def test_whether_the_day_itself_counts_is_kept(words: str, *, inclusive: bool) -> None:
    """Who writes it means it."""
    assert read(words, today=TODAY).inclusive is inclusive


@pytest.mark.parametrize(
    ("words", "example_"),
    [
        ("31.2.2027", "28.2.2027"),
        ("30.2.", "29.2.2028"),
        ("31. April 2027", "30.4.2027"),
        ("", "29.1.2027"),
        ("bald", "29.1.2027"),
        ("5", "29.1.2027"),
        ("10 Uhr", "29.1.2027"),
        ("14.3.2027 24:30 Uhr", "29.1.2027"),
        ("14.3.2027 25 Uhr", "29.1.2027"),
        ("nächste Woche", "29.1.2027"),
        ("in 3 Stunden", "29.1.2027"),
        ("14.13.2027", "29.1.2027"),
        ("1.1.9999", "29.1.2027"),
        ("4. Quartal 2027", "29.1.2027"),
        ("19.11.–18.11.2027", "19.11.2027"),
        ("x" * 1000, "29.1.2027"),
    ],
)
def test_what_is_no_date_is_refused_with_one_that_is(words: str, example_: str) -> None:
    """A day that no month has gets the month's last one as its example."""
    with pytest.raises(DateError) as refused:
        read(words, today=TODAY)
    assert refused.value.message == "date-unreadable"
    assert refused.value.values == {"words": words[:40], "example": example_}


def test_a_date_with_two_readings_is_not_guessed() -> None:
    """Day and month are told apart by whoever wrote them."""
    with pytest.raises(DateError) as refused:
        read("3/4/2027", today=TODAY)
    assert refused.value.message == "date-ambiguous"
    assert refused.value.values["one"] == "3.4.2027"
    assert refused.value.values["other"] == "4.3.2027"
    assert read("4/4/2027", today=TODAY).start.day == date(2027, 4, 4)


def test_a_weekday_that_does_not_fit_is_refused() -> None:
    """One of the two is wrong, and nobody but the author knows which."""
    with pytest.raises(DateError) as refused:
        read("Montag, 14.3.2027", today=TODAY)
    assert refused.value.message == "date-wrong-weekday"


@given(moments, languages)
def test_a_moment_that_was_shown_is_read_as_the_same(moment: Moment, language: str) -> None:
    """Members may copy what they read."""
    written = read(format_moment(moment, language), today=TODAY)
    assert (written.start, written.end) == (moment, None)


@given(spans(), languages)
def test_a_range_that_was_shown_is_read_as_the_same(
    span: tuple[Moment, Moment], language: str
) -> None:
    """Short or long, within a day, a month, a year or beyond."""
    start, end = span
    written = read(format_span(start, end, language), today=TODAY)
    assert (written.start, written.end) == (start, None if end == start else end)


@given(spans(), languages)
def test_the_days_of_a_line_are_read_as_the_same(
    span: tuple[Moment, Moment], language: str
) -> None:
    """The short form of lists as well."""
    start, end = span
    written = read(format_line(start, end, language), today=TODAY)
    last = written.end or written.start
    assert (written.start.day, last.day) == (start.day, end.day)


BITS = (
    *("14.", "3.", "2027", "27", "'27", "31.2.", "00", "99999999999", "²", "٣", "10:30", "5pm"),
    *("24", "uhr", "märz", "march", "fr", "friday", "next", "nächsten", "bis", "einschließlich"),
    *("-", "–", "/", ",", ":", "t", "am", "um", "in", "wochen", "heute", "tomorrow"),
)
words = st.text(max_size=60) | st.lists(st.sampled_from(BITS), max_size=6).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(words, st.dates(date(2000, 1, 1), date(2150, 12, 31)))
@example("29.2.2027-1.3.2027", TODAY)
@example("in 99999999 jahren", TODAY)
def test_no_text_leads_to_another_error(text: str, today: date) -> None:
    """Members write what they like."""
    with suppress(DateError):
        assert read(text, today=today).words == text.strip()


def test_months_are_known_in_both_languages() -> None:
    """For filters, which are single words."""
    assert [month_number(word) for word in ("März", "mrz.", "March", "dez", "Maerz", "foo")] == [
        3,
        3,
        3,
        12,
        3,
        None,
    ]
