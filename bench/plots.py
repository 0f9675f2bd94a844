"""Figures as pictures: the ratios as bars, and the cost of a turn over the size of the outbox."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import fill

from matplotlib.figure import Figure as Picture

from bench.growth import Costs
from bench.table import Figure

_COLOURS = ("#0072B2", "#E69F00", "#009E73")
"""Of the palette of Okabe and Ito, which those see apart who see few colours."""
_WIDTH, _ROW = 9.0, 0.62
_LETTERS = 46


def bars(figures: Sequence[Figure], path: Path) -> None:
    """Draw each ratio as a bar, on a scale where half and double are equally far from one."""
    picture = Picture(figsize=(_WIDTH, 1.1 + _ROW * len(figures)), layout="constrained")
    axes = picture.subplots()
    names = [fill(f"{one.name} · {one.against}", _LETTERS) for one in figures]
    drawn = axes.barh(names, [one.ratio for one in figures], color=_COLOURS[0])
    axes.bar_label(drawn, [f"{one.ratio:.2f}" for one in figures], padding=3)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log")
    axes.set_xlabel("Verhältnis: wir / Vergleich")
    axes.invert_yaxis()
    axes.margins(x=0.15)
    picture.savefig(path, dpi=110)


def growth(costs: Sequence[Costs], path: Path) -> None:
    """Draw what claiming, looking ahead and recording cost on each database."""
    databases = list(dict.fromkeys(one.database for one in costs))
    picture = Picture(figsize=(_WIDTH, 3.8), layout="constrained")
    all_axes = picture.subplots(1, len(databases), sharey=True, squeeze=False)[0]
    for axes, database in zip(all_axes, databases, strict=True):
        mine = [one for one in costs if one.database == database]
        sizes = [one.deliveries for one in mine]
        parts = {
            "beanspruchen": [one.claim for one in mine],
            "nächste Fälligkeit": [one.next_due for one in mine],
            "festhalten": [one.record for one in mine],
        }
        for (name, values), colour in zip(parts.items(), _COLOURS, strict=True):
            axes.plot(sizes, values, marker="o", label=name, color=colour)
        axes.set(title=database, xscale="log", yscale="log", xlabel="Nachrichten im Postausgang")
        axes.grid(visible=True, alpha=0.3)
    all_axes[0].set_ylabel("ms je Runde von 50")
    all_axes[0].legend()
    picture.savefig(path, dpi=110)
