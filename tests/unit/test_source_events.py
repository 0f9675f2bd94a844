"""What an item becomes as an event, and what of it stays when its source changes."""

from datetime import date, timedelta
from typing import Any

import pytest

from bot.events.event import DeadlineKind, Event, Kind, Status
from bot.feeds.deadline_kinds import DeadlineKind as ItemDeadline
from bot.feeds.item import Deadline, Item, Series
from bot.feeds.item import Kind as ItemKind
from bot.feeds.item import Status as ItemStatus
from bot.feeds.when import Precision, When
from bot.services import source_events, source_news, source_reading
from bot.services.source_events import Ruling, compose, is_over, is_sure, merged
from bot.storage.source_models import Source
from bot.text import markdown
from bot.text.moments import Moment
from bot.text.plain import to_plain
from tests.fakes import START

DAY = date(2027, 3, 12)


def local(year: int, month: int, day: int, hour: int) -> When:
    """Return an hour by the local calendar."""
    moment = Moment(day=date(year, month, day), minute=hour * 60)
    return When(moment, precision=Precision.MINUTE)


def source(**values: Any) -> Source:
    """Return a source."""
    usual = {
        "id": 7, "kind": "feed", "name": "Beispiel", "address": "https://example.org/f",
        "topic_id": 1, "laender": "SN BY", "language": "de", "zone": "Europe/Berlin",
        "mode": "announce", "keywords": {}, "template": "", "every": 1800,
    }  # fmt: skip
    return Source(**{**usual, **values})


def item(**values: Any) -> Item:
    """Return an event of an hour."""
    usual = {
        "id": "a", "kind": ItemKind.EVENT, "title": "Fachtag",
        "start": local(2027, 3, 12, 9), "end": local(2027, 3, 12, 10),
    }  # fmt: skip
    return Item(**{**usual, **values})


def deadline(confidence: float, words: str = "bis 12. März", **values: Any) -> Item:
    """Return a deadline that was read from words."""
    due = values.pop("due", When.of(DAY))
    found = Deadline(due, None, words, confidence)
    return item(kind=ItemKind.DEADLINE, start=None, end=None, due=due, deadline=found, **values)


def event(one: Item, *parts: Item, ruling: Ruling | None = None) -> Event:
    """Return the event that an item becomes."""
    made = compose(one, parts, uid="feed-7-a", source=source(), topic="t", ruling=ruling)
    assert made is not None
    return made


def test_an_event_has_what_its_source_says() -> None:
    """Where it matters, when, and where to read more."""
    made = event(item(place="Kiel", url="https://example.org/a", text="Text"))
    assert (made.kind, made.title, made.place, made.text) == (
        Kind.EVENT,
        "Fachtag",
        "Kiel",
        "Text",
    )
    assert (made.laender, made.link, made.source) == (
        ("SN", "BY"), "https://example.org/a", "Beispiel",
    )  # fmt: skip


def test_a_deadline_keeps_the_words_of_its_source() -> None:
    """Unless they stand in the title."""
    made = event(deadline(0.9))
    assert (made.kind, made.start) == (Kind.DEADLINE, Moment(day=DAY))
    assert made.text == "Im Wortlaut: „bis 12. März“"
    assert event(deadline(0.9, title="Aufruf bis 12. März")).text == ""


@pytest.mark.parametrize(
    ("said", "kept"),
    [(ItemDeadline.CUT_OFF, DeadlineKind.CUT_OFF), (ItemDeadline.ROLLING, None), (None, None)],
)
def test_a_deadline_is_as_binding_as_its_source_says(
    said: ItemDeadline | None, kept: DeadlineKind | None
) -> None:
    """Of a rolling one the source says no beginning, so only its end is kept."""
    assert event(deadline(0.9, deadline_kind=said)).deadline is kept


def test_what_does_not_fit_is_left_out() -> None:
    """Rather than the whole event."""
    backwards = item(end=local(2027, 3, 11, 10))
    assert event(backwards).end is None
    endless = item(series=Series("FREQ=SOMETIMES"))
    assert event(endless).series is None


def test_a_series_has_the_dates_that_are_not_as_its_rule_says() -> None:
    """Left out, added, moved and called off."""
    weekly = item(
        series=Series(
            "FREQ=WEEKLY;COUNT=4",
            excluded=(local(2027, 3, 19, 9),),
            added=(local(2027, 4, 20, 9),),
        )
    )
    moved = item(original=local(2027, 3, 26, 9), start=local(2027, 3, 27, 9))
    off = item(
        original=local(2027, 4, 2, 9), start=local(2027, 4, 2, 9),
        status=ItemStatus.CANCELLED,
    )  # fmt: skip
    series = event(weekly, moved, off).series
    assert series is not None
    found = [(one.original.day.day, one.start and one.start.day.day, one.cancelled)
             for one in series.deviations]  # fmt: skip
    assert found == [(19, None, False), (26, 27, False), (2, 2, True), (20, 20, False)]


def test_an_unsure_due_date_needs_somebody_to_look() -> None:
    """Whose word holds as long as the source says the same."""
    unsure = deadline(0.7)
    assert not is_sure(unsure, None)
    ruling = Ruling("bis 12. März", Moment(day=DAY + timedelta(days=3)))
    assert is_sure(unsure, ruling)
    assert event(unsure, ruling=ruling).start.day == DAY + timedelta(days=3)
    assert not is_sure(deadline(0.7, "bis 13. März"), ruling)
    assert is_sure(deadline(0.8), None)
    assert is_sure(item(), None)


def test_what_was_changed_in_chat_stays_where_the_source_says_nothing_new() -> None:
    """Field by field."""
    made = event(item(place="Kiel"))
    kept = made.model_copy(update={"title": "Unser Fachtag"})
    after = merged(made, event(item(place="Lübeck")), kept)
    assert (after.title, after.place) == ("Unser Fachtag", "Lübeck")


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        (deadline(0.9), deadline(0.9, due=When.of(DAY + timedelta(days=7))), Status.EXTENDED),
        (item(), item(start=local(2027, 3, 13, 9), end=None), Status.POSTPONED),
    ],
)
def test_what_is_put_off_says_what_held_before(before: Item, after: Item, status: Status) -> None:
    """And goes on saying it when something else changes."""
    first = event(before)
    second = merged(first, event(after), first)
    assert (second.status, second.previous) == (status, first.start)
    third = merged(event(after), event(after).model_copy(update={"place": "Kiel"}), second)
    assert (third.status, third.previous, third.place) == (status, first.start, "Kiel")


@pytest.mark.parametrize(
    ("one", "over"),
    [
        (item(start=When.of(START - timedelta(hours=1)), end=None), False),
        (item(start=When.of(START - timedelta(days=1)), end=None), True),
        (item(start=When.of((START - timedelta(days=3)).date()),
              end=When.of(START.date())), False),
        (item(kind=ItemKind.NEWS, start=None, end=None), False),
        (item(start=local(2020, 1, 1, 9), end=None, series=Series("FREQ=WEEKLY")), False),
        (item(start=local(2020, 1, 1, 9), end=None,
              series=Series("FREQ=WEEKLY;UNTIL=20210101T000000Z")), True),
    ],
)  # fmt: skip
def test_what_is_over(one: Item, *, over: bool) -> None:
    """An event lasts until the end of its day; news are never over."""
    assert is_over(one, START) is over


# News


@pytest.mark.parametrize("text", ["1. Platz *für* alle", "# a_b_c [x](y) <b>", "- eins", "a\\*b"])
def test_a_title_reads_as_it_was_written(text: str) -> None:
    """Whatever Markdown would make of it."""
    news = item(kind=ItemKind.NEWS, start=None, end=None, title=text, text="")
    (written,) = source_news.texts(news, source(template="{title}")).values()
    assert to_plain(markdown.parse(written)) == text


def test_a_template_words_news() -> None:
    """A placeholder that nobody knows is refused before."""
    news = item(kind=ItemKind.NEWS, url="https://example.org/a", published=START)
    told = source_news.texts(news, source(template="{source} am {date}: {title} {link}"))
    assert told == {"de": "Beispiel am 15. Januar 2027: Fachtag https://example.org/a"}
    assert source_news.unknown_placeholders("{title} {mood}") == ["mood"]


# When next


def test_sources_are_spread_evenly_over_the_interval() -> None:
    """However they began together: in each tenth of the interval there are about as many."""
    every = timedelta(minutes=30)
    tenths = [0] * 10
    for number in range(1, 2001):
        after = source_reading.next_slot(number, every, START, 0) - START
        assert timedelta(0) < after <= every
        tenths[min(int(after / every * 10), 9)] += 1
    assert min(tenths[1:9]) > 140
    assert max(tenths[1:9]) < 260


def test_a_source_keeps_its_place_in_the_interval() -> None:
    """Read a little late, it is read at its place again."""
    every = timedelta(minutes=30)
    first = source_reading.next_slot(5, every, START, 0)
    second = source_reading.next_slot(5, every, first + timedelta(seconds=40), 0)
    assert abs((second - first - every).total_seconds()) <= 41


def test_slugs_find_their_topic_again() -> None:
    """In the words of its names."""
    from bot.services.topics import Topic

    assert source_events.slug(Topic(name_de="Förderfristen", name_en="x", key=None)) == (
        "foerderfristen"
    )
    assert source_events.slug(Topic(name_de="…", name_en="…", key="news")) == "news"
