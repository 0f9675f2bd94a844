"""What the engine would do with each phrasing if it was not listed: how strangers would fare."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.knowledge.checking import FEW, Remark, Weight, remark
from bot.knowledge.engine import Engine, Verdict
from bot.knowledge.entry import Entry

FOLDS: Final = 8
"""Engines that are built; each lacks one phrasing of every entry, of very many two or three."""

_OFFERED: Final = 3
"""Entries that members are offered at most."""

_HARD: Final = 0.5
"""Share of an entry's phrasings without an answer from which on it is hard to find."""

_MOST_SHOWN: Final = 3


class Outcome(StrEnum):
    """What became of a phrasing that was left out."""

    RIGHT = "right"
    OFFERED = "offered"
    """Its entry was among those that were offered."""
    WRONG = "wrong"
    """Another entry was given as the answer."""
    SILENT = "silent"
    """Nothing was said, or only other entries were offered."""


@dataclass(frozen=True)
class Tried:
    """What the engine made of a phrasing that was left out.

    Attributes:
        entry: Whose it is.
        phrasing: The phrasing.
        outcome: What became of it.
        found: The id of the nearest entry, if there was any.
    """

    entry: Entry
    phrasing: str
    outcome: Outcome
    found: str | None


def tried(
    entries: Sequence[Entry], build: Callable[[Sequence[Entry]], Engine], *, folds: int = FOLDS
) -> list[Tried]:
    """Leave each phrasing of the entries with several of them out once, and ask it.

    Args:
        entries: With different ids.
        build: Makes an engine of entries.
        folds: How many engines to build; the more, the nearer to leaving out one at a time.
    """
    found: list[Tried] = []
    for fold in range(folds):
        shortened = [_without(entry, fold, folds) for entry in entries]
        asked = [
            (entry, text)
            for entry, left in zip(entries, shortened, strict=True)
            for text in entry.questions
            if text not in left.questions
        ]
        engine = build(shortened) if asked else None
        found += [_tried(entry, text, engine.ask(text)) for entry, text in asked if engine]
    return found


def _without(entry: Entry, fold: int, folds: int) -> Entry:
    left = [text for place, text in enumerate(entry.questions) if place % folds != fold]
    if len(entry.questions) < FEW or len(left) == len(entry.questions):
        return entry
    return entry.model_copy(update={"questions": tuple(left or entry.questions[:1])})


def _tried(entry: Entry, text: str, verdict: Verdict) -> Tried:
    near = [one.entry for one in verdict.candidates]
    if verdict.decision == "answer":
        outcome = Outcome.RIGHT if verdict.entry == entry.id else Outcome.WRONG
        return Tried(entry, text, outcome, verdict.entry)
    offered = verdict.decision == "suggest" and entry.id in near[:_OFFERED]
    return Tried(
        entry, text, Outcome.OFFERED if offered else Outcome.SILENT, near[0] if near else None
    )


def remarks(found: Sequence[Tried]) -> Iterator[Remark]:
    """What to do about entries that lose their questions, to another one or altogether."""
    whose: dict[str, list[Tried]] = defaultdict(list)
    for one in found:
        whose[one.entry.id].append(one)
    for mine in whose.values():
        yield from _stolen(mine)
        yield from _lost(mine)


def _stolen(mine: Sequence[Tried]) -> Iterator[Remark]:
    thieves: dict[str, list[Tried]] = defaultdict(list)
    for one in mine:
        if one.outcome is Outcome.WRONG and one.found is not None:
            thieves[one.found].append(one)
    for thief, stolen in thieves.items():
        message = (
            f"Strangers who ask like {_quoted(stolen)} would get “{thief}”; please add phrasings "
            "of this kind, or tell the two entries apart."
        )
        yield remark(
            mine[0].entry,
            Weight.WARN,
            "stolen",
            message,
            other=thief,
            phrasing=stolen[0].phrasing,
        )


def _lost(mine: Sequence[Tried]) -> Iterator[Remark]:
    lost = [one for one in mine if one.outcome is Outcome.SILENT]
    if len(lost) > len(mine) * _HARD:
        message = (
            f"Strangers who ask like {_quoted(lost)} would get no answer; please add phrasings "
            "that share words with these."
        )
        yield remark(mine[0].entry, Weight.NOTE, "hard to find", message)


def _quoted(some: Sequence[Tried]) -> str:
    shown = ", ".join(f"“{one.phrasing}”" for one in some[:_MOST_SHOWN])
    more = len(some) - _MOST_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
