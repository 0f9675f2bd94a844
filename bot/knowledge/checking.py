"""What might be better about a knowledge base, for its editors; every remark says what to do."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from markdown_it import MarkdownIt
from pydantic import BaseModel, ConfigDict

from bot.knowledge.entry import Entry
from bot.knowledge.similarity import about
from bot.knowledge.tokens import fold

FEW: Final = 2
"""Phrasings from which on an entry has several."""

_ELSEWHERE: Final = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
"""How links begin that lead out of the knowledge base."""

_PARSER: Final = MarkdownIt("commonmark", {"maxNesting": 20}).enable("table")


class Weight(StrEnum):
    """How bad something is."""

    FAIL = "fail"
    """Members read something wrong, or are asked what the knowledge base knows."""
    WARN = "warn"
    NOTE = "note"


class Remark(BaseModel):
    """Something about an entry that might be better.

    Attributes:
        weight: How bad it is.
        kind: What it is, in one or two words that stay the same.
        entry: The id of the entry.
        file: Its file; ``None`` for a taught one.
        line: Its line.
        message: One sentence.
        other: The id of another entry that has to do with it.
        phrasing: The phrasing that has to do with it.
    """

    model_config = ConfigDict(frozen=True)

    weight: Weight
    kind: str
    entry: str
    file: str | None
    line: int | None
    message: str
    other: str | None = None
    phrasing: str | None = None


def remark(
    entry: Entry,
    weight: Weight,
    kind: str,
    message: str,
    *,
    other: str | None = None,
    phrasing: str | None = None,
) -> Remark:
    """Make a remark about *entry*."""
    return Remark(
        weight=weight,
        kind=kind,
        entry=entry.id,
        file=entry.file,
        line=entry.line,
        message=message,
        other=other,
        phrasing=phrasing,
    )


def remarks(
    entries: Sequence[Entry],
    *,
    today: date,
    every: timedelta | None,
    exists: Callable[[Path], bool],
) -> list[Remark]:
    """Everything that can be told without asking the engine, in the order of the entries.

    Args:
        entries: With different ids.
        today: The present day.
        every: How often entries are reviewed that don't say it themselves.
        exists: Whether a file is there.
    """
    found = list(_shared(entries))
    names = {entry.id for entry in entries}
    for entry in entries:
        found += _single(entry)
        found += _out_of_date(entry, today, every)
        found += _dead_links(entry, names, exists)
    return found


def _shared(entries: Sequence[Entry]) -> Iterator[Remark]:
    """Phrasings that two entries have, word for word or but for words without meaning."""
    literal: dict[str, tuple[Entry, str]] = {}
    meant: dict[frozenset[str], tuple[Entry, str]] = {}
    for entry in entries:
        for text in entry.questions:
            first, same = literal.setdefault(fold(text), (entry, text))
            nearest, near = meant.setdefault(about(text), (entry, text))
            if first.id != entry.id:
                message = (
                    f"“{text}” is a phrasing of “{first.id}” as well, so members are asked which "
                    "one they mean; please remove one."
                )
                yield remark(
                    entry, Weight.FAIL, "duplicate", message, other=first.id, phrasing=same
                )
            elif nearest.id != entry.id:
                message = (
                    f"“{text}” is nearly “{near}” of “{nearest.id}”; please make them different, "
                    "or one entry of both."
                )
                yield remark(
                    entry, Weight.WARN, "near duplicate", message, other=nearest.id, phrasing=text
                )


def _single(entry: Entry) -> Iterator[Remark]:
    if len(entry.questions) < FEW:
        message = "There is a single phrasing; please add some, as members would ask."
        yield remark(entry, Weight.NOTE, "single phrasing", message)
    if not entry.source:
        message = "There is no source; please say where the answer comes from."
        yield remark(entry, Weight.NOTE, "no source", message)


def _out_of_date(entry: Entry, today: date, every: timedelta | None) -> Iterator[Remark]:
    due = entry.due(every)
    if entry.expired(today):
        message = f"The answer was valid until {entry.expires}; please renew or remove it."
        yield remark(entry, Weight.FAIL, "expired", message)
    if due is not None and due < today:
        message = f"The review was due on {due}; please compare the answer with its source."
        yield remark(entry, Weight.WARN, "stale", message)


def _dead_links(entry: Entry, names: set[str], exists: Callable[[Path], bool]) -> Iterator[Remark]:
    for target in _links(entry.answer):
        if not _ELSEWHERE.match(target) and not _leads(target, entry, names, exists):
            message = f"The link “{target}” leads nowhere: no entry or file is called so."
            yield remark(entry, Weight.FAIL, "dead link", message)


def _links(answer: str) -> Iterator[str]:
    """The targets of the links and pictures of an answer, each once."""
    spans = [span for token in _PARSER.parse(answer) for span in token.children or ()]
    targets = [str(span.attrs.get("href") or span.attrs.get("src") or "") for span in spans]
    yield from dict.fromkeys(filter(None, targets))


def _leads(target: str, entry: Entry, names: set[str], exists: Callable[[Path], bool]) -> bool:
    path, _, fragment = (unquote(part) for part in target.partition("#"))
    if not path:
        return fragment in names
    if path in names:
        return True
    folder = Path(entry.file).parent if entry.file else None
    return folder is not None and exists(folder / path.partition("?")[0])


def worst_first(found: Sequence[Remark]) -> list[Remark]:
    """The remarks in the order in which to work them off."""
    order = {weight: place for place, weight in enumerate(Weight)}
    return sorted(found, key=lambda one: order[one.weight])


def counted(found: Sequence[Remark]) -> Mapping[Weight, int]:
    """How many remarks there are of each weight."""
    return {weight: sum(one.weight is weight for one in found) for weight in Weight}
