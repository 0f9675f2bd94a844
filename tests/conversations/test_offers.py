"""Entries that are alike become a question back, with buttons that tell them apart."""

import pytest

from tests.conversations.funding import DUE, HALL, OFFICE, PAPERS, RATE, knows
from tests.conversations.stage import Stage
from tests.fakes import Person, Sent

TWINS = """\
## Wo gibt es Hilfe?

{first}

Bei der **Koordinierungsstelle** in Bonn.

## Wo gibt es Hilfe?

{second}

Bei der **Koordinierungsstelle** in Berlin.

## Wie hoch ist die Förderquote?

65 Prozent.

## Wann ist die nächste Konferenz?

Im Mai in Leipzig.
"""


def labels(sent: Sent) -> list[str]:
    """Return what the buttons say."""
    return [button.label for button in sent.body.numbered_buttons()]


def table(**fields: str) -> str:
    """Return the fields of an entry as they are written in a file."""
    rows = "\n".join(f"| {name.replace('_', ' ')} | {value} |" for name, value in fields.items())
    return f"| Feld | Wert |\n|---|---|\n{rows}"


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        (DUE, ["Staffel 2019", "Staffel 2020", "Staffel 2021"]),
        (OFFICE, ["Sachsen", "Thüringen"]),
        (PAPERS, ["Strategiephase", "Umsetzungsphase"]),
    ],
)
async def test_entries_for_different_projects_ask_for_the_project(
    hub: Stage, anna: Person, question: str, wanted: list[str]
) -> None:
    """Three buttons with the same title would help nobody."""
    knows(hub)
    (offer,) = await hub.hears(anna.says(question))
    assert offer.text.startswith(
        f"„{question}“ – die Antwort hängt vom Projekt ab. Was trifft zu?\n\n"
        "Mit /projekt merkt sich der Bot das eigene Projekt und fragt nicht mehr."
    )
    assert labels(offer) == [*wanted, "Nichts davon"]
    await hub.hears(anna.taps(offer, number=2))
    assert f"Gilt für: {wanted[1]}" in offer.text


async def test_a_vague_question_asks_for_the_project_as_well(hub: Stage, anna: Person) -> None:
    """Also if it is no phrasing word for word."""
    knows(hub)
    (offer,) = await hub.hears(
        anna.says("Bis wann muss denn der Verwendungsnachweis fertig sein?")
    )
    assert sorted(labels(offer)[:3]) == ["Staffel 2019", "Staffel 2020", "Staffel 2021"]


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        (
            table(id="a", Quelle="https://www.kts.example/hilfe"),
            table(id="b", Quelle="Rundschreiben 7"),
            ["kts.example/hilfe", "Rundschreiben 7"],
        ),
        (table(id="a"), table(id="b", gilt_für="Sachsen"), ["allgemein", "Sachsen"]),
        (table(id="a"), table(id="b"), ["… Bonn.", "… Berlin."]),
        (
            table(id="a", gilt_für="Sachsen"),
            table(id="b", gilt_für="Sachsen"),
            ["… Bonn.", "… Berlin."],
        ),
    ],
)
async def test_entries_of_the_same_title_are_told_apart(
    hub: Stage, anna: Person, first: str, second: str, wanted: list[str]
) -> None:
    """By whom they hold for, else by their source, else by what they answer."""
    knows(hub, TWINS.format(first=first, second=second))
    (offer,) = await hub.hears(anna.says("Wo gibt es Hilfe?"))
    assert labels(offer) == [*wanted, "Nichts davon"]
    assert offer.text.startswith("„Wo gibt es Hilfe?“ – ")


async def test_copies_of_an_entry_are_told_apart_by_their_names(hub: Stage, anna: Person) -> None:
    """Nothing else does."""
    text = TWINS.format(first=table(id="a"), second=table(id="b")).replace("Berlin", "Bonn")
    knows(hub, text)
    (offer,) = await hub.hears(anna.says("Wo gibt es Hilfe?"))
    assert labels(offer) == ["a", "b", "Nichts davon"]


async def test_titles_that_differ_only_behind_what_fits_are_told_apart(
    hub: Stage, anna: Person
) -> None:
    """A button is short, and what is cut off tells nothing."""
    long = "Wo gibt es Hilfe bei der Beschaffung von Sensoren und Gateways in der"
    text = TWINS.format(first=table(id="a"), second=table(id="b"))
    text = text.replace("## Wo gibt es Hilfe?", f"## {long} Stadt?", 1)
    text = text.replace("## Wo gibt es Hilfe?", f"## {long} Gemeinde?")
    knows(hub, text)
    (offer,) = await hub.hears(anna.says("Hilfe Beschaffung Sensoren Gateways?"))
    assert labels(offer)[:2] == ["… Bonn.", "… Berlin."]


async def test_nearly_the_same_phrasings_become_a_question_back(hub: Stage, anna: Person) -> None:
    """A word that means nothing does not decide."""
    text = TWINS.format(first=table(id="a"), second=table(id="b"))
    text = text.replace("## Wo gibt es Hilfe?", "## Wo gibt es denn Hilfe?", 1)
    knows(hub, text)
    (offer,) = await hub.hears(anna.says("Wo gibt es bitte Hilfe?"))
    assert sorted(labels(offer)) == ["Nichts davon", "Wo gibt es Hilfe?", "Wo gibt es denn Hilfe?"]


async def test_an_expired_suggestion_says_so(hub: Stage, anna: Person) -> None:
    """Before it is chosen, and above the answer after that."""
    knows(hub)
    (offer,) = await hub.hears(anna.says(HALL))
    assert labels(offer)[:2] == ["… Markt. (abgelaufen)", "… Bahnhof."]
    await hub.hears(anna.taps(offer, number=1))
    assert offer.text.startswith(
        "Achtung: Diese Angabe galt bis 31. Dezember 2026 und ist vielleicht überholt.\n\n"
        "Wo ist das Bürgerbüro?\n\nIm Rathaus am Markt."
    )


async def test_an_expired_answer_says_so_first(hub: Stage, anna: Person) -> None:
    """It may still be what somebody needs; also after it was rated, and in English."""
    knows(hub)
    (answer,) = await hub.hears(anna.says(RATE))
    warning = "Achtung: Diese Angabe galt bis 31. März 2026 und ist vielleicht überholt.\n\n"
    assert answer.text.startswith(warning + RATE)
    await hub.hears(anna.taps(answer, number=1))
    assert answer.text.startswith(warning)
    await hub.hears(anna.says("/sprache en"))
    assert "Please note: This held until 31 March 2026" in await hub.says(anna.says(RATE))


async def test_the_last_day_of_an_entry_is_the_hubs(hub: Stage, anna: Person) -> None:
    """At half past midnight in Berlin it is over, whatever day it is in Greenwich."""
    knows(
        hub,
        TWINS.format(first=table(id="a"), second=table(id="b", gültig_bis="2027-01-15")),
    )
    question = "Wo gibt es Hilfe?"
    (offer,) = await hub.hears(anna.says(question))
    assert labels(offer)[1] == "… Berlin."
    hub.clock.advance(hub.clock.now().replace(hour=23, minute=30) - hub.clock.now())
    (offer,) = await hub.hears(anna.says(question))
    assert labels(offer)[1] == "… Berlin. (abgelaufen)"
