"""Statistics as a picture for people on phones; the words beside it say the same.

matplotlib is loaded when the first picture is drawn (about 40 MB), and only in a thread.
"""

import asyncio
import textwrap
from datetime import datetime
from io import BytesIO
from typing import Any, Final

from bot.pages.lettering import DOTS, INK, WIDTH, Lettering, drawing
from bot.services import files, statistics_words
from bot.services.statistics import Fate, Statistics
from bot.services.statistics_words import FATES
from bot.storage.engine import Session
from bot.text import catalogue
from bot.text.dates import format_day
from bot.text.document import Attachment

_WEEKS_HEIGHT: Final = 5.4
_HEAD_HEIGHT: Final = 1.1
_ROW_HEIGHT: Final = 0.72
"""Inches of a bar with its title above."""

_COLOURS: Final = {
    Fate.ANSWERED: "#0072B2",
    Fate.OFFERED: "#56B4E9",
    Fate.OPEN: "#E69F00",
    Fate.CLOSED: "#BBBBBB",
}
"""Of the palette of Okabe and Ito, which those see apart who see few colours, and in grey as well.

Source: https://jfly.uni-koeln.de/color/
"""
_ON_DARK: Final = frozenset({Fate.ANSWERED})
_TINY, _SMALL, _USUAL, _LARGE = 11, 12, 14, 18
"""Points; on a phone the picture is shown at about a third."""
_LINE_WIDTH: Final = 6.3
"""Inches that are left for words above a bar."""
_LABEL_WIDTH: Final = 11
"""Characters of a line beside the bars."""
_LEAST_SHARE: Final = 0.05
"""Of the highest bar; in a lower part no figure fits."""


async def attach(
    session: Session, found: Statistics, language: str, *, now: datetime
) -> Attachment:
    """Draw a picture and keep it, for a document to carry."""
    content = await asyncio.to_thread(draw, found, language)
    name = f"{catalogue.text(language, 'statistics-file')}-{found.until.isoformat()}.png"
    return await files.keep(session, name=name, mime="image/png", content=content, now=now)


def draw(found: Statistics, language: str) -> bytes:
    """Draw the weeks, the entries given most and the questions missed most, as a PNG."""
    with drawing:
        return _Picture(found, language).png()


class _Picture:
    def __init__(self, found: Statistics, language: str) -> None:
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine

        self._found = found
        self._language = language
        self._lettering = Lettering(_USUAL)
        rows = [len(one) for one in (found.entries, found.missed) if one]
        heights = [_WEEKS_HEIGHT, *(_HEAD_HEIGHT + _ROW_HEIGHT * count for count in rows)]
        self._sheet: Any = Figure(
            figsize=(WIDTH, sum(heights)),
            dpi=DOTS,
            layout=ConstrainedLayoutEngine(h_pad=0.14, w_pad=0.12),
            facecolor="white",
        )
        axes = self._sheet.subplots(len(heights), 1, height_ratios=heights, squeeze=False)
        self._axes = [row[0] for row in axes]

    def png(self) -> bytes:
        """Draw everything."""
        first, *others = self._axes
        self._weeks(first)
        if self._found.entries:
            self._rows(others.pop(0), "statistics-chart-entries", list(self._found.entries))
        if self._found.missed:
            missed = [(one.text, one.people) for one in self._found.missed]
            self._rows(others.pop(0), "statistics-chart-missed", missed)
        content = BytesIO()
        self._sheet.savefig(content, format="png")
        return content.getvalue()

    def _text(self, name: str) -> str:
        return catalogue.text(self._language, name)

    def _weeks(self, axes: Any) -> None:
        weeks = self._found.weeks
        fates = [fate for fate, count in self._found.counts.items() if count]
        below = [0] * len(weeks)
        for fate in fates:
            counts = [week.counts[fate] for week in weeks]
            axes.bar(range(len(weeks)), counts, 0.8, bottom=below, color=_COLOURS[fate])
            below = [start + count for start, count in zip(below, counts, strict=True)]
        self._figures(axes, fates)
        days = [format_day(week.begins, self._language).replace(" ", "\n") for week in weeks]
        axes.set_xticks(range(len(weeks)), days)
        axes.set_xlabel(self._text("statistics-chart-weeks"), fontsize=_USUAL, color=INK)
        axes.set_ylabel(self._text("statistics-chart-count"), fontsize=_USUAL, color=INK)
        axes.yaxis.get_major_locator().set_params(integer=True)
        axes.tick_params(labelsize=_TINY, length=0, colors=INK)
        axes.set_ylim(0, max(1, *below) * 1.1)
        self._title(axes, self._text("statistics-chart"), self._subtitle())
        self._bare(axes, "left", "bottom")
        self._legend(axes, fates)

    def _subtitle(self) -> str:
        if not self._found.total:
            return catalogue.text(self._language, "statistics-none", weeks=len(self._found.weeks))
        return statistics_words.period(self._found, self._language)

    def _figures(self, axes: Any, fates: list[Fate]) -> None:
        """Write how many into each part of a bar that has several, and the sum above it."""
        least = max(week.total for week in self._found.weeks) * _LEAST_SHARE
        for place, week in enumerate(self._found.weeks):
            start = 0
            for fate in fates:
                count = week.counts[fate]
                if least <= count < week.total and count:
                    colour = "white" if fate in _ON_DARK else "black"
                    self._figure_at(axes, place, start + count / 2, count, color=colour)
                start += count
            if week.total:
                axes.annotate(
                    str(week.total), (place, week.total), (0, 4), textcoords="offset points",
                    ha="center", fontsize=_USUAL, fontweight="bold", color=INK,
                )  # fmt: skip

    @staticmethod
    def _figure_at(axes: Any, place: int, middle: float, count: int, *, color: str) -> None:
        axes.text(
            place, middle, str(count), ha="center", va="center", fontsize=_SMALL, color=color
        )

    def _legend(self, axes: Any, fates: list[Fate]) -> None:
        """Name the parts beside the bars, in the order in which they stand on each other."""
        if not fates:
            return
        names = [textwrap.fill(self._text(FATES[fate]), _LABEL_WIDTH) for fate in fates]
        axes.legend(
            axes.containers[::-1], names[::-1], loc="center left", bbox_to_anchor=(1.0, 0.5),
            frameon=False, fontsize=_SMALL, labelcolor=INK, handlelength=1, handletextpad=0.5,
            labelspacing=0.9, borderaxespad=0.2,
        )  # fmt: skip

    def _rows(self, axes: Any, name: str, rows: list[tuple[str, int]]) -> None:
        """Draw horizontal bars, each with its words above and its figure behind."""
        counts = [count for _, count in rows]
        places = range(len(rows))
        axes.barh(places, counts, 0.36, color=_COLOURS[Fate.ANSWERED])
        for place, (words, count) in enumerate(rows):
            axes.text(
                0, place - 0.27, self._lettering.fitting(words, _LINE_WIDTH), va="bottom",
                fontsize=_USUAL, color=INK, parse_math=False, in_layout=False,
            )  # fmt: skip
            axes.annotate(
                str(count), (count, place), (5, 0), textcoords="offset points", va="center",
                fontsize=_USUAL, fontweight="bold", color=INK,
            )  # fmt: skip
        axes.set_xlim(0, max(counts) * 1.12)
        axes.set_ylim(len(rows) - 0.5, -0.8)
        axes.set_xticks([])
        axes.set_yticks([])
        self._title(axes, self._text(name))
        self._bare(axes, "left")

    @staticmethod
    def _title(axes: Any, text: str, below: str = "") -> None:
        pad = 34 if below else 10
        axes.set_title(text, loc="left", fontsize=_LARGE, fontweight="bold", pad=pad, color=INK)
        if below:
            axes.annotate(
                below, (0, 1), (0, 14), xycoords="axes fraction", textcoords="offset points",
                fontsize=_USUAL, color=INK,
            )  # fmt: skip

    @staticmethod
    def _bare(axes: Any, *kept: str) -> None:
        for side, spine in axes.spines.items():
            spine.set_visible(side in kept)
            spine.set_color("#999999")
