"""Figures as people read them: the ratio first, then ours, then the baselines."""

from collections.abc import Iterable, Sequence
from math import isnan

from bench.faq.metrics import Row

WIDTH = 11


def table(methods: Sequence[str], rows: Iterable[Row]) -> str:
    """A line for each row that has a figure at all; ``–`` where a method has none."""
    heads = "".join(f"{name:>{WIDTH + 2}}" for name in methods)
    lines = [f"{'ratio':>7}{heads}  what"]
    lines += [line(row) for row in rows if not all(map(isnan, row.values))]
    return "\n".join(lines)


def line(row: Row) -> str:
    """One row; a figure of which less is better is marked."""
    values = "".join(f"{number(value, row.digits):>{WIDTH + 2}}" for value in row.values)
    return f"{number(row.ratio, 2):>7}{values}  {row.name}{' ↓' if row.less else ''}"


def number(value: float, digits: int) -> str:
    """A figure with *digits* decimals."""
    return "–" if isnan(value) else f"{value:.{digits}f}"
