"""Items are kept without loss."""

import pytest

from bot.feeds import keeping
from bot.feeds.reading import parse
from tests.unit.feeds.samples import calendar, rss

FEEDS = {
    "series": calendar(
        "UID:1\nSUMMARY:Treff\nDTSTART;TZID=Europe/Berlin:20270301T100000\n"
        "RRULE:FREQ=WEEKLY;COUNT=9\nEXDATE;TZID=Europe/Berlin:20270308T100000"
    ),
    "days": calendar("UID:1\nSUMMARY:Messe\nDTSTART;VALUE=DATE:20271118"),
    "deadline": rss("<title>Bewerbungsfrist 1.5.2027, 12 Uhr</title><guid>7</guid>"),
    "news": rss("<title>Neues</title><guid>7</guid><description>ä \U0001f600</description>"),
}


@pytest.mark.parametrize("name", FEEDS)
def test_an_item_comes_back_as_it_was(name: str) -> None:
    """With the same fingerprint."""
    items = parse(FEEDS[name]).items
    assert items
    for item in items:
        again = keeping.restored(keeping.stored(item))
        assert again == item
        assert again.fingerprint == item.fingerprint
