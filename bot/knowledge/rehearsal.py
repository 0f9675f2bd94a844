"""Asking a knowledge base its own phrasings, to see what its scores are worth there.

Several smaller knowledge bases are built, in each of which other entries are missing and every
entry that is there lacks one of its phrasings. What is missing is asked: a phrasing whose entry is
there should find it, and whatever is found for an entry that is not there is wrong.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.knowledge.decision import features
from bot.knowledge.embedding import Embedder
from bot.knowledge.entry import Entry
from bot.knowledge.index import Floats
from bot.knowledge.scoring import Scorer

ROUNDS: Final = 4
"""Knowledge bases that are built; each lacks a share of ``1 / ROUNDS`` of the entries."""

MOST_ENTRIES: Final = 300
"""Entries that are rehearsed, evenly spread."""

MOST_MISSING: Final = 2
"""Phrasings that are asked of each missing entry."""


@dataclass(frozen=True)
class Sample:
    """One question that was asked: its features, and what came of it.

    Attributes:
        values: The features.
        good: Whether the right entry was found.
        talk: Whether it was small talk.
        rated: Whether a member has said so, and not a rehearsal.
    """

    values: Floats
    good: bool
    talk: bool = False
    rated: bool = False


@dataclass(frozen=True)
class Question:
    """What is asked, and the id of the entry that should be found; ``None`` for none."""

    text: str
    entry: str | None
    talk: bool = False


def rehearse(
    entries: Sequence[Entry],
    talk: Sequence[str],
    *,
    quick: Embedder | None,
    thorough: Embedder | None,
) -> list[Sample]:
    """Ask with everything there is to compare by; deterministic.

    Args:
        entries: At least one.
        talk: Lines of small talk, of which some are asked and the others known.
        quick: An encoder that remembers what it has encoded.
        thorough: Another one.
    """
    chosen = entries[:: -(-len(entries) // MOST_ENTRIES)]
    samples: list[Sample] = []
    for number in range(ROUNDS):
        known = list(_known(chosen, number))
        if not known:
            continue
        lines = [line for place, line in enumerate(talk) if place % ROUNDS != number]
        scorer = Scorer(known, talk=lines, quick=quick, thorough=thorough)
        questions = [*_questions(chosen, number), *_talk(chosen, talk, scorer, number)]
        for encoder in filter(None, (quick, thorough)):
            encoder.encode([question.text for question in questions])  # much faster together
        samples += [_sample(question, scorer, known) for question in questions]
    return samples


def _known(chosen: Sequence[Entry], number: int) -> Iterator[Entry]:
    """The knowledge base of one round."""
    for place, entry in enumerate(chosen):
        if place % ROUNDS != number:
            yield _shortened(entry, number)


def _shortened(entry: Entry, number: int) -> Entry:
    """*entry* without one phrasing, unless that is its only one."""
    if len(entry.questions) == 1:
        return entry
    gone = _gone(entry, number)
    left = [text for place, text in enumerate(entry.questions) if place != gone]
    return entry.model_copy(update={"questions": tuple(left)})


def _gone(entry: Entry, number: int) -> int:
    return number % len(entry.questions)


def _questions(chosen: Sequence[Entry], number: int) -> Iterator[Question]:
    for place, entry in enumerate(chosen):
        if place % ROUNDS == number:
            yield from (Question(text, None) for text in entry.questions[:MOST_MISSING])
        elif len(entry.questions) > 1:
            yield Question(entry.questions[_gone(entry, number)], entry.id)


def _talk(
    chosen: Sequence[Entry], talk: Sequence[str], scorer: Scorer, number: int
) -> Iterator[Question]:
    """Small talk as it is, and with a word of the knowledge base in it."""
    lines = talk[number::ROUNDS]
    for place, line in enumerate(lines):
        if place % 2:
            yield Question(line, None, talk=True)
        else:
            entry = chosen[place * len(chosen) // len(lines)]
            word = scorer.index.keyword(entry.questions[number % len(entry.questions)])
            ending = "?" * line.endswith("?")
            yield Question(f"{line.rstrip('?')} {word}{ending}", None, talk=True)


def _sample(question: Question, scorer: Scorer, known: Sequence[Entry]) -> Sample:
    ranking = scorer.rank(question.text)
    best, values = features(ranking, scorer.index)
    found = known[int(ranking.numbers[best])].id
    return Sample(values, found == question.entry, question.talk)
