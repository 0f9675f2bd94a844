"""What a reader asks for, read from a request; what can't be read is refused."""

import re
from datetime import datetime

from aiohttp import web

from bot.pages.month_page import Choice
from bot.pages.public import PublicCalendar, Visit
from bot.text.catalogue import normalise_language
from bot.text.laender import NAMES

_LONGEST_HEADER = 1000
_RANGE = re.compile(r"\s*([A-Za-z*-]{1,20})\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?))?\s*")


class RefusedError(Exception):
    """There is no page to answer with.

    Attributes:
        unknown: Whether there is nothing at the address, or else it can't be understood.
    """

    def __init__(self, *, unknown: bool) -> None:
        super().__init__("unknown" if unknown else "wrong")
        self.unknown = unknown


def visit(request: web.Request, calendar: PublicCalendar, now: datetime) -> Visit:
    """Return who reads: in the language chosen in the address, or else the browser's."""
    chosen = normalise_language(request.query.get("lang"))
    if chosen is not None:
        return Visit(chosen, now, chosen=True)
    spoken = language(request.headers.get("Accept-Language", ""))
    return Visit(spoken or calendar.publisher.language, now)


def language(header: str) -> str | None:
    """Return the language that is liked most of those that are spoken here.

    Source: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4
    """
    liked: dict[str, float] = {}
    for part in header[:_LONGEST_HEADER].split(","):
        found = _RANGE.fullmatch(part)
        name = normalise_language(found[1]) if found else None
        if found is not None and name is not None:
            liked[name] = max(liked.get(name, 0), float(found[2] or 1))
    best = max(liked, key=lambda one: liked[one], default=None)
    return best if best is not None and liked[best] > 0 else None


def choice(request: web.Request, calendar: PublicCalendar) -> Choice:
    """Return which events are wanted.

    Raises:
        RefusedError: There is no such topic or Land.
    """
    slug, land = request.query.get("topic", ""), request.query.get("land", "").upper()
    topic = calendar.topic(slug) if slug else None
    if slug and topic is None:
        raise RefusedError(unknown=True)
    if land and land not in NAMES:
        raise RefusedError(unknown=False)
    return Choice(topic, land or None)
