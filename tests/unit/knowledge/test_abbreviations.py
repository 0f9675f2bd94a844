import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.abbreviations import Abbreviations
from bot.knowledge.engine import Engine
from bot.knowledge.entry import Entry


def entry(*questions: str, answer: str = "Ja.") -> Entry:
    return Entry(id=questions[0], questions=questions, answer=answer)


ENTRIES = (
    entry("Wann muss der Verwendungsnachweis vorliegen?", "Frist für den Nachweis"),
    entry("Was ist eine urbane Datenplattform?", "Plattform für Daten", "Verwendung von Daten"),
    entry("Wer ist der Chief Digital Officer?"),
    entry("Was macht die Agentur für Arbeit?"),
    entry("Wer hilft bei Vergabe und Nebenkosten?", "Vergabe Nebenkosten"),
    entry("Was ist der BDSG?", answer="Der Bund der Steuerzahler gehört nicht dazu."),
)


@pytest.mark.parametrize(
    ("text", "meanings"),
    [
        ("Abgabe UDP?", {"UDP": "urbane Datenplattform"}),
        ("udp", {"udp": "urbane Datenplattform"}),
        ("CDO Aufgaben", {"CDO": "Chief Digital Officer"}),
        ("wo ist die AA", {"AA": "Agentur Arbeit"}),
        ("BDSG?", {}),
        ("wo ist er", {}),
        ("XYZ", {}),
        ("", {}),
    ],
)
def test_what_an_abbreviation_stands_for(text: str, meanings: dict[str, str]) -> None:
    assert Abbreviations(ENTRIES).meanings(text) == meanings


def test_a_compound_is_meant_rather_than_words_that_follow_each_other() -> None:
    assert Abbreviations(ENTRIES).meanings("VN wann") == {"VN": "Verwendungsnachweis"}


def test_what_may_mean_two_things_is_left_alone() -> None:
    both = (*ENTRIES, entry("Wo ist der Vertragsnachtrag?", "Vertrag", "Nachtrag"))
    assert Abbreviations(both).meanings("VN wann") == {}


def test_the_code_of_a_land_is_no_abbreviation() -> None:
    towns = entry("Gehört Belzig Wiesenburg dazu?")
    assert Abbreviations([towns]).meanings("Projekte BW") == {}


def test_the_engine_reads_the_abbreviation_as_what_it_stands_for() -> None:
    verdict, why = Engine.build(ENTRIES).explain("Frist VN")
    assert why.corrections == {"VN": "Verwendungsnachweis"}
    assert verdict.candidates[0].entry == ENTRIES[0].id


@given(st.lists(st.text(min_size=1), min_size=1, max_size=4), st.text())
def test_any_words_are_read(questions: list[str], text: str) -> None:
    Abbreviations([entry(*questions)]).meanings(text)
