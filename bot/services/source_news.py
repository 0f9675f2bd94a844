"""News of a source as announcements: worded by its template, told once, changed where told."""

import re
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.feeds.finishing import shortened
from bot.feeds.item import Item
from bot.messages import Address
from bot.services import steering
from bot.services.announcements import OUT, State
from bot.services.targeting import Wanted
from bot.storage import announcements
from bot.storage.engine import Session
from bot.storage.source_models import Source
from bot.text.dates import format_full_date
from bot.text.links import safe_link

PLACEHOLDERS: Final = ("title", "text", "link", "date", "source")
"""What a template may have in braces."""
USUAL: Final = "**{title}**\n\n{text}\n\n{link}"
"""How news are worded without a template."""
_LONGEST_TEXT: Final = 600
"""Characters of an item's text that are told; who wants more follows the link."""
_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_MARKS = re.compile(r"([\\`*_\[\]<>~|&])")
_BEGINNINGS = re.compile(r"^(\s*)([-+=#]|\d{1,9}[.)])", re.MULTILINE)


def unknown_placeholders(template: str) -> list[str]:
    """Return what a template has in braces and nobody can fill."""
    return [one for one in _PLACEHOLDER.findall(template) if one not in PLACEHOLDERS]


def texts(item: Item, source: Source) -> dict[str, str]:
    """Return what an item says, as Markdown, by language."""
    date = ""
    if item.published is not None:
        local = item.published.astimezone(ZoneInfo(source.zone)).date()
        date = format_full_date(local, source.language)
    values = {
        "title": _literal(item.title),
        "text": _literal(_told(item)),
        "link": item.url if safe_link(item.url) else "",
        "date": date,
        "source": _literal(source.name),
    }
    written = _PLACEHOLDER.sub(lambda found: values[found[1]], source.template or USUAL)
    return {source.language: re.sub(r"\n{3,}", "\n\n", written).strip()}


def _told(item: Item) -> str:
    text = shortened(item.text, _LONGEST_TEXT)
    return "" if text == item.title else text


def _literal(text: str) -> str:
    """Return plain text as Markdown that says the same."""
    marked = _MARKS.sub(r"\\\1", text)
    return _BEGINNINGS.sub(_escaped_beginning, marked)


def _escaped_beginning(found: re.Match[str]) -> str:
    sign = found[2]
    escaped = f"{sign[:-1]}\\{sign[-1]}" if len(sign) > 1 else f"\\{sign}"
    return f"{found[1]}{escaped}"


async def announce(
    session: Session,
    source: Source,
    written: dict[str, str],
    *,
    talk: Address | None,
    now: datetime,
) -> int:
    """Let an announcement be sent at once, and return its number.

    Args:
        session: The transaction.
        source: Whose subscribers get it.
        written: What it says, by language.
        talk: Where editors are told how far it is; ``None`` for nowhere.
        now: The present.
    """
    wanted = Wanted(topics=(source.topic_id,), laender=tuple(source.laender.split()))
    row = await announcements.add(
        session,
        author_id=None,
        address=talk or Address("", ""),
        language=source.language,
        texts=written,
        attachment=None,
        audience=wanted.stored(),
        now=now,
    )
    row.state, row.send_at = State.SCHEDULED, now
    await session.flush()
    return row.id


async def rewrite(session: Session, number: int, written: dict[str, str]) -> bool:
    """Let an announcement say something else, also where it was sent; ``False`` if it is over.

    What an editor has taken back or keeps as a draft is left alone.
    """
    row = await announcements.find(session, number=number, lock=True)
    if row is None or row.texts == written:
        return False
    if State(row.state) in OUT:
        steering.rewrite(row, written)
    elif row.state == State.SCHEDULED:
        row.texts = written
    else:
        return False
    await session.flush()
    return True
