"""What is held about a person, for that person: as a file for programs, and to be read."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from bot.config import Settings
from bot.services import retention
from bot.storage import files, members, persons
from bot.storage.engine import Session
from bot.storage.persons import Found
from bot.text import catalogue
from bot.text.document import Attachment, Block, Document, Heading, Listing, Paragraph, Span
from bot.text.renderers import to_plain

_SHOWN = 12
"""Rows of each kind that are written into the message; the file has all."""
_LONGEST = 160
"""Characters of a row in the message."""
_MIME = "application/json"


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What is held about a person.

    Attributes:
        subjects: By subject the tables, each with its rows.
        found: The tables.
    """

    found: tuple[Found, ...]

    def by_subject(self) -> dict[str, list[Found]]:
        """Return the tables that people are told of under one name together."""
        grouped: dict[str, list[Found]] = {}
        for one in self.found:
            grouped.setdefault(one.held.subject, []).append(one)
        return grouped


async def gather(session: Session, *, member_id: int) -> Disclosed:
    """Return everything that is held about a person, under whatever number they are members."""
    found = list[Found]()
    for number in await members.same_person(session, member_id=member_id):
        person = await persons.who(session, member_id=number)
        found += await persons.everything(session, person)
    for one in found:
        for row in one.rows:
            if "says" in row:
                row["says"] = _words(row["says"])
    return Disclosed(tuple(found))


def _words(content: Any) -> str | None:
    """Return what a message says as plain text; ``None`` if its words are not kept."""
    try:
        return to_plain(Document.model_validate(content)).strip() or None
    except ValidationError:
        return None


async def attach(
    session: Session, disclosed: Disclosed, language: str, *, settings: Settings, now: datetime
) -> Attachment:
    """Keep the file for programs until it is sent, and return what a message carries."""
    content = _file(disclosed, language, settings, now=now)
    digest = hashlib.sha256(content).hexdigest()
    await files.put(session, id=digest, content=content, now=now)
    name = catalogue.text(language, "my-data-file")
    day = now.astimezone(settings.hub.zone).date().isoformat()
    return Attachment(file=digest, name=f"{name}-{day}.json", mime=_MIME, size=len(content))


def _file(disclosed: Disclosed, language: str, settings: Settings, *, now: datetime) -> bytes:
    tables: dict[str, Any] = {}
    for one in disclosed.found:
        about = {
            "about": catalogue.text(language, f"held-{one.held.subject}"),
            "kept": retention.said(one.held.kept, language, settings),
            "rows": [],
        }
        tables.setdefault(one.held.table, about)["rows"] += one.rows
    tree = {"hub": settings.hub.name, "made_at": now.isoformat(), "tables": tables}
    return json.dumps(tree, ensure_ascii=False, indent=2).encode()


def readable(disclosed: Disclosed, language: str, *, settings: Settings) -> Document:
    """Word what is held: each kind with its rows, the newest of very many."""
    return Document.of(*_blocks(disclosed, language, settings))


def _blocks(disclosed: Disclosed, language: str, settings: Settings) -> Iterator[Block]:
    for subject, found in disclosed.by_subject().items():
        rows = [row for one in found for row in one.rows]
        yield Heading(spans=(Span(text=catalogue.text(language, f"held-{subject}")),))
        lines = [_line(row, settings) for row in rows[-_SHOWN:]]
        yield Listing(items=tuple((Span(text=line),) for line in lines))
        if len(rows) > _SHOWN:
            more = catalogue.text(language, "my-data-more", count=len(rows) - _SHOWN)
            yield Paragraph(spans=(Span(text=more),))


def _line(row: dict[str, Any], settings: Settings) -> str:
    """Return a row as one line: what is empty is left out, instants are of the hub's zone."""
    parts = [
        f"{name}: {_value(value, settings)}"
        for name, value in row.items()
        if value not in (None, "", [], {})
    ]
    line = " · ".join(parts)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _value(value: Any, settings: Settings) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    text = " ".join(str(value).split())
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return text
    if instant.tzinfo is None:
        return text
    return f"{instant.astimezone(settings.hub.zone):%Y-%m-%d %H:%M}"
