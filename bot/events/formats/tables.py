"""Events in TOML, CSV and JSON: named fields, an entry each."""

import csv
import io
import json
import tomllib
from collections.abc import Mapping
from typing import Any

from bot.events.event import Event
from bot.events.fields import FieldError, Problem, build, known
from bot.events.formats.cells import unguarded


class _Collector:
    """Gathers events and problems of one file."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.events: list[Event] = []
        self.problems: list[Problem] = []

    def complain(self, where: str, message: str) -> None:
        """Keep a problem."""
        self.problems.append(Problem(file=self._file, where=where, message=message))

    def add(self, row: Mapping[str, Any], where: str) -> None:
        """Make an event of *row*, whose keys are as the file writes them."""
        values: dict[str, Any] = {}
        keys: dict[str, str] = {}
        for key, value in row.items():
            field = known(str(key))
            if field is None:
                self.complain(f"{where}: {key}", "this field is not known; please remove it")
            elif field != "note" and value not in (None, ""):
                values[field], keys[field] = value, str(key)
        try:
            self.events.append(build(values))
        except FieldError as error:
            self.complain(f"{where}: {keys.get(error.field, error.field)}", str(error))


def parse_toml(text: str, file: str) -> tuple[list[Event], list[Problem]]:
    """Read ``[[event]]`` tables."""
    found = _Collector(file)
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found.complain("", str(error))
        return found.events, found.problems
    for name, rows in tree.items():
        if name not in {"event", "termin", "frist"} or not isinstance(rows, list):
            found.complain(str(name), "only [[event]] tables are known here")
            continue
        _read(rows, found, name)
    return found.events, found.problems


def parse_json(text: str, file: str) -> tuple[list[Event], list[Problem]]:
    """Read a list of objects."""
    found = _Collector(file)
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        found.complain(str(getattr(error, "lineno", "")), f"this is no JSON: {error}")
        return found.events, found.problems
    if isinstance(rows, list):
        _read(rows, found, "")
    else:
        found.complain("", "this has to be a list of objects: [{…}, {…}]")
    return found.events, found.problems


def _read(rows: list[Any], found: _Collector, name: str) -> None:
    for number, row in enumerate(rows, start=1):
        if isinstance(row, dict):
            identity = row.get("id") or row.get("uid") or ""
            found.add(row, f"{name}[{number}] {identity}".strip())
        else:
            found.complain(f"{name}[{number}]", "this has to be an object with fields")


def parse_csv(text: str, file: str) -> tuple[list[Event], list[Problem]]:
    """Read rows below a row of names, separated by ``;``, ``,`` or tabs."""
    found = _Collector(file)
    delimiter = max(";,\t", key=text.lstrip().split("\n", 1)[0].count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    head: list[str] | None = None
    line = 1
    try:
        for cells in rows:
            start, line = line, rows.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if head is None:
                head = cells
            elif len(cells) > len(head):
                found.complain(str(start), "this row has more cells than the first one")
            else:
                found.add(dict(zip(head, map(unguarded, cells), strict=False)), str(start))
    except csv.Error:
        found.complain(str(line), "a quotation mark is not closed here")
    return found.events, found.problems
