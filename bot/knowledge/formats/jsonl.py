"""Knowledge as JSON lines, as other programs export it."""

import json
from typing import Any

from bot.knowledge.entry import Entry, Problem
from bot.knowledge.formats.fields import Collector, attribute, bad_byte


def parse_jsonl(data: bytes, file: str) -> tuple[list[Entry], list[Problem]]:
    """Read one JSON object a line: ``{"id": …, "questions": […], "answer": …, "tags": […]}``.

    Blank lines are skipped and an answer may be empty. Never raises: whatever is wrong becomes
    a problem with its line.
    """
    found = Collector(file, needs_answer=False)
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if line.strip():
            _read(line, number, found)
    return found.entries, found.problems


def _read(line: bytes, number: int, found: Collector) -> None:
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        found.complain(number, bad_byte(line, error)[1])
    except (ValueError, RecursionError):
        found.complain(number, "This line is no JSON; please write one object on one line.")
    else:
        if isinstance(row, dict):
            _add(row, number, found)
        else:
            found.complain(number, "This line is no JSON object; please write {…}.")


def _add(row: dict[str, Any], number: int, found: Collector) -> None:
    values = {}
    for name, value in row.items():
        known = attribute(name)
        if known is None:
            found.complain(number, f"The field “{name}” is not known; please remove it.")
        else:
            values[known] = value
    found.add(values, line=number)
