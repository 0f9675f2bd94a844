"""Entries as Markdown that reads back as the same entries."""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations
from typing import Any, Final

from bot.knowledge.entry import Entry
from bot.knowledge.formats import parse_markdown
from bot.knowledge.tokens import WORD

_PARTS: Final = ("answer", "questions", "fields")
"""What may have to stand in a code block, since Markdown would read it as something else."""

_NAMES: Final = {
    "id": "id",
    "tags": "tags",
    "source": "Quelle",
    "reviewed": "geprüft",
    "valid_for": "gilt für",
    "language": "Sprache",
    "owner": "zuständig",
    "review_every": "prüfen alle",
    "expires": "gültig bis",
}
"""The fields in the order in which they are written, and their names."""

_NEXT: Final = "## What comes next?\n\nAn answer.\n"
"""An entry behind the one that is tried: it must not be swallowed."""

_OF_PLACE: Final = {"file": None, "line": None}


def exported(entries: Sequence[Entry], *, title: str) -> tuple[str, tuple[Entry, ...]]:
    """Write *entries* as a Markdown file.

    Args:
        entries: With different ids.
        title: What stands at the top, in one line.

    Returns:
        The text, and the entries that Markdown can't hold: those without an answer.
    """
    written = [(entry, exported_entry(entry)) for entry in entries]
    left_out = tuple(entry for entry, text in written if text is None)
    return "\n".join([f"# {title}\n", *(text for _, text in written if text)]), left_out


def exported_entry(entry: Entry) -> str | None:
    """Write one entry, as simply as it reads back the same; ``None`` if it has no answer."""
    wanted = entry.model_copy(update=_OF_PLACE)
    for count in range(len(_PARTS) + 1):
        for fenced in combinations(_PARTS, count):
            text = _written(entry, fenced)
            if _read(text + "\n" + _NEXT) == wanted:
                return text
    return None


def _read(text: str) -> Entry | None:
    """The first of exactly two entries; ``None`` if anything else is read."""
    try:
        entries, problems = parse_markdown(text.encode(), "")
    except UnicodeEncodeError:
        return None
    if problems or len(entries) != 2:  # noqa: PLR2004 the one that is tried and the next
        return None
    return entries[0].model_copy(update=_OF_PLACE)


def _written(entry: Entry, fenced: Collection[str]) -> str:
    title, *others = entry.questions
    blocks = [f"## {title}"]
    if "questions" in fenced:
        # Nobody reads this heading but editors.
        blocks = ["## " + (" ".join(WORD.findall(title)) or "Eintrag")]
        blocks.append(_fence("fragen", "\n".join(entry.questions)))
    elif others:
        blocks.append("\n".join(f"- {text}" for text in others))
    blocks.append(_json(entry) if "fields" in fenced else _table(entry))
    blocks.append(_fence("antwort", entry.answer) if "answer" in fenced else entry.answer)
    return "\n\n".join(blocks) + "\n"


def _fence(word: str, content: str) -> str:
    longest = max(map(len, re.findall("`+", content)), default=0)
    ticks = "`" * max(longest + 1, 3)
    return f"{ticks}{word}\n{content}\n{ticks}"


def _table(entry: Entry) -> str:
    rows = [f"| {name} | {_cell(value)} |" for name, value in _fields(entry)]
    return "\n".join(["| Feld | Wert |", "| --- | --- |", *rows])


def _cell(value: Any) -> str:
    written = ", ".join(value) if isinstance(value, tuple) else str(value)
    return written.replace("|", r"\|")


def _json(entry: Entry) -> str:
    return _fence("felder", json.dumps(dict(_fields(entry)), ensure_ascii=False, indent=1))


def _fields(entry: Entry) -> Iterator[tuple[str, Any]]:
    """The names and values that are worth writing."""
    for attribute, name in _NAMES.items():
        value = getattr(entry, attribute)
        if value and not (attribute == "language" and value == "de"):
            yield name, _plain(value)


def _plain(value: Any) -> Any:
    match value:
        case date():
            return value.isoformat()
        case timedelta():
            return f"{value.days} Tage"
        case _:
            return value
