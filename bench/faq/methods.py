"""Asking one method all messages of a set, in a process of its own.

What is heavy is imported where it is used: the memory that a method adds is then the whole of
it, libraries and models included, and no method profits from what another has loaded.
"""

import gc
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final, Literal

import psutil

from bench.faq.baselines import BASELINES, Ranking
from bench.faq.sets import EvaluationSet, Query
from bot.knowledge.entry import Entry

if TYPE_CHECKING:
    from bot.knowledge.engine import Engine, Setting, Verdict

Ask = Callable[[], "Outcome"]
Method = Callable[[Query], Ask]
"""Gets ready to ask a message; only the asking itself is timed."""
Mode = Literal["lexical", "quick", "thorough"]
Chat = Literal["direct", "room", "ambient"]

ENGINE: Final = "engine"
WARM_UP: Final = Query("Worum geht es hier überhaupt?", None)
"""Asked once and not counted: what is loaded on first use is no part of the times."""


@dataclass(frozen=True)
class Outcome:
    """What a method made of one message.

    Attributes:
        found: Ids of entries, best first, at most five.
        score: How sure the method is: the engine's confidence, a baseline's raw top score.
        decision: What the engine decided; baselines decide nothing.
        entry: What the engine answered with.
        took: Milliseconds.
    """

    found: tuple[str, ...]
    score: float
    decision: Literal["answer", "suggest", "silent"] | None = None
    entry: str | None = None
    took: float = 0.0


@dataclass(frozen=True)
class Measured:
    """All outcomes of one method, in the order of the messages.

    Attributes:
        outcomes: One for each message.
        built: Seconds from the entries to the first message.
        memory: Megabytes that the process has grown by: libraries, models and index.
    """

    outcomes: tuple[Outcome, ...]
    built: float
    memory: float


def measure(name: str, asked: EvaluationSet, *, mode: Mode, chat: Chat) -> Measured:
    """Ask the method called *name*: the engine, or one of the baselines.

    A new interpreter does it, since in a fork the parent's libraries would come for nothing.
    """
    alone = get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=alone) as pool:
        return pool.submit(_measure, name, asked, mode, chat).result()


def ask(engine: "Engine", query: Query, *, chat: Chat, setting: "Setting") -> "Verdict":
    """Put *query* to the engine; the one place that knows how."""
    from bot.knowledge import conversation

    return conversation.ask(engine, query.text, chat=chat, setting=setting)


def setting_of(engine: "Engine", query: Query, *, chat: Chat) -> "Setting":
    """By what the hub would understand *query*: what was asked before, and what that was given.

    What is overheard has to be clear by itself.
    """
    from bot.knowledge import conversation
    from bot.knowledge.engine import UNKNOWN

    if query.before is None or chat == "ambient":
        return UNKNOWN
    given = engine.ask(query.before, chat=chat).entry
    return conversation.setting(engine, before=query.before, given=given, scope={})


def _measure(name: str, asked: EvaluationSet, mode: Mode, chat: Chat) -> Measured:
    empty = _memory()
    began = time.perf_counter()
    if name == ENGINE:
        method = _engine(asked.entries, mode, chat)
    else:
        method = _baseline(BASELINES[name](asked.entries))
    built = time.perf_counter() - began
    method(WARM_UP)()
    outcomes = tuple(_timed(method, query) for query in asked.queries)
    return Measured(outcomes, built, _memory() - empty)


def _engine(entries: Sequence[Entry], mode: Mode, chat: Chat) -> Method:
    from bot.knowledge.embedding import SentenceEncoder, ThoroughEncoder
    from bot.knowledge.engine import Engine

    encoder = None if mode == "lexical" else SentenceEncoder()
    thorough = ThoroughEncoder.installed() if mode == "thorough" else None
    engine = Engine.build(entries, embedder=encoder, thorough=thorough)

    def outcome(query: Query, setting: "Setting") -> Outcome:
        verdict = ask(engine, query, chat=chat, setting=setting)
        found = tuple(candidate.entry for candidate in verdict.candidates)
        return Outcome(found, verdict.confidence, verdict.decision, verdict.entry)

    return lambda query: partial(outcome, query, setting_of(engine, query, chat=chat))


def _baseline(rank: Ranking) -> Method:
    def outcome(query: Query) -> Outcome:
        found = rank(query.text)
        return Outcome(tuple(entry for entry, _ in found), found[0][1] if found else 0.0)

    return lambda query: partial(outcome, query)


def _timed(method: Method, query: Query) -> Outcome:
    asked = method(query)
    began = time.perf_counter()
    outcome = asked()
    took = (time.perf_counter() - began) * 1000
    return Outcome(outcome.found, outcome.score, outcome.decision, outcome.entry, took)


def _memory() -> float:
    """Megabytes of the process that are in memory."""
    gc.collect()
    return psutil.Process().memory_info().rss / 1e6
