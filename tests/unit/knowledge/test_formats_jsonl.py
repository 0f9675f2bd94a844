import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.formats import parse, parse_jsonl


def test_json_lines_are_read_and_blank_ones_skipped() -> None:
    """An answer may be empty here, since other programs keep it elsewhere."""
    text = '\ufeff{"id":"a","questions":["Wer?","Wen?"],"answer":"","tags":["x"]}\n\n \n'
    text += '{"frage":"Was?","antwort":"Das."}'
    (first, second), problems = parse_jsonl(text.encode(), "a.jsonl")
    assert problems == []
    assert first.questions == ("Wer?", "Wen?")
    assert (first.answer, first.tags) == ("", ("x",))
    assert (second.id, second.line) == ("was", 4)


@pytest.mark.parametrize(
    ("data", "line", "part"),
    [
        (b'{"id":"a"\n', 1, "no JSON"),
        (b"\n[1]\n", 2, "no JSON object"),
        (b'{"id":"a","questions":[]}\n', 1, "question is missing"),
        (b'{"questions":["Wer?"]}\n{"questions":["Wer?"]}\n', 2, "taken by line 1"),
        (b'{"questions":["Wer?"],"farbe":1}\n', 1, "“farbe” is not known"),
        (b'{"questions":["Wer?"],"reviewed":"x"}\n', 1, "no date"),
        (b'{"questions":["\xff"]}\n', 1, "UTF-8"),
        (b"[" * 100_000, 1, "no JSON"),
    ],
)
def test_a_mistake_is_reported_with_its_line(data: bytes, line: int, part: str) -> None:
    """Each mistake gives exactly one sentence that says what to do."""
    (problem,) = parse_jsonl(data, "a.jsonl")[1]
    assert problem.line == line
    assert part in problem.message


def test_lone_surrogates_are_taken_out() -> None:
    """JSON can smuggle in what no database stores."""
    (entry,), _ = parse_jsonl(rb'{"questions":["Wer\ud800?"],"answer":"\udfff"}', "a.jsonl")
    assert entry.questions == ("Wer?",)
    assert entry.answer == ""


@given(st.binary(max_size=200), st.sampled_from([".md", ".csv", ".xlsx", ".jsonl", ".doc", ""]))
def test_no_file_makes_a_reader_raise(data: bytes, ending: str) -> None:
    """Whatever somebody drops into the folder, the bot keeps running."""
    parse(data, f"a{ending}")


def test_an_unknown_format_is_a_problem_that_names_the_known_ones() -> None:
    """The way out stands in the message."""
    _, (problem,) = parse(b"", "a.docx")
    assert ".md" in problem.message
    assert problem.line is None


def test_a_file_of_more_than_20_mb_is_refused() -> None:
    """Somebody's video does not fill the memory."""
    _, (problem,) = parse(b" " * 20_000_001, "a.md")
    assert "20 MB" in problem.message
