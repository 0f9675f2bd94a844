"""How much two questions ask the same: by their words and, where there is an encoder, meaning."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from bot.knowledge.embedding import Embedder
from bot.knowledge.index import Floats
from bot.knowledge.scope import Scope, holds, scope
from bot.knowledge.tokens import WORD, clean, fold, word_grams

SAME: Final = 0.73
"""From this similarity on two questions count as one."""

MOST_WORDS: Final = 12
"""Words of a question that are compared; an ordinary one has half as many."""

_SHORT: Final = 2
"""Letters of a word that is the whole difference: phase A and phase B, 2026 and 2027."""

_EMPTY_WORDS: Final = frozenset(
    word
    for line in (
        "wer wie was wo wann warum wieso weshalb welche welcher welches welchen welchem wofür",
        "worum womit wozu wem wen wessen wieviel viel viele ist sind war wird werden wurde hat",
        "haben habe kann können muss müssen darf dürfen soll sollen gibt gibts es geht der die",
        "das den dem des ein eine einen einem einer eines und oder aber auch nur noch schon denn",
        "mal bitte eigentlich ich wir man mich uns mir unser unsere unserem unseren mein meine du",
        "sie ihr in im an am auf aus bei beim mit nach von vom zu zum zur für über um bis als",
        "wenn ob dass dazu dafür davon dabei nicht kein keine hier da so etwas macht machen",
        "bekomme bekommen brauche brauchen finde finden the a an is are do does what how when",
        "where who which why can we i my our of for to in on it",
    )
    for word in fold(line).split()
)
"""What questions of any content have in common."""

_FAMILIES: Final = tuple(
    tuple(frozenset(fold(group).split()) for group in family.split("|"))
    for family in (
        "wann when | wo wohin where | wer wem wen who whom | warum wieso weshalb weswegen why",
        "muss müssen soll sollen must should | darf dürfen kann können may can",
        "mit with | ohne without",
        "vor before | nach after | während during",
        "bis until | ab seit since",
        "beginnt beginnen startet starten anfang beginn start | endet enden ende schluss end",
        "interne internen interner internal | externe externen externer external",
        "erste ersten erster first | zweite zweiten zweiter second | dritte dritten dritter third",
        "erste ersten erster first | letzte letzten letzter last",
        "mindestens minimum minimal least | höchstens maximal maximum most",
        "alte alten alter altes old | neue neuen neuer neues new",
    )
)
"""Words of which another one makes another question, however much else is the same."""

_NEGATIONS: Final = frozenset(
    fold("nicht kein keine keinen keinem keiner keines nie niemals not no never").split()
)
"""What turns a yes into a no."""

_COUNTERPART: Final = 0.5
"""Up to this likeness two nouns are different things, not forms of one."""


def similarities(text: str, others: Sequence[str], *, embedder: Embedder | None = None) -> Floats:
    """How much *text* asks the same as each of *others*, in [0, 1]; deterministic.

    Without an encoder the words alone decide. With one that remembers (a
    :class:`~bot.knowledge.embedding.Memo`), 500 others take a few milliseconds.

    Args:
        text: A question.
        others: Questions, of any number.
        embedder: Adds meaning to the words.
    """
    if not others:
        return np.zeros(0)
    spelt = _spelt(text, others)
    if embedder is None:
        return spelt
    vectors = embedder.encode([text, *others])
    return np.asarray((spelt + np.clip(vectors[1:] @ vectors[0], 0.0, 1.0)) / 2.0)


def nearest(text: str, others: Sequence[str], *, embedder: Embedder | None = None) -> int | None:
    """The place of the question among *others* that is the same as *text*, or ``None``.

    Of several the nearest, of equally near ones the first.
    """
    if not others:
        return None
    found = similarities(text, others, embedder=embedder)
    best = int(np.argmax(found))
    return best if found[best] >= SAME else None


def _spelt(text: str, others: Sequence[str]) -> Floats:
    mine = _words(text)
    alike: dict[tuple[str, str], float] = {}
    return np.array(
        [
            0.0 if _apart(text, other, alike) else _alike(mine, _words(other), alike)
            for other in others
        ]
    )


def _apart(text: str, other: str, known: dict[tuple[str, str], float]) -> bool:
    """Tell whether a decisive word differs: who asks for the one is not to get the other.

    "Ist Ulm dabei?" is not "Ist Jena dabei?". Who is wrong here only makes editors answer twice.
    """
    mine, theirs = _choices(text), _choices(other)
    if any(one and two and not one & two for one, two in zip(mine, theirs, strict=True)):
        return True
    if _negated(text) != _negated(other) or not holds(_scope(text), _scope(other)):
        return True
    return _lacks(text, other, known) and _lacks(other, text, known)


def _lacks(text: str, other: str, known: dict[tuple[str, str], float]) -> bool:
    """Tell whether *text* has a noun for which *other* has no word."""
    return any(
        all(_word_pair(noun, word, known) <= _COUNTERPART for word in _words(other))
        for noun in _nouns(text)
    )


@lru_cache(maxsize=2048)
def _choices(text: str) -> tuple[frozenset[int], ...]:
    """Return which groups of each family *text* names."""
    words = set(fold(text).split())
    return tuple(
        frozenset(place for place, group in enumerate(family) if group & words)
        for family in _FAMILIES
    )


@lru_cache(maxsize=2048)
def _negated(text: str) -> bool:
    return not _NEGATIONS.isdisjoint(fold(text).split())


@lru_cache(maxsize=2048)
def _scope(text: str) -> Scope:
    return scope([clean(text)])


@lru_cache(maxsize=2048)
def _nouns(text: str) -> frozenset[str]:
    """Return the words of *text* that mean something and have a capital, but for the first."""
    capital = (fold(word) for word in WORD.findall(clean(text))[1:] if word[0].isupper())
    return frozenset(capital) & about(text)


def _alike(
    mine: tuple[str, ...], other: tuple[str, ...], known: dict[tuple[str, str], float]
) -> float:
    """How much of each text's words the other has; the lesser share counts."""
    if not mine or not other or _marks(mine) != _marks(other):
        return float(mine == other)
    pairs = [[_word_pair(one, two, known) for two in other] for one in mine]
    there = sum(len(word) * max(row) for word, row in zip(mine, pairs, strict=True))
    back = sum(len(word) * max(row[place] for row in pairs) for place, word in enumerate(other))
    return min(there / sum(map(len, mine)), back / sum(map(len, other)))


def _word_pair(one: str, two: str, known: dict[tuple[str, str], float]) -> float:
    if one == two:
        return 1.0
    found = known.get((one, two))
    if found is None:
        grams, others = _grams(one), _grams(two)
        found = 2 * len(grams & others) / (len(grams) + len(others))
        known[one, two] = found
    return found


def _marks(words: tuple[str, ...]) -> set[str]:
    """Return the words that are no words but tell things of one kind apart."""
    return {word for word in words if len(word) <= _SHORT or not word.isalpha()}


def about(text: str) -> frozenset[str]:
    """The words of *text* that mean something; all of its words, if it has only empty ones."""
    return frozenset(_words(text))


@lru_cache(maxsize=2048)
def _words(text: str) -> tuple[str, ...]:
    """Return what *text* is about; all of its words, if it has only empty ones."""
    words = tuple(dict.fromkeys(fold(text).split()))
    full = tuple(word for word in words if word not in _EMPTY_WORDS)
    return (full or words)[:MOST_WORDS]


@lru_cache(maxsize=8192)
def _grams(word: str) -> frozenset[str]:
    return frozenset(word_grams(word))
