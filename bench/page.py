"""The page about the figures: its tables and pictures are written by the bench."""

import os
import platform
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import plots
from bench.chapters import Chapter
from bot.clock import SystemClock
from tests.servers.hub import ROOT

PAGE = ROOT / "docs" / "performance.md"
PICTURES = ROOT / "docs" / "performance"
_BEGIN, _END = "<!-- measured: begin -->", "<!-- measured: end -->"


def write(chapters: Sequence[Chapter], *, quick: bool) -> None:
    """Replace what was measured on the page, and draw the pictures anew."""
    PICTURES.mkdir(exist_ok=True)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    lines = [_BEGIN, "", *_head(quick=quick)]
    for number, chapter in enumerate((one for one in chapters if one.figures), 1):
        lines += _chapter(chapter, number)
    PAGE.write_text(before + "\n".join(lines) + "\n" + _END + after, encoding="utf-8")


def _head(*, quick: bool) -> Iterator[str]:
    day = SystemClock().now().date()
    system = f"{platform.system()} {platform.release().partition('-')[0]}"
    load = os.getloadavg()[0]
    yield (
        f"Gemessen am {day:%d.%m.%Y}: {_processor()}, {os.cpu_count()} Kerne, "
        f"{system}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}; Last am Ende {load:.1f}."
    )
    if quick:
        yield ""
        yield "**Kurzer Lauf (`--quick`): Er zeigt nur, dass die Messung geht.**"


def _processor() -> str:
    """Return what the kernel calls the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _chapter(chapter: Chapter, number: int) -> Iterator[str]:
    picture = PICTURES / f"{number:02}-ratios.png"
    plots.bars(chapter.figures, picture)
    yield from ("", f"### {chapter.title}", "", "| Verhältnis | wir | Vergleich | was | wogegen |")
    yield "|---:|---:|---:|---|---|"
    for one in chapter.figures:
        cells = f"{one.ratio:.2f} | {one.ours:.2f} | {one.baseline:.2f}"
        yield f"| {cells} | {one.name} | {one.against} |"
    yield from ("", f"![Verhältnisse: {chapter.title}](performance/{picture.name})")
    if chapter.costs:
        plots.growth(chapter.costs, PICTURES / "growth.png")
        yield from ("", "![Kosten einer Runde nach Größe](performance/growth.png)")
    if chapter.beside:
        yield from ("", "<details><summary>Einzelheiten</summary>", "", "```text")
        yield from (chapter.beside, "```", "", "</details>")
