from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.engine import Engine, Lessons
from bot.knowledge.entry import Entry
from bot.knowledge.loading import load
from bot.knowledge.synonyms import Synonyms, parse

FILE = """# Was Leute sagen = was in den Einträgen steht
Öffis, Bus und Bahn = ÖPNV   # eine Anmerkung

Letter of Intent = Kooperationsvereinbarung
"""


def test_lines_are_read_as_pairs() -> None:
    pairs, problems = parse(FILE, "synonyms.txt")
    assert pairs == [
        ("Öffis", "ÖPNV"),
        ("Bus und Bahn", "ÖPNV"),
        ("Letter of Intent", "Kooperationsvereinbarung"),
    ]
    assert problems == []


@pytest.mark.parametrize("line", ["Öffis", "= ÖPNV", "Öffis =", "a,,b = c", f"{'a' * 101} = b"])
def test_a_line_that_is_no_pair_is_named(line: str) -> None:
    pairs, (problem,) = parse(f"\n{line}\nBus = ÖPNV", "synonyms.txt")
    assert pairs == [("Bus", "ÖPNV")]
    assert str(problem).startswith("synonyms.txt:2: Not understood")


def test_words_are_found_however_they_are_written() -> None:
    meanings = Synonyms(parse(FILE, "")[0]).meanings
    assert meanings("kosten öffis was?") == {"öffis": "ÖPNV"}
    assert meanings("BUS UND BAHN") == {"BUS UND BAHN": "ÖPNV"}
    assert meanings("Öffisticket") == {}
    assert Synonyms(()).meanings("Öffis") == {}


def test_a_sharp_s_is_found_however_it_is_written() -> None:
    meanings = Synonyms((("Maßnahmenplan", "Strategie"), ("Strasse", "Weg"))).meanings
    for written in ("Maßnahmenplan", "maßnahmenplan", "massnahmenplan", "MASSNAHMENPLAN"):
        assert meanings(f"Wo ist der {written}?") == {written: "Strategie"}
    assert meanings("strasse") == {"strasse": "Weg"}


def test_the_engine_reads_what_members_say_as_the_entries_put_it() -> None:
    entries = [
        Entry(id="form", questions=("Vorlage für eine Kooperationsvereinbarung",), answer="Hier."),
        Entry(id="logo", questions=("Vorlage für das Logo",), answer="Dort."),
    ]
    engine = Engine.build(entries, lessons=Lessons(synonyms=tuple(parse(FILE, "")[0])))
    verdict, why = engine.explain("Gibt es einen letter of intent?")
    assert verdict.candidates[0].entry == "form"
    assert why.corrections == {"letter of intent": "Kooperationsvereinbarung"}


def test_they_stand_in_a_file_beside_the_entries(tmp_path: Path) -> None:
    (tmp_path / "k.md").write_text("## Was kostet der ÖPNV?\n\nNichts.\n", encoding="utf-8")
    (tmp_path / "synonyme.txt").write_text("Öffis = ÖPNV\nkaputt\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("kein Wissen", encoding="utf-8")
    loaded = load([tmp_path])
    assert loaded.synonyms == (("Öffis", "ÖPNV"),)
    assert [entry.answer for entry in loaded.entries] == ["Nichts."]
    assert [problem.line for problem in loaded.problems] == [2]
    (tmp_path / "synonyme.txt").write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in str(load([tmp_path]).problems[0])


@given(st.text(), st.text())
def test_any_text_is_read(text: str, asked: str) -> None:
    pairs, _ = parse(text, "synonyms.txt")
    Synonyms(pairs).meanings(asked)
