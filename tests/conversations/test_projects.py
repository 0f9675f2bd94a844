"""Who names their project gets the answers that hold for it."""

from dataclasses import replace

import pytest

from bot.messages import Address
from bot.services import topics
from tests.conversations.funding import DUE, FUNDING, OFFICE, PAPERS, RATE, knows
from tests.conversations.stage import Stage
from tests.fakes import Person, Sent

OWN = "Gera: Thüringen, Staffel 2019. Danach richten sich Antworten, die nicht für alle gelten."
HINT = "Ändern: „/projekt Ulm“ oder „/projekt Phase B“. Vergessen: „/projekt vergessen“."


@pytest.fixture(autouse=True)
def funding(hub: Stage) -> None:
    """Entries that hold for one Staffel, one Land or one phase."""
    knows(hub)


def labels(sent: Sent) -> list[str]:
    """Return what the buttons say."""
    return [button.label for button in sent.body.numbered_buttons()]


async def test_a_project_is_named_and_its_phase_asked(hub: Stage, anna: Person) -> None:
    """Land and Staffel come from the network's list; the phase only its people know."""
    (told,) = await hub.hears(anna.says("/projekt Gera"))
    assert told.text.startswith(f"{OWN}\n\n{HINT}\n\nIn welcher Phase ist das Projekt?")
    assert labels(told) == [
        "Phase A (Strategie)", "Phase B (Umsetzung)", "weiß ich nicht", "Vergessen",
    ]  # fmt: skip
    assert await hub.hears(anna.taps(told, number=2)) == []
    assert told.text.startswith("Gera: Thüringen, Staffel 2019, Phase B (Umsetzung).")
    assert "In welcher Phase" not in told.text


async def test_answers_are_chosen_by_the_project(hub: Stage, anna: Person) -> None:
    """Each says in one line for whom it holds."""
    await hub.hears(anna.says("/projekt Gera"))
    await hub.hears(anna.says("/projekt Phase B"))
    hub.restart()
    for question, answer, scope in (
        (DUE, "Ende März 2026.", "Staffel 2019"),
        (OFFICE, "Die Thüringer Aufbaubank.", "Thüringen"),
        (PAPERS, "Der Maßnahmenplan.", "Umsetzungsphase"),
    ):
        text = await hub.says(anna.says(question))
        assert answer in text
        assert f"Gilt für: {scope}" in text


async def test_what_the_question_says_goes_before_the_project(hub: Stage, anna: Person) -> None:
    """People ask for others as well."""
    await hub.hears(anna.says("/projekt Gera"))
    assert "Ende Mai 2028." in await hub.says(anna.says(f"{DUE[:-1]} in Staffel 3?"))
    assert "Ende Juni 2027." in await hub.says(anna.says("und für Staffel 2?"))


async def test_what_holds_only_for_others_is_offered_as_such(hub: Stage, anna: Person) -> None:
    """The button says for whom; none of it brings the question to the team."""
    knows(hub, FUNDING.replace("| gültig bis | 2026-03-31 |", "| gilt für | Staffel 2019 |"))
    await hub.hears(anna.says("/projekt Dresden"))
    (offer,) = await hub.hears(anna.says(RATE))
    assert labels(offer)[0] == f"Staffel 2019: {RATE}"
    await hub.hears(anna.taps(offer, number=1))
    assert "Gilt für: Staffel 2019" in offer.text
    await hub.hears(anna.says("/projekt Ulm"))
    assert "Fünf Prozent." in await hub.says(anna.says(RATE))


async def test_in_a_room_the_project_of_who_asks_counts(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """Each gets their own answer, and who has named nothing is asked."""
    await hub.hears(anna.says("/projekt Gera"))
    await hub.hears(bert.says("/projekt Dresden"))
    assert "Ende März 2026." in await hub.says(anna.says(DUE, room="stadt", addressed=True))
    assert "Ende Mai 2028." in await hub.says(bert.says(DUE, room="stadt", addressed=True))
    assert "hängt vom Projekt ab" in await hub.says(
        Person(hub.channel, "carla").says(DUE, room="stadt", addressed=True)
    )


async def test_in_a_room_a_project_is_named_without_buttons(
    hub: Stage, anna: Person, bert: Person
) -> None:
    """There everybody could press them."""
    for typed in ("/projekt Gera", "/projekt", "/projekt Phase A", "/projekt Gerra"):
        (told,) = await hub.hears(anna.says(typed, room="stadt", addressed=True))
        assert told.body.buttons == ()
        assert "Gera" in told.text
    (told,) = await hub.hears(anna.says("/projekt"))
    refusal = await hub.says(
        bert.taps(replace(told, address=Address("fake", "stadt")), value="project:is:gera")
    )
    assert "Dieser Knopf bewirkt nichts mehr" in refusal
    assert (await hub.says(bert.says("/projekt"))).startswith("Noch ist kein Projekt genannt.")


async def test_a_misspelt_project_is_proposed(hub: Stage, anna: Person) -> None:
    """One tap takes it."""
    (asked,) = await hub.hears(anna.says("/projekt Gerra"))
    assert asked.text == (
        "„Gerra“ ist in der Liste der Modellprojekte nicht zu finden. Gemeint: Gera?\n\n[1] Ja"
    )
    await hub.hears(anna.taps(asked, number=1))
    assert asked.text.startswith(OWN)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("stadt köln", "Köln: Nordrhein-Westfalen, Staffel 2020."),
        ("Koeln", "Köln: Nordrhein-Westfalen, Staffel 2020."),
        ("Naunhof", "Partheland: Sachsen, Staffel 2019."),
        ("Leipzig", "Leipzig: Sachsen, Staffel 2020."),
        ("Rhein-Neckar", None),
        ("Verband Region Rhein-Neckar", "Verband Region Rhein-Neckar: Baden-Württemberg, Hessen"),
    ],
)
async def test_a_project_is_known_by_its_towns_as_well(
    hub: Stage, anna: Person, typed: str, shown: str | None
) -> None:
    """However people write them."""
    text = await hub.says(anna.says(f"/projekt {typed}"))
    assert text.startswith(shown or "„Rhein-Neckar“ ist in der Liste")


@pytest.mark.parametrize("typed", ["Xyz", "x" * 3000, "*fett*", "12", "🏛"])
async def test_an_unknown_project_is_refused_with_the_way_out(
    hub: Stage, anna: Person, typed: str
) -> None:
    """What was typed is repeated briefly and literally."""
    text = await hub.says(anna.says(f"/projekt {typed}"))
    assert text.startswith(f"„{typed[:40]}“ ist in der Liste der Modellprojekte nicht zu finden.")
    assert "zum Beispiel „Gera“ oder „Landkreis Hof“" in text


async def test_the_phase_may_be_unknown(hub: Stage, anna: Person) -> None:
    """Then both phases are offered, as before."""
    (told,) = await hub.hears(anna.says("/projekt Gera"))
    await hub.hears(anna.taps(told, number=3))
    assert told.text.startswith(f"{OWN}\n\n{HINT}\n\n[1]")
    assert "hängt vom Projekt ab" in await hub.says(anna.says(PAPERS))


async def test_another_project_is_in_no_known_phase(hub: Stage, anna: Person) -> None:
    """The same one keeps its phase."""
    await hub.hears(anna.says("/projekt Gera"))
    await hub.hears(anna.says("/projekt Phase A"))
    assert "Phase A (Strategie)." in await hub.says(anna.says("/projekt Gera"))
    assert (await hub.says(anna.says("/projekt Ulm"))).startswith(
        "Ulm: Baden-Württemberg, Staffel 2019."
    )


async def test_a_phase_needs_a_project(hub: Stage, anna: Person) -> None:
    """The refusal says what comes first."""
    assert (await hub.says(anna.says("/projekt Phase B"))).startswith(
        "Dafür fehlt noch das Projekt."
    )


@pytest.mark.parametrize("by_button", [True, False])
async def test_a_project_can_be_forgotten(hub: Stage, anna: Person, *, by_button: bool) -> None:
    """Nothing is left of it, and the next question is asked back again."""
    (told,) = await hub.hears(anna.says("/projekt Gera"))
    if by_button:
        await hub.hears(anna.taps(told, number=4))
        text = told.text
    else:
        text = await hub.says(anna.says("projekt vergessen"))
    assert text == "Das Projekt ist vergessen. Ein neues nennt „/projekt Gera“."
    assert (await hub.says(anna.says("/projekt"))).startswith("Noch ist kein Projekt genannt.")
    assert "hängt vom Projekt ab" in await hub.says(anna.says(DUE))


async def test_a_project_is_shown_in_english(hub: Stage, anna: Person) -> None:
    """With the command as it is called there."""
    anna.language = "en"
    text = await hub.says(anna.says("/project Gera"))
    assert text.startswith("Gera: Thuringia, cohort 2019.")
    assert "“/project forget”" in text


async def test_what_is_kept_is_told(hub: Stage, anna: Person) -> None:
    """With the way to be rid of it."""
    assert "das genannte Projekt mit seiner Phase (weg mit /projekt vergessen)" in (
        await hub.says(anna.says("/datenschutz"))
    )


async def test_one_land_or_staffel_of_the_own_subscriptions_is_enough(
    hub: Stage, anna: Person
) -> None:
    """Who wants to hear of one Land, alone with the bot, asks for that Land; in rooms as well."""
    await hub.hears(anna.says("/land Sachsen"))
    assert "Die Sächsische Aufbaubank." in await hub.says(anna.says(OFFICE))
    assert "Sächsische" in await hub.says(anna.says(OFFICE, room="stadt", addressed=True))
    await hub.hears(anna.says("/land Sachsen, Bayern"))
    assert "hängt vom Projekt ab" in await hub.says(anna.says(OFFICE))


async def test_a_named_project_goes_before_subscriptions(hub: Stage, anna: Person) -> None:
    """One may want to hear of other Länder than one's own."""
    await hub.hears(anna.says("/land Sachsen"))
    await hub.hears(anna.says("/projekt Gera"))
    assert "Die Thüringer Aufbaubank." in await hub.says(anna.says(OFFICE))


async def test_the_land_of_a_room_is_nobodys(hub: Stage, anna: Person, chefin: Person) -> None:
    """A room is no person, and has members from everywhere."""
    await hub.hears(chefin.says("/land Sachsen", room="stadt", addressed=True))
    text = await hub.says(anna.says(OFFICE, room="stadt", addressed=True))
    assert "hängt vom Projekt ab" in text


async def test_one_staffel_of_a_subscription_is_enough(hub: Stage, anna: Person) -> None:
    """Two are not."""
    async with hub.database.begin() as session:
        await topics.ship(session, now=hub.clock.now())
    await hub.hears(anna.says("/abo Förderfristen Staffel 2021"))
    assert "Ende Mai 2028." in await hub.says(anna.says(DUE))
    await hub.hears(anna.says("/abo Konferenzen Staffel 2020"))
    assert "hängt vom Projekt ab" in await hub.says(anna.says(DUE))
