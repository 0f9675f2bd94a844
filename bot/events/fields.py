"""The fields of an event as files name them, in German and English, made into events."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.events.event import DeadlineKind, Deviation, Event, Kind, Series, Stage, Status
from bot.events.occurrences import check_rule
from bot.text import datetimes, laender
from bot.text.datetimes import DateError, Written
from bot.text.moments import Moment


class Problem(BaseModel):
    """Something in a file of events that an editor has to change.

    Attributes:
        file: The file as it was named by the caller.
        where: The line (``12``), or the entry and key (``[3] rk24: start``); empty for the file.
        message: What to do.
    """

    model_config = ConfigDict(frozen=True)

    file: str
    where: str
    message: str

    def __str__(self) -> str:
        """``file:where: message``, as terminals link it."""
        return ": ".join((f"{self.file}:{self.where}" if self.where else self.file, self.message))


NAMES: Final[dict[str, tuple[str, ...]]] = {
    "uid": ("id", "kennung", "uid"),
    "kind": ("typ", "type", "kind"),
    "title": ("titel", "title"),
    "text": ("text", "beschreibung", "description"),
    "start": ("start", "beginn", "datum", "date", "fällig", "faellig", "due"),
    "end": ("ende", "end"),
    "zone": ("zeitzone", "zone", "timezone"),
    "series": ("wiederholung", "repeat", "rrule"),
    "place": ("ort", "place", "location"),
    "link": ("link", "url"),
    "laender": ("land", "länder", "laender"),
    "staffeln": ("staffel", "staffeln"),
    "topic": ("thema", "topic"),
    "status": ("status",),
    "deadline": ("art", "fristart", "deadline"),
    "stages": ("stufen", "stufe", "stages"),
    "source": ("quelle", "source"),
    "example": ("fiktiv", "beispiel", "example"),
    "note": ("prueft", "folge", "notiz", "note"),
}
"""What a field may be called; the last one is for editors and is not kept."""

KINDS: Final[dict[str, Kind]] = {kind.value: kind for kind in Kind} | {
    "konferenz": Kind.CONFERENCE,
    "kongress": Kind.CONFERENCE,
    "regionalkonferenz": Kind.CONFERENCE,
    "congress": Kind.CONFERENCE,
    "peer-learning": Kind.WORKSHOP,
    "schulung": Kind.TRAINING,
    "treffen": Kind.MEETING,
    "sitzung": Kind.MEETING,
    "sprechstunde": Kind.MEETING,
    "veranstaltung": Kind.EVENT,
    "termin": Kind.EVENT,
    "frist": Kind.DEADLINE,
}
DEADLINES: Final[dict[str, DeadlineKind]] = {kind.value: kind for kind in DeadlineKind} | {
    "ausschlussfrist": DeadlineKind.CUT_OFF,
    "termin": DeadlineKind.DATE,
    "stichtag": DeadlineKind.KEY_DATE,
    "laufend": DeadlineKind.ROLLING,
}
_STATUSES: Final[dict[str, Status]] = {
    "vorläufig": Status.TENTATIVE,
    "unter vorbehalt": Status.TENTATIVE,
    "tentative": Status.TENTATIVE,
    "abgesagt": Status.CANCELLED,
    "cancelled": Status.CANCELLED,
    "canceled": Status.CANCELLED,
    "verlängert": Status.EXTENDED,
    "extended": Status.EXTENDED,
    "verschoben": Status.POSTPONED,
    "postponed": Status.POSTPONED,
    **dict.fromkeys(
        ("bestätigt", "confirmed", "angekündigt", "offen", "open", "durchgeführt", "abgelaufen"),
        Status.CONFIRMED,
    ),
    "forthcoming": Status.CONFIRMED,
}
_STAFFELN: Final = {"1": 2019, "2": 2020, "3": 2021}
_TRUE: Final = {"true", "ja", "yes", "1", "wahr"}
_ZONE = re.compile(r"\s+([A-Za-z]+/[\w/+-]+)$")
_REMARK = re.compile(r"\((?:=[^)]*|ganztägig|all day)\)")
_MOVED_TO = re.compile(r"^(\S+?) (?:auf|bis|to|until) (.+)$")
STAGE = re.compile(r"(.+?)\s+(?:bis|until|by)\s+(.+)")
_DEVIATION = re.compile(r"(EXDATE|RECURRENCE-ID|CANCELLED)[ :=]*([^;]+)", re.IGNORECASE)
_EXAMPLE = re.compile(r"\s*\((?:fiktiv|fictional)\)", re.IGNORECASE)


class FieldError(ValueError):
    """A field's value can't be used; the message says why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class _When:
    written: Written
    zone: str | None


def known(name: str) -> str | None:
    """Return the attribute that a field's *name* fills, if there is one."""
    wanted = name.strip().casefold()
    return next((field for field, names in NAMES.items() if wanted in names), None)


def build(values: Mapping[str, Any]) -> Event:
    """Make an event of its fields, by attribute.

    Raises:
        FieldError: A value is missing or can't be used.
    """
    texts = {name: _text(value) for name, value in values.items()}
    for name in ("uid", "title", "start"):
        if not texts.get(name):
            raise FieldError(name, "this is missing")
    tree: dict[str, Any] = {name: texts.get(name, "") for name in ("uid", "place", "topic")}
    tree |= _words(texts)
    tree |= _times(texts)
    tree |= _audience(texts)
    if tree.get("deadline") and tree["kind"] is not Kind.DEADLINE:
        raise FieldError("deadline", "only a deadline has this")
    try:
        event = Event.model_validate(tree)
        check_rule(event)
    except ValidationError as error:
        problem = error.errors()[0]
        field = str(problem["loc"][0]) if problem["loc"] else "start"
        raise FieldError(field, problem["msg"].removeprefix("Value error, ")) from None
    except ValueError as error:
        raise FieldError("series", str(error)) from None
    return event


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        # TOML's own dates; ISO with a blank instead of the T is read all the same.
        return value.replace(tzinfo=None).isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_text(one) for one in value)
    return "" if value is None else str(value).strip()


def _words(texts: Mapping[str, str]) -> dict[str, Any]:
    example = texts.get("example", "").casefold() in _TRUE
    title = _EXAMPLE.sub("", texts["title"]) if example else texts["title"]
    source = texts.get("source", "")
    link = texts.get("link", "")
    if not link and (found := re.match(r"https?://\S+", source)):
        link = found[0]
    return {
        "kind": _kind(texts),
        # Whoever reads it in a list has to see that it is made up.
        "title": f"{title} (Beispiel)" if example else title,
        "text": texts.get("text", ""),
        "source": source,
        "link": link,
        "example": example,
    }


def _kind(texts: Mapping[str, str]) -> Kind:
    word = texts.get("kind", "").casefold() or "veranstaltung"
    if word not in KINDS:
        raise FieldError("kind", f"“{word}” is none of {', '.join(KINDS)}")
    kind = KINDS[word]
    if kind is not Kind.EVENT:
        return kind
    return next(
        (KINDS[one] for one in re.findall(r"[\w-]+", texts["title"].casefold()) if one in KINDS),
        next((known for name, known in KINDS.items() if name in texts["title"].casefold()), kind),
    )


def _times(texts: Mapping[str, str]) -> dict[str, Any]:
    start = _when("start", texts["start"])
    end = None
    remark = texts.get("text", "")
    if (given := texts.get("end", "")).casefold().startswith(("offen", "open")):
        remark = f"{remark}\nEnde: {given}".strip()
    elif given:
        end = _when("end", given).written.start
    tree: dict[str, Any] = {
        "start": start.written.start,
        "end": end or start.written.end,
        "zone": texts.get("zone") or start.zone or "Europe/Berlin",
        "text": remark,
    }
    tree |= _status(texts.get("status", ""), start.written.start)
    tree |= _deadline(texts)
    if rule := texts.get("series"):
        tree["series"] = _series(rule, start.written.start)
    return tree


def _when(field: str, words: str) -> _When:
    zone = _ZONE.search(words)
    bare = _REMARK.sub("", words if zone is None else words[: zone.start()])
    if zone is not None and zone[1] not in available_timezones():
        raise FieldError(field, f"“{zone[1]}” is no IANA time zone such as Europe/Berlin")
    try:
        found = [datetimes.read(bare, today=date(year, 1, 7)) for year in (2001, 2006)]
    except DateError:
        message = f"“{words}” is no date; please write it like 2027-01-29 or 29.1.2027, 23:59 Uhr"
        raise FieldError(field, message) from None
    if found[0] != found[1]:
        raise FieldError(field, f"“{words}” names no year; please add it")
    return _When(found[0], zone[1] if zone else None)


def _status(words: str, start: Moment) -> dict[str, Any]:
    """Read ``abgesagt``, or ``verlängert auf <date>``: then *start* is what held before."""
    text = words.casefold().strip()
    if moved := _MOVED_TO.match(text):
        status = _STATUSES.get(moved[1])
        if status in {Status.EXTENDED, Status.POSTPONED}:
            new = _when("status", moved[2]).written.start
            return {"status": status, "start": new, "previous": start}
    for name, status in _STATUSES.items():
        if text.startswith(name):
            return {"status": status}
    if text:
        raise FieldError("status", f"“{words}” is none of {', '.join(_STATUSES)}")
    return {}


def _deadline(texts: Mapping[str, str]) -> dict[str, Any]:
    """Read ``Ausschlussfrist, zweistufig: Registrierung bis <date>``."""
    head, _, rest = texts.get("deadline", "").partition(":")
    stages = [_stage(part) for part in (*rest.split(";"), *_parts(texts, "stages", ";"))]
    tree: dict[str, Any] = {"stages": tuple(one for one in stages if one is not None)}
    if word := head.split(",")[0].strip():
        if word.casefold() not in DEADLINES:
            raise FieldError("deadline", f"“{word}” is none of {', '.join(DEADLINES)}")
        tree["deadline"] = DEADLINES[word.casefold()]
    return tree


def _stage(words: str) -> Stage | None:
    if not words.strip():
        return None
    found = STAGE.fullmatch(words.strip())
    if found is None:
        raise FieldError("stages", f"“{words}” is not of the form “Registrierung bis 22.1.2027”")
    return Stage(title=found[1], due=_when("stages", found[2]).written.start)


def _series(words: str, start: Moment) -> Series:
    """Read ``RRULE:…; EXDATE <date>; CANCELLED <date>; RECURRENCE-ID <date> → <date>``."""
    deviations = []
    for name, given in _DEVIATION.findall(words):
        old, _, new = (part.strip() for part in re.sub("->", "→", given).partition("→"))
        original = _like(_when("series", old).written.start, start)
        moved = _like(_when("series", new).written.start, start) if new else None
        if name.upper() == "RECURRENCE-ID" and moved is None:
            raise FieldError("series", "a moved date is written: RECURRENCE-ID <old> → <new>")
        off = name.upper() == "CANCELLED"
        deviations.append(Deviation(original=original, start=moved, cancelled=off))
    rule = _DEVIATION.sub("", words).strip(" ;").removeprefix("RRULE:")
    return Series(rule=rule, deviations=tuple(deviations))


def _like(moment: Moment, start: Moment) -> Moment:
    """Return *moment* at the time of day of the series, if it says none itself."""
    return Moment(day=moment.day, minute=start.minute if moment.is_day else moment.minute)


def _audience(texts: Mapping[str, str]) -> dict[str, Any]:
    words = re.split(r"[,;/]|\s+und\s+|\s+and\s+", texts.get("laender", ""))
    lands = []
    for word in (one.strip() for one in words):
        # "NW und SN im Vergleich" is about two Länder, with a remark behind them.
        land = laender.code(word) or laender.code(word.split(" ")[0])
        if land:
            lands.append(land)
        elif word and word.casefold() not in {"alle", "all", "bund", "de"}:
            raise FieldError("laender", f"“{word}” is no Land; the codes are NW, SN and so on")
    staffeln = re.findall(r"20\d\d", texts.get("staffeln", ""))
    if not texts.get("staffeln") and (found := re.search(r"\b([123])\. Staffel", texts["title"])):
        staffeln = [_STAFFELN[found[1]]]
    return {"laender": tuple(dict.fromkeys(lands)), "staffeln": tuple(map(int, staffeln))}


def _parts(texts: Mapping[str, str], name: str, separator: str) -> list[str]:
    return texts.get(name, "").split(separator)
