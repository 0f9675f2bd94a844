"""Events as a table, and the same events again."""

import pytest
from hypothesis import given, settings

from bot.events.event import Deviation, Event, Series, Stage, Status
from bot.events.formats import parse
from bot.events.formats.table import to_csv
from tests.unit.events.made import events
from tests.unit.events.test_ics import (
    ABROAD,
    CONGRESS,
    DUE,
    EVERYTHING,
    MIDNIGHT,
    OFFICE_HOUR,
    at,
)

SERIES = OFFICE_HOUR.model_copy(
    update={
        "series": Series(
            rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=WE;COUNT=8",
            deviations=(
                Deviation(original=at("2026-12-23", 600)),
                Deviation(original=at("2026-11-25", 600), start=at("2026-11-26", 615)),
                Deviation(original=at("2026-12-09", 600), cancelled=True),
            ),
        ),
    }
)
EXTENDED = MIDNIGHT.model_copy(
    update={
        "status": Status.EXTENDED,
        "previous": at("2027-01-29", 1440),
        "stages": (Stage(title="Registrierung", due=at("2027-01-22", 720)),),
        "laender": ("SN", "BY"),
        "staffeln": (2019, 2021),
        "topic": "daten",
    }
)
EXAMPLE = CONGRESS.model_copy(update={"title": "Kongress (Beispiel)", "example": True})


@pytest.mark.parametrize(
    "event", [SERIES, EXTENDED, EXAMPLE, CONGRESS, ABROAD, DUE], ids=lambda one: one.uid
)
def test_what_was_written_is_read_back(event: Event) -> None:
    """By the importer, in every field."""
    table = to_csv([event])
    assert parse(table.text.encode(), "a.csv") == ([event], [])
    assert table.inexact == ()


def test_what_a_table_has_no_words_for_is_told() -> None:
    """The rest of that event and all others are written."""
    table = to_csv([CONGRESS, OFFICE_HOUR])
    assert table.inexact == ("office-hour",)
    found, problems = parse(table.text.encode(), "a.csv")
    assert problems == []
    assert found[0] == CONGRESS
    assert found[1].series is not None


def test_many_events_are_one_table() -> None:
    """A row each, in their order."""
    found = [one.model_copy(update={"uid": str(n)}) for n, one in enumerate(EVERYTHING)]
    table = to_csv(found)
    again, problems = parse(table.text.encode(), "a.csv")
    assert problems == []
    assert [one.uid for one in again] == [one.uid for one in found]


@settings(max_examples=100)
@given(events())
def test_whatever_is_not_told_reads_back_the_same(event: Event) -> None:
    """Nothing is lost in silence."""
    table = to_csv([event])
    if not table.inexact:
        assert parse(table.text.encode(), "a.csv") == ([event], [])


@pytest.mark.parametrize("title", ['=HYPERLINK("http://a")', "+1", "-10 % Rabatt", "@a", "'=1"])
def test_no_cell_is_taken_for_a_formula(title: str) -> None:
    """A feed's title would be computed by whoever opens the table."""
    event = CONGRESS.model_copy(update={"title": title})
    table = to_csv([event])
    assert f"'{title[:2]}" in table.text
    assert parse(table.text.encode(), "table.csv") == ([event], [])
