"""Events as a table that reads back as the same events. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.events.event import Deviation, Event, Status
from bot.events.formats import parse
from bot.events.formats.cells import guarded
from bot.text.moments import DAY_MINUTES, Moment, clock_time

_EXAMPLE = " (Beispiel)"
_MOVED = {Status.EXTENDED, Status.POSTPONED}
_HEAD = (
    "id", "typ", "titel", "start", "ende", "zeitzone", "status", "art", "stufen", "wiederholung",
    "ort", "link", "land", "staffel", "thema", "text", "quelle", "fiktiv",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """A table of events.

    Attributes:
        text: The table, its cells parted by semicolons.
        inexact: The ids of events of which it can't hold everything.
    """

    text: str
    inexact: tuple[str, ...]


def to_csv(events: Iterable[Event]) -> Table:
    """Return events as a table; :func:`bot.events.formats.parse` reads it back.

    What a table has no words for is told and not passed over: the end of one moved date of a
    series, say.
    """
    rows = {event.uid: (event, _text([_row(event)])) for event in events}
    inexact = [uid for uid, (event, text) in rows.items() if _read(text) != [event]]
    return Table(_text([_row(event) for event, _ in rows.values()]), tuple(inexact))


def _read(text: str) -> Sequence[Event]:
    found, problems = parse(text.encode(), "table.csv")
    return [] if problems else found


def _text(rows: Sequence[Sequence[str]]) -> str:
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    writer.writerow(_HEAD)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return target.getvalue()


def _row(event: Event) -> Sequence[str]:
    moved = event.status in _MOVED and event.previous is not None
    start = event.previous if moved and event.previous else event.start
    status = f"{event.status.value} to {_moment(event.start)}" if moved else event.status.value
    title = event.title.removesuffix(_EXAMPLE) if event.example else event.title
    return (
        event.uid,
        event.kind.value,
        title,
        _moment(start),
        _moment(event.end) if event.end else "",
        event.zone,
        status,
        event.deadline.value if event.deadline else "",
        "; ".join(f"{one.title} bis {_moment(one.due)}" for one in event.stages),
        _series(event),
        event.place,
        event.link,
        ", ".join(event.laender),
        ", ".join(map(str, event.staffeln)),
        event.topic,
        event.text,
        event.source,
        "ja" if event.example else "",
    )


def _series(event: Event) -> str:
    if event.series is None:
        return ""
    deviations = [_deviation(one) for one in event.series.deviations]
    return "; ".join([f"RRULE:{event.series.rule}", *deviations])


def _deviation(one: Deviation) -> str:
    if one.cancelled and one.start is None:
        return f"CANCELLED {_moment(one.original)}"
    if one.start is None:
        return f"EXDATE {_moment(one.original)}"
    return f"RECURRENCE-ID {_moment(one.original)} → {_moment(one.start)}"


def _moment(moment: Moment) -> str:
    if moment.minute is None:
        return moment.day.isoformat()
    if moment.minute == DAY_MINUTES:
        return f"{moment.day:%d.%m.%Y}, {clock_time(moment.minute)} Uhr"
    return f"{moment.day.isoformat()}T{clock_time(moment.minute)}"
