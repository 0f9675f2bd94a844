"""Files of events: TOML, CSV, iCalendar, and JSON as the sample has it."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from bot.events.event import Event
from bot.events.fields import Problem
from bot.events.formats.ics import parse_ics
from bot.events.formats.tables import parse_csv, parse_json, parse_toml

Parser = Callable[[str, str], tuple[list[Event], list[Problem]]]

PARSERS: Final[dict[str, Parser]] = {
    ".toml": parse_toml,
    ".csv": parse_csv,
    ".json": parse_json,
    ".ics": parse_ics,
}


def parse(data: bytes, file: str) -> tuple[list[Event], list[Problem]]:
    """Read a file's events; whatever is wrong becomes a problem, nothing is raised."""
    parser = PARSERS.get(Path(file).suffix.lower())
    if parser is None:
        return [], [Problem(file=file, where="", message=f"is none of {', '.join(PARSERS)}")]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = "these bytes are no text; please save the file as UTF-8"
        return [], [Problem(file=file, where=str(line), message=message)]
    return parser(text.replace("\r\r\n", "\n").replace("\r\n", "\n"), file)
