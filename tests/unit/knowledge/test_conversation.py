"""What is asked in the course of a conversation."""

import pytest

from bot.knowledge import conversation
from bot.knowledge.decision import ChatKind, Decision
from bot.knowledge.engine import UNKNOWN, Engine, Setting
from bot.knowledge.entry import Entry
from bot.knowledge.scope import scope, unscoped
from bot.knowledge.tokens import LONGEST_MESSAGE

DUE = "Bis wann muss der Nachweis fertig sein?"
ENTRIES = tuple(
    Entry(id=f"due-{year}", questions=(DUE,), answer=year, valid_for=(f"Staffel {year}",))
    for year in ("2019", "2020", "2021")
) + tuple(
    Entry(id=name, questions=(f"Was ist {name}?", f"Wo gibt es {name}?"), answer=name)
    for name in ("Phase", "Gera", "Förderung")
)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.build(ENTRIES)


@pytest.mark.parametrize(
    "text",
    [
        "und für Staffel 3?", "Staffel 2021", "Und in der dritten Staffel?", "wir sind Staffel 3",
        "Wie ist es für Staffel 3?", "und was ist mit der 3. Staffel",
        "what about the third round?",
    ],
)  # fmt: skip
def test_naming_another_staffel_asks_the_same_for_that(engine: Engine, text: str) -> None:
    before = conversation.setting(engine, before="Frist?", given="due-2019", scope={})
    verdict = conversation.ask(engine, text, chat="direct", setting=before)
    assert (verdict.decision, verdict.entry) == ("answer", "due-2021")
    assert conversation.whole(text, before) == f"{DUE} {text}"


def test_the_staffel_that_was_asked_for_before_does_not_hold_on(engine: Engine) -> None:
    before = Setting("Bis wann muss der Nachweis in Staffel 1 fertig sein?")
    verdict = conversation.ask(engine, "und in Staffel 2?", chat="direct", setting=before)
    assert verdict.entry == "due-2020"


@pytest.mark.parametrize("text", ["Was ist Phase B?", "Was kostet Staffel 3?", "Danke!", "und?"])
def test_what_says_more_is_asked_as_it_is(engine: Engine, text: str) -> None:
    before = Setting(DUE, "due-2019", scope(["Staffel 2019"]))
    asked = conversation.ask(engine, text, chat="direct", setting=before)
    assert asked == engine.ask(text, setting=before)


def test_what_is_answered_already_is_not_given_again(engine: Engine) -> None:
    before = Setting(DUE, "due-2021")
    verdict = conversation.ask(engine, "und für Staffel 3?", chat="direct", setting=before)
    assert verdict.entry is None


def test_where_nothing_holds_for_the_named_staffel_nothing_is_offered() -> None:
    """Nothing else was asked for."""
    before = Setting("Wer prüft Ulm?", "ulm")
    engine = Engine.build((
        Entry(id="ulm", questions=("Wer prüft Ulm?",), answer="!", valid_for=("Staffel 1",)),
        *ENTRIES[-3:],
    ))  # fmt: skip
    verdict = conversation.ask(engine, "und für Staffel 3?", chat="direct", setting=before)
    assert verdict.decision == "silent"


@pytest.mark.parametrize(("chat", "decision"), [("direct", "suggest"), ("ambient", "silent")])
def test_what_holds_only_for_others_makes_nothing_else_sure(
    chat: ChatKind, decision: Decision
) -> None:
    """Who is in Staffel 3 and asks what is known of Staffel 1 only gets no other answer for it."""
    rate = "Wie hoch ist der Zuschuss für Eigenleistungen?"
    engine = Engine.build((
        Entry(id="own", questions=(rate,), answer="1", valid_for=("Staffel 1",)),
        Entry(id="all", questions=("Wie hoch ist der Zuschuss?", "Zuschuss"), answer="2"),
        *ENTRIES[-3:],
    ))  # fmt: skip
    third = Setting(scope=scope(["Staffel 3"]))
    verdict = conversation.ask(engine, rate, chat=chat, setting=third)
    assert (verdict.decision, verdict.entry) == (decision, None)
    assert [one.entry for one in verdict.candidates][:2] == ["own", "all"]
    first = Setting(scope=scope(["Staffel 1"]))
    assert conversation.ask(engine, rate, chat=chat, setting=first).entry == "own"


def test_without_a_question_before_a_message_stands_for_itself(engine: Engine) -> None:
    asked = conversation.ask(engine, "Staffel 3", chat="direct", setting=UNKNOWN)
    assert asked == engine.ask("Staffel 3")
    assert conversation.whole("und Staffel 3?", UNKNOWN) == "und Staffel 3?"


def test_an_entry_that_is_gone_leaves_the_question(engine: Engine) -> None:
    known = scope(["Staffel 2019"])
    found = conversation.setting(engine, before="Frist?", given="gone", scope=known)
    assert found == Setting("Frist?", None, known)


def test_what_names_a_project_is_taken_out() -> None:
    assert unscoped("und für  Staffel 3 in Sachsen, Phase B?") == "und für in , ?"
    assert unscoped(DUE) == DUE


def test_going_on_for_ever_makes_no_endless_text() -> None:
    """Each follow-up is kept with the one before, which was one itself."""
    text = f"und {'x' * 5000}?"
    for _ in range(10):
        text = conversation.whole(f"und {'y' * 5000}", Setting(before=text))
    assert len(text) <= 2 * LONGEST_MESSAGE + 1
