"""Länder and projects, by the names that people type."""

import pytest

from bot import config, places
from bot.text.document import MAX_BUTTON_VALUE


def test_the_laender_are_those_of_the_configuration() -> None:
    """Nobody can choose one that the operator could not."""
    assert set(places.LAENDER) == set(config.LAENDER)


@pytest.mark.parametrize(
    ("typed", "laender"),
    [
        ("Sachsen", ["SN"]), ("sn", ["SN"]), ("Saxony", ["SN"]), ("Freistaat Sachsen", ["SN"]),
        ("NRW", ["NW"]), ("Thueringen", ["TH"]), ("Thüringen", ["TH"]), ("Ulm", ["BW"]),
        ("Hamburg", ["HH"]), ("Leipzig", ["SN"]), ("Heidenheim", ["BW"]), ("Naunhof", ["SN"]),
        ("Landkreis Hof", ["BY"]), ("Hof", ["BY"]), ("Halle", ["ST"]),
        ("Verband Region Rhein-Neckar", ["BW", "HE", "RP"]), ("Atlantis", []), ("", []),
    ],
)  # fmt: skip
def test_a_land_is_known_by_name_code_and_project(typed: str, laender: list[str]) -> None:
    """Whoever is in a project does not have to know codes."""
    assert list(places.find_laender(typed)) == laender


@pytest.mark.parametrize(
    ("typed", "staffel"), [("2020", "2020"), ("Ulm", "2019"), ("Dresden", "2021"), ("1999", None)]
)
def test_a_staffel_is_known_by_year_and_project(typed: str, staffel: str | None) -> None:
    assert places.find_staffel(typed) == staffel


def test_a_misspelt_place_has_a_nearest_one() -> None:
    """And what is like nothing has none."""
    assert places.nearest_place("Saksen") == "Sachsen"
    assert places.nearest_place("Wolfsbrug") == "Wolfsburg"
    assert places.nearest_place("Xyz") is None
    assert places.land_name("BY", "en") == "Bavaria"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Gera", "Gera"), ("stadt gera", "Gera"), ("Naunhof", "Partheland"),
        ("Hof", "Landkreis Hof"),
        ("Hamburg", "Hamburg"), ("Sachsen", None), ("", None), ("–", None),
    ],
)  # fmt: skip
def test_a_project_is_known_by_its_name_and_its_towns(typed: str, name: str | None) -> None:
    """A Land is none."""
    found = places.find_project(typed)
    assert (found and found.name) == name


def test_every_project_is_found_by_its_own_name_and_fits_into_a_button() -> None:
    """What is kept of a member is the name; what a button holds, its letters."""
    for project in set(places._project_of().values()):
        assert places.find_project(project.name) == project
        short = places.fold(project.name)
        assert places.find_project(short) == project
        assert len(f"project:is:{short}".encode()) <= MAX_BUTTON_VALUE


def test_a_misspelt_project_has_a_nearest_one() -> None:
    """No Land, and nothing for what has no letters."""
    found = places.nearest_project("Stadt Gerra")
    assert found
    assert found.name == "Gera"
    assert places.nearest_project("Saksen") is None
    assert places.nearest_project("🏛") is None
