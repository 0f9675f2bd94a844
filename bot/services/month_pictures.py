"""A month as a picture in a chat; the words beside it say the same."""

import asyncio
from datetime import UTC, datetime
from typing import Final

from bot.config import Settings
from bot.events.filters import Filter
from bot.pages import picture
from bot.pages.month_page import Choice
from bot.pages.months import Line, Month, by_day
from bot.services import files, public, topics
from bot.storage import events
from bot.storage.engine import Session
from bot.text import catalogue
from bot.text.dates import format_month
from bot.text.document import Document, Listing, Span

_MOST: Final = 40
_EVER: Final = datetime(1980, 1, 1, tzinfo=UTC)


def wanted_month(wanted: Filter, today: datetime) -> Month:
    """Return the month that is meant: without a year the next of that name."""
    this = Month(today.year, today.month)
    if wanted.month is None:
        return Month(wanted.year, this.number) if wanted.year else this
    if wanted.year is not None:
        return Month(wanted.year, wanted.month)
    return Month(today.year + (wanted.month < today.month), wanted.month)


async def message(
    session: Session,
    *,
    month: Month,
    choice: Choice,
    language: str,
    settings: Settings,
    now: datetime,
) -> Document:
    """Tell what is in a month, with a picture of it; without one if there is nothing.

    Args:
        session: The transaction; the picture is drawn in it, since its content is part of it.
        month: Which month.
        choice: What is shown of it.
        language: The reader's.
        settings: The operator's.
        now: The present.
    """
    offered = await topics.offered(session)
    rows = await events.listed(session, since=_EVER)
    chosen = choice.of([public.shown(row, offered) for row in rows])
    listed = picture.begun(by_day(chosen, month))
    title = catalogue.text(language, "page-month-title", month=format_month(month.first, language))
    document = Document.of(title)
    if not listed:
        return document + catalogue.document(language, "page-month-empty")
    zone = settings.hub.timezone
    items = tuple(_item(line, language, zone) for _, line in listed[:_MOST])
    document += Document(blocks=(Listing(items=items),))
    if len(listed) > _MOST:
        document += catalogue.document(language, "picture-more", count=len(listed) - _MOST)
    content = await asyncio.to_thread(
        picture.draw, chosen, month, language, zone=zone, title=settings.hub.name
    )
    name = f"{catalogue.text(language, 'picture-file')}-{month}.png"
    kept = await files.keep(session, name=name, mime="image/png", content=content, now=now)
    return document.with_attachment(kept)


def _item(line: Line, language: str, zone: str) -> tuple[Span, ...]:
    when, title = picture.told(line, language, zone=zone)
    return Span(text=when, bold=True), Span(text=f": {title}")
