"""The formats that knowledge can be written in: bytes in, entries and problems out."""

from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Final

from bot.knowledge.entry import Entry, Problem
from bot.knowledge.formats.jsonl import parse_jsonl
from bot.knowledge.formats.markdown import parse_markdown
from bot.knowledge.formats.tables import parse_csv, parse_xlsx

Parser = Callable[[bytes, str], tuple[list[Entry], list[Problem]]]

PARSERS: Final[Mapping[str, Parser]] = {
    ".csv": parse_csv,
    ".jsonl": parse_jsonl,
    ".md": parse_markdown,
    ".xlsx": parse_xlsx,
}
"""The parser for each file name ending, lower case."""

LARGEST_FILE: Final = 20_000_000
"""Most bytes a knowledge file may have."""


def parse(data: bytes, file: str) -> tuple[list[Entry], list[Problem]]:
    """Read *data* in the format that the ending of *file* names; never raises."""
    parser = PARSERS.get(PurePath(file).suffix.lower())
    if parser is None:
        message = f"This format is not known; please use one of {', '.join(PARSERS)}."
        return [], [Problem(file=file, line=None, message=message)]
    if len(data) > LARGEST_FILE:
        message = "The file is larger than 20 MB; please split it."
        return [], [Problem(file=file, line=None, message=message)]
    return parser(data, file)


__all__ = [
    "PARSERS",
    "Parser",
    "parse",
    "parse_csv",
    "parse_jsonl",
    "parse_markdown",
    "parse_xlsx",
]
