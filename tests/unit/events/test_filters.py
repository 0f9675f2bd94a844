"""Words behind a command choose what is shown."""

from datetime import UTC, date, datetime

import pytest

from bot.events.event import Event, Kind, Series
from bot.events.filters import Filter, chosen, parse
from bot.events.holidays import Rest, rest
from bot.text.moments import Moment

NOW = datetime(2027, 1, 15, 9, tzinfo=UTC)


def event(uid: str, day: str, **values: object) -> Event:
    return Event.model_validate(
        {"uid": uid, "title": uid, "start": Moment(day=date.fromisoformat(day)), **values}
    )


EVENTS = [
    event("past", "2026-11-18"),
    event("saxony", "2027-03-14", laender=("SN",), kind=Kind.CONFERENCE),
    event("everywhere", "2027-03-20", place="Leipzig", topic="daten"),
    event("thuringia", "2027-02-01", laender=("TH",), staffeln=(2021,)),
    event("weekly", "2027-01-18", series=Series(rule="FREQ=WEEKLY;COUNT=4")),
    event("deadline", "2027-02-02", kind=Kind.DEADLINE),
]


@pytest.mark.parametrize(
    ("words", "uids"),
    [
        ("", ["weekly", "thuringia", "saxony", "everywhere"]),
        ("alle", ["weekly", "thuringia", "saxony", "everywhere"]),
        ("Sachsen", ["weekly", "saxony", "everywhere"]),
        ("in SN im März", ["saxony", "everywhere"]),
        ("konferenzen", ["saxony"]),
        ("leipzig", ["everywhere"]),
        ("daten", ["everywhere"]),
        ("Staffel 2020", ["weekly", "saxony", "everywhere"]),
        ("Januar 2027", ["weekly", "weekly"]),
        ("2026", ["past"]),
        ("vergangene", ["past"]),
        ("2028", []),
        ("foo", []),
    ],
)
def test_words_are_read_as_filters(words: str, uids: list[str]) -> None:
    """A series is one line, but in a month that is asked for it is all its dates."""
    found = chosen(EVENTS, parse(words, deadlines=False), now=NOW)
    assert [one.event.uid for one in found] == uids


def test_deadlines_are_a_list_of_their_own() -> None:
    """Nobody looks for them among conferences."""
    found = chosen(EVENTS, Filter(deadlines=True), now=NOW)
    assert [one.event.uid for one in found] == ["deadline"]


def test_a_month_of_a_series_without_end_is_the_next_one() -> None:
    """Nobody reads the Mondays of ten years."""
    endless = event("endless", "2020-01-06", series=Series(rule="FREQ=WEEKLY"))
    found = chosen([endless], parse("März", deadlines=False), now=NOW)
    assert {(one.start.day.year, one.start.day.month) for one in found} == {(2027, 3)}


def test_a_holiday_is_one_where_it_is_one() -> None:
    """All Saints' Day is no holiday in Saxony."""
    day = date(2027, 11, 1)
    assert rest(day, laender=("NW", "SN"), language="de") == Rest("Allerheiligen", ("NW",))
    assert rest(day, laender=("SN",), language="de") is None
    assert rest(day, laender=(), language="de") is None
    assert rest(date(2027, 10, 3), laender=("SN",), language="en") == Rest("German Unity Day")
    assert rest(date(2027, 3, 14), laender=(), language="de") == Rest()
