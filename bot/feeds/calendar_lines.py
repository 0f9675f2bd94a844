"""The lines of an iCalendar stream, mended where programs break them. Linear in time.

Source: https://www.rfc-editor.org/rfc/rfc5545#section-3.1
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from icalendar.parser import Contentline

from bot.feeds.decoding import decode, mixed

_BREAKS = re.compile(rb"\r*\n|\r")
_BREAK = re.compile(r"\r*\n|\r")
_UNFOLDED = re.compile(rb"(?:\r*\n|\r)[ \t]")
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}(?=[;:])")
_KNOWN: Final = frozenset(
    {
        *("BEGIN", "END", "SUMMARY", "DESCRIPTION", "LOCATION", "UID", "URL", "STATUS"),
        *("DTSTART", "DTEND", "DUE", "DURATION", "DTSTAMP", "CREATED", "LAST-MODIFIED"),
        *("SEQUENCE", "CLASS", "TRANSP", "PRIORITY", "CATEGORIES", "ORGANIZER", "ATTENDEE"),
        *("CONTACT", "GEO", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"),
        *("ATTACH", "COMMENT", "RESOURCES", "RELATED-TO", "COMPLETED", "PERCENT-COMPLETE"),
        *("ACTION", "TRIGGER", "REPEAT", "REQUEST-STATUS", "TZID", "TZNAME"),
        *("TZOFFSETFROM", "TZOFFSETTO", "TZURL", "VERSION", "PRODID", "METHOD", "CALSCALE"),
        *("NAME", "COLOR", "IMAGE", "CONFERENCE", "REFRESH-INTERVAL", "SOURCE", "FREEBUSY"),
        *("ACKNOWLEDGED", "STRUCTURED-DATA", "STYLED-DESCRIPTION", "LOCATION-TYPE"),
        *("PARTICIPANT-TYPE"),
    }
)
_NAME_OF_TEXT = re.compile(
    r"(?:DESCRIPTION|SUMMARY|LOCATION|COMMENT|X-ALT-DESC)[;:]", re.IGNORECASE
)
_LONGEST: Final = 500_000
"""Characters of one value; pictures are embedded in lines much longer."""
_DEEPEST: Final = 20


class Property(NamedTuple):
    """One content line: its name in capitals, its parameters by capital names, and its value."""

    name: str
    params: dict[str, str]
    value: str


@dataclass(slots=True)
class Component:
    """What stands between BEGIN and END.

    Attributes:
        name: ``VEVENT`` and so on, in capitals.
        line: Where it begins, counted in unfolded lines.
        lines: Its own, not those of components inside.
        whole: All its lines with BEGIN and END; kept of a VTIMEZONE only.
        complete: Whether its END was there.
    """

    name: str
    line: int
    lines: list[str] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)
    complete: bool = True


def unfold(data: bytes, content_type: str = "") -> list[str]:
    """Return the logical lines.

    Any line end is one, CR CR LF too. A line that begins no property belongs to the text before
    it, if there is one: programs forget to fold, or to escape a line break. Lines are joined
    before they are decoded, since programs fold in the middle of a letter.
    """
    data = decode(data, content_type).encode() if _needs_decoding(data, content_type) else data
    whole = _UNFOLDED.sub(b"", data)
    lines: list[list[str]] = []
    for text in filter(str.strip, _texts(whole)):
        if _begins(text):
            lines.append([text])
        elif lines and _NAME_OF_TEXT.match(lines[-1][0]):
            lines[-1].append(text)
    return ["\\n".join(parts)[:_LONGEST] for parts in lines]


def _texts(data: bytes) -> list[str]:
    """Return the lines as text; only what is no UTF-8 is decoded line by line."""
    try:
        return _BREAK.split(_UNSEEN.sub("", data.decode()))
    except UnicodeDecodeError:
        return [_UNSEEN.sub("", mixed(raw)) for raw in _BREAKS.split(data)]


def _needs_decoding(data: bytes, content_type: str) -> bool:
    said = content_type.lower()
    return (
        data[:4].count(0) > 0
        or data[:2] in {b"\xff\xfe", b"\xfe\xff"}
        or ("charset" in said and "utf-8" not in said and "utf8" not in said)
    )


def _begins(text: str) -> bool:
    found = _NAME.match(text)
    if found is None:
        return False
    name = found[0].upper()
    return name in _KNOWN or name.startswith("X-")


def components(lines: list[str]) -> Iterator[Component]:
    """Yield the calendar and what is in it, each when it ends; also what is never closed."""
    opened: list[Component] = []
    for number, line in enumerate(lines, start=1):
        head = line[:6].upper()
        if head == "BEGIN:":
            name = line[6:].strip().upper()[:40]
            yield from _closed_by(name, opened)
            if len(opened) < _DEEPEST:
                opened.append(Component(name, number))
        elif head.startswith("END:"):
            name = line[4:].strip().upper()
            if any(one.name == name for one in opened):
                yield from _close(opened, name, line)
                continue
        elif opened:
            opened[-1].lines.append(line)
        for one in opened:
            if one.name == "VTIMEZONE":
                one.whole.append(line)
    yield from _close(opened, "", "")


def _closed_by(name: str, opened: list[Component]) -> Iterator[Component]:
    """Close an entry that another one begins in: its END was lost."""
    # The names are those of RFC 5545, section 3.6; VTODO is its to-do.
    entries = {"VEVENT", "VTODO", "VJOURNAL", "VTIMEZONE", "VFREEBUSY"}
    if name not in entries:
        return
    for place, one in enumerate(opened):
        if one.name in entries:
            lost = opened[place:]
            del opened[place:]
            for each in reversed(lost):
                each.complete = False
                yield each
            return


def _close(opened: list[Component], name: str, line: str) -> Iterator[Component]:
    """Close all up to *name*; without a name all."""
    while opened:
        for one in opened:
            if one.name == "VTIMEZONE" and line:
                one.whole.append(line)
        last = opened.pop()
        last.complete = last.name == name
        yield last
        if last.complete:
            return


def read(line: str) -> Property:
    """Take a content line apart.

    Raises:
        ValueError: It is none.
    """
    head, colon, value = line.partition(":")
    if colon and ";" not in head:
        return Property(head.strip().upper(), {}, value)
    if "TZID=(" in head and '"' not in head:
        head, colon, value = line.rpartition(":")  # Outlook's (UTC+01:00) Amsterdam, unquoted
    if '"' in head or "^" in head:
        return _quoted(line)
    if not colon:
        raise ValueError("there is no colon in this line")
    name, *rest = head.split(";")
    pairs = (one.partition("=") for one in rest if one)
    return Property(name.strip().upper(), {key.upper(): given for key, _, given in pairs}, value)


def _quoted(line: str) -> Property:
    """Take a line apart with the library; with its parameters left out where they are broken."""
    try:
        name, params, value = Contentline(line).parts()  # type: ignore[no-untyped-call] # it has no types
    except ValueError:
        bare = _NAME.match(line)
        if bare is None:
            raise
        last = line.rpartition('":')[2] if '":' in line else line.rpartition(":")[2]
        return Property(bare[0].upper(), {}, last)
    given = {str(key).upper(): _first(one) for key, one in params.items()}
    return Property(str(name).upper(), given, str(value))


def _first(value: object) -> str:
    return str(value[0] if isinstance(value, list) and value else value)
