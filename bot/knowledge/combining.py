"""One knowledge base of what files say and what was taught in chat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from bot.knowledge.engine import Rating
from bot.knowledge.entry import Entry, Problem
from bot.knowledge.tokens import fold


@dataclass(frozen=True)
class Care:
    """How an entry is looked after, as far as it was said in chat.

    Attributes:
        reviewed: When somebody said that it is still right.
        owner: Whose account it is that looks after it.
        review_every: How long after a review the next one is due.
    """

    reviewed: date | None = None
    owner: str | None = None
    review_every: timedelta | None = None


@dataclass(frozen=True)
class Taught:
    """What editors and members taught in chat.

    Attributes:
        entries: Without file and line.
        phrasings: By the id of the entry that they were added to.
        cares: How it is looked after, by the id of the entry.
        ratings: What members said of answers, the last of them.
        problems: What can't be read and is left out.
        fingerprint: Changes with what was taught; that of nothing is empty.
    """

    entries: tuple[Entry, ...] = ()
    phrasings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cares: Mapping[str, Care] = field(default_factory=dict)
    ratings: tuple[Rating, ...] = ()
    problems: tuple[Problem, ...] = ()
    fingerprint: str = ""


def combined(files: Sequence[Entry], taught: Taught) -> tuple[Entry, ...]:
    """Return the entries of *files*, then the taught ones, with what was added to either.

    A taught entry whose id a file has was exported into that file meanwhile: the file counts.
    """
    known = {entry.id for entry in files}
    entries = (*files, *(entry for entry in taught.entries if entry.id not in known))
    return tuple(completed(entry, taught) for entry in entries)


def completed(entry: Entry, taught: Taught) -> Entry:
    """Return *entry* with what was added to it; what was said in chat of its care counts."""
    added = new_phrasings(entry.questions, taught.phrasings.get(entry.id, ()))
    care = taught.cares.get(entry.id, Care())
    update = {
        "questions": (*entry.questions, *added),
        "reviewed": max(filter(None, (entry.reviewed, care.reviewed)), default=None),
        "owner": care.owner or entry.owner,
        "review_every": care.review_every or entry.review_every,
    }
    return entry.model_copy(update=update)


def new_phrasings(known: Sequence[str], added: Sequence[str]) -> tuple[str, ...]:
    """Return those of *added* that are not among the *known* ones, however they are written."""
    seen = {fold(text) for text in known}
    new: dict[str, str] = {}
    for text in added:
        if fold(text) not in seen:
            new.setdefault(fold(text), text)
    return tuple(new.values())
