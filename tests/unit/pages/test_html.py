"""Pages: what stands in them, how they are built, and what hostile titles can't do."""

from dataclasses import replace
from itertools import pairwise

import pytest

from bot.events.event import Event, Kind, Status
from bot.pages.event_page import event_page
from bot.pages.month_page import Choice, month_page
from bot.pages.months import Month
from bot.pages.public import PublicCalendar, Visit
from bot.pages.topic_page import topic_page, topics_page, unknown_page, wrong_page
from tests.unit.pages import made
from tests.unit.pages.reading import attributes, headings, read, structured, texts

MARCH = Month(2027, 3)
HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</title><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "{{ 7 * 7 }} {% raw %}",
    "<!-- --> ]]> &amp; &lt;",
    "\u202eabgesagt\u2066",
    "Werkstatt 👩🏽‍💻 \U0001f6b2",
    "A" * 200,
    "null\x00 und \x1b[31m",
]


def every_page(calendar: PublicCalendar, visit: Visit) -> dict[str, str]:
    """Return one page of each sort."""
    return {
        **{f"event {one.number}": event_page(calendar, one, visit) for one in calendar.events},
        "month": month_page(calendar, MARCH, Choice(), visit),
        "empty month": month_page(calendar, Month(2029, 2), Choice(), visit),
        "topic": topic_page(calendar, made.CONFERENCES, visit),
        "topics": topics_page(calendar, visit),
        "unknown": unknown_page(calendar, visit),
        "wrong": wrong_page(calendar, visit),
    }


@pytest.mark.parametrize("visit", [made.GERMAN, made.ENGLISH, replace(made.ENGLISH, chosen=True)])
def test_every_page_is_whole_and_says_its_language(visit: Visit) -> None:
    """No mistake in the HTML, one main heading, no level left out, nothing unlabelled."""
    for name, html in every_page(made.USUAL, visit).items():
        page = read(html)
        assert attributes(page, "html", "lang") == [visit.language], name
        levels = headings(page)
        assert levels[0] == 1, name
        assert levels.count(1) == 1, name
        assert all(after - before <= 1 for before, after in pairwise(levels))
        assert attributes(page, "a.skip", "href") == ["#main"], name
        assert len(page.query("main#main")) == 1, name
        assert all(attributes(page, "nav", "aria-label")), name
        assert page.query("[style], [onclick], img, iframe") == [], name
        labelled = attributes(page, "label", "for")
        assert labelled == attributes(page, "select", "id"), name


@pytest.mark.parametrize("title", HOSTILE)
def test_titles_are_nothing_but_words(title: str) -> None:
    """Wherever they stand: in headings, lists, the head of the page and data for programs."""
    hostile = made.CONGRESS.model_copy(
        update={"title": title, "place": title, "text": title, "source": title}
    )
    calendar = made.calendar_of(hostile)
    for html in every_page(calendar, made.GERMAN).values():
        page = read(html)
        assert page.query("img") == []
        assert [one for one in page.query("*") if "onmouseover" in (one.attrs or {})] == []
        assert all(one == "application/ld+json" for one in attributes(page, "script", "type"))
    page = read(event_page(calendar, calendar.events[0], made.GERMAN))
    seen = "".join(sign for sign in title if sign not in "\x00\x1b")
    assert texts(page, "h1 bdi") == [" ".join(seen.split())]
    assert [one["name"] for one in structured(page)] == [title]


def test_nothing_turns_the_words_of_a_title_bar_around() -> None:
    """A bar has no markup that would hold such signs together."""
    calendar = made.calendar_of(made.CONGRESS.model_copy(update={"title": "\u202eEtsil"}))
    page = read(event_page(calendar, calendar.events[0], made.GERMAN))
    assert texts(page, "title") == ["Etsil – Stadtfunk"]


def test_an_event_is_told_as_the_chats_tell_it() -> None:
    """Inclusive days, place, links that are addresses, and the file for one's own calendar."""
    page = read(event_page(made.USUAL, made.USUAL.events[0], made.GERMAN))
    assert texts(page, "p.when") == ["17.–19. März 2027"]
    assert attributes(page, "p.when time", "datetime") == ["2027-03-17"]
    assert attributes(page, "a.button", "href") == ["/funk/events/1.ics"]
    assert attributes(page, ".text a", "href") == [
        "https://example.org/?a=1&b=2",
        "mailto:info@example.org",
    ]
    assert texts(page, "ul.facts li") == [
        "Art: Konferenz",
        "Thema: Konferenzen",
        "Quelle: example.org/kongress",
        "Quelle: Rundbrief vom 1. Februar",
        "Nr. 1",
    ]
    assert attributes(page, "link[rel=canonical]", "href") == [f"{made.ADDRESS}/events/1"]


def test_a_deadline_says_what_held_before_and_what_is_to_be_minded() -> None:
    """24:00 stays with the day that it ends; the public holiday moves nothing."""
    page = read(event_page(made.USUAL, made.USUAL.events[1], made.GERMAN))
    assert texts(page, "main p") == [
        "verlängert",
        (
            "Fällig: Montag, 29. März 2027, 24:00 Uhr "
            "(verlängert, bisher Freitag, 29. Januar 2027, 23:59 Uhr)"
        ),
        "Vorher nötig: Registrierung bis Montag, 22. März 2027",
        (
            "Hinweis: Der 29. März ist in ganz Deutschland Feiertag (Ostermontag); "
            "die Frist selbst bleibt am 29. März."
        ),
        "In den Kalender (.ics)",
        "Alles aus diesem Monat",
    ]
    assert attributes(page, "p.when time", "datetime") == ["2027-03-30T00:00:00+02:00"]


def test_a_series_lists_its_next_dates() -> None:
    """With what is called off or moved; what is over is left out."""
    page = read(event_page(made.USUAL, made.USUAL.events[2], made.ENGLISH))
    assert texts(page, "p.when") == ["Wednesday, 10 March 2027, 10:00–11:00"]
    assert texts(page, "h2 + ul li")[:4] == [
        "Wed, 10 Mar 2027, 10:00",
        "Wed, 17 Mar 2027, 10:00 (called off)",
        "Thu, 25 Mar 2027, 10:30 (moved from Wed, 24 Mar 2027, 10:00)",
        "Wed, 7 Apr 2027, 10:00",
    ]


def test_another_zone_is_named() -> None:
    """And what was cancelled says so in a word."""
    page = read(event_page(made.USUAL, made.USUAL.events[3], made.GERMAN))
    assert "(Ortszeit America/New_York)" in texts(page, "p.when")[0]
    page = read(event_page(made.USUAL, made.USUAL.events[4], made.GERMAN))
    assert texts(page, "strong.mark") == ["abgesagt"]


@pytest.mark.parametrize("bad", ["javascript:alert(1)", "data:text/html,x", "ftp://example.org/"])
def test_only_addresses_that_may_be_linked_are_links(bad: str) -> None:
    """In texts and sources alike."""
    event = made.CONGRESS.model_copy(update={"text": f"siehe {bad}", "source": bad, "link": ""})
    calendar = made.calendar_of(event)
    page = read(event_page(calendar, calendar.events[0], made.GERMAN))
    assert page.query(".text a, .facts a[rel]") == []
    assert bad in texts(page, ".text")[0]


def test_a_month_is_a_table_of_weeks() -> None:
    """Headers for rows and columns, each day a cell, today marked with a word."""
    page = read(month_page(made.USUAL, MARCH, Choice(), made.GERMAN))
    assert texts(page, "caption") == ["März 2027: Woche für Woche, Montag bis Sonntag"]
    assert attributes(page, "thead th", "scope") == ["col"] * 8
    assert attributes(page, "thead abbr", "title")[:3] == ["Kalenderwoche", "Montag", "Dienstag"]
    assert texts(page, "tbody th") == ["9", "10", "11", "12", "13"]
    assert attributes(page, "tbody th", "scope") == ["row"] * 5
    assert attributes(page, "td time", "datetime") == [f"2027-03-{day:02}" for day in range(1, 32)]
    assert texts(page, "td[aria-current=date]") == [
        "10. heute 09:00 Uhr Werkstatt abgesagt 10:00 Uhr Sprechstunde"
    ]


def test_every_day_of_an_event_shows_it() -> None:
    """As "Tag 2 von 3", with the days' public holidays, in the table and in the list alike."""
    page = read(month_page(made.USUAL, MARCH, Choice(), made.GERMAN))
    cells = {text.split(".")[0]: text for text in texts(page, "td:not(.outside)")}
    assert cells["18"] == "18. Tag 2 von 3 9. Kongress: Vom Machen ins Wirken"
    assert cells["24"] == "24."
    assert cells["25"] == "25. 10:30 Uhr Sprechstunde"
    assert cells["26"].startswith("26. Karfreitag 10:00 Uhr (Ortszeit America/New_York) Expo")
    assert cells["29"] == "29. Ostermontag Frist, 24:00 Uhr Aufruf Klimaanpassung verlängert"
    listed = texts(page, ".days h2")
    assert listed[0] == "Mittwoch, 3. März 2027"
    assert len(listed) == len([text for text in cells.values() if " " in text])


def test_a_month_leads_to_its_neighbours_and_to_feeds() -> None:
    """With what was chosen; the language only if it was chosen, too."""
    choice = Choice(made.DEADLINES, "SN")
    visit = replace(made.ENGLISH, chosen=True)
    page = read(month_page(made.USUAL, MARCH, choice, visit))
    asked = "topic=deadlines&land=SN&lang=en"
    assert attributes(page, "a[rel=prev]", "href") == [f"/funk/month/2027-02?{asked}"]
    assert attributes(page, "link[rel=next]", "href") == [f"/funk/month/2027-04?{asked}"]
    assert attributes(page, "input[type=hidden]", "value") == ["en"]
    assert attributes(page, "option[selected]", "value") == ["deadlines", "SN"]
    feeds = attributes(page, "link[type='application/atom+xml']", "href")
    assert feeds == ["/funk/topics/deadlines.atom?lang=en"]
    assert texts(page, ".days li a") == ["Aufruf Klimaanpassung"]


def test_a_land_sees_what_holds_there_and_its_holidays() -> None:
    """What names no Land holds everywhere."""
    saints = Month(2027, 10)
    event = Event(uid="r", title="Treffen", start=made.at("2027-10-31"), laender=("TH",))
    calendar = made.calendar_of(event)
    page = read(month_page(calendar, saints, Choice(land="TH"), made.GERMAN))
    assert texts(page, ".days .holiday") == ["Feiertag: Reformationstag"]
    page = read(month_page(calendar, saints, Choice(land="BY"), made.GERMAN))
    assert texts(page, ".days h2") == []
    assert texts(page, "td .holiday") == ["Tag der Deutschen Einheit"]


def test_the_last_months_lead_no_further() -> None:
    """Nobody wanders through years in which nothing is."""
    page = read(month_page(made.USUAL, Month(2032, 12), Choice(), made.GERMAN))
    assert page.query("[rel=next]") == []
    assert len(page.query("a[rel=prev]")) == 1


def test_an_empty_month_says_so_and_shows_the_way() -> None:
    """To what comes next, or that nothing does."""
    page = read(month_page(made.USUAL, Month(2027, 6), Choice(), made.GERMAN))
    assert texts(page, ".empty p")[:2] == [
        "In diesem Monat steht nichts im Kalender.",
        "Als Nächstes kommt:",
    ]
    assert attributes(page, ".empty p a", "href") == ["/funk/month/2027-03"]
    off = made.OFF.model_copy(update={"start": made.at("2027-03-12")})
    page = read(month_page(made.calendar_of(off), Month(2027, 5), Choice(), made.GERMAN))
    assert texts(page, ".empty p")[1] == "Zurzeit steht nichts bevor."


def test_five_hundred_events_in_a_month_are_all_there() -> None:
    """In the table and in the list."""
    many = [
        Event(uid=f"m{one}", title=f"Nr {one}", start=made.at(f"2027-03-{one % 31 + 1:02}", 600))
        for one in range(500)
    ]
    page = read(month_page(made.calendar_of(*many), MARCH, Choice(), made.GERMAN))
    assert len(page.query("td li")) == len(page.query(".days li")) == 500


def test_a_topic_tells_what_is_next_and_how_to_hear_of_it() -> None:
    """On both networks, in calendar programs and in feed readers."""
    page = read(topic_page(made.USUAL, made.CONFERENCES, made.GERMAN))
    assert texts(page, ".lines li a") == [
        "Werkstatt",
        "Sprechstunde",
        "9. Kongress: Vom Machen ins Wirken",
        "Expo",
    ]
    assert "(Ortszeit America/New_York)" in texts(page, ".lines .lead")[-1]
    assert texts(page, "code") == ["/abo Konferenzen", "!abo Konferenzen"]
    assert attributes(page, "link[rel=alternate][type]", "type") == [
        "application/atom+xml",
        "application/feed+json",
        "text/calendar",
    ]


def test_where_there_is_no_page_both_languages_say_so() -> None:
    """Each in a part that names its language."""
    page = read(unknown_page(made.USUAL, made.GERMAN))
    assert texts(page, "h1, h2") == ["Diese Seite gibt es nicht", "This page does not exist"]
    assert attributes(page, "section", "lang") == ["en"]
    page = read(wrong_page(made.USUAL, made.ENGLISH))
    assert texts(page, "h1, h2")[0] == "This address can't be understood"


def test_what_the_operator_is_called_can_do_no_harm_either() -> None:
    """It is escaped like everything else."""
    publisher = replace(made.PUBLISHER, name="<b>Funk</b>", operator="A & <i>B</i>")
    calendar = made.calendar_of(made.OFF, publisher=publisher)
    page = read(month_page(calendar, MARCH, Choice(), made.GERMAN))
    assert page.query("b, i") == []
    assert texts(page, "footer p") == ["Betrieben von A & <i>B</i>"]


def test_a_tentative_workshop_is_marked() -> None:
    """By a word, not by a colour."""
    event = Event(
        uid="t", title="T", kind=Kind.WORKSHOP, status=Status.TENTATIVE,
        start=made.at("2027-03-11"),
    )  # fmt: skip
    page = read(month_page(made.calendar_of(event), MARCH, Choice(), made.GERMAN))
    assert texts(page, "td strong") == ["unter Vorbehalt"]
