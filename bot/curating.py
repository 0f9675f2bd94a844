"""The knowledge base for those who curate it: looked over, and written as files again."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bot.clock import SystemClock
from bot.config import Settings
from bot.errors import ConfigurationError
from bot.knowledge import checking, trial
from bot.knowledge.checking import FEW, Remark, Weight
from bot.knowledge.combining import Taught, combined
from bot.knowledge.embedding import SentenceEncoder
from bot.knowledge.entry import Entry, Problem
from bot.knowledge.exporting import exported
from bot.knowledge.loading import files, load
from bot.knowledge.trial import Tried
from bot.services import taught
from bot.services.building import Notebook, build
from bot.services.knowledge import relative
from bot.storage import schema
from bot.storage.engine import Database

_TAUGHT: Final = "taught.md"
"""The file of the entries that were taught in chat."""


@dataclass(frozen=True)
class Base:
    """The entries as files and chat have them, without an engine.

    Attributes:
        paths: Where the files are.
        files: The entries as they are written there.
        entries: All entries, with what was taught in chat.
        problems: What can't be read.
    """

    paths: Sequence[Path]
    files: Mapping[str, Entry]
    entries: Sequence[Entry]
    problems: Sequence[Problem]


async def read(settings: Settings, paths: Sequence[Path] = ()) -> Base:
    """Read the files in *paths* alone, or the configured ones with what was taught in chat.

    Raises:
        ConfigurationError: There is not one entry.
        SchemaError: The database does not fit this program.
        StorageError: It can't be reached.
    """
    loaded = load(paths or settings.knowledge.paths)
    known = Taught() if paths else await what_was_taught(settings)
    entries = combined(loaded.entries, known)
    problems = [*loaded.problems, *known.problems]
    if not entries:
        raise ConfigurationError([*map(str, problems), "there is no entry"])
    written = {entry.id: entry for entry in loaded.entries}
    return Base(paths or settings.knowledge.paths, written, entries, problems)


async def what_was_taught(settings: Settings) -> Taught:
    """Read what was taught; a hub that has never run has no database, and none is made.

    Raises:
        SchemaError: The database does not fit this program.
        StorageError: It can't be reached.
    """
    if _is_absent(settings.database_url):
        return Taught()
    database = Database(settings.database_url)
    try:
        await schema.check(database)
        async with database.begin() as session:
            return await taught.load(session, seen="")
    finally:
        await database.close()


def _is_absent(url: str) -> bool:
    file = url.removeprefix("sqlite:///")
    return file != url and not Path(file).exists()


@dataclass(frozen=True)
class Written:
    """A file that was written, and how many entries it holds."""

    file: Path
    entries: int


def export(base: Base, target: Path, *, everything: bool, force: bool) -> Iterator[Written]:
    """Write entries as Markdown that reads back as the same entries.

    Entries that Markdown can't hold are named on standard error and left out.

    Args:
        base: The entries.
        target: A file, if it ends with ``.md``; else a folder, in which each entry is written
            into a file called like its own.
        everything: All entries, and not only those that differ from their files.
        force: Whether files that are there already are written anew.

    Raises:
        ConfigurationError: A file is there already, is one of the knowledge base itself, or
            can't be written.
    """
    differs = [one for one in base.entries if everything or base.files.get(one.id) != one]
    # A file is written as a whole, so that it can take the place of the one that it was made of.
    places = {one.file for one in differs if one.file is not None}
    chosen = [one for one in base.entries if one in differs or one.file in places]
    groups: dict[Path, list[Entry]] = {}
    for entry in chosen:
        groups.setdefault(_file(entry, base.paths, target), []).append(entry)
    _must_be_free(groups, base.paths, force=force)
    for file, entries in groups.items():
        text, left_out = exported(entries, title=_title(file))
        for entry in left_out:
            sys.stderr.write(f"{entry.id}: has no answer, so it is left out\n")
        if len(left_out) < len(entries):
            _write(file, text)
            yield Written(file, len(entries) - len(left_out))


def _file(entry: Entry, paths: Sequence[Path], target: Path) -> Path:
    if target.suffix.lower() == ".md":
        return target
    if entry.file is None:
        return target / _TAUGHT
    inside = relative(Path(entry.file), paths)
    below = inside.parts[1:] if len(inside.parts) > 1 and not inside.is_absolute() else ()
    return target.joinpath(*below or (inside.name,)).with_suffix(".md")


def _title(file: Path) -> str:
    return "Aus dem Chat" if file.name == _TAUGHT else file.stem.replace("-", " ").capitalize()


def _must_be_free(
    groups: Mapping[Path, Sequence[Entry]], paths: Sequence[Path], *, force: bool
) -> None:
    """Make sure that nothing is lost or there twice by writing.

    Raises:
        ConfigurationError: Something would be, a line for each file.
    """
    used = {file.resolve() for file in files(paths)}
    folders = [path.resolve() for path in paths if path.is_dir()]
    problems = []
    for file, entries in groups.items():
        is_inside = any(file.resolve().is_relative_to(folder) for folder in folders)
        if file.resolve() in used or (is_inside and any(one.file for one in entries)):
            problems.append(f"{file}: is part of the knowledge base; please choose another place")
        elif file.exists() and not force:
            problems.append(f"{file}: exists already; --force writes it anew")
    if problems:
        raise ConfigurationError(problems)


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ConfigurationError([f"{file}: can't be written: {error.strerror}"]) from None


@dataclass(frozen=True)
class Report:
    """What was found out about a knowledge base.

    Attributes:
        base: The entries.
        remarks: What might be better, the worst first.
        tried: What became of each phrasing that was left out.
    """

    base: Base
    remarks: Sequence[Remark]
    tried: Sequence[Tried] = field(default=())

    @property
    def is_serious(self) -> bool:
        """Whether members read something wrong, or nothing, because of it."""
        return bool(self.base.problems or checking.counted(self.remarks)[Weight.FAIL])


def check(settings: Settings, base: Base, *, ask: bool = True) -> Report:
    """Look a knowledge base over; with *ask* each phrasing is left out once and asked."""
    today = SystemClock().now().astimezone(settings.hub.zone).date()
    found = checking.remarks(
        base.entries, today=today, every=settings.knowledge.review_every, exists=Path.exists
    )
    tried: list[Tried] = []
    if ask:
        notebooks = {"quick": Notebook(SentenceEncoder())} if settings.knowledge.encoder else {}
        tried = trial.tried(base.entries, lambda entries: build(entries, notebooks))
        found += trial.remarks(tried)
    return Report(base, checking.worst_first(found), tried)


def readable(report: Report) -> Iterator[str]:
    """Yield a report as lines for a person, the worst first."""
    for problem in report.base.problems:
        yield f"FAIL  {problem}"
    for one in report.remarks:
        place = "chat" if one.file is None else f"{_shown(one.file, report)}:{one.line}"
        label = "FAIL" if one.weight is Weight.FAIL else one.weight.value
        yield f"{label:<5} {place}: {one.entry}: {one.message}"
    phrasings = sum(len(entry.questions) for entry in report.base.entries)
    count = len(report.base.entries)
    yield (
        f"{count} {'entry' if count == 1 else 'entries'}, {single(report.base.entries)} with a "
        f"single phrasing; {phrasings} phrasings"
    )
    if report.tried:
        parts = ", ".join(f"{count} {name}" for name, count in _outcomes(report).items())
        yield f"each phrasing left out once and asked: {parts}"


def single(entries: Sequence[Entry]) -> int:
    """Return how many entries have a single phrasing."""
    return sum(len(entry.questions) < FEW for entry in entries)


def _shown(file: str, report: Report) -> Path:
    return relative(Path(file), report.base.paths)


def _outcomes(report: Report) -> dict[str, int]:
    counts = Counter(one.outcome for one in report.tried)
    return {outcome.value: counts[outcome] for outcome in trial.Outcome}


def tree(report: Report) -> dict[str, Any]:
    """Return a report as a JSON tree."""
    return {
        "entries": len(report.base.entries),
        "phrasings": sum(len(entry.questions) for entry in report.base.entries),
        "single_phrasing": single(report.base.entries),
        "problems": [one.model_dump() for one in report.base.problems],
        "remarks": [one.model_dump(mode="json") for one in report.remarks],
        "left_out": _outcomes(report) if report.tried else None,
        "tried": [
            {
                "entry": one.entry.id,
                "phrasing": one.phrasing,
                "outcome": one.outcome.value,
                "found": one.found,
            }
            for one in report.tried
        ],
    }
