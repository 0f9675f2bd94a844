"""What a search library alone would do: it ranks, and never abstains.

Each library is imported where it is used, so that the memory it takes counts as its own.
"""

import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from bot.knowledge.entry import Entry

MOST_FOUND: Final = 5
"""Entries that are ranked; the engine names as many."""

Ranking = Callable[[str], list[tuple[str, float]]]
"""From a message to the ids of entries with their raw scores, best first."""


def fts5(entries: Sequence[Entry]) -> Ranking:
    """SQLite's full-text search, any of the words."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE kb USING fts5(text, tokenize='unicode61')")
    database.executemany("INSERT INTO kb VALUES (?)", [(_whole(entry),) for entry in entries])

    def rank(text: str) -> list[tuple[str, float]]:
        words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", text))
        found = database.execute(
            "SELECT rowid, -rank FROM kb WHERE kb MATCH ? ORDER BY rank LIMIT ?",
            (words or '""', MOST_FOUND),
        )
        return [(entries[number - 1].id, score) for number, score in found]

    return rank


def bm25(entries: Sequence[Entry]) -> Ranking:
    """BM25 over words, as bm25s computes it."""
    import bm25s

    library: Any = bm25s  # its types are incomplete
    index = library.BM25()
    quiet = {"stopwords": None, "show_progress": False}
    texts = [_whole(entry) for entry in entries]
    index.index(library.tokenize(texts, **quiet), show_progress=False)
    most = min(MOST_FOUND, len(entries))

    def rank(text: str) -> list[tuple[str, float]]:
        tokens = library.tokenize(text, **quiet)
        if not any(tokens.ids):
            return []
        found, scores = index.retrieve(tokens, k=most, show_progress=False)
        pairs = zip(found[0].tolist(), scores[0].tolist(), strict=True)
        return [(entries[number].id, score) for number, score in pairs]

    return rank


def token_set(entries: Sequence[Entry]) -> Ranking:
    """The best phrasing by rapidfuzz's token_set_ratio."""
    from rapidfuzz import fuzz, process, utils

    phrasings = [(entry.id, question) for entry in entries for question in entry.questions]
    prepared = [utils.default_process(question) for _, question in phrasings]

    def rank(text: str) -> list[tuple[str, float]]:
        asked = utils.default_process(text)
        found = process.extract(asked, prepared, scorer=fuzz.token_set_ratio, limit=20)
        best: dict[str, float] = {}
        for _, score, number in found:
            best.setdefault(phrasings[number][0], score)
        return list(best.items())[:MOST_FOUND]

    return rank


BASELINES: Final[Mapping[str, Callable[[Sequence[Entry]], Ranking]]] = {
    "sqlite fts5": fts5,
    "bm25s": bm25,
    "rapidfuzz": token_set,
}


def _whole(entry: Entry) -> str:
    """All text of an entry."""
    return " ".join([*entry.questions, entry.answer, *entry.tags])
