"""How entries are offered when several may be meant: so that one can tell them apart."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile

from bot.knowledge.entry import Entry
from bot.knowledge.scope import scope
from bot.knowledge.tokens import fold
from bot.services.entry_words import LONGEST_LABEL, label, short, source_name
from bot.text import catalogue, markdown
from bot.text.document import Document
from bot.text.plain import to_plain

_LONGEST_MARK = 40
_Mark = Callable[[Sequence[Entry], str], list[str]]
"""Says of each of several entries, in a language, what sets it apart."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A question back.

    Attributes:
        intro: What is asked.
        labels: One for each entry, no two of them alike.
        is_by_scope: Whether it would be known which one is meant, if the project were known.
    """

    intro: Document
    labels: tuple[str, ...]
    is_by_scope: bool = False


def offer(entries: Sequence[Entry], language: str, *, today: date) -> Offer:
    """Word the choice between *entries*, best first."""
    marks, is_by_scope = _marks(entries, language)
    same = len(entries) > 1 and len({_look(entry) for entry in entries}) == 1
    labels = []
    for entry, mark in zip(entries, marks, strict=True):
        title = entry.questions[0]
        words = title if not mark else mark if same else f"{mark}: {title}"
        labels.append(_fitting(words, entry, language, today))
    intro = _intro(entries, language, same=same, is_by_scope=is_by_scope)
    return Offer(intro, tuple(labels), is_by_scope)


def _intro(entries: Sequence[Entry], language: str, *, same: bool, is_by_scope: bool) -> Document:
    if not same:
        return catalogue.document(language, "suggest-intro" if len(entries) > 1 else "suggest-one")
    return catalogue.document(
        language,
        "suggest-scope" if is_by_scope else "suggest-alike",
        title=label(entries[0].questions[0]),
    )


def _fitting(words: str, entry: Entry, language: str, today: date) -> str:
    """Cut a label to fit on a button, but not what warns of an old answer."""
    if not entry.expired(today):
        return short(words, LONGEST_LABEL)
    expired = f" {catalogue.text(language, 'label-expired')}"
    return short(words, LONGEST_LABEL - len(expired)) + expired


def _look(entry: Entry) -> str:
    return fold(label(entry.questions[0]))


def _marks(entries: Sequence[Entry], language: str) -> tuple[list[str], bool]:
    """Return what tells each entry from those that look alike, or else for whom it holds.

    And whether those that look alike are, somewhere, told apart by that.
    """
    marks = [", ".join(one.valid_for) if scope(one.valid_for) else "" for one in entries]
    is_by_scope = False
    for look in {_look(entry) for entry in entries}:
        places = [place for place, entry in enumerate(entries) if _look(entry) == look]
        alike = [entries[place] for place in places]
        if len(alike) > 1:
            kind, found = _apart(alike, language)
            is_by_scope |= kind is _scopes
            for place, mark in zip(places, found, strict=True):
                marks[place] = mark
    return marks, is_by_scope


def _apart(alike: Sequence[Entry], language: str) -> tuple[_Mark, list[str]]:
    """Return the first kind of marks of which no two are the same; ids never are."""
    for kind in (_scopes, _sources, _answers):
        marks = [short(mark, _LONGEST_MARK) for mark in kind(alike, language)]
        if all(marks) and len(set(map(fold, marks))) == len(alike):
            return kind, marks
    return _ids, _ids(alike, language)


def _scopes(alike: Sequence[Entry], language: str) -> list[str]:
    """For whom they hold."""
    everybody = catalogue.text(language, "label-everybody")
    return [", ".join(entry.valid_for) or everybody for entry in alike]


def _sources(alike: Sequence[Entry], _language: str) -> list[str]:
    return [source_name(entry) for entry in alike]


def _answers(alike: Sequence[Entry], _language: str) -> list[str]:
    """The words of the answers, from the first that differs."""
    words = [to_plain(markdown.parse(entry.answer)).split() for entry in alike]
    equal = takewhile(lambda column: len(set(column)) == 1, zip(*words, strict=False))
    skipped = sum(1 for _ in equal)
    return [("… " if skipped else "") + " ".join(one[skipped:]) for one in words]


def _ids(alike: Sequence[Entry], _language: str) -> list[str]:
    return [entry.id for entry in alike]
