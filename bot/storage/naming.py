"""Striking out names and accounts of a person in texts about other things."""

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from sqlalchemy import Column, ColumnElement, Text, cast, false, or_, select, update

from bot.storage.engine import Session
from bot.storage.models import Base
from bot.storage.persons import Who

STRUCK = "…"
"""What stands in the place of a name."""
SHORTEST = 5
"""Characters of an account without its network; a shorter one is part of too many other words."""
_SHORTEST_NAME = 2
_AT_ONCE = 500


def needles(person: Who, *texts: str) -> tuple[str, ...]:
    """Return what tells of a person wherever it stands: accounts, direct chats, names, *texts*."""
    found = [str(one) for one in person.accounts]
    for bare in (*(one.user for one in person.accounts), *(chat for _, chat in person.places)):
        if len(bare) >= SHORTEST:
            found += [bare, quote(bare, safe="")]
    found += [name for name in person.names if len(name) >= _SHORTEST_NAME]
    found += [text for text in texts if len(text) >= SHORTEST]
    return tuple(sorted(dict.fromkeys(found), key=len, reverse=True))


def pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    """Return what finds *words* where no other letters touch them; ``None`` without any."""
    parts = "|".join(re.escape(word) for word in words)
    return re.compile(rf"(?<!\w)(?:{parts})(?!\w)") if parts else None


def mentions(column: ColumnElement[Any], words: Iterable[str]) -> ColumnElement[bool]:
    """Return what selects rows in which any of *words* may stand, also in a JSON tree."""
    text = cast(column, Text)
    written = {form for word in words for form in (word, json.dumps(word)[1:-1])}
    return or_(false(), *(text.contains(form, autoescape=True) for form in sorted(written)))


def struck(value: Any, found: re.Pattern[str], instead: str = STRUCK) -> Any:
    """Return a text or JSON tree without what *found* finds."""
    match value:
        case str():
            return found.sub(instead, value)
        case dict():
            return {key: struck(inner, found, instead) for key, inner in value.items()}
        case list():
            return [struck(inner, found, instead) for inner in value]
        case _:
            return value


async def strike_out(
    session: Session,
    column: Column[Any],
    words: Iterable[str],
    *,
    where: ColumnElement[bool],
    instead: str = STRUCK,
) -> None:
    """Strike *words* out of a column, in the rows that *where* selects.

    Args:
        session: The transaction.
        column: A text or a JSON tree.
        words: See :func:`needles`.
        where: In which rows.
        instead: What stands there then.
    """
    words = tuple(words)
    found = pattern(words)
    if found is None:
        return
    table = Base.metadata.tables[str(column.table)]
    (key,) = table.primary_key.columns
    query = select(key, column).where(mentions(column, words), where).order_by(key)
    last: Any = None
    while True:
        page = query if last is None else query.where(key > last)
        rows = (await session.execute(page.limit(_AT_ONCE))).all()
        for number, value in rows:
            new = struck(value, found, instead)
            if new != value:
                change = update(table).where(key == number).values({column: new})
                await session.execute(change)
        if len(rows) < _AT_ONCE:
            return
        last = rows[-1][0]
