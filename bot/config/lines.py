"""Where a key stands in a TOML file, so that an operator finds it. Pure.

The reader of the standard library tells no lines. What is written in unusual ways (keys in
quotes with dots, tables inside lists) is found at the table that it belongs to.
"""

import re
from collections.abc import Sequence

_TABLE = re.compile(r"\s*\[\[?\s*([^\[\]#]+?)\s*\]")
_KEY = re.compile(r"\s*([\w.\"' -]+?)\s*=")


def line_of(text: str, key: Sequence[str]) -> int | None:
    """Return the line of *key*, from 1, or else of the table nearest around it.

    Args:
        text: The file's content.
        key: Its parts, from the outermost table on.
    """
    known = _lines(text)
    for length in range(len(key), 0, -1):
        line = known.get(tuple(key[:length]))
        if line is not None:
            return line
    return None


def _lines(text: str) -> dict[tuple[str, ...], int]:
    known: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if found := _TABLE.match(line):
            table = _parts(found[1])
            known.setdefault(table, number)
        elif found := _KEY.match(line):
            path = (*table, *_parts(found[1]))
            for length in range(len(table) + 1, len(path) + 1):
                known.setdefault(path[:length], number)
    return known


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
