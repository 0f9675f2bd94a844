"""RSS, Atom and JSON Feed, sound and as programs break them."""

import json
from datetime import UTC, datetime

import feedparser
import pytest

from bot.feeds.item import Kind, Status
from bot.feeds.reading import parse
from tests.unit.feeds.samples import only, reasons, rss, times, titles

PUBLISHED = "<pubDate>Mon, 12 Oct 2026 10:00:00 +0200</pubDate>"
RSS_091 = b"""<?xml version="1.0" encoding="ISO-8859-1"?><rss version="0.91"><channel>
<title>Stra\xdfe</title><link>http://example.org/</link><description/>
<item><title>Erste</title><link>http://example.org/1</link></item>
<item><title>Gr\xf6\xdfe</title><link>/2</link></item></channel></rss>"""
RSS_10 = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="http://example.org/"><title>Stra\xc3\x9fe</title><link>http://example.org/</link>
<items><rdf:Seq><rdf:li rdf:resource="http://example.org/1"/></rdf:Seq></items></channel>
<item rdf:about="http://example.org/1"><title>Erste</title><link>http://example.org/1</link>
<dc:date>2026-10-12T08:00:00Z</dc:date></item>
<item rdf:about="http://example.org/2"><title>Gr\xc3\xb6\xc3\x9fe</title><link>http://example.org/2</link></item>
</rdf:RDF>"""
ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"
 xml:base="http://example.org/"><title type="html">Stra&amp;szlig;e</title><link href="http://example.org/"/>
<entry><id>urn:1</id><title>Erste</title><link rel="alternate" href="/1"/>
<published>2026-10-12T08:00:00Z</published><summary>Kurz</summary></entry>
<entry><id>urn:2</id><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Gr<b>ö</b>ße</div></title>
<link href="http://example.org/2"/><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">
<p>Eins</p><p>Zwei</p></div></content></entry></feed>""".encode()
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Straße",
        "home_page_url": "http://example.org/",
        "items": [
            {
                "id": 1,
                "url": "/1",
                "title": "Erste",
                "date_published": "2026-10-12T10:00:00+02:00",
            },
            {"id": "2", "external_url": "http://example.org/2", "content_html": "<b>Größe</b>"},
        ],
    }
).encode()


@pytest.mark.parametrize(
    ("form", "data"), [("rss", RSS_091), ("rss", RSS_10), ("atom", ATOM), ("json", JSON)]
)
def test_every_format_gives_the_same_items(form: str, data: bytes) -> None:
    """As their specifications have them."""
    found = parse(data)
    assert (found.form, found.title, found.problem) == (form, "Straße", "")
    assert titles(found) == ["Erste", "Größe"]
    assert [one.url for one in found.items] == ["http://example.org/1", "http://example.org/2"]
    assert {one.published for one in found.items} <= {datetime(2026, 10, 12, 8, tzinfo=UTC), None}


SOUND = [RSS_091, RSS_10, ATOM, rss(*(f"<title>{number}</title>" for number in range(450)))]


@pytest.mark.parametrize("data", SOUND)
def test_no_item_is_lost_that_feedparser_finds(data: bytes) -> None:
    """Also where many are parsed at once."""
    assert len(parse(data).items) == len(feedparser.parse(data).entries)


def test_a_deadline_in_the_title_is_one() -> None:
    """As foerderinfo.bund.de writes it: the last date is the deadline."""
    item = only(rss(f"<title>Mobilität | 07.08.2026 - 23.09.2026</title>{PUBLISHED}"))
    assert item.kind is Kind.DEADLINE
    assert times([item]) == [("2026-08-07", None, "2026-09-23")]
    assert item.deadline is not None
    assert item.deadline.words == "07.08.2026 - 23.09.2026"


def test_a_date_in_the_title_of_an_event_is_when_it_takes_place() -> None:
    """A congress is no deadline."""
    item = only(rss(f"<title>Kongress am 10.–12. März 2027 in Kiel</title>{PUBLISHED}"))
    assert (item.kind, times([item])) == (Kind.EVENT, [("2027-03-10", "2027-03-12", None)])


def test_what_is_published_in_the_future_takes_place_then() -> None:
    """TYPO3's sf_event_mgt writes the start as pubDate; lastBuildDate is the fetch time."""
    head = "<title>x</title><lastBuildDate>Mon, 12 Oct 2026 10:00:00 GMT</lastBuildDate>"
    later = "<title>Rat</title><pubDate>Mon, 01 Mar 2027 09:00:00 GMT</pubDate>"
    item = only(rss(later, head=head))
    assert (item.kind, times([item])) == (Kind.EVENT, [("2027-03-01T10:00:00+01:00", None, None)])
    assert only(rss(f"<title>Rat</title>{PUBLISHED}", head=head)).kind is Kind.NEWS


def test_times_and_place_of_the_event_module_are_read() -> None:
    """Whatever the prefix is, and whether it was declared."""
    fields = (
        "<title>x</title><ev:startdate>2027-03-01T10:00:00+01:00</ev:startdate>"
        "<ev:enddate>2027-03-01T12:00:00+01:00</ev:enddate><ev:location>Kiel</ev:location>"
    )
    item = only(rss(fields))
    assert (item.kind, item.place) == (Kind.EVENT, "Kiel")
    assert times([item]) == [("2027-03-01T10:00:00+01:00", "2027-03-01T12:00:00+01:00", None)]


def test_a_session_in_an_address_makes_no_difference() -> None:
    """The Government Site Builder numbers every visitor."""
    one, other = (
        only(rss(f"<title>x</title><link>https://example.org/a;jsessionid={session}?b=1</link>"))
        for session in ("AB12.live1", "CD34.live2")
    )
    assert one == other
    assert one.url == "https://example.org/a?b=1"


def test_an_id_does_not_depend_on_where_the_feed_is_read() -> None:
    """A feed that moves is not new as a whole."""
    item = rss("<title>x</title><guid>news-1</guid><link>a</link>")
    assert only(item, address="https://example.org/alt/feed").id == only(item).id == "news-1"
    assert only(item, address="https://example.org/alt/feed").url == "https://example.org/alt/a"


def test_text_that_was_escaped_twice_is_plain() -> None:
    """And so is HTML in titles; what only looks like a tag stays."""
    item = only(
        rss(
            "<title>&amp;lt;b&amp;gt;Größe&amp;lt;/b&amp;gt; &amp;amp; 1 &lt; 2</title>"
            "<description>"
            "<![CDATA[<p>Eins &uuml;ber</p><script>x()</script><ul><li>a</li><li>b</li></ul>]]>"
            "</description>"
        )
    )
    assert item.title == "Größe & 1 < 2"
    assert item.text == "Eins über\n\n- a\n\n- b"


@pytest.mark.parametrize(
    "broken",
    [
        "<title>kaputt & mehr <b</title>",
        "<title>kaputt</titel>",
        "<title>kaputt</title><x:y z>",
        "<title>kaputt</title><description><![CDATA[offen</description>",
        "<title>kaputt \x00\x0b&#0;&#x1f;</title>",
        "<title>kaputt &nbsp; &auml; &unbekannt;</title>",
        "<title>kaputt</title><link>http://[</link>",
        "<title>kaputt</title><pubDate>gestern</pubDate>",
        "<title>kaputt</title><pubDate>9999-99-99T99:99:99Z</pubDate>",
        "<title>kaputt</title><ev:startdate>bald</ev:startdate>",
    ],
)
def test_a_broken_item_costs_no_other(broken: str) -> None:
    """Those before and behind it are read, and it too."""
    found = parse(rss("<title>vorher</title>", broken, "<title>nachher</title>"))
    assert titles(found)[0] == "vorher"
    assert titles(found)[-1] == "nachher"
    assert any(title.startswith("kaputt") for title in titles(found))


@pytest.mark.parametrize("cut", range(20, len(rss("<title>a</title>", "<title>b</title>")), 7))
def test_a_feed_that_is_cut_off_gives_what_is_there(cut: int) -> None:
    """Never an error, and each item whose title is whole."""
    data = rss("<title>a</title>", "<title>b</title>")[:cut]
    found = parse(data)
    assert len(found.items) >= data.count(b"</title></item>")


def test_a_json_feed_that_is_cut_off_gives_its_whole_items() -> None:
    """Those before the cut."""
    found = parse(JSON[: JSON.index(b"external_url")])
    assert titles(found) == ["Erste"]
    assert "cut off" in reasons(found)


def test_items_of_json_that_are_none_are_told() -> None:
    """The others are read; those without words are kept, so that every item is counted."""
    found = parse(
        b'{"version":"https://jsonfeed.org/version/1","items":[1,{},{"id":true},{"id":"x","content_text":"Hallo"}]}'
    )
    assert titles(found) == ["", "", "Hallo"]
    assert [one.says_nothing for one in found.items] == [True, True, False]
    assert reasons(found).count("items[") == 3


def test_entities_are_not_expanded() -> None:
    """A billion laughs stay a word."""
    lines = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE r [<!ENTITY a0 "ha">{lines}]>'
    found = parse(bomb.encode() + rss("<title>&a11;</title>"))
    assert titles(found) == ["&a11;"]
    assert "not expanded" in reasons(found)


def test_files_outside_are_not_read() -> None:
    """Whatever an entity points to."""
    evil = b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + rss("<title>&a;</title>")
    assert titles(parse(evil)) == ["&a;"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"\x00" * 100, "empty"),
        (b"Nicht gefunden", "neither XML nor JSON"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "a web page"),
        (
            b'<html><link rel="alternate" type="application/rss+xml" href="/f.xml"></html>',
            "/f.xml",
        ),
        (b"<urlset/>", "<urlset>"),
        (b'{"error": 404}', "no JSON Feed"),
        (b"[" * 99_999, "no JSON"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"%PDF-1.7", "PDF"),
    ],
)
def test_what_is_no_feed_is_told_as_what_it_is(data: bytes, why: str) -> None:
    """Nothing is raised, and a web page names its feeds."""
    found = parse(data)
    assert why in found.problem
    assert not found.items


def test_an_empty_feed_is_one() -> None:
    """Nothing new is no problem."""
    assert parse(rss()).problem == ""
    assert parse(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR").problem == ""


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        ("Größe".encode("latin-1"), "text/xml; charset=iso-8859-1"),
        ("Größe".encode("latin-1"), ""),
        ("Größe".encode(), "text/xml; charset=iso-8859-1"),
        ("Größe".encode(), 'application/xml;charset="rot13"'),
        ("Größe".encode("cp850"), "text/xml; charset=cp850"),
    ],
)
def test_the_charset_is_found_whatever_was_said(data: bytes, content_type: str) -> None:
    """Servers say what they like."""
    feed = b"<rss><channel><item><title>" + data + b"</title></item></channel></rss>"
    assert titles(parse(feed, content_type=content_type)) == ["Größe"]


def test_a_cancellation_in_the_title_is_seen() -> None:
    """Of an event anywhere in it."""
    item = only(rss("<title>Workshop am 3. Mai 2027 entfällt leider</title>"))
    assert (item.kind, item.status) == (Kind.EVENT, Status.CANCELLED)
