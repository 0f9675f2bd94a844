"""Feeds of topics, read back by our own readers and by another one."""

import json
from xml.etree import ElementTree as ET

import feedparser
import pytest

from bot.feeds import reading
from bot.feeds.item import Status as ItemStatus
from bot.pages.feeds import atom, json_feed
from bot.pages.public import PublicCalendar
from tests.unit.pages import made

ATOM = "{http://www.w3.org/2005/Atom}"
TITLES = [
    "Abgesagt: Werkstatt",
    "Verschoben: Expo",
    "Sprechstunde",
    "9. Kongress: Vom Machen ins Wirken",
]


def as_atom(calendar: PublicCalendar = made.USUAL) -> bytes:
    return atom(calendar, made.CONFERENCES, made.GERMAN)


def as_json(calendar: PublicCalendar = made.USUAL) -> bytes:
    return json_feed(calendar, made.CONFERENCES, made.GERMAN)


@pytest.mark.parametrize(("feed", "form"), [(as_atom(), "atom"), (as_json(), "json")])
def test_our_own_reader_reads_what_we_give_out(feed: bytes, form: str) -> None:
    """The same titles, instants and addresses, and what was called off."""
    found = reading.parse(feed, now=made.NOW)
    assert (found.problem, found.skipped) == ("", [])
    assert found.form == form
    assert [one.title for one in found.items] == TITLES
    assert {one.published for one in found.items} == {made.CREATED}
    assert [one.url for one in found.items] == [
        f"{made.ADDRESS}/events/{number}" for number in (5, 4, 3, 1)
    ]
    assert [one.status for one in found.items][:2] == [ItemStatus.CANCELLED, ItemStatus.POSTPONED]
    assert all(one.id.startswith("urn:uuid:") for one in found.items)


def test_another_reader_finds_nothing_wrong_with_the_atom_feed() -> None:
    """Titles, times, ids, language and the page that it belongs to."""
    found = feedparser.parse(as_atom())
    assert not found.bozo
    assert found.version == "atom10"
    assert found.feed.language == "de"
    assert found.feed.link == f"{made.ADDRESS}/topics/conferences"
    assert found.feed.updated == made.CHANGED.isoformat()
    assert [one.title for one in found.entries] == TITLES
    assert {one.published for one in found.entries} == {made.CREATED.isoformat()}
    assert {one.updated for one in found.entries} == {made.CHANGED.isoformat()}
    assert "17.–19. März 2027" in found.entries[-1].content[0].value


def test_the_atom_feed_has_what_the_standard_asks_for() -> None:
    """RFC 4287, sections 4.1.1 and 4.1.2: ids, titles, times, an author and one link to itself."""
    root = ET.fromstring(as_atom())  # noqa: S314 # our own
    assert root.tag == f"{ATOM}feed"
    for element in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1
    assert [one.get("href") for one in root.findall(f"{ATOM}link[@rel='self']")] == [
        f"{made.ADDRESS}/topics/conferences.atom"
    ]
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "KTS Musterstadt"
    ids = [one.text for one in root.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids))


def test_ids_stay_when_title_and_address_change() -> None:
    """Readers show an entry once, not once more after each change."""
    renamed = made.CONGRESS.model_copy(update={"title": "Anders"})
    before = json.loads(as_json(made.calendar_of(made.CONGRESS)))
    after = json.loads(as_json(made.calendar_of(made.OFF, renamed)))
    assert before["items"][0]["id"] == after["items"][0]["id"]


def test_the_json_feed_has_what_the_standard_asks_for() -> None:
    """And times in a form for programs beside the words."""
    tree = json.loads(as_json())
    assert tree["version"] == "https://jsonfeed.org/version/1.1"
    assert tree["feed_url"] == f"{made.ADDRESS}/topics/conferences.json"
    assert tree["language"] == "de"
    item = tree["items"][-1]
    assert item["external_url"] == made.CONGRESS.link
    assert item["date_modified"] == made.CHANGED.isoformat()
    assert item["_stadtfunk"] == {
        "kind": "conference",
        "status": "confirmed",
        "start": "2027-03-17",
        "end": "2027-03-19",
        "zone": "Europe/Berlin",
    }


@pytest.mark.parametrize("feed", [atom, json_feed])
def test_a_topic_without_events_is_an_empty_feed_that_does_not_change(feed: object) -> None:
    """Otherwise programs would fetch it anew each time."""
    assert callable(feed)
    empty = made.calendar_of()
    first = feed(empty, made.CONFERENCES, made.GERMAN)
    assert first == feed(empty, made.CONFERENCES, made.GERMAN)
    assert reading.parse(first).items == []


def test_hostile_words_break_no_feed() -> None:
    """Control characters are left out, markup is words."""
    title = "<b>fett</b> & \x00\x0b]]> \u202e 👩🏽‍💻 </title>"
    calendar = made.calendar_of(made.CONGRESS.model_copy(update={"title": title, "text": title}))
    shown = title.replace("\x00\x0b", "")
    root = ET.fromstring(as_atom(calendar))  # noqa: S314 # our own
    assert root.findtext(f"{ATOM}entry/{ATOM}title") == shown
    item = json.loads(as_json(calendar))["items"][0]
    assert item["title"] == shown
    assert "<b>" not in item["content_html"]
