import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.engine import Engine, Setting
from bot.knowledge.entry import Entry
from bot.knowledge.following import is_follow_up, joined, leans
from bot.knowledge.scope import scope

PROOF_A = Entry(
    id="proof-a",
    questions=(
        "Bis wann muss der Verwendungsnachweis für Phase A vorliegen?",
        "Frist Verwendungsnachweis Strategiephase",
    ),
    answer="Sechs Monate nach der Strategie.",
)
PROOF_B = Entry(
    id="proof-b",
    questions=(
        "Bis wann muss der Verwendungsnachweis für Phase B vorliegen?",
        "Frist Verwendungsnachweis Umsetzungsphase",
    ),
    answer="Am Ende der Umsetzung.",
)
PHASES = Entry(
    id="phases",
    questions=("Was ist Phase A?", "Was ist Phase B?", "Welche Phasen gibt es?"),
    answer="Zwei.",
)
TALKS = tuple(
    Entry(id=f"talk-{name}", questions=(f"Wo ist der Vortrag in {name}?",), answer=name)
    for name in ("Ulm", "Jena", "Köln")
)


def test_a_follow_up_is_read_with_the_question_before_it() -> None:
    engine = Engine.build((PROOF_A, PROOF_B, PHASES, *TALKS))
    before = Setting("Bis wann muss der Verwendungsnachweis für Phase A vorliegen?", "proof-a")
    verdict, why = engine.explain("und für Phase B?", setting=before)
    assert verdict.candidates[0].entry == "proof-b"
    assert why.follows
    assert verdict.confidence > engine.ask("und für Phase B?").confidence


def test_a_question_of_its_own_is_not_mixed_with_the_one_before() -> None:
    engine = Engine.build((PROOF_A, PROOF_B, PHASES, *TALKS))
    before = Setting("Bis wann muss der Verwendungsnachweis für Phase A vorliegen?", "proof-a")
    verdict, why = engine.explain("Wo ist der Vortrag in Jena?", setting=before)
    assert verdict.entry == "talk-Jena"
    assert not why.follows


def test_the_entry_for_the_members_project_is_chosen() -> None:
    """Two entries ask the same; which of them is meant depends on who asks."""
    entries = [
        Entry(
            id=f"end-{year}",
            questions=("Bis wann läuft die Förderung?", "Ende der Förderung"),
            answer=year,
            valid_for=(f"Staffel {year}",),
        )
        for year in ("2019", "2020", "2021")
    ]
    engine = Engine.build(entries)
    text = "Bis wann läuft die Förderung?"
    assert engine.ask(text).decision == "suggest"
    assert engine.ask(text, setting=Setting(scope=scope(["Staffel 2"]))).entry == "end-2020"
    named = engine.ask(f"{text} Staffel 3", setting=Setting(scope=scope(["Staffel 2"])))
    assert named.candidates[0].entry == "end-2021"
    for verdict in (engine.ask(text, setting=Setting(scope=scope(["Staffel 2"]))), named):
        assert len(verdict.candidates) == 1


def test_where_nothing_holds_nothing_is_said() -> None:
    engine = Engine.build([PROOF_A.model_copy(update={"valid_for": ("Staffel 1",)})])
    verdict, why = engine.explain(
        PROOF_A.questions[0], setting=Setting(scope=scope(["Staffel 2"]))
    )
    assert (verdict.decision, verdict.candidates) == ("silent", ())
    assert why.rule == "nothing holds"


@pytest.mark.parametrize("text", ["und für Phase B?", "ok, und Jena?", "was kostet das?", "auch?"])
def test_words_that_lean_on_what_was_said(text: str) -> None:
    assert leans(text)
    assert is_follow_up(text)


def test_a_long_question_stands_alone() -> None:
    assert not is_follow_up("Und wo finde ich das Formular, mit dem wir den Abruf beantragen?")


def test_what_only_links_is_left_out() -> None:
    assert joined("Wie hoch ist die Quote?", "ok, und bei Notlage?") == (
        "Wie hoch ist die Quote bei Notlage?"
    )


@given(st.text(), st.text())
def test_any_two_texts_are_joined(before: str, text: str) -> None:
    is_follow_up(text)
    assert len(joined(before, text)) <= 300
