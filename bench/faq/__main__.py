"""How well the engine answers, beside what a search library alone would do.

Usage: python -m bench.faq [DIR… | --kb PATH --queries PATH…] [--lexical | --quick]
                           [--chat KIND] [--no-baselines]

Without a path it asks our own messages about the sample knowledge base. A DIR holds ``kb.jsonl``
(id, questions, answer, tags) and ``queries.jsonl`` (text, and in ``gold`` the id of the right
entry, or null where there is none), perhaps ``silence.jsonl`` as well. ``--kb`` takes any
knowledge file or folder instead, ``--queries`` the messages that belong to it.

R@1, R@3     share of the answerable messages whose entry is the first, among the first three
MRR          mean of 1 / rank of the right entry among the first five
AUROC        how often an answerable message scores above an unanswerable one: by the engine's
             confidence, by a baseline's raw top score
precision    share of the answers that are right; one to the unanswerable is wrong
coverage     share of the answerable that are answered rightly
suggested    share of the answerable answered with suggestions that hold the entry
answered, offered   share of the unanswerable that are answered, that get suggestions
p50, p99     milliseconds a message
memory       what the process grew by: libraries, models, index; each method has its own process

The ratio is ours divided by the best baseline's; where less is better, the row has an arrow.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from bench.faq import metrics, report, sets
from bench.faq.baselines import BASELINES
from bench.faq.methods import ENGINE, Chat, Mode, measure
from bot.knowledge.embedding import ThoroughEncoder


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.faq",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folders", nargs="*", type=Path, metavar="DIR")
    parser.add_argument("--kb", type=Path, help="a knowledge file or folder")
    parser.add_argument("--queries", nargs="+", type=Path, help="files of messages about --kb")
    encoders = parser.add_mutually_exclusive_group()
    encoders.add_argument("--lexical", action="store_true", help="without the sentence encoder")
    encoders.add_argument("--quick", action="store_true", help="without the thorough encoder")
    parser.add_argument("--chat", choices=["direct", "room", "ambient"], default="direct")
    parser.add_argument("--no-baselines", action="store_true", help="measure the engine alone")
    given = parser.parse_args(arguments)
    if (given.kb is None) != (given.queries is None) or (given.kb and given.folders):
        parser.error("either folders, or --kb together with --queries")
    quick = given.quick or ThoroughEncoder.installed() is None
    mode: Mode = "lexical" if given.lexical else "quick" if quick else "thorough"
    if given.kb is not None:
        asked = [sets.read(given.kb, given.queries, name=given.kb.name)]
    else:
        asked = [sets.of_folder(folder) for folder in given.folders] or [sets.own()]
    for one in asked:
        print(compared(one, mode=mode, chat=given.chat, baselines=not given.no_baselines))


def compared(asked: sets.EvaluationSet, *, mode: Mode, chat: Chat, baselines: bool) -> str:
    """The table of one set."""
    names = [ENGINE, *(BASELINES if baselines else ())]
    measured = [measure(name, asked, mode=mode, chat=chat) for name in names]
    known = sum(query.gold is not None for query in asked.queries)
    head = (
        f"\n{asked.name}: {len(asked.entries)} entries; {known} answerable messages,"
        f" {len(asked.queries) - known} others; encoders: {mode}; chat: {chat}\n\n"
    )
    return head + report.table(names, metrics.rows(asked.queries, measured))


if __name__ == "__main__":
    main()
