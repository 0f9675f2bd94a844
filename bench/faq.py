"""How well the engine answers, beside what a search library alone would do.

Usage: python bench/faq.py DIR… [--lexical | --thorough] [--chat KIND]

Each DIR holds ``kb.jsonl`` (id, questions, answer, tags) and ``queries.jsonl`` (text, and in
``gold`` the id of the right entry, or null where there is none). Printed for each DIR:

- R@1, R@3: share of the answerable queries whose entry is the first, among the first three
- precision: share of the answers that are right; an answer to an unanswerable query is wrong
- coverage: share of the answerable queries that are answered rightly
- suggested: share of the answerable queries answered with suggestions that hold the entry
- out: share of the unanswerable queries that are answered, and the same of each kind of them
- p50, p99: milliseconds a query

The baselines rank and never abstain, so that only R@1, R@3 and their time are printed.
"""

import argparse
import importlib
import json
import re
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from rapidfuzz import fuzz, process, utils

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.knowledge.decision import ChatKind
from bot.knowledge.embedding import SentenceEncoder, ThoroughEncoder
from bot.knowledge.engine import Engine, Verdict
from bot.knowledge.entry import Entry
from bot.knowledge.formats import parse_jsonl

Result = TypeVar("Result")
Ranking = Callable[[str], list[str]]


@dataclass(frozen=True)
class Query:
    """A message and the id of the entry that answers it, if any does."""

    text: str
    gold: str | None
    kind: str = ""


def main() -> None:
    """Measure every folder that is named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--lexical", action="store_true", help="without the sentence encoder")
    parser.add_argument("--thorough", action="store_true", help="with the thorough encoder")
    parser.add_argument("--no-baselines", action="store_true", help="measure the engine alone")
    parser.add_argument("--chat", choices=["direct", "room", "ambient"], default="direct")
    arguments = parser.parse_args()
    encoder = None if arguments.lexical else SentenceEncoder()
    if encoder is not None:
        encoder.encode(["load"])
    thorough = ThoroughEncoder.installed() if encoder and arguments.thorough else None
    for folder in arguments.folders:
        measure(folder, encoder, thorough, arguments.chat, baselines=not arguments.no_baselines)


def measure(
    folder: Path,
    encoder: SentenceEncoder | None,
    thorough: ThoroughEncoder | None,
    chat: ChatKind,
    *,
    baselines: bool,
) -> None:
    """Print the table of one folder."""
    entries, problems = parse_jsonl((folder / "kb.jsonl").read_bytes(), "kb.jsonl")
    assert not problems, problems[0]
    queries = read_queries(folder / "queries.jsonl")
    began = time.perf_counter()
    engine = Engine.build(entries, embedder=encoder, thorough=thorough)
    built = time.perf_counter() - began
    print(
        f"\n{folder.name}: {len(entries)} entries, {len(queries)} queries, built in {built:.1f} s"
    )
    verdicts, times = timed(lambda text: engine.ask(text, chat=chat), queries)
    ranked = [[candidate.entry for candidate in verdict.candidates] for verdict in verdicts]
    print(row("engine", queries, ranked, times), decisions(queries, verdicts))
    for name, make in BASELINES.items() if baselines else ():
        found, times = timed(make(entries), queries)
        print(row(name, queries, found, times))


def read_queries(path: Path) -> list[Query]:
    """The queries in a file of JSON lines."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [Query(line["text"], line["gold"], line.get("kind", "")) for line in rows]


def timed(
    ask: Callable[[str], Result], queries: Sequence[Query]
) -> tuple[list[Result], list[float]]:
    """The result of each query and the milliseconds it took."""
    ask(queries[0].text)
    results, times = [], []
    for query in queries:
        began = time.perf_counter()
        results.append(ask(query.text))
        times.append((time.perf_counter() - began) * 1000)
    return results, times


def row(
    name: str, queries: Sequence[Query], ranked: Sequence[Sequence[str]], times: Sequence[float]
) -> str:
    """The columns that every method has."""
    known = [(query.gold, ids) for query, ids in zip(queries, ranked, strict=True) if query.gold]
    first = statistics.fmean(gold in ids[:1] for gold, ids in known)
    third = statistics.fmean(gold in ids[:3] for gold, ids in known)
    late = statistics.quantiles(times, n=100)[98]
    middle = statistics.median(times)
    return f"  {name:<12} R@1 {first:.3f}  R@3 {third:.3f}  p50 {middle:5.1f}  p99 {late:5.1f} ms"


def decisions(queries: Sequence[Query], verdicts: Sequence[Verdict]) -> str:
    """The columns of a method that may abstain."""
    pairs = list(zip(queries, verdicts, strict=True))
    answered = [(query, verdict) for query, verdict in pairs if verdict.decision == "answer"]
    right = sum(verdict.entry == query.gold for query, verdict in answered)
    known = sum(query.gold is not None for query in queries)
    offered = sum(
        verdict.decision == "suggest" and query.gold in [c.entry for c in verdict.candidates]
        for query, verdict in pairs
    )
    out = share_by_kind(pairs)
    return (
        f"  precision {right / max(len(answered), 1):.3f}  coverage {right / max(known, 1):.3f}"
        f"  suggested {offered / max(known, 1):.3f}"
        f"  out {out}"
    )


def share_by_kind(pairs: Sequence[tuple[Query, Verdict]]) -> str:
    """Of the unanswerable queries that are answered, all together and for each kind."""
    kinds: dict[str, list[bool]] = {"": []}
    for query, verdict in pairs:
        if query.gold is None:
            for kind in {"", query.kind}:
                kinds.setdefault(kind, []).append(verdict.decision == "answer")
    return " ".join(
        f"{kind} {statistics.fmean(found):.3f}".strip() for kind, found in kinds.items() if found
    )


def whole(entry: Entry) -> str:
    """All text of an entry, for the baselines."""
    return " ".join([*entry.questions, entry.answer, *entry.tags])


def fts5(entries: Sequence[Entry]) -> Ranking:
    """SQLite's full-text search, any of the words."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE kb USING fts5(text, tokenize='unicode61')")
    database.executemany("INSERT INTO kb VALUES (?)", [(whole(entry),) for entry in entries])

    def rank(text: str) -> list[str]:
        words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", text))
        found = database.execute(
            "SELECT rowid FROM kb WHERE kb MATCH ? ORDER BY rank LIMIT 5", (words or '""',)
        )
        return [entries[number - 1].id for (number,) in found]

    return rank


def bm25(entries: Sequence[Entry]) -> Ranking:
    """BM25 over words, as bm25s computes it."""
    library: Any = importlib.import_module("bm25s")  # its types are incomplete
    index = library.BM25()
    quiet = {"stopwords": None, "show_progress": False}
    texts = [whole(entry) for entry in entries]
    index.index(library.tokenize(texts, **quiet), show_progress=False)

    def rank(text: str) -> list[str]:
        tokens = library.tokenize(text, **quiet)
        if not any(tokens.ids):
            return []
        found, _ = index.retrieve(tokens, k=min(5, len(entries)), show_progress=False)
        return [entries[int(number)].id for number in found[0]]

    return rank


def token_set(entries: Sequence[Entry]) -> Ranking:
    """The best phrasing by rapidfuzz's token_set_ratio."""
    phrasings = [(entry.id, question) for entry in entries for question in entry.questions]
    prepared = [utils.default_process(question) for _, question in phrasings]

    def rank(text: str) -> list[str]:
        asked = utils.default_process(text)
        found = process.extract(asked, prepared, scorer=fuzz.token_set_ratio, limit=20)
        return list(dict.fromkeys(phrasings[number][0] for _, _, number in found))[:5]

    return rank


BASELINES: dict[str, Callable[[Sequence[Entry]], Ranking]] = {
    "sqlite fts5": fts5,
    "bm25s": bm25,
    "token_set": token_set,
}

if __name__ == "__main__":
    main()
