"""One knowledge base of what files say and what was taught in chat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.knowledge.entry import Entry, Problem
from bot.knowledge.tokens import fold


@dataclass(frozen=True)
class Taught:
    """What editors taught in chat.

    Attributes:
        entries: Without file and line.
        phrasings: By the id of the entry that they were added to.
        reviews: When somebody said that an entry is still right, by its id.
        problems: What can't be read and is left out.
        fingerprint: Changes with what was taught; that of nothing is empty.
    """

    entries: tuple[Entry, ...] = ()
    phrasings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reviews: Mapping[str, date] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    fingerprint: str = ""


def combined(files: Sequence[Entry], taught: Taught) -> tuple[Entry, ...]:
    """Return the entries of *files*, then the taught ones, with what was added to either.

    A taught entry whose id a file has was exported into that file meanwhile: the file counts.
    """
    known = {entry.id for entry in files}
    entries = (*files, *(entry for entry in taught.entries if entry.id not in known))
    return tuple(_completed(entry, taught) for entry in entries)


def _completed(entry: Entry, taught: Taught) -> Entry:
    added = new_phrasings(entry.questions, taught.phrasings.get(entry.id, ()))
    day = taught.reviews.get(entry.id)
    later = day is not None and (entry.reviewed is None or day > entry.reviewed)
    if not added and not later:
        return entry
    return entry.model_copy(
        update={
            "questions": (*entry.questions, *added),
            "reviewed": day if later else entry.reviewed,
        }
    )


def new_phrasings(known: Sequence[str], added: Sequence[str]) -> tuple[str, ...]:
    """Return those of *added* that are not among the *known* ones, however they are written."""
    seen = {fold(text) for text in known}
    new: dict[str, str] = {}
    for text in added:
        if fold(text) not in seen:
            new.setdefault(fold(text), text)
    return tuple(new.values())
