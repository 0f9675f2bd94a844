import io
import zipfile
from datetime import date, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.formats import parse_csv, parse_xlsx

HEAD = "id;Frage;Antwort;Tags;Quelle;Geprüft\n"


def workbook(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def test_a_csv_file_with_german_columns_is_read() -> None:
    """Several phrasings stand in one cell, separated by a bar or a line break."""
    text = HEAD + 'a;"Wer?\nWer denn?|Wen?";Ich.;x, y;Amt;31.01.2026\n\n;Was?;Das.;;;\n'
    (first, second), problems = parse_csv(text.encode(), "a.csv")
    assert problems == []
    assert first.questions == ("Wer?", "Wer denn?", "Wen?")
    assert first.tags == ("x", "y")
    assert first.reviewed == date(2026, 1, 31)
    assert (first.line, second.line) == (2, 5)
    assert second.id == "was"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_every_way_a_spreadsheet_saves_csv_is_read(encoding: str, delimiter: str) -> None:
    """Separator and encoding are found out, not asked for."""
    text = f"frage{delimiter}antwort\nWo prüft man?{delimiter}Überall\n"
    (entry,), problems = parse_csv(text.encode(encoding), "a.csv")
    assert problems == []
    assert (entry.questions, entry.answer) == (("Wo prüft man?",), "Überall")


@pytest.mark.parametrize(
    ("data", "line", "part"),
    [
        (HEAD + "a;Wer?;;;;\n", 2, "no answer"),
        (HEAD + "a;;Ich.;;;\n", 2, "question is missing"),
        (HEAD + "a;Wer?;Ich.;;;\na;Was?;Das.;;;\n", 3, "taken by line 2"),
        (HEAD + "a;Wer?;Ich.;;;31.2.2026\n", 2, "“31.2.2026” is no date"),
        (HEAD + "a;Wer?;Ich.;;;;mehr\n", 2, "more cells"),
        (HEAD + 'a;Wer?;Ich.;;;\nb;"Was?;Das.;;;\n', 3, "quotation mark"),
        ("frage;antwort;farbe\nWer?;Ich.;rot\n", 1, "column “farbe” is not known"),
        ("frage;tags\nWer?;x\n", 1, "column “antwort” is missing"),
        ("frage;question;antwort\nWer?;Who?;Ich.\n", 1, "two columns"),
        (b"frage;antwort\nWer?;Ich.\nWas?;\x81\x81\n", 3, "UTF-8"),
    ],
)
def test_a_mistake_in_csv_is_reported_with_its_line(
    data: str | bytes, line: int, part: str
) -> None:
    """Each mistake gives exactly one sentence that says what to do."""
    raw = data.encode() if isinstance(data, str) else data
    (problem,) = parse_csv(raw, "a.csv")[1]
    assert (problem.file, problem.line) == ("a.csv", line)
    assert part in problem.message


def test_an_empty_csv_file_says_which_columns_are_missing() -> None:
    """A file without any row is no silent success."""
    assert [problem.line for problem in parse_csv(b"", "a.csv")[1]] == [1, 1]


def test_a_workbook_is_read_with_real_dates_and_numbers() -> None:
    """Spreadsheets turn dates and numbers into values of their own."""
    data = workbook(
        ["Frage", "Antwort", "geprüft am", None],
        ["Welche Nummer?|Nummer", 436, datetime(2026, 3, 31), None],  # noqa: DTZ001 as openpyxl
        [None, None, None, None],
        ["Wer?", "Ich.", "bald", None],
    )
    (first, second), (problem,) = parse_xlsx(data, "a.xlsx")
    assert (first.questions, first.answer) == (("Welche Nummer?", "Nummer"), "436")
    assert first.reviewed == date(2026, 3, 31)
    assert (second.line, problem.line) == (4, 4)
    assert "no date" in problem.message


@pytest.mark.parametrize("data", [b"", b"no zip", workbook(["Frage"])[:-50]])
def test_a_broken_workbook_is_one_problem(data: bytes) -> None:
    """Nothing of the library's errors gets through."""
    entries, (problem,) = parse_xlsx(data, "a.xlsx")
    assert entries == []
    assert (problem.line, problem.message) == (
        None,
        "The workbook cannot be opened; please save it as .xlsx again.",
    )


def test_a_zip_that_is_no_workbook_is_one_problem() -> None:
    """A renamed archive is told from a workbook."""
    saved = io.BytesIO()
    with zipfile.ZipFile(saved, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert len(parse_xlsx(saved.getvalue(), "a.xlsx")[1]) == 1


@given(st.binary(max_size=300) | st.text('frageantwo;,|"\n\x00', max_size=300).map(str.encode))
def test_no_csv_file_makes_the_reader_raise(data: bytes) -> None:
    """Whatever somebody saves as .csv, the bot keeps running."""
    parse_csv(data, "a.csv")
    parse_csv(b"frage;antwort\n" + data, "a.csv")


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("90 Tage", 90), ("1 day", 1), ("2 Wochen", 14), ("12 Monate", 365), ("6 months", 182),
        ("1 Jahr", 365), ("100 years", 36_500), ("101 Jahre", None), ("0 Tage", None),
        ("90", None), ("zwölf Monate", None), ("99999 Jahre", None),
    ],
)  # fmt: skip
def test_intervals_are_read_as_people_write_them(written: str, days: int | None) -> None:
    """In German and English; what is none leaves the entry without one and is named."""
    table = (
        f"Frage;Antwort;Prüfen alle;Zuständig;Gültig bis\nWas?;Das.;{written};Anna  B;31.1.2027\n"
    )
    (entry,), problems = parse_csv(table.encode(), "x.csv")
    assert entry.review_every == (None if days is None else timedelta(days=days))
    assert len(problems) == (days is None)
    assert (entry.owner, entry.expires) == ("Anna B", date(2027, 1, 31))
