"""What all formats share: names of fields, dates, lists, and the making of one entry."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from bot.knowledge.entry import Entry, Problem, slug

NAMES: Final[Mapping[str, str]] = {
    "id": "id",
    "kennung": "id",
    "question": "questions",
    "questions": "questions",
    "frage": "questions",
    "fragen": "questions",
    "answer": "answer",
    "antwort": "answer",
    "tag": "tags",
    "tags": "tags",
    "schlagwort": "tags",
    "schlagworte": "tags",
    "schlagwörter": "tags",
    "themen": "tags",
    "source": "source",
    "quelle": "source",
    "quellen": "source",
    "reviewed": "reviewed",
    "geprüft": "reviewed",
    "geprüft am": "reviewed",
    "geprueft": "reviewed",
    "valid_for": "valid_for",
    "valid for": "valid_for",
    "gilt für": "valid_for",
    "gilt fuer": "valid_for",
    "language": "language",
    "sprache": "language",
    "owner": "owner",
    "zuständig": "owner",
    "zustaendig": "owner",
    "verantwortlich": "owner",
    "review_every": "review_every",
    "review every": "review_every",
    "prüfen alle": "review_every",
    "pruefen alle": "review_every",
    "expires": "expires",
    "valid until": "expires",
    "gültig bis": "expires",
    "gueltig bis": "expires",
    "gilt bis": "expires",
}
"""Every accepted name of a field, lower case, and the attribute it fills."""

LONGEST_ID: Final = 200
"""Characters of an id; the database keeps no longer ones."""

LONGEST_INTERVAL: Final = 36_500
"""Days between two reviews; a hundred years."""

_DAYS: Final = (
    (re.compile(r"([0-9]{1,5})\s*(?:tage?|days?)", re.IGNORECASE), 1),
    (re.compile(r"([0-9]{1,5})\s*(?:wochen?|weeks?)", re.IGNORECASE), 7),
    (re.compile(r"([0-9]{1,5})\s*(?:monate?|months?)", re.IGNORECASE), 365 / 12),
    (re.compile(r"([0-9]{1,5})\s*(?:jahre?|years?)", re.IGNORECASE), 365),
)
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_GERMAN: Final = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")


@dataclass
class Collector:
    """The entries and problems of one file, while it is read."""

    file: str
    needs_answer: bool = True
    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _lines: dict[str, int] = field(default_factory=dict)

    def complain(self, line: int | None, message: str) -> None:
        """Note a problem; reading goes on."""
        self.problems.append(Problem(file=self.file, line=line, message=message))

    def add(self, values: Mapping[str, Any], *, line: int) -> None:
        """Make an entry of *values* (attribute to raw value), or note what is wrong with it."""
        asked = texts(values.get("questions"), separators=r"[\n|]")
        questions = tuple(dict.fromkeys(filter(None, map(line_of, asked))))
        answer = text(values.get("answer")).replace("\r\n", "\n").replace("\r", "\n").strip()
        if not questions:
            self.complain(line, "The question is missing; please write one.")
        elif self.needs_answer and not answer:
            self.complain(line, f"“{questions[0]}” has no answer; please write one.")
        else:
            self._add(values, questions, answer, line)

    def _add(
        self, values: Mapping[str, Any], questions: tuple[str, ...], answer: str, line: int
    ) -> None:
        identity = text(values.get("id")) or slug(questions[0])
        if not identity:
            self.complain(line, f"“{questions[0]}” gives no id; please add the field “id”.")
        elif len(identity) > LONGEST_ID:
            self.complain(
                line, f"The id has more than {LONGEST_ID} characters; please shorten it."
            )
        elif identity in self._lines:
            first = self._lines[identity]
            self.complain(
                line, f"The id “{identity}” is taken by line {first}; please choose another id."
            )
        else:
            self._lines[identity] = line
            self.entries.append(self._entry(identity, values, questions, answer, line))

    def _entry(
        self,
        identity: str,
        values: Mapping[str, Any],
        questions: tuple[str, ...],
        answer: str,
        line: int,
    ) -> Entry:
        return Entry(
            id=identity,
            questions=questions,
            answer=answer,
            tags=texts(values.get("tags")),
            source=text(values.get("source")) or None,
            reviewed=self._date(values.get("reviewed"), line),
            valid_for=texts(values.get("valid_for")),
            language=text(values.get("language")).lower() or "de",
            owner=line_of(values.get("owner")) or None,
            review_every=self._interval(values.get("review_every"), line),
            expires=self._date(values.get("expires"), line),
            file=self.file,
            line=line,
        )

    def _date(self, value: Any, line: int) -> date | None:
        if not text(value):
            return None
        found = day(value)
        if found is None:
            self.complain(
                line, f"“{text(value)}” is no date; please write it like 2026-03-31 or 31.03.2026."
            )
        return found

    def _interval(self, value: Any, line: int) -> timedelta | None:
        if not text(value):
            return None
        found = interval(value)
        if found is None:
            self.complain(
                line, f"“{text(value)}” is no interval; please write it like 12 Monate or 90 Tage."
            )
        return found


def text(value: Any) -> str:
    """*value* as stripped text without lone surrogates; empty for ``None``."""
    written = "" if value is None else str(value)
    return written.encode("utf-8", "ignore").decode("utf-8").strip()


def line_of(value: Any) -> str:
    """*value* as one line, with single spaces."""
    return " ".join(text(value).split())


def texts(value: Any, *, separators: str = r"[\n|,;]") -> tuple[str, ...]:
    """*value*, a list or a text with separators, as texts; without empty and repeated ones."""
    parts = value if isinstance(value, list | tuple) else re.split(separators, text(value))
    return tuple(dict.fromkeys(part for part in map(text, parts) if part))


def day(value: Any) -> date | None:
    """The date in *value*: a date, ``2026-03-31`` or ``31.03.2026``; ``None`` for all else."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    iso = _ISO.fullmatch(text(value))
    german = _GERMAN.fullmatch(text(value))
    parts = iso.groups() if iso else german.groups()[::-1] if german else None
    try:
        return date(*map(int, parts)) if parts else None
    except ValueError:
        return None


def interval(value: Any) -> timedelta | None:
    """The interval in *value*: ``90 Tage``, ``12 months``; ``None`` for all else.

    A month is a twelfth of 365 days.
    """
    for form, days in _DAYS:
        found = form.fullmatch(text(value))
        length = round(int(found[1]) * days) if found else 0
        if 0 < length <= LONGEST_INTERVAL:
            return timedelta(days=length)
    return None


def attribute(name: Any) -> str | None:
    """The attribute that the field *name* fills (German or English), or ``None``."""
    return NAMES.get(re.sub(r"\s+", " ", text(name)).strip(" :*").lower())


def bad_byte(data: bytes, error: UnicodeDecodeError) -> tuple[int, str]:
    """The line and the message for bytes that are no text."""
    line = data.count(b"\n", 0, error.start) + 1
    return line, "These bytes are no text; please save the file as UTF-8."
