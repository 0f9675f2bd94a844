"""Reading knowledge from files and folders; the only module of this package that does I/O."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.knowledge import synonyms
from bot.knowledge.entry import Entry, Problem
from bot.knowledge.formats import PARSERS, parse
from bot.knowledge.synonyms import NAMES, Pair


@dataclass(frozen=True)
class Loaded:
    """What was found.

    Attributes:
        entries: In the order of the files.
        problems: What an editor has to change.
        fingerprint: See :func:`fingerprint`.
        synonyms: Other words for what the entries say.
    """

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    fingerprint: str
    synonyms: tuple[Pair, ...] = ()


def load(paths: Sequence[Path]) -> Loaded:
    """Read every knowledge file in *paths*, which are files or folders.

    Folders are walked recursively in sorted order for .md, .csv, .xlsx and .jsonl, and for
    synonyms.txt; README.md, hidden files and the temporary files of editors are skipped. A file
    that cannot be read and an id that two files claim (the first keeps it) become problems;
    nothing is raised.
    """
    seen = fingerprint(paths)  # before reading, so that a change meanwhile is noticed later
    entries: dict[str, Entry] = {}
    problems = [_missing(path) for path in paths if not path.exists()]
    words: list[Pair] = []
    for path in files(paths):
        if path.name.lower() in NAMES:
            pairs, wrong = _synonyms(path)
            words += pairs
            problems += wrong
            continue
        found, wrong = _parse(path)
        problems += wrong
        for entry in found:
            first = entries.setdefault(entry.id, entry)
            if first is not entry:
                problems.append(_duplicate(entry, first))
    return Loaded(tuple(entries.values()), tuple(problems), seen, tuple(words))


def fingerprint(paths: Sequence[Path]) -> str:
    """A hexadecimal text that changes when a file comes, goes or is written; reads no content."""
    digest = hashlib.sha256()
    for path in files(paths):
        try:
            state = path.stat()
        except OSError:
            continue
        digest.update(f"{path}\0{state.st_size}\0{state.st_mtime_ns}\0".encode(errors="replace"))
    return digest.hexdigest()


def files(paths: Sequence[Path]) -> Iterator[Path]:
    """The knowledge files in *paths*, each once, folders in sorted order."""
    seen: set[Path] = set()
    for path in paths:
        for file in _walk(path) if path.is_dir() else [path] * path.exists():
            if file not in seen:
                seen.add(file)
                yield file


def _walk(folder: Path) -> Iterator[Path]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if _is_knowledge(name):
                yield Path(here, name)


def _is_knowledge(name: str) -> bool:
    temporary = name.startswith((".", "~$")) or name.endswith("~")
    known = Path(name).suffix.lower() in PARSERS or name.lower() in NAMES
    return known and not temporary and name.lower() != "readme.md"


def _parse(path: Path) -> tuple[list[Entry], list[Problem]]:
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"The file cannot be read ({error.strerror}); please check its permissions."
        return [], [Problem(file=str(path), line=None, message=message)]
    return parse(data, str(path))


def _synonyms(path: Path) -> tuple[list[Pair], list[Problem]]:
    try:
        return synonyms.parse(path.read_text(encoding="utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError):
        message = "The file cannot be read; please save it as text in UTF-8."
        return [], [Problem(file=str(path), line=None, message=message)]


def _missing(path: Path) -> Problem:
    return Problem(
        file=str(path), line=None, message="This does not exist; please check the path."
    )


def _duplicate(entry: Entry, first: Entry) -> Problem:
    message = (
        f"The id “{entry.id}” is taken by {first.file}, line {first.line}; "
        "please choose another id."
    )
    return Problem(file=entry.file or "", line=entry.line, message=message)
