"""The addresses of all pages, for search engines.

Source: https://www.sitemaps.org/protocol.html
"""

from datetime import datetime
from typing import Final

from bot.pages import lines
from bot.pages.links import Links
from bot.pages.public import PublicCalendar, Visit
from bot.pages.rendering import piece

_MOST: Final = 45_000
"""Events; a list may have 50,000 addresses."""


def sitemap(calendar: PublicCalendar, now: datetime) -> bytes:
    """Return the addresses of topics and events, the newest events first."""
    language = calendar.publisher.language
    links = Links(calendar.publisher, Visit(language, now))
    newest = sorted(calendar.events, key=lambda one: one.number, reverse=True)[:_MOST]
    addresses: list[tuple[str, str]] = [
        (links.whole("/"), ""),
        (links.whole("/topics"), ""),
        *((links.whole(f"/topics/{one.slug}"), "") for one in calendar.topics),
        *((links.whole(lines.path(one)), one.changed_at.date().isoformat()) for one in newest),
    ]
    return piece("sitemap.xml", language, addresses=addresses).encode()
