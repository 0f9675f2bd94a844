from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.formats import parse_markdown

WHOLE = """---
tags: [förderung]
quelle: https://example.org
geprüft: 2026-01-31
---
# Förderung

Nur für die Redaktion.

## Wie hoch ist die Quote?

- Förderquote
- wie viel *Geld* gibt es

Sie beträgt **65 Prozent**:

- für alle
- außer einigen

| Jahr | Quote |
| --- | --- |
| 2019 | 65 |

| Feld | Wert |
| --- | --- |
| id | quote |
| tags | geld, anteil |
| geprüft | 3.2.2026 |
| gilt für | Sachsen |

## Wer zahlt?

Die Bank.

### Und wann?

Später.
"""


def problems(text: str | bytes) -> list[tuple[int | None, str]]:
    data = text.encode() if isinstance(text, str) else text
    return [(problem.line, problem.message) for problem in parse_markdown(data, "a.md")[1]]


def test_a_whole_file_is_read() -> None:
    """Heading, bullets, answer, the table of fields and the front matter find their places."""
    entries, found = parse_markdown(WHOLE.encode(), "a.md")
    assert found == []
    quote, payer = entries
    assert quote.id == "quote"
    assert quote.questions[:2] == ("Wie hoch ist die Quote?", "Förderquote")
    assert quote.tags == ("geld", "anteil")
    assert quote.reviewed == date(2026, 2, 3)
    assert quote.valid_for == ("Sachsen",)
    assert (quote.file, quote.line) == ("a.md", 10)
    assert payer.id == "wer-zahlt"
    assert payer.tags == ("förderung",)
    assert payer.source == "https://example.org"
    assert payer.reviewed == date(2026, 1, 31)


def test_the_answer_keeps_its_markdown() -> None:
    """Lists, tables and deeper headings belong to the answer; the fields do not."""
    quote, payer = parse_markdown(WHOLE.encode(), "a.md")[0]
    assert quote.answer == (
        "Sie beträgt **65 Prozent**:\n\n- für alle\n- außer einigen\n\n"
        "| Jahr | Quote |\n| --- | --- |\n| 2019 | 65 |"
    )
    assert payer.answer == "Die Bank.\n\n### Und wann?\n\nSpäter."


def test_a_file_without_second_level_headings_asks_with_the_first() -> None:
    """Whoever writes only one level of headings is understood as well."""
    entries, found = parse_markdown(b"# Wer?\n\nIch.\n\n# Was?\n\nDas.\n", "a.md")
    assert [entry.questions[0] for entry in entries] == ["Wer?", "Was?"]
    assert found == []


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm() -> None:
    """Files from Windows editors are read like all others."""
    text = WHOLE.replace("\n", "\r\n")
    assert parse_markdown(b"\xef\xbb\xbf" + text.encode(), "a.md") == parse_markdown(
        WHOLE.encode(), "a.md"
    )


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("# T\n\n## Wer?\n\n## Was?\n\nDas.\n", 3, "no answer"),
        ("## Wer?\n\nIch.\n\n## Wer?\n\nDu.\n", 5, "taken by line 1"),
        ("---\ntags: x\n---\n\n## Wer?\n\n- allein\n", 5, "no answer"),
        ("---\ntags: [x\n---\n## Wer?\n\nIch.\n", 3, "YAML"),
        ("---\ntags: x\nquelle: a: b\n---\n## Wer?\n\nIch.\n", 3, "YAML"),
        ("---\ngeprüft: 2026-02-31\n---\n## Wer?\n\nIch.\n", 1, "no list of fields"),
        ("---\nfarbe: rot\n---\n## Wer?\n\nIch.\n", 1, "“farbe” is not known"),
        ("## Wer?\n\nIch.\n\n| Feld | Wert |\n|---|---|\n| geprüft | bald |\n", 1, "no date"),
        ("## Wer?\n\nIch.\n\n| Feld | Wert |\n|---|---|\n| gilt bis | bald |\n", 1, "no date"),
        ("## Wer?\n\nIch.\n\n| Feld | Wert |\n|---|---|\n| prüfen alle | 12 |\n", 1, "no inte"),
        ("## Wer?\n\nIch.\n\n| Feld | Wert |\n|---|---|\n| farbe | rot |\n", 7, "“farbe”"),
        ("Nur Text.\n", 1, "no question"),
        ("", 1, "no question"),
        ("## ???\n\nIch.\n", 1, "gives no id"),
        ("##\n\nIch.\n", 1, "question is missing"),
        (b"## Wer?\n\nIch.\n\n\xff\xfe\n", 5, "UTF-8"),
    ],
)
def test_a_mistake_is_reported_with_its_line(text: str | bytes, line: int, part: str) -> None:
    """Each mistake gives exactly one sentence that says what to do."""
    ((where, message),) = problems(text)
    assert where == line
    assert part in message
    assert message.endswith(".")


@given(st.binary(max_size=300) | st.text("#-|:*[]>` \nab\t~", max_size=300).map(str.encode))
def test_no_file_makes_the_reader_raise(data: bytes) -> None:
    """Whatever somebody saves as .md, the bot keeps running."""
    entries, _ = parse_markdown(data, "a.md")
    assert all(entry.answer for entry in entries)


def test_deeply_nested_text_does_no_harm() -> None:
    """Ten thousand brackets or quotes are read as quickly as anything."""
    for data in (b"---\na: " + b"[" * 10_000 + b"\n---\n", b"## A\n\n" + b">" * 10_000):
        parse_markdown(data, "a.md")


CODE_BLOCKS = b"""\
## What editors see

```fragen
# C #
- Was ist C?
```

~~~felder
{"id": "c", "tags": ["a, b"], "zust\xc3\xa4ndig": "@anna:example.org"}
~~~

````antwort
- Eine Sprache

## Und ein Titel
```
````

Mehr dazu.

```antwort
"""


def test_code_blocks_hold_what_markdown_would_misread() -> None:
    """Other blocks of code belong to the answer."""
    (entry,), problems = parse_markdown(CODE_BLOCKS, "x.md")
    assert problems == []
    assert entry.questions == ("# C #", "- Was ist C?")
    assert (entry.id, entry.tags, entry.owner) == ("c", ("a, b",), "@anna:example.org")
    assert entry.answer == "- Eine Sprache\n\n## Und ein Titel\n```\n\nMehr dazu."


@pytest.mark.parametrize("fields", ["[1]", "{", '"x"'])
def test_fields_that_are_no_json_are_named(fields: str) -> None:
    """With the line of their block; the entry is read without them."""
    text = f"## Was?\n\nDas.\n\n```felder\n{fields}\n```\n"
    (entry,), (problem,) = parse_markdown(text.encode(), "x.md")
    assert (entry.id, problem.line) == ("was", 5)
    assert problem.message == "These fields are no JSON object; please write {…}."
    (_,), (problem,) = parse_markdown(text.replace(fields, '{"frage": "x"}').encode(), "x.md")
    assert "“frage” is not known here" in problem.message
