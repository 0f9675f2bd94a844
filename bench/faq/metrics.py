"""From outcomes to figures; ``nan`` wherever a set has nothing to count."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import isnan, nan
from statistics import fmean, median, quantiles
from typing import Final

from bench.faq.methods import Measured, Outcome
from bench.faq.sets import Query

Pair = tuple[Query, Outcome]


@dataclass(frozen=True)
class Row:
    """One figure of every method.

    Attributes:
        name: What was measured, with its unit.
        values: A figure for each method, ours first; ``nan`` where there is none.
        digits: Decimals to show.
        less: Whether a smaller figure is the better one.
    """

    name: str
    values: tuple[float, ...]
    digits: int = 3
    less: bool = False

    @property
    def ratio(self) -> float:
        """Ours divided by the best of the others."""
        ours, *others = self.values
        rivals = [value for value in others if not isnan(value)]
        best = (min if self.less else max)(rivals, default=nan)
        return ours / best if best else nan


def rows(queries: Sequence[Query], methods: Sequence[Measured]) -> Iterator[Row]:
    """Every figure, the engine's first in each row."""
    pairs = [list(zip(queries, method.outcomes, strict=True)) for method in methods]
    for name, figure in FIGURES.items():
        yield Row(name, tuple(map(figure, pairs)))
    for kind in kinds(query for query in queries if query.gold is not None):
        parts = [of_kind(all_, kind) for all_ in pairs]
        yield Row(f"R@1 {kind}", tuple(recall(part, 1) for part in parts))
    for name, decision in (("answered", "answer"), ("offered", "suggest")):
        yield Row(name, tuple(share(all_, decision) for all_ in pairs))
        for kind in kinds(query for query in queries if query.gold is None):
            parts = [of_kind(all_, kind) for all_ in pairs]
            yield Row(f"{name} {kind}", tuple(share(part, decision) for part in parts))
    yield Row("p50 ms", tuple(median(times(all_)) for all_ in pairs), 2, less=True)
    yield Row("p99 ms", tuple(late(times(all_)) for all_ in pairs), 2, less=True)
    yield Row("memory added, MB", tuple(method.memory for method in methods), 1, less=True)
    yield Row("built in, s", tuple(method.built for method in methods), 2, less=True)


def recall(pairs: Sequence[Pair], most: int) -> float:
    """Share of the answerable whose entry is among the first *most*."""
    return mean(query.gold in outcome.found[:most] for query, outcome in answerable(pairs))


def mean_reciprocal_rank(pairs: Sequence[Pair]) -> float:
    """Mean of 1 / rank over the answerable; 0 where the entry is not among those found."""
    return mean(
        1 / (outcome.found.index(query.gold) + 1) if query.gold in outcome.found else 0.0
        for query, outcome in answerable(pairs)
        if query.gold is not None
    )


def auroc(pairs: Sequence[Pair]) -> float:
    """How often an answerable message scores above an unanswerable one; a tie counts half."""
    known = [outcome.score for query, outcome in pairs if query.gold is not None]
    others = sorted(outcome.score for query, outcome in pairs if query.gold is None)
    if not others:
        return nan
    return mean(
        (bisect_left(others, score) + bisect_right(others, score)) / 2 / len(others)
        for score in known
    )


def precision(pairs: Sequence[Pair]) -> float:
    """Share of the answers that are right; an answer to the unanswerable is wrong."""
    return mean(
        outcome.entry == query.gold for query, outcome in pairs if outcome.decision == "answer"
    )


def coverage(pairs: Sequence[Pair]) -> float:
    """Share of the answerable that are answered rightly."""
    return mean(outcome.entry == query.gold for query, outcome in deciding(answerable(pairs)))


def suggested(pairs: Sequence[Pair]) -> float:
    """Share of the answerable that are answered with suggestions which hold the entry."""
    return mean(
        outcome.decision == "suggest" and query.gold in outcome.found
        for query, outcome in deciding(answerable(pairs))
    )


def share(pairs: Sequence[Pair], decision: str) -> float:
    """Share of the unanswerable with that decision."""
    unanswerable = [(query, outcome) for query, outcome in pairs if query.gold is None]
    return mean(outcome.decision == decision for _, outcome in deciding(unanswerable))


def answerable(pairs: Sequence[Pair]) -> list[Pair]:
    """Those that an entry answers."""
    return [(query, outcome) for query, outcome in pairs if query.gold is not None]


def deciding(pairs: Sequence[Pair]) -> list[Pair]:
    """Those about which the method decided something; baselines have none."""
    return [(query, outcome) for query, outcome in pairs if outcome.decision is not None]


def of_kind(pairs: Sequence[Pair], kind: str) -> list[Pair]:
    """Those of one kind."""
    return [(query, outcome) for query, outcome in pairs if query.kind == kind]


def kinds(queries: Iterable[Query]) -> list[str]:
    """The kinds in the order of the set."""
    return list(dict.fromkeys(query.kind for query in queries))


def times(pairs: Sequence[Pair]) -> list[float]:
    """Milliseconds of each message."""
    return [outcome.took for _, outcome in pairs]


def late(values: Sequence[float]) -> float:
    """The 99th percentile."""
    return quantiles(values, n=100)[98] if len(values) > 1 else nan


def mean(values: Iterable[float]) -> float:
    """The mean, or ``nan`` of nothing."""
    numbers = [float(value) for value in values]
    return fmean(numbers) if numbers else nan


FIGURES: Final[Mapping[str, Callable[[Sequence[Pair]], float]]] = {
    "R@1": partial(recall, most=1),
    "R@3": partial(recall, most=3),
    "MRR": mean_reciprocal_rank,
    "AUROC": auroc,
    "precision": precision,
    "coverage": coverage,
    "suggested": suggested,
}
