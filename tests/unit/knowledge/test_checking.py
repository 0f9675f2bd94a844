"""What is told about a knowledge base, so that its editors can make it better."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.knowledge import trial
from bot.knowledge.checking import Remark, Weight, counted, remarks, worst_first
from bot.knowledge.engine import Engine
from bot.knowledge.entry import Entry
from bot.knowledge.trial import Outcome, tried

TODAY = date(2027, 1, 15)


def entry(name: str, *questions: str, answer: str = "Ja.", **more: object) -> Entry:
    fields = {"source": "Amt", "file": "/k/a.md", "line": 1} | more
    return Entry.model_validate(
        {"id": name, "questions": questions or (name,), "answer": answer, **fields}
    )


def told(
    *entries: Entry, every: timedelta | None = None, files: tuple[str, ...] = ()
) -> list[Remark]:
    present = {Path(file) for file in files}
    return remarks(entries, today=TODAY, every=every, exists=present.__contains__)


def kinds(*entries: Entry, **more: object) -> list[tuple[str, str]]:
    return [(one.entry, one.kind) for one in told(*entries, **more)]  # type: ignore[arg-type]


def test_a_good_entry_gets_no_remark() -> None:
    """Nobody reads a list of praise."""
    good = entry("a", "Was ist A?", "A erklärt", reviewed=date(2027, 1, 1))
    assert told(good, every=timedelta(days=365)) == []


def test_a_phrasing_of_two_entries_is_serious() -> None:
    """However it is written; nearly the same is a warning, and other numbers are no sameness."""
    one = entry("a", "Wo ist das Merkblatt?", "Frist Phase A")
    same = entry("b", "wo ist das merkblatt", "Frist Phase B")
    near = entry("c", "Wo gibt es ein Merkblatt?", "Ganz anders")
    found = told(one, same, near)
    assert [(x.entry, x.kind, x.other, x.weight) for x in found] == [
        ("b", "duplicate", "a", Weight.FAIL),
        ("c", "near duplicate", "a", Weight.WARN),
    ]
    assert "“wo ist das merkblatt” is a phrasing of “a” as well" in found[0].message


def test_what_is_out_of_date_is_named() -> None:
    """An answer that does not hold any more is worse than a review that is due."""
    old = entry("old", "a b", "c d", expires=date(2027, 1, 14), reviewed=date(2026, 1, 1))
    found = told(old, every=timedelta(days=365))
    assert [(one.kind, one.weight) for one in found] == [
        ("expired", Weight.FAIL),
        ("stale", Weight.WARN),
    ]
    assert kinds(entry("new", "a b", "c d", expires=TODAY)) == []


def test_single_phrasings_and_missing_sources_are_noted() -> None:
    """Neither is wrong, and both can be better."""
    assert kinds(entry("a", "Was?", source=None)) == [("a", "single phrasing"), ("a", "no source")]


@pytest.mark.parametrize(
    ("link", "dead"),
    [
        ("#b", False), ("b", False), ("#c", True), ("c", True), ("https://x.de/c", False),
        ("mailto:a@b.de", False), ("//x.de", False), ("bild.png", False), ("a%20b.pdf", False),
        ("fehlt.png", True), ("bild.png#seite", False), ("unter/bild.png", False),
    ],
)  # fmt: skip
def test_links_inside_the_knowledge_base_have_to_lead_somewhere(link: str, *, dead: bool) -> None:
    """To an entry, or to a file beside that of the entry; others are not asked for."""
    files = ("/k/bild.png", "/k/a b.pdf", "/k/unter/bild.png")
    for answer in (f"Siehe [hier]({link}).", f"| a |\n| --- |\n| ![x]({link}) |"):
        entries = (entry("a", "x y", "z", answer=answer), entry("b", "v w", "u"))
        found = [one.kind for one in told(*entries, files=files)]
        assert found == (["dead link"] if dead else [])
    taught = entry("a", "x y", "z", answer="[x](bild.png)", file=None, line=None)
    assert [one.kind for one in told(taught, files=files)] == ["dead link"]


def test_the_worst_comes_first() -> None:
    """Among equals the order of the files."""
    found = told(entry("a", "Was?"), entry("b", "x y", "z", expires=date(2020, 1, 1)), entry("c"))
    assert [one.entry for one in worst_first(found)] == ["b", "a", "c"]
    assert counted(found) == {Weight.FAIL: 1, Weight.WARN: 0, Weight.NOTE: 2}


TAXI = ("Was kostet ein Taxi?", "Preis Taxi", "Taxi Kosten", "wie teuer ist ein taxi")
BOAT = ("Wann fährt das Boot?", "Abfahrt Boot", "Boot Fahrplan", "Qrxx Taxi Preis Kosten")


def test_each_phrasing_is_left_out_once() -> None:
    """Of entries with several; what it finds then is what a stranger would get."""
    entries = [entry("taxi", *TAXI), entry("boot", *BOAT), entry("allein", "Wo ist das Rathaus?")]
    found = tried(entries, Engine.build)
    assert sorted(one.phrasing for one in found) == sorted([*TAXI, *BOAT])
    by_phrasing = {one.phrasing: one for one in found}
    assert by_phrasing["Taxi Kosten"].outcome in {Outcome.RIGHT, Outcome.OFFERED}
    assert by_phrasing["Qrxx Taxi Preis Kosten"].found == "taxi"


def test_of_very_many_phrasings_some_are_left_out_together() -> None:
    """And never all of them."""
    entries = [entry("taxi", *TAXI), entry("boot", *BOAT)]
    sizes = []

    def build(shortened: object) -> Engine:
        sizes.append([len(one.questions) for one in shortened])  # type: ignore[attr-defined]
        return Engine.build(entries)

    assert len(tried(entries, build, folds=2)) == len(TAXI) + len(BOAT)
    assert sizes == [[2, 2], [2, 2]]


def test_what_is_lost_is_told_of_the_entry_that_loses_it() -> None:
    """To whom, and by which words; only an entry that loses most is hard to find."""
    taxi, boat = entry("taxi", *TAXI), entry("boot", *BOAT)
    found = [
        trial.Tried(taxi, text, outcome, name)
        for text, outcome, name in zip(
            TAXI,
            (Outcome.WRONG, Outcome.WRONG, Outcome.SILENT, Outcome.RIGHT),
            ("boot", "boot", None, "taxi"),
            strict=True,
        )
    ]
    found += [trial.Tried(boat, text, Outcome.SILENT, None) for text in BOAT]
    stolen, hard = trial.remarks(found)
    assert (stolen.entry, stolen.other, stolen.weight) == ("taxi", "boot", Weight.WARN)
    assert "“Was kostet ein Taxi?”, “Preis Taxi” would get “boot”" in stolen.message
    assert (hard.entry, hard.kind) == ("boot", "hard to find")
    assert "“Boot Fahrplan” and 1 more would get no answer" in hard.message
