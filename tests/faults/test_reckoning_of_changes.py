"""The reckoning sees what went wrong with what was changed, taken back, or due at a time."""

import pytest

from tests.faults.plan import Fault, draw, kills
from tests.faults.reckoning import Promise, Said, Terms, Trouble, reckon

PLACE = "matrix:!a"
EDITED = Promise(
    "edited", "matrix", PLACE, "Mitteilung 1, berichtigt.", at=100, earlier=("Mitteilung 1.",)
)
RECALLED = Promise("recalled", "matrix", PLACE, "Mitteilung 2.", at=100, recalled=True)
REMINDER = Promise("reminder", "matrix", PLACE, "Vorhaben", at=200, since=200)


def said(text: str, *, name: str = "m1", at: float = 101, deleted: bool = False) -> Said:
    return Said(PLACE, name, text, at, deleted=deleted)


def test_the_last_words_keep_what_was_edited() -> None:
    """The first ones alone do not, and are no message that nobody can explain."""
    assert not reckon([EDITED], [said("Mitteilung 1, berichtigt.")]).complaints()
    found = reckon([EDITED], [said("Mitteilung 1.")])
    assert [one.split(":")[0] for one in found.complaints()] == ["lost"]


def test_an_edit_that_came_as_a_message_of_its_own_is_a_double() -> None:
    """On Matrix that is never right."""
    found = reckon([EDITED], [said("Mitteilung 1."), said("Mitteilung 1, berichtigt.", name="m2")])
    assert [one.split(":")[0] for one in found.complaints()] == ["doubled"]


def test_what_was_deleted_without_being_recalled_is_lost() -> None:
    """Nobody asked for that."""
    found = reckon([EDITED], [said("Mitteilung 1, berichtigt.", deleted=True)])
    assert [one.split(":")[0] for one in found.complaints()] == ["lost"]


@pytest.mark.parametrize(
    "shown",
    [[], [said("Mitteilung 2.", deleted=True)], [said("", deleted=True)]],
    ids=["never sent", "deleted", "deleted and forgotten"],
)
def test_what_was_recalled_is_gone(shown: list[Said]) -> None:
    """Whether it had been sent before, and whether the network knows what it said."""
    assert not reckon([RECALLED], shown).complaints()


def test_what_was_recalled_and_is_still_there_is_seen() -> None:
    """Also where another message was deleted."""
    found = reckon([RECALLED], [said("Mitteilung 2."), said("", name="m2", deleted=True)])
    assert [one.split(":")[0] for one in found.complaints()] == ["lost", "unexplained"]


def test_a_copy_of_what_was_recalled_counts_as_double() -> None:
    """The hub knows of one message only, so on Telegram that may be."""
    shown = [said("Mitteilung 2.", deleted=True), said("Mitteilung 2.", name="m2")]
    line = reckon([RECALLED], shown).lines["recalled", "matrix"]
    assert (line.kept, line.copies, len(line.lost)) == (1, 1, 0)


def test_one_forgotten_message_is_not_two_recalled_ones() -> None:
    """A second deletion that nobody asked for would be unexplained."""
    shown = [said("", name=f"m{number}", deleted=True) for number in range(2)]
    assert len(reckon([RECALLED], shown).unexplained) == 1
    other = Promise("recalled", "matrix", PLACE, "Mitteilung 3.", at=100, recalled=True)
    assert not reckon([RECALLED, other], shown).complaints()


def test_what_comes_before_its_time_is_seen() -> None:
    """But for the time in which the hub's clock was ahead."""
    early, on_time = [said("Vorhaben", at=150)], [said("Vorhaben", at=201)]
    assert [one.split(":")[0] for one in reckon([REMINDER], early).complaints()] == ["early"]
    assert not reckon([REMINDER], on_time).complaints()
    assert not reckon([REMINDER], early, Terms(ahead=[Trouble(140, 160)])).complaints()


def test_what_is_not_due_yet_may_be_missing_but_not_early() -> None:
    """As with what is due an hour after the run, in the night in which clocks are set back."""
    later = Promise("reminder", "matrix", PLACE, "Vorhaben", at=9000, since=9000, excused=True)
    assert not reckon([later], []).complaints()
    assert len(reckon([later], [said("Vorhaben")]).lines["reminder", "matrix"].early) == 1


def test_every_kind_of_plan_is_drawn() -> None:
    """Both databases, two processes, and no more than one night in each."""
    plans = [draw(seed, count=40) for seed in range(40)] + [kills(s, count=3) for s in range(4)]
    assert {(plan.database, plan.hubs) for plan in plans} == {
        ("sqlite", 1), ("postgresql", 1), ("postgresql", 2),
    }  # fmt: skip
    for plan in plans:
        faults = [one.fault for one in plan.blows]
        assert faults.count(Fault.SPRING) + faults.count(Fault.AUTUMN) <= 1
