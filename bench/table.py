"""Figures as people read them: ours, the baseline, and the ratio."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement, as medians of alternating runs.

    Attributes:
        name: What was measured, with its unit.
        ours: Our median.
        baseline: The other's median.
        against: What the baseline is.
    """

    name: str
    ours: float
    baseline: float
    against: str

    @property
    def ratio(self) -> float:
        """Ours divided by the baseline."""
        return self.ours / self.baseline if self.baseline else float("nan")


def medians(name: str, ours: Sequence[float], baseline: Sequence[float], against: str) -> Figure:
    """Make a figure of the runs of both sides."""
    return Figure(name, median(ours), median(baseline), against)


def show(figures: Sequence[Figure]) -> str:
    """Return a table, ratio first."""
    lines = [f"{'ratio':>7} {'ours':>10} {'baseline':>10}  what · against"]
    lines += [
        f"{figure.ratio:7.2f} {figure.ours:10.2f} {figure.baseline:10.2f}"
        f"  {figure.name} · {figure.against}"
        for figure in figures
    ]
    return "\n".join(lines)
