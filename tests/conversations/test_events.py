"""Events and deadlines are listed, filtered, paged and looked at."""

from datetime import timedelta

import pytest

from bot.events.formats import parse
from tests.conversations import calendar
from tests.conversations.stage import Stage
from tests.fakes import Person


@pytest.fixture(autouse=True)
async def _calendar(hub: Stage) -> None:
    await calendar.fill(hub)


async def test_events_are_listed_nearest_first(hub: Stage, anna: Person) -> None:
    """With date, place and what is unusual; what is over is left out."""
    assert await hub.says(anna.says("/termine")) == (
        "Termine\n"
        "1. Mi., 20.01.2027, 10:00 Uhr: Sprechstunde · online\n"
        "2. Do., 18.02.2027, 09:00 Uhr: Treffen Musterstadt (Beispiel) · abgesagt\n"
        "3. 18.–19.11.2027: Kongress · Kiel\n\n"
        "[1] Sprechstunde\n"
        "[2] Treffen Musterstadt (Beispiel)\n"
        "[3] Kongress"
    )


async def test_deadlines_are_listed_with_their_zone_where_it_is_another(
    hub: Stage, anna: Person
) -> None:
    """24:00 stays with the day that it ends."""
    text = await hub.says(anna.says("!deadlines"))
    assert text.startswith(
        "Fristen\n"
        "1. Fr., 12.02.2027, 23:59 Uhr: Digitale Ortsmitte · verlängert\n"
        "2. So., 14.03.2027, 24:00 Uhr (Europe/Brussels): EU-Aufruf\n"
        "3. Mo., 01.11.2027: Mittelabruf\n"
    )


@pytest.mark.parametrize(
    ("typed", "titles"),
    [
        ("/termine Schleswig-Holstein", ["Sprechstunde", "Treffen Musterstadt", "Kongress"]),
        ("/termine TH november", ["nichts"]),
        ("/termine kongress", ["Kongress"]),
        ("/termine februar", ["Sprechstunde", "Sprechstunde", "Treffen Musterstadt"]),
        ("/termine 2025", ["Regionalkonferenz Zwönitz"]),
        ("/termine vergangene", ["Regionalkonferenz Zwönitz"]),
        ("/fristen NRW", ["EU-Aufruf", "Mittelabruf"]),
        ("/events saxony 2027 february", ["Sprechstunde", "Sprechstunde", "Treffen Musterstadt"]),
    ],
)
async def test_words_behind_the_command_choose(
    hub: Stage, anna: Person, typed: str, titles: list[str]
) -> None:
    """Names and codes of Länder, months, years, and whatever else stands in the title."""
    (answer,) = await hub.hears(anna.says(typed))
    found = [button.label.removesuffix(" (Beispiel)") for button in answer.body.numbered_buttons()]
    if titles == ["nichts"]:
        assert "gibt es nichts. Alles zeigt: /termine" in answer.text
    else:
        assert found == titles


async def test_a_long_list_is_turned_in_place(hub: Stage, anna: Person) -> None:
    """The same message shows the next page; the filter holds."""
    rows = [
        {"id": f"x{day}", "titel": f"Tag {day}", "start": f"2027-04-{day:02}"}
        for day in range(1, 13)
    ]
    await calendar.fill(hub, *rows)
    (answer,) = await hub.hears(anna.says("/termine tag"))
    assert "Seite 1 von 3, 12 Einträge" in answer.text
    for number, first, page in ((6, "Tag 6", 2), (7, "Tag 11", 3), (3, "Tag 6", 2)):
        assert await hub.hears(anna.taps(answer, number=number)) == []
        assert f"Seite {page} von 3" in answer.text
        assert answer.body.numbered_buttons()[0].label == first


async def test_details_are_shown_in_place_and_lead_back(hub: Stage, anna: Person) -> None:
    """An extension says what held before, and what is due earlier is named."""
    (answer,) = await hub.hears(anna.says("/fristen"))
    before = answer.text
    assert await hub.hears(anna.taps(answer, number=1)) == []
    assert answer.text == (
        "Digitale Ortsmitte · verlängert\n\n"
        "Fällig: Freitag, 12. Februar 2027, 23:59 Uhr "
        "(verlängert, bisher Freitag, 29. Januar 2027, 23:59 Uhr)\n\n"
        "Vorher nötig: Registrierung bis Freitag, 5. Februar 2027\n\n"
        "Art: Ausschlussfrist\n"
        "Land: Sachsen\n\n"
        "Quelle: https://www.example.org/aufruf\n\n"
        f"Nr. {calendar.CALL}\n\n"
        "[1] Zur Liste\n[2] Kalenderdatei   [3] Erinnern"
    )
    assert await hub.hears(anna.taps(answer, number=1)) == []
    assert answer.text == before


async def test_an_event_can_be_taken_along(hub: Stage, anna: Person) -> None:
    """As a file that our own importer reads; the same event is the same file."""
    (answer,) = await hub.hears(anna.says(f"/termin {calendar.CONGRESS}"))
    (first,) = await hub.hears(anna.taps(answer, number=1))
    hub.clock.advance(timedelta(days=1))
    (second,) = await hub.hears(anna.taps(answer, value=f"event-ics:{calendar.CONGRESS}"))

    attached = first.body.attachment
    assert attached is not None
    assert (attached.name, attached.mime) == ("Kongress.ics", "text/calendar")
    assert first.file == second.file
    (found,), problems = parse(first.file or b"", attached.name)
    assert problems == []
    assert (found.title, found.place) == ("Kongress", "Kiel")
    assert "Nr. 99 gibt es nicht" in await hub.says(anna.taps(answer, value="event-ics:99"))


async def test_a_holiday_or_weekend_is_noted_and_moves_nothing(hub: Stage, anna: Person) -> None:
    """The date stays as it was announced."""
    saints = await hub.says(anna.says(f"/frist {calendar.SAINTS}"))
    assert "Fällig: Montag, 1. November 2027\n" in saints
    assert (
        "Hinweis: Der 1. November ist in Nordrhein-Westfalen Feiertag (Allerheiligen); "
        "die Frist selbst bleibt am 1. November." in saints
    )
    sunday = await hub.says(anna.says(f"/frist Nr. {calendar.SUNDAY}"))
    assert "Sonntag, 14. März 2027, 24:00 Uhr (Ortszeit Europe/Brussels)" in sunday
    assert "Hinweis: Der 14. März ist ein Sonntag; die Frist selbst bleibt am 14. März." in sunday


async def test_the_hubs_land_counts_where_a_deadline_names_none(hub: Stage, anna: Person) -> None:
    """Buß- und Bettag is a holiday in Saxony alone."""
    await calendar.fill(hub, {"id": "day", "typ": "Frist", "titel": "Buße", "start": "17.11.2027"})
    typed = "/frist 8"
    assert "Feiertag" not in await hub.says(anna.says(typed))
    hub.configured(hub={"land": "SN"})
    assert "ist in Sachsen Feiertag" in await hub.says(anna.says(typed))


async def test_a_series_shows_its_next_dates(hub: Stage, anna: Person) -> None:
    """At the same hour in winter and in summer."""
    text = await hub.says(anna.says(f"/termin {calendar.HOUR}"))
    assert "Mittwoch, 20. Januar 2027, 10:00–11:00 Uhr" in text
    assert "03.02.2027, 10:00 Uhr; Mi., 17.02.2027, 10:00 Uhr; Mi., 03.03.2027" in text


async def test_english_is_spoken_throughout(hub: Stage, anna: Person) -> None:
    """Titles stay as they are."""
    anna.language = "en"
    (answer,) = await hub.hears(anna.says("/deadlines"))
    assert "Mon, 1 Nov 2027: Mittelabruf" in answer.text
    await hub.hears(anna.taps(answer, number=3))
    assert "Note: 1 November is a public holiday in North Rhine-Westphalia" in answer.text
    assert "[1] To the list\n[2] Calendar file" in answer.text


async def test_an_empty_calendar_says_where_the_past_is(hub: Stage, anna: Person) -> None:
    """Nothing to show is no dead end."""
    text = await hub.says(anna.says("/fristen 2031"))
    assert text == "Zu „2031“ gibt es nichts. Alles zeigt: /fristen"


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/termin 99", "Nr. 99 gibt es nicht."),
        ("/termin " + "9" * 15, "gibt es nicht."),
        ("/termine " + "ä" * 300, "Die Auswahl ist zu lang."),
    ],
)
async def test_refusals_show_the_way_out(
    hub: Stage, anna: Person, typed: str, answer: str
) -> None:
    """One plain sentence each."""
    assert answer in await hub.says(anna.says(typed))


@pytest.mark.parametrize(
    "value",
    ["events:", "events:e:x:", "event:1", "event:x:e:0:", "event:1:e:99999:", "event:99:e:0:"],
)
async def test_a_button_that_was_tampered_with_does_no_harm(
    hub: Stage, anna: Person, value: str
) -> None:
    """Values come from the network and are never trusted."""
    (answer,) = await hub.hears(anna.says("/termine"))
    (said,) = await hub.hears(anna.taps(answer, value=value))
    assert "bewirkt nichts mehr" in said.text or "gibt es nicht" in said.text


async def test_a_page_that_is_gone_becomes_the_last_one(hub: Stage, anna: Person) -> None:
    """Meanwhile some of it is over."""
    (answer,) = await hub.hears(anna.says("/termine"))
    await hub.hears(anna.taps(answer, value="events:e:995:"))
    assert answer.text.startswith("Termine\n1. Mi., 20.01.2027")
