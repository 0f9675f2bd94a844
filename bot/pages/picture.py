"""The picture of a month, for people on phones; a list beside it says the same."""

from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO
from typing import Any, Final

from bot.events import words
from bot.pages.lettering import BLUE, DOTS, INK, WIDTH, Lettering, drawing
from bot.pages.month_page import Choice
from bot.pages.months import Line, Month, by_day
from bot.pages.public import PublicCalendar, Shown, Visit
from bot.text import catalogue, laender
from bot.text.dates import format_month, short_weekday
from bot.text.moments import Moment, format_line

MOST: Final = 14
"""Events that are named; the others are counted."""
_EDGE: Final = 0.35
_HEAD: Final = 1.25
_CELL: Final = 0.62
_ROW: Final = 0.62
_SMALL, _USUAL, _LARGE = 11, 14, 20
_GREY: Final = "#595959"


def draw(events: Sequence[Shown], month: Month, language: str, *, zone: str, title: str) -> bytes:
    """Draw a month as a PNG: its days, and below them what is on them.

    Args:
        events: From which those of the month are taken.
        month: Which one.
        language: The reader's.
        zone: In which the reader is taken to live; another one is named.
        title: What stands above, beside the month.
    """
    found = by_day(events, month)
    with drawing:
        return _Picture(found, month, language, zone=zone, title=title).png()


def month_picture(calendar: PublicCalendar, month: Month, choice: Choice, visit: Visit) -> bytes:
    """Draw what the page of a month shows."""
    publisher = calendar.publisher
    names = [publisher.name]
    if choice.topic is not None:
        names.append(choice.topic.name(visit.language))
    if choice.land is not None:
        names.append(laender.name(choice.land, visit.language))
    events = choice.of(calendar.events)
    title = " · ".join(names)
    return draw(events, month, visit.language, zone=publisher.zone.key, title=title)


def begun(found: Mapping[date, list[Line]]) -> list[tuple[date, Line]]:
    """Return what is in a month, each once, on the first of its days there."""
    listed: list[tuple[date, Line]] = []
    seen: set[tuple[int, Moment]] = set()
    for day in sorted(found):
        for line in found[day]:
            key = (line.shown.number, line.occurrence.start)
            if key not in seen:
                seen.add(key)
                listed.append((day, line))
    return listed


def told(line: Line, language: str, *, zone: str) -> tuple[str, str]:
    """Return when an event is, and what it is called with what is unusual about it."""
    one, event = line.occurrence, line.shown.event
    when = format_line(one.start, one.end, language)
    if event.is_deadline:
        when = f"{words.kind(event, language)}, {when}"
    if event.zone != zone and one.start.minute is not None:
        when = catalogue.text(language, "event-in-zone", when=when, zone=event.zone)
    mark = words.mark(event, language, cancelled=one.cancelled)
    if not mark:
        return when, event.title
    marked = catalogue.text(
        language, "page-marked", mark=mark[:1].upper() + mark[1:], title=event.title
    )
    return when, marked


class _Picture:
    def __init__(
        self,
        found: Mapping[date, list[Line]],
        month: Month,
        language: str,
        *,
        zone: str,
        title: str,
    ) -> None:
        from matplotlib.figure import Figure

        self._found, self._month, self._language, self._zone = found, month, language, zone
        self._title = title
        listed = begun(found)
        self._listed, self._more = listed[:MOST], max(len(listed) - MOST, 0)
        grid = _CELL * (len(month.weeks()) + 1)
        rows = max(len(self._listed), 1) + (self._more > 0) * 0.6
        self._below = _HEAD + grid + 0.3
        height = self._below + rows * _ROW + _EDGE
        self._sheet: Any = Figure(figsize=(WIDTH, height), dpi=DOTS, facecolor="white")
        self._axes = self._sheet.add_axes((0, 0, 1, 1))
        self._axes.set_axis_off()
        self._axes.set_xlim(0, WIDTH)
        self._axes.set_ylim(height, 0)
        self._usual, self._bold = Lettering(_USUAL), Lettering(_USUAL, bold=True)

    def png(self) -> bytes:
        """Draw everything."""
        room = WIDTH - 2 * _EDGE
        month = format_month(self._month.first, self._language)
        self._write(_EDGE, 0.5, month, _LARGE, fontweight="bold")
        title = self._usual.fitting(self._title, room)
        self._write(_EDGE, 0.9, title, _USUAL, color=_GREY)
        self._grid()
        self._list(room)
        content = BytesIO()
        self._sheet.savefig(content, format="png")
        return content.getvalue()

    def _grid(self) -> None:
        step = (WIDTH - 2 * _EDGE) / 7
        weeks = self._month.weeks()
        for place, day in enumerate(weeks[0]):
            name = short_weekday(day, self._language)
            self._write(_EDGE + step * (place + 0.5), _HEAD + 0.3, name, _SMALL, ha="center")
        for row, week in enumerate(weeks, start=1):
            for place, day in enumerate(week):
                if day in self._month:
                    self._day(day, _EDGE + step * place, _HEAD + _CELL * row, step)

    def _day(self, day: date, left: float, top: float, width: float) -> None:
        """Write a day; one with something on it is framed and filled, and says how much it is."""
        from matplotlib.patches import Rectangle

        count = len(self._found.get(day, []))
        colour = "white" if count else INK
        if count:
            box = Rectangle((left + 0.04, top + 0.04), width - 0.08, _CELL - 0.08, color=BLUE)
            self._axes.add_patch(box)
        weight = "bold" if count else "normal"
        middle = top + _CELL * (0.4 if count else 0.5)
        self._write(
            left + width / 2, middle, str(day.day), _USUAL, ha="center", color=colour,
            fontweight=weight,
        )  # fmt: skip
        if count:
            dots = "•" * min(count, 5)
            self._write(
                left + width / 2, top + _CELL * 0.76, dots, _SMALL, ha="center", color=colour
            )

    def _list(self, room: float) -> None:
        top = self._below + _ROW / 2
        if not self._listed:
            nothing = catalogue.text(self._language, "page-month-empty")
            self._write(_EDGE, top, nothing, _USUAL)
            return
        for _, line in self._listed:
            when, title = told(line, self._language, zone=self._zone)
            self._write(_EDGE, top - 0.14, self._usual.fitting(when, room), _SMALL, color=_GREY)
            shown = self._bold.fitting(title, room)
            self._write(_EDGE, top + 0.12, shown, _USUAL, fontweight="bold")
            top += _ROW
        if self._more:
            more = catalogue.text(self._language, "picture-more", count=self._more)
            self._write(_EDGE, top - 0.1, more, _USUAL)

    def _write(self, left: float, top: float, text: str, size: int, **style: Any) -> None:
        style.setdefault("color", INK)
        self._axes.text(left, top, text, fontsize=size, va="center", parse_math=False, **style)
