"""The reckoning sees what it is there for: each kind of sabotage is found."""

import pytest

from tests.faults.plan import Fault, draw
from tests.faults.reckoning import Promise, Reckoning, Said, Terms, Trouble, reckon

NOTICE = Promise("broadcast", "matrix", "matrix:!a", "Mitteilung 1 an alle.", at=100.0)
QUESTION = Promise("in group", "telegram", "telegram:-7", "KTS", at=100.0, answers="5")


def heard(promise: Promise, *, name: str = "m1", at: float = 101.0) -> Said:
    return Said(promise.place, name, f"Nun: {promise.words}", at, promise.answers)


def figures(found: Reckoning, promise: Promise) -> tuple[int, int, int, int]:
    """Return how many were kept, lost, copies and late."""
    line = found.lines[promise.kind, promise.network]
    return line.kept, len(line.lost), line.copies, len(line.late)


@pytest.mark.parametrize("promise", [NOTICE, QUESTION])
def test_a_kept_promise_is_no_complaint(promise: Promise) -> None:
    """What came once and in time is all that is wanted."""
    found = reckon([promise], [heard(promise)])
    assert figures(found, promise) == (1, 0, 0, 0)
    assert found.complaints() == []


@pytest.mark.parametrize("promise", [NOTICE, QUESTION])
def test_a_lost_message_is_seen(promise: Promise) -> None:
    """Also when the same words were said in another chat, or to another question."""
    elsewhere = Said("matrix:!b", "m2", promise.words, 101.0, promise.answers)
    found = reckon([promise], [elsewhere])
    assert figures(found, promise) == (0, 1, 0, 0)
    assert any(one.startswith("lost") for one in found.complaints())


def test_an_answer_to_another_question_keeps_no_promise() -> None:
    """Two questions with one answer between them: one of them is lost."""
    other = Promise("in group", "telegram", "telegram:-7", "KTS", at=100.0, answers="6")
    found = reckon([QUESTION, other], [heard(QUESTION)])
    assert figures(found, QUESTION) == (1, 1, 0, 0)


def test_a_double_on_matrix_is_a_complaint() -> None:
    """There the network recognises a repeat."""
    found = reckon([NOTICE], [heard(NOTICE), heard(NOTICE, name="m2")])
    assert figures(found, NOTICE) == (1, 0, 1, 0)
    assert any(one.startswith("doubled") for one in found.complaints())


@pytest.mark.parametrize(("allowed", "complains"), [(1, True), (2, False)])
def test_doubles_on_telegram_are_counted_against_what_was_in_flight(
    allowed: int, *, complains: bool
) -> None:
    """One message that came three times is two copies."""
    found = reckon([QUESTION], [heard(QUESTION, name=f"m{n}") for n in range(3)])
    found.allowed = allowed
    assert figures(found, QUESTION) == (1, 0, 2, 0)
    assert bool(found.complaints()) is complains


def test_a_late_message_is_seen_and_trouble_excuses_its_own_time_only() -> None:
    """Spans that overlap count once."""
    troubles = [Trouble(90, 120), Trouble(110, 130)]
    terms = Terms(troubles, patience=30)
    in_time = reckon([NOTICE], [heard(NOTICE, at=159)], terms)
    late = reckon([NOTICE], [heard(NOTICE, at=161)], terms)
    assert (figures(in_time, NOTICE), figures(late, NOTICE)) == ((1, 0, 0, 0), (1, 0, 0, 1))
    assert any(one.startswith("late") for one in late.complaints())


def test_what_nobody_had_promised_is_unexplained() -> None:
    """A message to a chat that was promised something else."""
    stray = Said(NOTICE.place, "m2", "Etwas anderes", 102.0)
    found = reckon([NOTICE], [heard(NOTICE), stray])
    assert found.unexplained == [stray]
    assert any(one.startswith("unexplained") for one in found.complaints())


def test_who_has_gone_loses_nothing() -> None:
    """But what they got before stays counted."""
    gone = Promise("broadcast", "matrix", "matrix:!a", "Mitteilung", at=100.0, excused=True)
    assert reckon([gone], []).lines["broadcast", "matrix"].excused == 1
    assert figures(reckon([gone], [heard(gone)]), gone) == (1, 0, 0, 0)


def test_what_is_left_in_the_outbox_is_a_complaint() -> None:
    """Whatever the networks show."""
    found = reckon([NOTICE], [heard(NOTICE)])
    found.left = ["waiting: announcement:1"]
    assert found.complaints() == ["waiting: announcement:1"]


def test_a_seed_draws_the_same_plan_again() -> None:
    """And other seeds other ones, with every fault among them."""
    plans = [draw(seed) for seed in range(40)]
    assert plans == [draw(seed) for seed in range(40)]
    assert len({plan.blows for plan in plans}) == len(plans)
    assert {blow.fault for plan in plans for blow in plan.blows} == set(Fault)
