import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.scope import holds, scope


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Staffel 2019", {"staffel": {"1"}}),
        ("Staffel 3", {"staffel": {"3"}}),
        ("und für die dritte Staffel?", {"staffel": {"3"}}),
        ("gilt das auch in der 2. Staffel", {"staffel": {"2"}}),
        ("Phase A", {"phase": {"a"}}),
        ("Was kommt nach der Strategiephase?", {"phase": {"a"}}),
        ("in der Umsetzungsphase der Staffel 1", {"phase": {"b"}, "staffel": {"1"}}),
        ("Sachsen", {"land": {"SN"}}),
        ("NRW", {"land": {"NW"}}),
        ("Was gilt in Sachsen-Anhalt?", {"land": {"ST"}}),
        ("does it hold in Bavaria", {"land": {"BY"}}),
        ("Berlin", {"land": {"BE"}}),
        ("Ist Berlin dabei?", {}),
        ("Kommunen in Haushaltsnotlage", {}),
        ("in phase mit den anderen", {}),
        ("", {}),
    ],
)
def test_what_a_text_names(text: str, named: dict[str, set[str]]) -> None:
    assert scope([text]) == named


def test_an_entry_for_others_does_not_hold() -> None:
    assert not holds(scope(["Staffel 2019"]), scope(["Staffel 3"]))
    assert not holds(scope(["Staffel 3", "Sachsen"]), scope(["Staffel 3", "Bayern"]))


def test_an_entry_holds_unless_something_differs() -> None:
    assert holds(scope(["Staffel 2019", "Staffel 2020"]), scope(["Staffel 2"]))
    assert holds(scope(["Staffel 2019"]), scope(["Bayern"]))
    assert holds(scope(["Kommunen in Haushaltsnotlage"]), scope(["Bayern", "Staffel 2"]))
    assert holds({}, scope(["Staffel 2"]))
    assert holds(scope(["Staffel 2"]), {})


@given(st.lists(st.text()))
def test_any_text_is_read(texts: list[str]) -> None:
    assert holds(scope(texts), scope(texts))
