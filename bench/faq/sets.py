"""What is measured: a knowledge base, and messages of which it is known what answers them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.knowledge.entry import Entry
from bot.knowledge.loading import load

HERE: Final = Path(__file__).resolve().parent
SAMPLE: Final = HERE.parents[1] / "bot" / "sample" / "knowledge"
OWN: Final = (HERE / "queries.jsonl", HERE / "silence.jsonl")
"""Our own messages about the sample knowledge base."""


@dataclass(frozen=True)
class Query:
    """A message and what it deserves.

    Attributes:
        text: The message.
        gold: Id of the entry that answers it; ``None`` when none does.
        kind: What is difficult about it; figures are told for each kind.
        before: The message that the same person sent just before, if this one leans on it.
    """

    text: str
    gold: str | None
    kind: str = ""
    before: str | None = None


@dataclass(frozen=True)
class EvaluationSet:
    """A knowledge base and the messages that it is asked."""

    name: str
    entries: tuple[Entry, ...]
    queries: tuple[Query, ...]


def own() -> EvaluationSet:
    """Our own set, on the sample."""
    return read(SAMPLE, OWN, name="sample")


def of_folder(folder: Path) -> EvaluationSet:
    """The set in *folder*: ``kb.jsonl``, ``queries.jsonl`` and, where there is, ``silence.jsonl``.

    Raises:
        SystemExit: See :func:`read`.
    """
    silence = folder / "silence.jsonl"
    files = [folder / "queries.jsonl", *[silence] * silence.exists()]
    return read(folder / "kb.jsonl", files, name=folder.name)


def read(knowledge: Path, files: Sequence[Path], *, name: str) -> EvaluationSet:
    """The set made of *knowledge*, a file or folder, and of the messages in *files*.

    Raises:
        SystemExit: Something cannot be read, or a message's entry does not exist; the figures
            of such a set would mean nothing.
    """
    loaded = load([knowledge])
    if loaded.problems:
        raise SystemExit("\n".join(map(str, loaded.problems)))
    known = {entry.id for entry in loaded.entries}
    queries = []
    for file in files:
        for row in rows(file):
            gold = row["gold"]
            if gold is not None and gold not in known:
                raise SystemExit(f"{file}: no entry has the id {gold!r}")
            queries.append(Query(row["text"], gold, row.get("kind", ""), row.get("before")))
    if not queries:
        raise SystemExit(f"{name}: there is nothing to ask")
    return EvaluationSet(name, loaded.entries, tuple(queries))


def rows(file: Path) -> list[dict[str, Any]]:
    """The objects in a file of JSON lines."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise SystemExit(f"{file}: cannot be read ({error.strerror})") from error
    return [json.loads(line) for line in text.split("\n") if line.strip()]
