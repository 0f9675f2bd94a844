"""Editors keep the sources in chat, and decide there about what stands in them."""

import pytest

from tests.conversations.announcing import subscribed, taps
from tests.conversations.sources import Sources, calendar, component, opened, rss
from tests.conversations.stage import Stage
from tests.fakes import Person, Sent

CONGRESS = component("a", "Regionalkongress", "20270310T090000")
WORKSHOP = component("b", "Werkstatt", "20270412T140000")
OTHERS = [component(f"o{n}", f"Treffen {n}", f"202705{n:02}T090000") for n in range(1, 4)]


@pytest.fixture
async def play(hub: Stage, chefin: Person) -> Sources:
    """A hub with topics and a reader of sources, and an editor whom it knows."""
    await hub.hears(chefin.says("/hilfe"))
    return await opened(hub)


@pytest.fixture
def chefin(hub: Stage) -> Person:
    """The admin, who is an editor as well."""
    return Person(hub.channel, "chefin")


async def added(play: Sources, chefin: Person) -> Sent:
    """Add a source by buttons, and return the message that shows it."""
    hub = play.hub
    await hub.hears(chefin.says("/quellen neu"))
    (asked,) = await hub.hears(chefin.says("https://www.example.org/termine.ics"))
    await taps(hub, chefin, asked, "Konferenzen")
    return next(one for one in hub.channel.messages if one.text.startswith("Die Quelle ist"))


async def test_a_source_is_added_step_by_step(play: Sources, chefin: Person) -> None:
    """Its address, then its topic; the rest has a usual value and can be changed."""
    shown = await added(play, chefin)
    assert "Quelle 1: example.org" in shown.text
    assert "Thema: Konferenzen" in shown.text
    assert "[1] ✓ Gleich ankündigen   [2] Nach Freigabe" in shown.text
    listed = await play.hub.says(chefin.says("/quellen"))
    assert "1 example.org: wird gleich zum ersten Mal gelesen" in listed


async def test_what_stands_in_a_new_source_waits_for_one_tap(
    play: Sources, chefin: Person, anna: Person
) -> None:
    """Nobody is flooded; the editor sees what it would be, and lets it go."""
    hub = play.hub
    await subscribed(hub, anna)
    await hub.hears(chefin.says("/quellen neu https://www.example.org/termine.ics"))
    await added(play, chefin)
    play.stands(calendar(CONGRESS, WORKSHOP))
    new = await play.read()
    (post,) = [one for one in new if one.address.chat == "chefin"]
    assert post.text.startswith("Neue Quelle 1: example.org – 2 Einträge beim ersten Lesen.")
    assert not [one for one in new if one.address.chat == "anna"]
    (said,) = await taps(hub, chefin, post, "Alle")
    assert said.text == "2 Einträge werden angekündigt."
    told = [one for one in await play.settle() if one.address.chat == "anna"]
    assert len(told) == 2
    (again,) = await hub.hears(chefin.taps(post, value="source-publish:1:1"))
    assert "entschieden" in again.text
    assert not [one for one in await play.settle() if one.address.chat == "anna"]


async def test_items_are_decided_one_by_one(play: Sources, chefin: Person, anna: Person) -> None:
    """Looked through with one message; each goes its own way."""
    hub = play.hub
    await subscribed(hub, anna)
    await play.add()
    play.stands(calendar(CONGRESS, WORKSHOP))
    (post,) = [one for one in await play.read() if one.address.chat == "chefin"]
    (page,) = await taps(hub, chefin, post, "Einzeln")
    assert page.text.startswith("Eintrag 1 von 2")
    assert "Regionalkongress" in page.text
    await taps(hub, chefin, page, "Weiter")
    (page,) = [one for one in hub.channel.messages if one.text.startswith("Eintrag 2 von 2")]
    assert "Werkstatt" in page.text
    await hub.hears(chefin.taps(page, value=_value(page, "source-item-drop")))
    (page,) = [one for one in hub.channel.messages if "Eintrag 1 von 1" in one.text]
    assert page.text.startswith("1 Eintrag ist verworfen.")
    await hub.hears(chefin.taps(page, value=_value(page, "source-item-publish")))
    told = [one.text for one in await play.settle() if one.address.chat == "anna"]
    assert len(told) == 1
    assert "Regionalkongress" in told[0]


def _value(page: Sent, name: str) -> str:
    values = [one.value for one in page.body.numbered_buttons()]
    return next(value for value in values if value.startswith(f"{name}:"))


async def test_an_unsure_due_date_is_corrected_by_an_answer(
    play: Sources, chefin: Person, anna: Person
) -> None:
    """The words of the source stand beside what was read of them."""
    hub = play.hub
    await subscribed(hub, anna, to="Förderfristen")
    await play.add(topic="Förderfristen")
    play.stands(rss())
    await play.read()
    unsure = (
        "1",
        "Aufruf Klima",
        "Skizzen bis 14. März möglich",
        "Fri, 27 Nov 2026 09:00:00 +0100",
    )
    play.stands(rss(unsure))
    posts = [one for one in await play.read() if one.address.chat == "chefin"]
    (post,) = posts
    assert "14. März" in post.text
    (asked,) = await taps(hub, chefin, post, "Anderes Datum")
    assert asked.text.startswith("Bis wann ist es?")
    refused = await hub.says(chefin.says("31.2.2027"))
    assert "31.2.2027" in refused
    assert (await hub.says(chefin.says("15.3.2027"))).startswith("1 Eintrag wird angekündigt.")
    (told,) = [one for one in await play.settle() if one.address.chat == "anna"]
    assert "15. März 2027" in told.text


async def test_everything_of_a_source_can_be_changed_in_one_line(
    play: Sources, chefin: Person
) -> None:
    """As people type it; what can't be is told with the way out."""
    hub = play.hub
    await play.add()
    assert "Thema: Förderfristen" in await hub.says(chefin.says("/quellen 1 thema Förderfristen"))
    assert "Nur für: Sachsen" in await hub.says(chefin.says("/quelle 1 land Sachsen"))
    assert "Nur mit: klima" in await hub.says(chefin.says("/quelle 1 nur klima"))
    cleared = await hub.says(chefin.says("/quelle 1 nur -"))
    assert "Nur mit" not in cleared
    assert "im Abstand von 2 Stunden" in await hub.says(chefin.says("/quelle 1 alle 2h"))
    refused = await hub.says(chefin.says("/quelle 1 farbe blau"))
    assert "„farbe“" in refused
    assert "thema" in refused
    assert "7" in await hub.says(chefin.says("/quelle 7"))


async def test_a_source_is_paused_and_removed(play: Sources, chefin: Person) -> None:
    """Both by buttons; removing asks first."""
    hub = play.hub
    await play.add()
    (shown,) = await hub.hears(chefin.says("/quellen 1"))
    await taps(hub, chefin, shown, "Anhalten")
    (shown,) = [one for one in hub.channel.messages if "angehalten seit" in one.text]
    (sure,) = await taps(hub, chefin, shown, "Entfernen")
    await taps(hub, chefin, sure, "Nicht mehr lesen")
    assert "wird nicht mehr gelesen" in hub.channel.messages[-1].text
    assert (await hub.says(chefin.says("/quellen"))).startswith("Noch wird keine Quelle gelesen.")


async def test_only_editors_keep_sources(play: Sources, anna: Person) -> None:
    """What they bring is pushed to everybody."""
    refused = await play.hub.says(anna.says("/quellen"))
    assert refused.startswith("Das dürfen nur Redakteure.")


@pytest.mark.parametrize(
    "typed", ["ftp://example.org/x", "kein Feed", "http://", "file:///etc/passwd"]
)
async def test_what_is_no_address_is_refused(play: Sources, chefin: Person, typed: str) -> None:
    """Before anything is asked."""
    refused = await play.hub.says(chefin.says(f"/quellen neu {typed}"))
    assert "https://" in refused
